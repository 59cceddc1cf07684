// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Strings for JSON.  A path may have any bytes; what is not UTF-8 becomes U+FFFD, because JSON
 * cannot say it.
 */
#include <stdio.h>

#include "tuxctl.h"

/* Bytes of the well-formed UTF-8 sequence at @text (Unicode, table 3-7), or 0. */
static int sequence_length(const unsigned char *text)
{
	static const struct {
		unsigned char first, last, second_min, second_max;
		int length;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (*text < forms[i].first || *text > forms[i].last)
			continue;
		if (text[1] < forms[i].second_min || text[1] > forms[i].second_max)
			return 0;
		for (int at = 2; at < forms[i].length; at++)
			if (text[at] < 0x80 || text[at] > 0xbf)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/**
 * print_json_string() - Print a text as a string of JSON.
 * @text: Any bytes, terminated; NULL is printed as null.
 */
void print_json_string(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	if (!text) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	while (*at) {
		int length = *at < 0x80 ? 1 : sequence_length(at);

		if (!length)
			fputs("\\ufffd", stdout);
		else if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (*at < 0x20 || *at == 0x7f)
			printf("\\u%04x", *at);
		else
			fwrite(at, 1, length, stdout);
		at += length ? length : 1;
	}
	putchar('"');
}
