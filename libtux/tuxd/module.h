/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file of a user module: found, loaded, and told apart by the layout it was compiled for.
 */
#ifndef TUXD_MODULE_H
#define TUXD_MODULE_H

#include <stddef.h>

#include <tux.h>

/**
 * struct module_code - A loaded module; constant after module_load().
 */
struct module_code {
	/** @library: From dlopen(). */
	void *library;
	/** @file: Its path. */
	char *file;
	/** @layout: Which user_req_t it takes: 2 or 3. */
	int layout;
	/** @initialise: Its TUXAPI_init(). */
	void (*initialise)(void);
	/** @handle: Its TUXAPI_handle_events(). */
	int (*handle)(void *req);
};

int module_load(struct module_code *code, const char *directory, const char *file, char *why,
		size_t size);
void module_unload(struct module_code *code);
int module_call(const struct module_code *code, user_req_t *req);

#endif /* TUXD_MODULE_H */
