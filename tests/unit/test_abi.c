// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interface of <linux/tux.h> as programs were compiled against it: every offset, size and
 * number stands here as TUX 3 had it, or as 4.0 has published it.  A change that breaks a row
 * breaks programs.
 *
 * The Makefile also compiles the header for 32-bit programs and for C++, where its own assertions
 * must hold.
 */
#include "unit.h"

#include <stddef.h>
#include <sys/ioctl.h>

#include <linux/tux.h>

/**
 * struct abi_case - A number of the interface.
 */
struct abi_case {
	/** @name: What it is. */
	const char *name;
	/** @is: What the header makes of it. */
	long long is;
	/** @must_be: What it has always been. */
	long long must_be;
};

#define PLACE(member, offset, bytes) \
	{ "offset of " #member, offsetof(user_req_t, member), offset }, \
	{ "size of " #member, sizeof(((user_req_t *)0)->member), bytes }

static const struct abi_case layout[] = {
	{ "size of user_req_t", sizeof(user_req_t), 1464 },
	{ "alignment of user_req_t", _Alignof(user_req_t), 8 },
	PLACE(version_major, 0, 4),
	PLACE(version_minor, 4, 4),
	PLACE(version_patch, 8, 4),
	PLACE(http_version, 12, 4),
	PLACE(http_method, 16, 4),
	PLACE(http_status, 20, 4),
	PLACE(sock, 24, 4),
	PLACE(event, 28, 4),
	PLACE(error, 32, 4),
	PLACE(thread_nr, 36, 4),
	PLACE(bytes_sent, 40, 4),
	PLACE(client_host, 44, 4),
	PLACE(objectlen, 48, 4),
	PLACE(module_index, 52, 4),
	PLACE(keep_alive, 56, 4),
	PLACE(cookies_len, 60, 4),
	PLACE(id, 64, 8),
	PLACE(priv, 72, 8),
	PLACE(object_addr, 80, 8),
	PLACE(query, 88, 256),
	PLACE(objectname, 344, 256),
	PLACE(cookies, 600, 128),
	PLACE(content_type, 728, 64),
	PLACE(user_agent, 792, 64),
	PLACE(accept, 856, 64),
	PLACE(accept_charset, 920, 64),
	PLACE(accept_encoding, 984, 64),
	PLACE(accept_language, 1048, 64),
	PLACE(cache_control, 1112, 64),
	PLACE(if_modified_since, 1176, 64),
	PLACE(negotiate, 1240, 64),
	PLACE(pragma, 1304, 64),
	PLACE(referer, 1368, 64),
	PLACE(new_date, 1432, 30),
	{ "size of struct tux_listen_fd", sizeof(struct tux_listen_fd), 16 },
	{ "offset of size", offsetof(struct tux_listen_fd, size), 0 },
	{ "offset of flags", offsetof(struct tux_listen_fd, flags), 4 },
	{ "offset of fd", offsetof(struct tux_listen_fd, fd), 8 },
	{ "offset of worker", offsetof(struct tux_listen_fd, worker), 12 },
};

#define NUMBER(name, value) { #name, name, value }

static const struct abi_case numbers[] = {
	NUMBER(__NR_tux, 184),
	NUMBER(TUX_ERROR, -1),
	NUMBER(TUX_RETURN_USERSPACE_REQUEST, 0),
	NUMBER(TUX_RETURN_EXIT, 1),
	NUMBER(TUX_RETURN_SIGNAL, 2),
	NUMBER(TUX_CONTINUE_EVENTLOOP, 3),
	NUMBER(TUX_ACTION_STARTUP, 1),
	NUMBER(TUX_ACTION_SHUTDOWN, 2),
	NUMBER(TUX_ACTION_STARTTHREAD, 3),
	NUMBER(TUX_ACTION_STOPTHREAD, 4),
	NUMBER(TUX_ACTION_EVENTLOOP, 5),
	NUMBER(TUX_ACTION_GET_OBJECT, 6),
	NUMBER(TUX_ACTION_SEND_OBJECT, 7),
	NUMBER(TUX_ACTION_READ_OBJECT, 8),
	NUMBER(TUX_ACTION_FINISH_REQ, 9),
	NUMBER(TUX_ACTION_FINISH_CLOSE_REQ, 10),
	NUMBER(TUX_ACTION_REGISTER_MODULE, 11),
	NUMBER(TUX_ACTION_UNREGISTER_MODULE, 12),
	NUMBER(TUX_ACTION_CURRENT_DATE, 13),
	NUMBER(TUX_ACTION_REGISTER_MIMETYPE, 14),
	NUMBER(TUX_ACTION_READ_HEADERS, 15),
	NUMBER(TUX_ACTION_POSTPONE_REQ, 16),
	NUMBER(TUX_ACTION_CONTINUE_REQ, 17),
	NUMBER(TUX_ACTION_REDIRECT_REQ, 18),
	NUMBER(TUX_ACTION_READ_POST_DATA, 19),
	NUMBER(TUX_ACTION_SEND_BUFFER, 20),
	NUMBER(TUX_ACTION_WATCH_PROXY_SOCKET, 21),
	NUMBER(TUX_ACTION_WAIT_PROXY_SOCKET, 22),
	NUMBER(TUX_ACTION_QUERY_VERSION, 23),
	NUMBER(MAX_TUX_ACTION, 24),
	NUMBER(TUX_ACTION_LISTEN_FD, 64),
	NUMBER(TUX_ACTION_ADOPT_FD, 65),
	NUMBER(TUX_ACTION_GRANT, 66),
	NUMBER(TUX_ACTION_GET_REQUEST, 67),
	NUMBER(TUX_ACTION_RELOAD, 68),
	NUMBER(TUX_HTTP_1_0, 0),
	NUMBER(TUX_HTTP_1_1, 1),
	NUMBER(TUX_METHOD_NONE, 0),
	NUMBER(TUX_METHOD_GET, 1),
	NUMBER(TUX_METHOD_HEAD, 2),
	NUMBER(TUX_METHOD_POST, 3),
	NUMBER(TUX_METHOD_PUT, 4),
	NUMBER(TUX_NR_METHODS, 5),
	NUMBER(MAX_URI_LEN, 256),
	NUMBER(MAX_COOKIE_LEN, 128),
	NUMBER(MAX_FIELD_LEN, 64),
	NUMBER(DATE_LEN, 30),
	NUMBER(TUX_LISTEN_ANY, 0xffffffffLL),
	NUMBER(TUX_MAJOR_VERSION, 3),
	NUMBER(TUX_MINOR_VERSION, 0),
	NUMBER(TUX_PATCHLEVEL_VERSION, 0),
};

/* Direction (3: both ways, 1: to the kernel), size, magic, action. */
static const struct abi_case ioctls[] = {
	NUMBER(TUX_IOC_MAGIC, 0xbb),
	NUMBER(TUX_IOC(TUX_ACTION_STARTUP), 0xc5b8bb01LL),
	NUMBER(TUX_IOC(TUX_ACTION_EVENTLOOP), 0xc5b8bb05LL),
	NUMBER(TUX_IOC(TUX_ACTION_QUERY_VERSION), 0xc5b8bb17LL),
	NUMBER(TUX_IOC_LISTEN_FD, 0x4010bb40LL),
};

static void compare(const struct abi_case *row)
{
	ck_assert_msg(row->is == row->must_be, "%s: %lld instead of %lld", row->name, row->is,
		      row->must_be);
}

START_TEST(member_is_where_it_was)
{
	compare(&layout[_i]);
}
END_TEST

START_TEST(number_is_what_it_was)
{
	compare(&numbers[_i]);
}
END_TEST

START_TEST(ioctl_is_what_it_was)
{
	compare(&ioctls[_i]);
}
END_TEST

START_TEST(ioctl_of_every_action)
{
	unsigned int action = TUX_ACTION_STARTUP + _i;

	ck_assert_uint_eq(TUX_IOC(action), 0xc5b8bb00U + action);
	ck_assert_uint_eq(_IOC_SIZE(TUX_IOC(action)), sizeof(user_req_t));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("abi");

	unit_case(suite, "layout", member_is_where_it_was, UNIT_ROWS(layout));
	unit_case(suite, "numbers", number_is_what_it_was, UNIT_ROWS(numbers));
	unit_case(suite, "ioctls", ioctl_is_what_it_was, UNIT_ROWS(ioctls));
	unit_case(suite, "ioctl of every action", ioctl_of_every_action,
		  MAX_TUX_ACTION - TUX_ACTION_STARTUP);
	return suite;
}
