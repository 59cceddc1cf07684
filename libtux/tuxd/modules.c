// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The table of modules.
 *
 * The place of a module in it is its index, from 1, for the kernel and for TUXAPI_modulename_array.
 * A place is used once, so that a worker never takes one module for another, however old its table
 * is.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TUXAPI_NO_LAYOUT_MARKER
#include <tuxmodule.h>

#include "detach.h"
#include "log.h"
#include "module.h"
#include "modulelist.h"
#include "modules.h"

/* Extensions of the files that stand for modules. */
static const char *const stub_extensions[] = { "tux", "x" };

/**
 * struct module - One place of the table.
 */
struct module {
	/** @name: Name or prefix; stays when the module is gone, for requests under way. */
	char *name;
	/** @code: The module; its library is NULL when it is gone. */
	struct module_code code;
};

/* From index 1; the names are what TUXAPI_modulename_array shows, with a NULL at the end. */
static struct module *modules;
static char **names;
static int last_index;

static const char *module_directory;
static bool stubs_have_type;

static int __attribute__((format(printf, 2, 3)))
explain(char *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, MODULES_WHY_MAX, format, arguments);
	va_end(arguments);
	return -1;
}

static int find_index(const char *name)
{
	for (int i = 1; i <= last_index; i++)
		if (modules[i].code.library && !strcmp(modules[i].name, name))
			return i;
	return 0;
}

/* Whether the file has been initialised under another name. */
static bool is_known(const void *library)
{
	for (int i = 1; i <= last_index; i++)
		if (modules[i].code.library == library)
			return true;
	return false;
}

