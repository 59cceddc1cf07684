// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The file of MIME types.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuxd/mime.h"
#include "unit.h"

static const struct {
	const char *shows;
	const char *text;
	const char *result;
} rows[] = {
	{ "one extension", "text/html html\n", "html=text/html;" },
	{ "several, with tabs", "text/html\t\thtml htm\tshtml\n",
	  "html=text/html;htm=text/html;shtml=text/html;" },
	{ "no newline at the end", "a/b c", "c=a/b;" },
	{ "a type without extensions", "a/b\nc/d e\n", "e=c/d;" },
	{ "comments, whole lines and ends of lines", "# x/y z\na/b c # d\n#\n", "c=a/b;" },
	{ "extensions become lower case, types stay", "A/B TXT\n", "txt=A/B;" },
	{ "line ends of another system", "a/b c\r\nd/e f\r\n", "c=a/b;f=d/e;" },
	{ "blanks before the type", "   a/b c\n", "c=a/b;" },
	{ "a word that is no type", "nonsense a b\n", "" },
	{ "an extension that stands twice comes twice", "a/b x\nc/d x\n", "x=a/b;x=c/d;" },
	{ "empty lines", "\n\n\n", "" },
	{ "nothing", "", "" },
};

static int collect(const char *type, const char *extension, void *argument)
{
	char *found = argument;

	sprintf(found + strlen(found), "%s=%s;", extension, type);
	return !strcmp(extension, "stop") ? 7 : 0;
}

START_TEST(types_and_extensions_are_found)
{
	char *text = strdup(rows[_i].text);
	char found[256] = "";

	ck_assert_int_eq(mime_parse(text, collect, found), 0);
	ck_assert_msg(!strcmp(found, rows[_i].result), "%s: %s", rows[_i].shows, found);
	free(text);
}
END_TEST

START_TEST(the_reading_ends_when_the_caller_says_so)
{
	char text[] = "a/b stop more\nc/d e\n";
	char found[256] = "";

	ck_assert_int_eq(mime_parse(text, collect, found), 7);
	ck_assert_str_eq(found, "stop=a/b;");
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("mime");

	unit_case(suite, "mime.types", types_and_extensions_are_found, UNIT_ROWS(rows));
	unit_case(suite, "mime.types", the_reading_ends_when_the_caller_says_so, 1);
	return suite;
}
