// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading lists of modules.
 *
 * The files of a directory are read in the order of their names, those that end in ".conf".  A line
 * that makes no sense is reported, with its place, and the others count.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tux.h>

#include "log.h"
#include "modulelist.h"

#define BLANKS " \t\r\v\f"

/* No part of a path may be empty, "." or "..". */
static bool has_plain_parts(const char *path)
{
	for (;;) {
		size_t length = strcspn(path, "/");

		if (!length || (*path == '.' && (length == 1 || (length == 2 && path[1] == '.'))))
			return false;
		if (!path[length])
			return true;
		path += length + 1;
	}
}

/**
 * module_name_is_valid() - Whether a text can be the name of a module, or a prefix.
 * @name: The text.
 */
bool module_name_is_valid(const char *name)
{
	if (strlen(name) >= MAX_URI_LEN)
		return false;
	for (const char *at = name; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	if (!strcmp(name, "/"))
		return true;
	return has_plain_parts(*name == '/' ? name + 1 : name);
}

static void parse_line(char *text, unsigned int number, const struct module_reader *reader)
{
	struct module_line line = { 0 };
	char *state;

	text[strcspn(text, "#")] = '\0';
	line.name = strtok_r(text, BLANKS, &state);
	if (!line.name)
		return;
	line.file = strtok_r(NULL, BLANKS, &state);
	if (strtok_r(NULL, BLANKS, &state))
		reader->wrong(number, "more than a name and a file", reader->argument);
	else if (!module_name_is_valid(line.name))
		reader->wrong(number, "neither the name of a file below the document root nor "
				      "a prefix", reader->argument);
	else if (*line.name == '/' && !line.file)
		reader->wrong(number, "a prefix needs a file", reader->argument);
	else
		reader->found(&line, reader->argument);
}

/**
 * modulelist_parse() - Read the text of a list.
 * @text: The text, terminated; is written to.
 * @reader: Who gets what it says.
 */
void modulelist_parse(char *text, const struct module_reader *reader)
{
	unsigned int number = 0;
	char *line;

	while ((line = strsep(&text, "\n")))
		parse_line(line, ++number, reader);
}

static void report_line(unsigned int number, const char *why, void *argument)
{
	log_error("%s, line %u: %s", (const char *)argument, number, why);
}

static void read_file(const char *path, module_line_found found)
{
	struct module_reader reader = { found, report_line, (void *)path };
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file) {
		log_error("cannot read the list of modules %s: %s", path, strerror(errno));
		return;
	}
	/* getdelim() up to a NUL is the whole of a text file. */
	if (getdelim(&text, &size, '\0', file) >= 0)
		modulelist_parse(text, &reader);
	else if (ferror(file))
		log_error("cannot read the list of modules %s: %s", path, strerror(errno));
	free(text);
	fclose(file);
}

static int is_list(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return *entry->d_name != '.' && end && !strcmp(end, ".conf");
}

/**
 * modulelist_read() - Read all lists of a directory.
 * @directory: The directory.
 * @must_exist: It is an error if it is not there.
 * @found: Called for each module; its argument is the path of the list.
 *
 * Return: 0, or -1 with errno set if the directory cannot be read.
 */
int modulelist_read(const char *directory, bool must_exist, module_line_found found)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_list, alphasort);

	if (count < 0)
		return errno == ENOENT && !must_exist ? 0 : -1;
	for (int i = 0; i < count; i++) {
		char *path;

		if (asprintf(&path, "%s/%s", directory, entries[i]->d_name) >= 0) {
			read_file(path, found);
			free(path);
		}
		free(entries[i]);
	}
	free(entries);
	return 0;
}
