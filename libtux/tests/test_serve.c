// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The loop of a module that is a program of its own.  The test stands in for tux(2); see the
 * Makefile.
 */
#include <errno.h>
#include <string.h>

#include <tux.h>

#include "unit.h"

/* What EVENTLOOP answers, one after the other. */
struct turn {
	int result;
	unsigned int module_index;
	int error;
};

static const struct turn *turns;
static int registered;
static char names[4][MAX_URI_LEN];
static int refused_at = -1;
static int handled[2];

int __wrap_tux(unsigned int action, user_req_t *req);

static int take_registration(const user_req_t *req)
{
	ck_assert_uint_eq(req->version_major, TUX_MAJOR_VERSION);
	ck_assert_uint_eq(req->version_minor, TUX_MINOR_VERSION);
	if (registered == refused_at) {
		errno = EACCES;
		return -1;
	}
	ck_assert_uint_eq(req->module_index, registered + 1);
	strcpy(names[registered++], req->objectname);
	return 0;
}

int __wrap_tux(unsigned int action, user_req_t *req)
{
	if (action == TUX_ACTION_REGISTER_MODULE)
		return take_registration(req);
	ck_assert_uint_eq(action, TUX_ACTION_EVENTLOOP);
	ck_assert_ptr_nonnull(turns);
	req->module_index = turns->module_index;
	errno = turns->error;
	return turns++->result;
}

/* Each of its calls delivers the next request at once, as FINISH_REQ may. */
static int first(user_req_t *req)
{
	handled[0]++;
	req->module_index = 2;
	return handled[0] == 1 ? TUX_RETURN_USERSPACE_REQUEST : TUX_CONTINUE_EVENTLOOP;
}

static int second(user_req_t *req)
{
	(void)req;
	handled[1]++;
	errno = EIO;
	return -1;
}

static const struct tux_route routes[] = {
	{ "/first", first },
	{ "second.tux", second },
	{ NULL, NULL },
};

START_TEST(requests_go_to_their_handlers)
{
	static const struct turn script[] = {
		{ TUX_RETURN_SIGNAL, 0, 0 },
		{ TUX_RETURN_USERSPACE_REQUEST, 1, 0 },
		{ TUX_RETURN_USERSPACE_REQUEST, 1, 0 },
		{ TUX_RETURN_EXIT, 0, 0 },
	};

	turns = script;
	ck_assert_int_eq(tux_serve(routes), 0);
	ck_assert_int_eq(registered, 2);
	ck_assert_str_eq(names[0], "/first");
	ck_assert_str_eq(names[1], "second.tux");
	/* The answer of the first has delivered one for the second, which failed. */
	ck_assert_int_eq(handled[0], 2);
	ck_assert_int_eq(handled[1], 1);
	ck_assert_ptr_eq(turns, script + 4);
}
END_TEST

START_TEST(a_name_that_is_refused_ends_it)
{
	refused_at = _i;
	errno = 0;
	ck_assert_int_eq(tux_serve(routes), -1);
	ck_assert_int_eq(errno, EACCES);
	ck_assert_int_eq(registered, _i);
}
END_TEST

START_TEST(an_error_of_the_loop_ends_it)
{
	static const struct turn script[] = { { -1, 0, EBADF } };

	turns = script;
	ck_assert_int_eq(tux_serve(routes), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(a_request_of_nobody_is_given_back)
{
	static const struct turn script[] = {
		{ TUX_RETURN_USERSPACE_REQUEST, 3, 0 },
		{ TUX_RETURN_USERSPACE_REQUEST, 0, 0 },
		{ TUX_RETURN_USERSPACE_REQUEST, 0xffffffff, 0 },
		{ TUX_RETURN_EXIT, 0, 0 },
	};

	turns = script;
	ck_assert_int_eq(tux_serve(routes), 0);
	ck_assert_int_eq(handled[0] + handled[1], 0);
	ck_assert_ptr_eq(turns, script + 4);
}
END_TEST

START_TEST(a_name_is_never_cut)
{
	char name[MAX_URI_LEN + 1];

	memset(name, 'a', MAX_URI_LEN);
	name[MAX_URI_LEN] = '\0';
	errno = 0;
	ck_assert_int_eq(tux_register_module(name, 1), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_int_eq(registered, 0);
	name[MAX_URI_LEN - 1] = '\0';
	ck_assert_int_eq(tux_register_module(name, 1), 0);
	ck_assert_str_eq(names[0], name);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("serve");

	unit_case(suite, "loop", requests_go_to_their_handlers, 1);
	unit_case(suite, "loop", a_name_that_is_refused_ends_it, 2);
	unit_case(suite, "loop", an_error_of_the_loop_ends_it, 1);
	unit_case(suite, "loop", a_request_of_nobody_is_given_back, 1);
	unit_case(suite, "names", a_name_is_never_cut, 1);
	return suite;
}
