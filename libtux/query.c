// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Queries, and bodies of forms: "name=value&other=%41+B".
 */
#include <errno.h>
#include <string.h>

#include <tux.h>

/* The value of a hexadecimal digit, or -1. */
static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* Takes one byte off the encoded text; -1 if it is malformed. */
static int take_byte(struct tux_string *rest, int plus)
{
	char byte = *rest->text;
	int high;
	int low;

	rest->text++;
	rest->length--;
	if (byte == '+' && plus)
		return ' ';
	if (byte != '%')
		return (unsigned char)byte;
	if (rest->length < 2)
		return -1;
	high = digit_value(rest->text[0]);
	low = digit_value(rest->text[1]);
	if (high < 0 || low < 0)
		return -1;
	rest->text += 2;
	rest->length -= 2;
	return high << 4 | low;
}

/* Half a value is none: whoever does not look at the error finds an empty text. */
static ssize_t fail(int error, char *text, size_t size)
{
	if (size)
		text[0] = '\0';
	errno = error;
	return -1;
}

ssize_t tux_decode_url(struct tux_string part, int plus, char *text, size_t size)
{
	size_t used = 0;

	while (part.length) {
		int byte = take_byte(&part, plus);

		if (byte < 0)
			return fail(EINVAL, text, size);
		if (used + 1 >= size)
			return fail(ERANGE, text, size);
		text[used++] = (char)byte;
	}
	if (!size)
		return fail(ERANGE, text, size);
	text[used] = '\0';
	return (ssize_t)used;
}

/* Takes off what stands before a character, and the character itself. */
static struct tux_string take_until(struct tux_string *rest, char end)
{
	const char *found = memchr(rest->text, end, rest->length);
	struct tux_string taken = { .text = rest->text, .length = rest->length };
	size_t step = rest->length;

	if (found) {
		taken.length = (size_t)(found - rest->text);
		step = taken.length + 1;
	}
	rest->text += step;
	rest->length -= step;
	return taken;
}

int tux_next_query(struct tux_string *rest, struct tux_string *name, struct tux_string *value)
{
	while (rest->length) {
		struct tux_string pair = take_until(rest, '&');

		if (!pair.length)
			continue;
		*name = take_until(&pair, '=');
		value->length = pair.length;
		/* A "=" at the end has an empty value behind it, none has nothing. */
		value->text = pair.text > name->text + name->length ? pair.text : NULL;
		return 1;
	}
	return 0;
}

/* Whether an encoded name means a plain one. */
static int is_name(struct tux_string encoded, const char *name)
{
	while (encoded.length) {
		int byte = take_byte(&encoded, 1);

		if (byte < 0 || !*name || byte != (unsigned char)*name)
			return 0;
		name++;
	}
	return !*name;
}

ssize_t tux_find_query(struct tux_string query, const char *name, char *text, size_t size)
{
	struct tux_string found;
	struct tux_string value;

	while (tux_next_query(&query, &found, &value))
		if (is_name(found, name))
			return tux_decode_url(value, 1, text, size);
	errno = ENOENT;
	return -1;
}
