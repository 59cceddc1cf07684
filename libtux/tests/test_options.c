// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The command line of tuxd, where it is right; where it is wrong, see usage.sh.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tuxd/options.h"
#include "unit.h"

static struct tuxd_options options;

/* The words of a line, separated by single blanks. */
static void parse(const char *line)
{
	static char copy[256];
	static char *argv[32];
	char *rest = strcpy(copy, line);
	int argc = 0;

	argv[argc++] = (char *)"tuxd";
	while (rest)
		argv[argc++] = strsep(&rest, " ");
	argv[argc] = NULL;
	optind = 0;
	options_parse(argc, argv, &options);
}

START_TEST(the_command_line_of_tux_3)
{
	parse("-d -t 8 -r /www -m /tux-modules php5.tux demo.tux");
	ck_assert(!options.foreground);
	ck_assert_uint_eq(options.threads, 8);
	ck_assert_str_eq(options.document_root, "/www");
	ck_assert_str_eq(options.module_directory, "/tux-modules");
	ck_assert_uint_eq(options.name_count, 2);
	ck_assert_str_eq(options.names[0], "php5.tux");
	ck_assert_str_eq(options.names[1], "demo.tux");
	ck_assert(!options.stop);
}
END_TEST

START_TEST(its_user_and_group)
{
	parse("-u 99 -g 98 dir/a.tux -t 2");
	ck_assert_str_eq(options.user, "99");
	ck_assert_str_eq(options.group, "98");
	ck_assert_str_eq(options.names[0], "dir/a.tux");
	ck_assert_uint_eq(options.threads, 2);
	parse("--uid=nobody --gid=nogroup --modulepath /m");
	ck_assert_str_eq(options.user, "nobody");
	ck_assert_str_eq(options.group, "nogroup");
	ck_assert_str_eq(options.module_directory, "/m");
}
END_TEST

START_TEST(its_way_to_stop)
{
	parse("-s");
	ck_assert(options.stop);
	parse("--stop --stop-timeout 5");
	ck_assert(options.stop);
	ck_assert_uint_eq(options.stop_timeout, 5);
}
END_TEST

START_TEST(what_is_not_said)
{
	parse("--foreground");
	ck_assert_str_eq(options.mime_types, "/etc/mime.types");
	ck_assert_str_eq(options.module_directory, MODULEDIR);
	ck_assert_str_eq(options.module_lists, "/etc/tux/modules.d");
	ck_assert(!options.module_lists_named);
	ck_assert(!options.keep_root);
	ck_assert_int_eq(options.redirect.kind, TARGET_CLIENTPORT);
	ck_assert_uint_eq(options.name_count, 0);
	ck_assert_ptr_null(options.user);
	ck_assert_ptr_null(options.group);
	ck_assert_uint_eq(options.stop_timeout, 30);
}
END_TEST

START_TEST(what_is_new)
{
	parse("--no-chroot --modules /lists --redirect unix:/run/s --mime-types /types "
	      "--stop-timeout=0");
	ck_assert(options.keep_root);
	ck_assert_str_eq(options.module_lists, "/lists");
	ck_assert(options.module_lists_named);
	ck_assert_int_eq(options.redirect.kind, TARGET_UNIX);
	ck_assert_str_eq(options.mime_types, "/types");
	ck_assert_uint_eq(options.stop_timeout, 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("options");

	unit_case(suite, "TUX 3", the_command_line_of_tux_3, 1);
	unit_case(suite, "TUX 3", its_user_and_group, 1);
	unit_case(suite, "TUX 3", its_way_to_stop, 1);
	unit_case(suite, "all", what_is_not_said, 1);
	unit_case(suite, "all", what_is_new, 1);
	return suite;
}
