// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Loading the file of a user module.
 *
 * The symbols of a module stay its own (RTLD_LOCAL), because all modules have the same entry
 * points.  What it calls is found in this program first, which exports all of libtux, so that there
 * is one tux() and one set of TUXAPI_ variables, whether the module was linked against libtux or
 * not.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module.h"
#include "module_layout.h"

static int __attribute__((format(printf, 3, 4)))
explain(char *why, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, size, format, arguments);
	va_end(arguments);
	return -1;
}

/* The path of the file, which may have ".so" behind its name, to be freed; or NULL. */
static char *find_file(const char *directory, const char *file)
{
	char *path;

	if (asprintf(&path, "%s%s%s.so", *file == '/' ? "" : directory, *file == '/' ? "" : "/",
		     file) < 0)
		return NULL;
	path[strlen(path) - 3] = '\0';
	if (access(path, F_OK))
		path[strlen(path)] = '.';
	if (!access(path, F_OK))
		return path;
	free(path);
	return NULL;
}

/*
 * The marker that <tuxmodule.h> leaves says what the source was compiled for; a module that was
 * compiled against another header may say it with TUXAPI_declare.
 */
static int find_layout(void *library)
{
	const int *layout = dlsym(library, "TUXAPI_layout");

	if (!layout)
		layout = dlsym(library, "TUXAPI_protocol_version");
	return layout ? *layout : 0;
}

static int find_entries(struct module_code *code, char *why, size_t size)
{
	/* ISO C has no conversion of an object's pointer to a function's. */
	*(void **)&code->initialise = dlsym(code->library, "TUXAPI_init");
	*(void **)&code->handle = dlsym(code->library, "TUXAPI_handle_events");
	if (!code->initialise)
		return explain(why, size, "%s has no TUXAPI_init()", code->file);
	if (!code->handle)
		return explain(why, size, "%s has no TUXAPI_handle_events()", code->file);
	code->layout = find_layout(code->library);
	if (!code->layout)
		return explain(why, size, "%s does not say which layout of user_req_t it takes; "
			       "compile it against <tuxmodule.h>, or add TUXAPI_declare",
			       code->file);
	if (code->layout != 2 && code->layout != 3)
		return explain(why, size, "%s takes a user_req_t of layout %d, and there are "
			       "2 and 3", code->file, code->layout);
	return 0;
}

/**
 * module_load() - Load the file of a module.
 * @code: Filled in.
 * @directory: Where it is looked for if @file is no absolute path.
 * @file: Its name, without or with ".so" at the end.
 * @why: On failure, filled with the reason.
 * @size: Bytes of @why.
 *
 * Runs the constructors of the module, but not its TUXAPI_init().
 *
 * Return: 0, or -1.
 */
int module_load(struct module_code *code, const char *directory, const char *file, char *why,
		size_t size)
{
	memset(code, 0, sizeof(*code));
	code->file = find_file(directory, file);
	if (!code->file && *file == '/')
		return explain(why, size, "neither %s nor %s.so is there", file, file);
	if (!code->file)
		return explain(why, size, "neither %s/%s nor %s/%s.so is there", directory, file,
			       directory, file);
	code->library = dlopen(code->file, RTLD_NOW | RTLD_LOCAL);
	if (!code->library) {
		/* Its text begins with the path, if it is about the file at all. */
		explain(why, size, "cannot load the file: %s", dlerror());
		module_unload(code);
		return -1;
	}
	if (find_entries(code, why, size)) {
		module_unload(code);
		return -1;
	}
	return 0;
}

/**
 * module_unload() - Undo module_load().
 * @code: The module; may have been loaded in part.
 *
 * The file stays in memory if it is loaded a second time, under another name.
 */
void module_unload(struct module_code *code)
{
	if (code->library)
		dlclose(code->library);
	free(code->file);
	memset(code, 0, sizeof(*code));
}

/**
 * module_call() - Give a request to a module.
 * @code: The module.
 * @req: The request; gets what the module's last call has delivered.
 *
 * Return: What its TUXAPI_handle_events() returned.
 */
int module_call(const struct module_code *code, user_req_t *req)
{
	return code->layout == 2 ? tux_v2_handle(code->handle, req) : code->handle(req);
}
