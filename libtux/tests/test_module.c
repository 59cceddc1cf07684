// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Loading user modules, and the table of them.  The modules are those of tests/modules; the test
 * stands in for tux(), see the Makefile.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TUXAPI_NO_LAYOUT_MARKER
#include <tuxmodule.h>

#include "tuxd/module.h"
#include "tuxd/modules.h"
#include "unit.h"

static char told[1024];
static int refusal;

int __wrap_tux(unsigned int action, user_req_t *req);

/* Writes down what the kernel is told; refuses it if the test says so. */
int __wrap_tux(unsigned int action, user_req_t *req)
{
	sprintf(told + strlen(told), "%s %s %u;", tux_action_name(action), req->objectname,
		req->module_index);
	if (!refusal || action != TUX_ACTION_REGISTER_MODULE)
		return 0;
	errno = refusal;
	return -1;
}

static const struct {
	const char *file;
	int layout;
	const char *why;
} rows[] = {
	{ "good.tux", 3, NULL },
	{ "good.tux.so", 3, NULL },
	{ "layout2", 2, NULL },
	{ "declared", 3, NULL },
	{ "layout9", 0, "layout 9, and there are 2 and 3" },
	{ "unknown", 0, "does not say which layout" },
	{ "noinit", 0, "has no TUXAPI_init()" },
	{ "nohandler", 0, "has no TUXAPI_handle_events()" },
	{ "unresolved", 0, "undefined symbol: nobody_has_this" },
	{ "absent", 0, "/absent.so is there" },
	{ "/absent", 0, "neither /absent nor /absent.so is there" },
	{ "/etc/passwd", 0, "cannot load the file: /etc/passwd" },
};

START_TEST(a_file_is_loaded_or_refused)
{
	struct module_code code;
	char why[512] = "";
	int result = module_load(&code, TEST_MODULES, rows[_i].file, why, sizeof(why));

	if (rows[_i].layout) {
		ck_assert_msg(!result, "%s: %s", rows[_i].file, why);
		ck_assert_int_eq(code.layout, rows[_i].layout);
		module_unload(&code);
		return;
	}
	ck_assert_int_eq(result, -1);
	ck_assert_msg(strstr(why, rows[_i].why), "%s: %s", rows[_i].file, why);
	ck_assert_ptr_null(code.library);
	ck_assert_ptr_null(code.file);
}
END_TEST

static struct tuxd_options make_options(char **names, unsigned int count)
{
	return (struct tuxd_options){
		.names = names,
		.name_count = count,
		.module_directory = TEST_MODULES,
		.module_lists = "/nonexistent",
	};
}

START_TEST(those_of_the_command_line_are_registered)
{
	char *names[3] = { (char *)"good.tux", (char *)"absent", (char *)"layout2" };
	struct tuxd_options options = make_options(names, 3);

	ck_assert_int_eq(modules_load(&options), 0);
	ck_assert_int_eq(modules_register_types(), 0);
	ck_assert_int_eq(modules_register(), 2);
	ck_assert_str_eq(told, "REGISTER_MIMETYPE tux 0;REGISTER_MIMETYPE x 0;"
			 "REGISTER_MODULE good.tux 1;REGISTER_MODULE layout2 2;");
	ck_assert_str_eq(TUXAPI_modulename_array[1], "good.tux");
	ck_assert_str_eq(TUXAPI_modulename_array[2], "layout2");
	ck_assert_ptr_null(TUXAPI_modulename_array[3]);
}
END_TEST

/* Whether a module was linked against libtux.so makes no difference. */
static const char *const good[] = { "good.tux", "linked" };

START_TEST(a_request_goes_to_its_module)
{
	char *names[2] = { (char *)"layout2", (char *)good[_i] };
	struct tuxd_options options = make_options(names, 2);
	user_req_t req = { .module_index = 2 };

	ck_assert_int_eq(modules_load(&options), 0);
	TUXAPI_docroot = told;
	ck_assert_int_eq(modules_answer(&req), TUX_RETURN_SIGNAL);
	ck_assert_msg((uintptr_t)told == req.priv, "the module has variables of its own");
	ck_assert_msg(req.http_status == 101, "its init was called once, with its own functions");
	ck_assert_str_eq(req.query, good[_i]);
	req.module_index = 1;
	ck_assert_int_eq(modules_answer(&req), TUX_CONTINUE_EVENTLOOP);
	ck_assert_uint_ne(req.http_status, 101);
	req.module_index = 3;
	ck_assert_int_eq(modules_answer(&req), TUX_CONTINUE_EVENTLOOP);
	req.module_index = 0;
	ck_assert_int_eq(modules_answer(&req), TUX_CONTINUE_EVENTLOOP);
}
END_TEST

