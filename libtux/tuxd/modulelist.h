/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of modules: files *.conf with a line for each module, "NAME [FILE]" or "/PREFIX FILE".
 */
#ifndef TUXD_MODULELIST_H
#define TUXD_MODULELIST_H

#include <stdbool.h>

/**
 * struct module_line - What a line says.
 */
struct module_line {
	/** @name: Name of the stub file, or a prefix, which begins with a slash. */
	const char *name;
	/** @file: The file, or NULL for the one that is called as @name. */
	const char *file;
};

typedef void (*module_line_found)(const struct module_line *line, void *argument);
typedef void (*module_line_wrong)(unsigned int number, const char *why, void *argument);

/**
 * struct module_reader - Who reads a list.
 */
struct module_reader {
	/** @found: Called for each module. */
	module_line_found found;
	/** @wrong: Called for each line that makes no sense. */
	module_line_wrong wrong;
	/** @argument: Passed to both. */
	void *argument;
};

bool module_name_is_valid(const char *name);
void modulelist_parse(char *text, const struct module_reader *reader);
int modulelist_read(const char *directory, bool must_exist, module_line_found found);

#endif /* TUXD_MODULELIST_H */
