// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MIME types from a file such as /etc/mime.types, and their registration with the kernel.
 *
 * The kernel has a table of its own for the common extensions, so a machine without the file serves
 * well, too.  A line is a type and the extensions it is for; "#" starts a comment; a type without
 * extensions is of no use here.  If an extension stands more than once, its last type counts.
 */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tux.h>

#include "detach.h"
#include "log.h"
#include "mime.h"

#define BLANKS " \t\r\v\f"

static void make_lower(char *text)
{
	for (; *text; text++)
		*text = tolower((unsigned char)*text);
}

static int parse_line(char *line, mime_found found, void *argument)
{
	char *extension;
	char *state;
	char *type;

	line[strcspn(line, "#")] = '\0';
	type = strtok_r(line, BLANKS, &state);
	if (!type || !strchr(type, '/'))
		return 0;
	while ((extension = strtok_r(NULL, BLANKS, &state))) {
		int result;

		make_lower(extension);
		result = found(type, extension, argument);
		if (result)
			return result;
	}
	return 0;
}

/**
 * mime_parse() - Read the text of a file of MIME types.
 * @text: The text, terminated; is written to.
 * @found: Called for each extension, in lower case; a value other than 0 ends the reading.
 * @argument: Passed to @found.
 *
 * Return: 0, or what @found returned.
 */
int mime_parse(char *text, mime_found found, void *argument)
{
	char *line;
	int result = 0;

	while (!result && (line = strsep(&text, "\n")))
		result = parse_line(line, found, argument);
	return result;
}

/**
 * struct registration - What came of a file.
 */
struct registration {
	/** @accepted: Extensions the kernel took. */
	unsigned int accepted;
	/** @refused: Extensions it found malformed. */
	unsigned int refused;
};

static int register_one(const char *type, const char *extension, void *argument)
{
	struct registration *registration = argument;
	user_req_t req = { .object_addr = (uintptr_t)type };

	/* An extension is what follows the last dot of a name, so one with a dot is never met. */
	if (strchr(extension, '.'))
		return 0;
	if (strlen(extension) >= sizeof(req.objectname)) {
		registration->refused++;
		return 0;
	}
	strcpy(req.objectname, extension);
	if (tux(TUX_ACTION_REGISTER_MIMETYPE, &req) >= 0) {
		registration->accepted++;
		return 0;
	}
	if (errno != EINVAL)
		return report_failure("cannot register the MIME type %s: %s", type,
				      tux_error_text(TUX_ACTION_REGISTER_MIMETYPE, errno));
	registration->refused++;
	return 0;
}

/* The text of a file with a NUL after it, or NULL with errno set. */
static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return NULL;
	/* getdelim() up to a NUL is the whole of a text file. */
	if (getdelim(&text, &size, '\0', file) < 0) {
		int error = ferror(file) ? errno : 0;

		free(text);
		text = error ? NULL : strdup("");
		errno = error;
	}
	fclose(file);
	return text;
}

/**
 * mime_register_file() - Register the MIME types of a file with the kernel.
 * @path: The file; it need not be there.
 *
 * Return: 0, or -1 after the failure was reported.
 */
int mime_register_file(const char *path)
{
	struct registration registration = { 0 };
	char *text = read_file(path);
	int result;

	if (!text) {
		if (errno != ENOENT)
			log_warning("cannot read the MIME types in %s: %s; "
				    "using those of the kernel", path, strerror(errno));
		return 0;
	}
	result = mime_parse(text, register_one, &registration);
	free(text);
	if (!result && registration.refused)
		log_warning("%s: the kernel refused %u of %u extensions", path,
			    registration.refused, registration.refused + registration.accepted);
	return result;
}
