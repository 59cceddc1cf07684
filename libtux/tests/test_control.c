// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What reaches the kernel: the number and the structure of each action.  The test stands in for
 * ioctl(2); see the Makefile.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <tux.h>

#include "unit.h"

#define HANDLE 77

static unsigned long last_number;
static void *last_argument;
static union {
	struct tux_listen_fd listen;
	struct tux_adopt_fd adopt;
	struct tux_grant grant;
} copied;

int __wrap_ioctl(int handle, unsigned long number, ...);

int __wrap_ioctl(int handle, unsigned long number, ...)
{
	va_list list;

	ck_assert_int_eq(handle, HANDLE);
	va_start(list, number);
	last_argument = va_arg(list, void *);
	va_end(list);
	last_number = number;
	if (_IOC_NR(number) >= TUX_ACTION_LISTEN_FD && _IOC_NR(number) <= TUX_ACTION_GRANT)
		memcpy(&copied, last_argument, _IOC_SIZE(number));
	return 12;
}

static const unsigned int with_req[] = {
	TUX_ACTION_STARTUP, TUX_ACTION_EVENTLOOP, TUX_ACTION_CONTINUE_REQ,
	TUX_ACTION_QUERY_VERSION, TUX_ACTION_REPLY, TUX_ACTION_WAIT_POST_DATA,
	TUX_ACTION_DETACH_REQ,
};

START_TEST(an_action_with_a_request_has_its_size)
{
	user_req_t req = { 0 };

	ck_assert_int_eq(tux_action(HANDLE, with_req[_i], &req), 12);
	ck_assert_uint_eq(_IOC_NR(last_number), with_req[_i]);
	ck_assert_uint_eq(_IOC_SIZE(last_number), sizeof(user_req_t));
	ck_assert_ptr_eq(last_argument, &req);
}
END_TEST

START_TEST(continue_passes_the_descriptor)
{
	tux_action(HANDLE, TUX_ACTION_CONTINUE_REQ, (user_req_t *)(intptr_t)5);
	ck_assert_ptr_eq(last_argument, (void *)(intptr_t)5);
}
END_TEST

START_TEST(listen_fd_is_filled_in)
{
	ck_assert_int_eq(tux_listen_fd(HANDLE, 4, 9), 12);
	ck_assert_uint_eq(last_number, TUX_IOC_LISTEN_FD);
	ck_assert_uint_eq(copied.listen.size, sizeof(copied.listen));
	ck_assert_uint_eq(copied.listen.flags, 0);
	ck_assert_int_eq(copied.listen.fd, 4);
	ck_assert_uint_eq(copied.listen.worker, 9);
}
END_TEST

START_TEST(adopt_fd_is_filled_in)
{
	ck_assert_int_eq(tux_adopt_fd(HANDLE, 6, TUX_LISTEN_ANY), 12);
	ck_assert_uint_eq(last_number, TUX_IOC_ADOPT_FD);
	ck_assert_uint_eq(copied.adopt.size, sizeof(copied.adopt));
	ck_assert_uint_eq(copied.adopt.flags, 0);
	ck_assert_int_eq(copied.adopt.fd, 6);
	ck_assert_uint_eq(copied.adopt.worker, TUX_LISTEN_ANY);
}
END_TEST

START_TEST(grant_is_filled_in)
{
	ck_assert_int_eq(tux_grant(HANDLE, "/app", 1000, TUX_GRANT_REMOVE), 12);
	ck_assert_uint_eq(last_number, TUX_IOC_GRANT);
	ck_assert_uint_eq(copied.grant.size, sizeof(copied.grant));
	ck_assert_uint_eq(copied.grant.flags, TUX_GRANT_REMOVE);
	ck_assert_uint_eq(copied.grant.uid, 1000);
	ck_assert_uint_eq(copied.grant.__reserved, 0);
	ck_assert_str_eq(copied.grant.name, "/app");
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_not_cut)
{
	char name[MAX_URI_LEN + 1];

	memset(name, 'a', MAX_URI_LEN);
	name[MAX_URI_LEN] = '\0';
	last_number = 0;
	errno = 0;
	ck_assert_int_eq(tux_grant(HANDLE, name, 0, 0), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_uint_eq(last_number, 0);
	name[MAX_URI_LEN - 1] = '\0';
	ck_assert_int_eq(tux_grant(HANDLE, name, 0, 0), 12);
	ck_assert_str_eq(copied.grant.name, name);
}
END_TEST

START_TEST(get_request_is_passed_as_it_is)
{
	struct tux_get_request request = { .size = sizeof(request) };

	ck_assert_int_eq(tux_get_request(HANDLE, &request), 12);
	ck_assert_uint_eq(last_number, TUX_IOC_GET_REQUEST);
	ck_assert_ptr_eq(last_argument, &request);
}
END_TEST

START_TEST(batch_is_passed_as_it_is)
{
	struct tux_batch batch = { .size = sizeof(batch) };

	ck_assert_int_eq(tux_batch(HANDLE, &batch), 12);
	ck_assert_uint_eq(last_number, TUX_IOC_BATCH);
	ck_assert_ptr_eq(last_argument, &batch);
}
END_TEST

START_TEST(a_number_beyond_a_byte_is_no_other_action)
{
	last_number = 0;
	ck_assert_int_eq(tux_action(HANDLE, 256 + TUX_ACTION_SHUTDOWN, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_uint_eq(last_number, 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("control");

	unit_case(suite, "numbers", an_action_with_a_request_has_its_size, UNIT_ROWS(with_req));
	unit_case(suite, "numbers", continue_passes_the_descriptor, 1);
	unit_case(suite, "numbers", a_number_beyond_a_byte_is_no_other_action, 1);
	unit_case(suite, "structures", listen_fd_is_filled_in, 1);
	unit_case(suite, "structures", adopt_fd_is_filled_in, 1);
	unit_case(suite, "structures", grant_is_filled_in, 1);
	unit_case(suite, "structures", a_name_that_does_not_fit_is_not_cut, 1);
	unit_case(suite, "structures", get_request_is_passed_as_it_is, 1);
	unit_case(suite, "structures", batch_is_passed_as_it_is, 1);
	return suite;
}
