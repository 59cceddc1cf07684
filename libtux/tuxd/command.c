// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Adding and removing modules at run time.
 *
 * A module is added in three steps: the master loads it; all workers are replaced by new ones,
 * which have it, too; the kernel is told.  Only then does it get requests, so that each worker that
 * gets one knows the module.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "log.h"
#include "modules.h"
#include "renewal.h"

static void __attribute__((format(printf, 2, 3)))
answer(struct commander *commander, const char *format, ...)
{
	char text[MODULES_WHY_MAX + 64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text) - 1, format, arguments);
	va_end(arguments);
	control_answer(&commander->control, strcat(text, "\n"));
}

static void add(struct commander *commander, struct workers *workers,
		const struct control_command *command)
{
	char why[MODULES_WHY_MAX];
	int index = modules_add(command->name, command->file, why);

	if (index < 0) {
		answer(commander, "error %s", why);
		return;
	}
	if (renewal_begin(workers)) {
		modules_drop(index);
		answer(commander, "error too many old workers are still finishing what they have; "
		       "wait for them, or shut the server down");
		return;
	}
	commander->adding = index;
}

static void take_away(struct commander *commander, const struct control_command *command)
{
	char why[MODULES_WHY_MAX];

	if (modules_remove(command->name, why)) {
		answer(commander, "error %s", why);
		return;
	}
	log_info("module %s was removed", command->name);
	answer(commander, "ok");
}

static void list(struct commander *commander)
{
	char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);

	if (!output) {
		answer(commander, "error out of memory");
		return;
	}
	fputs("ok\n", output);
	modules_list(output);
	if (fclose(output))
		answer(commander, "error out of memory");
	else
		control_answer(&commander->control, text);
	free(text);
}

/**
 * commands_take() - Carry out the next command, or begin to.
 * @commander: Where it comes from.
 * @workers: All workers.
 */
void commands_take(struct commander *commander, struct workers *workers)
{
	struct control_command command;

	/* One that has gone away has left its module behind. */
	if (commander->adding || !control_read(&commander->control, &command))
		return;
	switch (command.verb) {
	case CONTROL_ADD:
		add(commander, workers, &command);
		break;
	case CONTROL_REMOVE:
		take_away(commander, &command);
		break;
	case CONTROL_LIST:
		list(commander);
		break;
	}
}

/**
 * commands_continue() - Publish the module that is being added, if all workers have it.
 * @commander: Who adds it.
 * @workers: All workers.
 */
void commands_continue(struct commander *commander, const struct workers *workers)
{
	char why[MODULES_WHY_MAX];
	int index = commander->adding;

	if (!index || !renewal_is_over(workers))
		return;
	commander->adding = 0;
	if (modules_publish(index, why)) {
		log_error("module %s: %s", modules_name(index), why);
		modules_drop(index);
		answer(commander, "error %s", why);
		return;
	}
	log_info("module %s was added", modules_name(index));
	answer(commander, "ok");
}

/**
 * commands_refuse() - Carry out no more commands, and say so to who waits.
 * @commander: Where they come from.
 * @why: The reason.
 */
void commands_refuse(struct commander *commander, const char *why)
{
	struct control_command command;

	if (commander->adding || control_read(&commander->control, &command))
		answer(commander, "error %s", why);
	commander->adding = 0;
}
