// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Header fields: "Name: value" lines, RFC 9110 section 5.
 */
#include <string.h>
#include <strings.h>

#include <tux.h>

static int is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct tux_string trim(struct tux_string text)
{
	while (text.length && is_space(text.text[text.length - 1]))
		text.length--;
	while (text.length && is_space(*text.text)) {
		text.text++;
		text.length--;
	}
	return text;
}

static struct tux_string take_line(struct tux_string *rest)
{
	const char *end = memchr(rest->text, '\n', rest->length);
	size_t length = end ? (size_t)(end - rest->text) : rest->length;
	struct tux_string line = { .text = rest->text, .length = length };

	rest->text += end ? length + 1 : length;
	rest->length -= end ? length + 1 : length;
	return line;
}

/* No white space may stand before the colon, nor an empty name. */
static int split_line(struct tux_string line, struct tux_string *name, struct tux_string *value)
{
	const char *colon = line.length ? memchr(line.text, ':', line.length) : NULL;

	if (!colon || colon == line.text || is_space(line.text[0]) || is_space(colon[-1]))
		return 0;
	name->text = line.text;
	name->length = (size_t)(colon - line.text);
	value->text = colon + 1;
	value->length = line.length - name->length - 1;
	*value = trim(*value);
	return 1;
}

int tux_next_field(struct tux_string *rest, struct tux_string *name, struct tux_string *value)
{
	while (rest->length)
		if (split_line(take_line(rest), name, value))
			return 1;
	return 0;
}

struct tux_string tux_find_field(struct tux_string fields, const char *name)
{
	size_t length = strlen(name);
	struct tux_string found;
	struct tux_string value;

	while (tux_next_field(&fields, &found, &value))
		if (found.length == length && !strncasecmp(found.text, name, length))
			return value;
	return (struct tux_string){ .text = NULL, .length = 0 };
}
