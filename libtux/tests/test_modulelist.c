// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lists of modules: the lines, and the directory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tuxd/modulelist.h"
#include "unit.h"

static char result[1024];

static void found(const struct module_line *line, void *argument)
{
	(void)argument;
	sprintf(result + strlen(result), "%s=%s;", line->name, line->file ? line->file : "-");
}

static void wrong(unsigned int number, const char *why, void *argument)
{
	(void)argument;
	(void)why;
	sprintf(result + strlen(result), "!%u;", number);
}

static const struct {
	const char *shows;
	const char *text;
	const char *result;
} lines[] = {
	{ "a name", "demo.tux\n", "demo.tux=-;" },
	{ "a name in a directory", "dir/demo.tux\n", "dir/demo.tux=-;" },
	{ "a name and a file", "demo.tux demo.so\n", "demo.tux=demo.so;" },
	{ "a prefix and a file", "/app /opt/app/app.so\n", "/app=/opt/app/app.so;" },
	{ "the prefix of everything", "/ all.so\n", "/=all.so;" },
	{ "tabs, blanks and the end of another system", " \ta.tux \t a.so\r\n", "a.tux=a.so;" },
	{ "no newline at the end", "a.tux\nb.tux", "a.tux=-;b.tux=-;" },
	{ "comments", "# all\na.tux # one\n#b.tux\n", "a.tux=-;" },
	{ "empty lines", "\n\n\t\n", "" },
	{ "a prefix without a file", "a.tux\n/app\nb.tux\n", "a.tux=-;!2;b.tux=-;" },
	{ "three words", "a.tux a.so b.so\n", "!1;" },
	{ "a way out of the document root", "../a.tux\n", "!1;" },
	{ "and another one", "a/../../b.tux\n", "!1;" },
	{ "parts that are empty or a dot", "a//b.tux\n./a.tux\na/\n/app/ x\n", "!1;!2;!3;!4;" },
	{ "names that begin with dots", ".a ...\n", ".a=...;" },
	{ "a control character", "a\x01.tux\n", "!1;" },
};

START_TEST(a_line_is_a_module)
{
	struct module_reader reader = { found, wrong, NULL };
	char *text = strdup(lines[_i].text);

	*result = '\0';
	modulelist_parse(text, &reader);
	ck_assert_msg(!strcmp(result, lines[_i].result), "%s: %s", lines[_i].shows, result);
	free(text);
}
END_TEST

START_TEST(a_name_has_up_to_255_bytes)
{
	char name[300];

	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	ck_assert(module_name_is_valid(name));
	name[255] = 'a';
	name[256] = '\0';
	ck_assert(!module_name_is_valid(name));
	ck_assert(!module_name_is_valid(""));
}
END_TEST

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void remove_file(const char *directory, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	unlink(path);
}

START_TEST(a_directory_is_read_in_order)
{
	static const char *const names[] = { "b.conf", "a.conf", "c.txt", ".d.conf", "e.conf~" };
	char directory[] = "/tmp/modulelist.XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(directory));
	write_file(directory, names[0], "b.tux\n");
	write_file(directory, names[1], "a.tux\n/only-a-prefix\nz.tux\n");
	for (int i = 2; i < 5; i++)
		write_file(directory, names[i], "no.tux\n");
	*result = '\0';
	ck_assert_int_eq(modulelist_read(directory, true, found), 0);
	ck_assert_str_eq(result, "a.tux=-;z.tux=-;b.tux=-;");
	for (int i = 0; i < 5; i++)
		remove_file(directory, names[i]);
	rmdir(directory);
}
END_TEST

START_TEST(a_directory_need_not_be_there)
{
	ck_assert_int_eq(modulelist_read("/nonexistent/modules.d", false, found), 0);
	ck_assert_int_eq(modulelist_read("/nonexistent/modules.d", true, found), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(modulelist_read("/dev/null", false, found), -1);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("modulelist");

	unit_case(suite, "lines", a_line_is_a_module, UNIT_ROWS(lines));
	unit_case(suite, "lines", a_name_has_up_to_255_bytes, 1);
	unit_case(suite, "directory", a_directory_is_read_in_order, 1);
	unit_case(suite, "directory", a_directory_need_not_be_there, 1);
	return suite;
}