/* They would be taken for the structure of a list. */
static bool has_control_characters(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

static int make_place(void)
{
	struct module *larger = realloc(modules, (last_index + 2) * sizeof(*modules));
	char **longer;

	if (!larger)
		return -1;
	modules = larger;
	longer = realloc(names, (last_index + 3) * sizeof(*names));
	if (!longer)
		return -1;
	names = longer;
	names[0] = (char *)"";
	names[last_index + 1] = NULL;
	names[last_index + 2] = NULL;
	TUXAPI_modulename_array = names;
	return 0;
}

/**
 * modules_add() - Load a module and initialise it.
 * @name: Its name, or its prefix.
 * @file: Its file, or NULL for the one that is called as @name.
 * @why: On failure, filled with the reason; MODULES_WHY_MAX bytes.
 *
 * A file that is loaded under another name is not initialised again.
 *
 * Return: Its index, or -1.
 */
int modules_add(const char *name, const char *file, char *why)
{
	struct module module = { 0 };
	bool is_new;

	if (find_index(name))
		return explain(why, "it is there already");
	if (!file)
		file = name;
	if (has_control_characters(file))
		return explain(why, "the name of its file has control characters");
	module.name = strdup(name);
	if (!module.name || make_place()) {
		free(module.name);
		return explain(why, "out of memory");
	}
	if (module_load(&module.code, module_directory, file, why, MODULES_WHY_MAX)) {
		free(module.name);
		return -1;
	}
	is_new = !is_known(module.code.library);
	modules[++last_index] = module;
	names[last_index] = module.name;
	if (is_new)
		module.code.initialise();
	return last_index;
}

/**
 * modules_drop() - Forget a module that the kernel does not know, or does not know any more.
 * @index: From modules_add().
 */
void modules_drop(int index)
{
	module_unload(&modules[index].code);
}

static int register_stub_type(void)
{
	user_req_t req = { .object_addr = (uintptr_t)"TUX/module" };

	for (size_t i = 0; i < sizeof(stub_extensions) / sizeof(*stub_extensions); i++) {
		strcpy(req.objectname, stub_extensions[i]);
		if (tux(TUX_ACTION_REGISTER_MIMETYPE, &req) < 0)
			return -1;
	}
	stubs_have_type = true;
	return 0;
}

/**
 * modules_publish() - Tell the kernel of a module; from then on it gets requests.
 * @index: From modules_add().
 * @why: On failure, filled with the reason; MODULES_WHY_MAX bytes.
 *
 * Return: 0, or -1.
 */
int modules_publish(int index, char *why)
{
	const char *name = modules[index].name;
	user_req_t req = {
		.version_major = TUX_MAJOR_VERSION,
		.version_minor = TUX_MINOR_VERSION,
		.version_patch = TUX_PATCHLEVEL_VERSION,
		.module_index = index,
	};

	if (*name != '/' && !stubs_have_type && register_stub_type())
		return explain(why, "cannot register the MIME type TUX/module: %s",
			       tux_error_text(TUX_ACTION_REGISTER_MIMETYPE, errno));
	strcpy(req.objectname, name);
	if (tux(TUX_ACTION_REGISTER_MODULE, &req) < 0)
		return explain(why, "cannot register it: %s",
			       tux_error_text(TUX_ACTION_REGISTER_MODULE, errno));
	return 0;
}

/**
 * modules_remove() - Take a module out of service.
 * @name: Its name, or its prefix.
 * @why: On failure, filled with the reason; MODULES_WHY_MAX bytes.
 *
 * Workers finish the requests that they have.
 *
 * Return: 0, or -1.
 */
int modules_remove(const char *name, char *why)
{
	user_req_t req = { 0 };
	int index = find_index(name);

	if (!index)
		return explain(why, "the workers have no such module");
	strcpy(req.objectname, name);
	if (tux(TUX_ACTION_UNREGISTER_MODULE, &req) < 0 && errno != ENOENT)
		return explain(why, "cannot unregister it: %s",
			       tux_error_text(TUX_ACTION_UNREGISTER_MODULE, errno));
	modules_drop(index);
	return 0;
}

/* --- at the start */

/* @list: Where the module is named, or NULL for the command line. */
static void load_one(const struct module_line *line, void *list)
{
	char why[MODULES_WHY_MAX];

	if (modules_add(line->name, line->file, why) < 0)
		log_error("module %s%s%s%s: %s", line->name, list ? " (" : "",
			  list ? (const char *)list : "", list ? ")" : "", why);
}

/**
 * modules_load() - Load the modules of the command line and of the lists.
 * @options: The command line.
 *
 * One that cannot be loaded is reported; the others count.
 *
 * Return: 0, or -1 after it was reported that the lists cannot be read.
 */
int modules_load(const struct tuxd_options *options)
{
	module_directory = options->module_directory;
	for (unsigned int i = 0; i < options->name_count; i++)
		load_one(&(struct module_line){ .name = options->names[i] }, NULL);
	if (modulelist_read(options->module_lists, options->module_lists_named, load_one))
		return report_failure("cannot read the lists of modules in %s: %s",
				      options->module_lists, strerror(errno));
	return 0;
}

/**
 * modules_register_types() - Tell the kernel which files stand for modules, if there are any.
 *
 * To be called before the file of MIME types is registered, whose lines count more.
 *
 * Return: 0, or -1 after the failure was reported.
 */
int modules_register_types(void)
{
	for (int i = 1; i <= last_index; i++) {
		if (*modules[i].name == '/')
			continue;
		if (register_stub_type())
			return report_failure("cannot register the MIME type TUX/module: %s",
					      tux_error_text(TUX_ACTION_REGISTER_MIMETYPE, errno));
		break;
	}
	return 0;
}

/**
 * modules_register() - Tell the kernel of all modules that were loaded.
 *
 * One that the kernel refuses is reported; the others count.
 *
 * Return: How many it took.
 */
int modules_register(void)
{
	char why[MODULES_WHY_MAX];
	int count = 0;

	for (int i = 1; i <= last_index; i++) {
		if (!modules_publish(i, why)) {
			count++;
			continue;
		}
		log_error("module %s: %s", modules[i].name, why);
		modules_drop(i);
	}
	return count;
}

/**
 * modules_list() - Write a line for each module: its name, a tab and its file.
 * @output: Where to.
 */
void modules_list(FILE *output)
{
	for (int i = 1; i <= last_index; i++) {
		if (!modules[i].code.library)
			continue;
		fprintf(output, "%s\t%s\n", modules[i].name, modules[i].code.file);
	}
}

/* --- in a worker */

/**
 * modules_name() - The name of a module, for messages.
 * @index: Its index, or any other number.
 *
 * Return: Its name or prefix, or "unknown".
 */
const char *modules_name(unsigned int index)
{
	return index && index <= (unsigned int)last_index ? modules[index].name : "unknown";
}

/**
 * modules_answer() - Give a request to the module that it is for.
 * @req: The request; gets what the module's last call has delivered.
 *
 * Return: A value of enum tux_ret: what the module returned, or TUX_CONTINUE_EVENTLOOP if there is
 *   no such module.
 */
int modules_answer(user_req_t *req)
{
	unsigned int index = req->module_index;

	if (!index || index > (unsigned int)last_index || !modules[index].code.library) {
		log_warning("a request for a module that this worker does not have (index %u)",
			    index);
		return TUX_CONTINUE_EVENTLOOP;
	}
	return module_call(&modules[index].code, req);
}