START_TEST(modules_come_and_go)
{
	struct tuxd_options options = make_options(NULL, 0);
	user_req_t req = { .module_index = 1 };
	char why[MODULES_WHY_MAX];

	ck_assert_int_eq(modules_load(&options), 0);
	ck_assert_int_eq(modules_register_types(), 0);
	ck_assert_str_eq(told, "");
	ck_assert_int_eq(modules_add("/app", "good.tux", why), 1);
	ck_assert_int_eq(modules_publish(1, why), 0);
	ck_assert_int_eq(modules_add("/app", "good.tux", why), -1);
	ck_assert_str_eq(why, "it is there already");
	ck_assert_int_eq(modules_remove("/other", why), -1);
	ck_assert_int_eq(modules_remove("/app", why), 0);
	ck_assert_str_eq(told, "REGISTER_MODULE /app 1;UNREGISTER_MODULE /app 0;");
	ck_assert_msg(modules_answer(&req) == TUX_CONTINUE_EVENTLOOP, "it is gone");
	ck_assert_int_eq(modules_add("/app", "layout2", why), 2);
}
END_TEST

START_TEST(a_file_of_two_names_is_initialised_once)
{
	struct tuxd_options options = make_options(NULL, 0);
	user_req_t req = { .module_index = 2 };
	char why[MODULES_WHY_MAX];

	ck_assert_int_eq(modules_load(&options), 0);
	ck_assert_int_eq(modules_add("/a", "good.tux", why), 1);
	ck_assert_int_eq(modules_add("/b", "good.tux", why), 2);
	modules_answer(&req);
	ck_assert_uint_eq(req.http_status, 101);
	ck_assert_int_eq(modules_remove("/a", why), 0);
	modules_answer(&req);
	ck_assert_uint_eq(req.http_status, 101);
	ck_assert_str_eq(req.query, "/b");
}
END_TEST

START_TEST(one_that_the_kernel_refuses_is_dropped)
{
	char *names[1] = { (char *)"good.tux" };
	struct tuxd_options options = make_options(names, 1);
	char why[MODULES_WHY_MAX];

	refusal = EEXIST;
	ck_assert_int_eq(modules_load(&options), 0);
	ck_assert_int_eq(modules_register(), 0);
	ck_assert_int_eq(modules_add("good.tux", NULL, why), 2);
	ck_assert_int_eq(modules_publish(2, why), -1);
	ck_assert_ptr_nonnull(strstr(why, tux_error_text(TUX_ACTION_REGISTER_MODULE, EEXIST)));
}
END_TEST

START_TEST(the_list_has_names_and_files)
{
	struct tuxd_options options = make_options(NULL, 0);
	char why[MODULES_WHY_MAX];
	char *text = NULL;
	size_t size;
	FILE *output;

	ck_assert_int_eq(modules_load(&options), 0);
	ck_assert_int_eq(modules_add("/a b", "good.tux", why), 1);
	ck_assert_int_eq(modules_add("gone", "layout2", why), 2);
	modules_drop(2);
	output = open_memstream(&text, &size);
	modules_list(output);
	fclose(output);
	ck_assert_str_eq(text, "/a b\t" TEST_MODULES "/good.tux.so\n");
	free(text);
	ck_assert_int_eq(modules_add("/c", "line\nbreak", why), -1);
	ck_assert_ptr_nonnull(strstr(why, "control characters"));
}
END_TEST

START_TEST(lists_that_were_named_must_be_there)
{
	struct tuxd_options options = make_options(NULL, 0);

	options.module_lists_named = true;
	ck_assert_int_eq(modules_load(&options), -1);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("module");

	unit_case(suite, "files", a_file_is_loaded_or_refused, UNIT_ROWS(rows));
	unit_case(suite, "table", those_of_the_command_line_are_registered, 1);
	unit_case(suite, "table", a_request_goes_to_its_module, UNIT_ROWS(good));
	unit_case(suite, "table", modules_come_and_go, 1);
	unit_case(suite, "table", a_file_of_two_names_is_initialised_once, 1);
	unit_case(suite, "table", one_that_the_kernel_refuses_is_dropped, 1);
	unit_case(suite, "table", the_list_has_names_and_files, 1);
	unit_case(suite, "table", lists_that_were_named_must_be_there, 1);
	return suite;
}
