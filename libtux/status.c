// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The state of the server and its counters, from /proc/net/tux.
 *
 * /proc/net/tux/server has one "key value..." per line; unknown keys are skipped, so that
 * a newer module may show more.  Paths come with blanks, newlines and backslashes as three octal
 * digits, as in /proc/mounts; names of modules have %XX for what is not printable ASCII.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tux.h>

#include "internal.h"

static int is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Undoes \ooo in place. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && is_octal(text[1]) && is_octal(text[2]) &&
		    is_octal(text[3])) {
			*to++ = (text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0');
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

static int hexadecimal(char digit)
{
	return isdigit((unsigned char)digit) ? digit - '0' : tolower(digit) - 'a' + 10;
}

/* Undoes %XX in place. */
static void undo_percent(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '%' && isxdigit((unsigned char)text[1]) &&
		    isxdigit((unsigned char)text[2])) {
			*to++ = hexadecimal(text[1]) * 16 + hexadecimal(text[2]);
			text += 3;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

static int set_text(char **field, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -1;
	free(*field);
	*field = copy;
	return 0;
}

static int add_listener(struct tux_status *status, const char *value)
{
	struct tux_listener *larger;
	char address[128];
	char worker[16];

	if (sscanf(value, "%127s worker %15s", address, worker) != 2)
		return 0;
	larger = realloc(status->listeners, (status->listener_count + 1) * sizeof(*larger));
	if (!larger)
		return -1;
	status->listeners = larger;
	larger += status->listener_count;
	larger->address = strdup(address);
	if (!larger->address)
		return -1;
	larger->worker = strcmp(worker, "any") ? atoi(worker) : -1;
	status->listener_count++;
	return 0;
}

static int add_worker(struct tux_status *status, const char *value)
{
	struct tux_worker worker = { 0 };
	struct tux_worker *larger;
	char state[16];
	int pid;

	if (sscanf(value, "%u pid %d state %15s connections %" SCNu64, &worker.number, &pid, state,
		   &worker.connections) != 4)
		return 0;
	worker.pid = pid;
	worker.in_loop = !strcmp(state, "loop");
	larger = realloc(status->workers, (status->worker_count + 1) * sizeof(*larger));
	if (!larger)
		return -1;
	status->workers = larger;
	status->workers[status->worker_count++] = worker;
	return 0;
}

static int add_module(struct tux_status *status, const char *value)
{
	struct tux_module_status *larger;
	char name[3 * MAX_URI_LEN];
	char kind[16];
	char place[16];
	unsigned int count;

	_Static_assert(sizeof(name) == 768, "the format below has its size");
	if (sscanf(value, "%767s %15s %15s %u", name, kind, place, &count) != 4)
		return 0;
	larger = realloc(status->modules, (status->module_count + 1) * sizeof(*larger));
	if (!larger)
		return -1;
	status->modules = larger;
	larger += status->module_count;
	undo_percent(name);
	larger->name = strdup(name);
	if (!larger->name)
		return -1;
	larger->in_workers = !strcmp(place, "workers");
	larger->count = count;
	status->module_count++;
	return 0;
}

static int take_line(struct tux_status *status, const char *key, char *value)
{
	if (!strcmp(key, "state"))
		return set_text(&status->state, value);
	if (!strcmp(key, "hook"))
		return set_text(&status->hook, value);
	if (!strcmp(key, "listen"))
		return add_listener(status, value);
	if (!strcmp(key, "worker"))
		return add_worker(status, value);
	if (!strcmp(key, "module"))
		return add_module(status, value);
	if (!strcmp(key, "documentroot")) {
		unescape(value);
		return set_text(&status->document_root, value);
	}
	if (!strcmp(key, "uptime_seconds"))
		status->uptime_seconds = strtoull(value, NULL, 10);
	else if (!strcmp(key, "connections"))
		status->connections = strtoull(value, NULL, 10);
	else if (!strcmp(key, "threads"))
		status->threads = strtoul(value, NULL, 10);
	else if (!strcmp(key, "owner"))
		status->owner = atoi(value);
	return 0;
}

/**
 * tux_parse_status() - Read the text of /proc/net/tux/server.
 * @text: The text, terminated.
 *
 * Return: To be freed with tux_free_status(), or NULL with errno set.
 */
struct tux_status *tux_parse_status(const char *text)
{
	struct tux_status *status = calloc(1, sizeof(*status));
	char *copy = strdup(text);
	char *rest = copy;
	char *line;
	int result = 0;

	if (!status || !copy)
		goto err_memory;
	result |= set_text(&status->state, "unknown");
	result |= set_text(&status->hook, "unknown");
	while (!result && (line = strsep(&rest, "\n"))) {
		char *key = strsep(&line, " ");

		if (line)
			result = take_line(status, key, line);
	}
	if (result)
		goto err_memory;
	free(copy);
	return status;

err_memory:
	free(copy);
	tux_free_status(status);
	errno = ENOMEM;
	return NULL;
}

/**
 * tux_parse_counters() - Read the text of /proc/net/tux/stat.
 * @text: The text, terminated.
 * @count: Where to store how many there are.
 *
 * Return: An array to be freed with free(3), names included, or NULL with errno set.
 */
struct tux_counter *tux_parse_counters(const char *text, size_t *count)
{
	size_t lines = 1;
	struct tux_counter *counters;
	char *rest;
	char *line;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	counters = malloc(lines * sizeof(*counters) + strlen(text) + 1);
	if (!counters)
		return NULL;
	rest = strcpy((char *)(counters + lines), text);
	*count = 0;
	while ((line = strsep(&rest, "\n"))) {
		const char *name = strsep(&line, " ");

		if (!line)
			continue;
		counters[*count].name = name;
		counters[*count].value = strtoull(line, NULL, 10);
		++*count;
	}
	return counters;
}

struct tux_status *tux_read_status(void)
{
	char *text = tux_read_text(TUX_PROC_SERVER);
	struct tux_status *status;

	if (!text)
		return NULL;
	status = tux_parse_status(text);
	free(text);
	return status;
}

void tux_free_status(struct tux_status *status)
{
	if (!status)
		return;
	for (size_t i = 0; i < status->listener_count; i++)
		free(status->listeners[i].address);
	free(status->listeners);
	for (size_t i = 0; i < status->module_count; i++)
		free(status->modules[i].name);
	free(status->modules);
	free(status->workers);
	free(status->document_root);
	free(status->hook);
	free(status->state);
	free(status);
}

struct tux_counter *tux_read_counters(size_t *count)
{
	char *text = tux_read_text(TUX_PROC_STAT);
	struct tux_counter *counters;

	if (!text)
		return NULL;
	counters = tux_parse_counters(text, count);
	free(text);
	return counters;
}
