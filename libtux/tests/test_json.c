// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Strings of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuxctl/tuxctl.h"
#include "unit.h"

static const struct {
	const char *shows;
	const char *text;
	const char *result;
} rows[] = {
	{ "nothing at all", NULL, "null" },
	{ "an empty text", "", "\"\"" },
	{ "a path", "/srv/www", "\"/srv/www\"" },
	{ "quotes and backslashes", "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "control characters", "\n\t\x7f", "\"\\u000a\\u0009\\u007f\"" },
	{ "two, three and four bytes", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7",
	  "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7\"" },
	{ "a byte that is no UTF-8",
	  "z\xff-",
	  "\"z\\ufffd-\"" },
	{ "a sequence that is cut off", "\xe2\x82", "\"\\ufffd\\ufffd\"" },
	{ "an overlong slash", "\xc0\xaf", "\"\\ufffd\\ufffd\"" },
	{ "half of a surrogate pair", "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "beyond the last code point", "\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
};

START_TEST(a_text_becomes_a_string)
{
	FILE *saved = stdout;
	char *printed = NULL;
	size_t size;

	stdout = open_memstream(&printed, &size);
	print_json_string(rows[_i].text);
	fclose(stdout);
	stdout = saved;
	ck_assert_msg(!strcmp(printed, rows[_i].result), "%s: %s", rows[_i].shows, printed);
	free(printed);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("json");

	unit_case(suite, "RFC 8259 section 7", a_text_becomes_a_string, UNIT_ROWS(rows));
	return suite;
}
