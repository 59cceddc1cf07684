// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Texts for errors: there is one for every action and every error of the contract in <linux/tux.h>,
 * in words.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tux.h>

#include "unit.h"

static const unsigned int actions[] = {
	TUX_ACTION_STARTUP,
	TUX_ACTION_SHUTDOWN,
	TUX_ACTION_STARTTHREAD,
	TUX_ACTION_STOPTHREAD,
	TUX_ACTION_EVENTLOOP,
	TUX_ACTION_GET_OBJECT,
	TUX_ACTION_SEND_OBJECT,
	TUX_ACTION_READ_OBJECT,
	TUX_ACTION_FINISH_REQ,
	TUX_ACTION_FINISH_CLOSE_REQ,
	TUX_ACTION_REGISTER_MODULE,
	TUX_ACTION_UNREGISTER_MODULE,
	TUX_ACTION_CURRENT_DATE,
	TUX_ACTION_REGISTER_MIMETYPE,
	TUX_ACTION_READ_HEADERS,
	TUX_ACTION_POSTPONE_REQ,
	TUX_ACTION_CONTINUE_REQ,
	TUX_ACTION_REDIRECT_REQ,
	TUX_ACTION_READ_POST_DATA,
	TUX_ACTION_SEND_BUFFER,
	TUX_ACTION_WATCH_PROXY_SOCKET,
	TUX_ACTION_WAIT_PROXY_SOCKET,
	TUX_ACTION_QUERY_VERSION,
	TUX_ACTION_LISTEN_FD,
	TUX_ACTION_ADOPT_FD,
	TUX_ACTION_GRANT,
	TUX_ACTION_GET_REQUEST,
	TUX_ACTION_RELOAD,
	TUX_ACTION_REPLY,
	TUX_ACTION_WAIT_POST_DATA,
	TUX_ACTION_DETACH_REQ,
	TUX_ACTION_LEAVE,
	TUX_ACTION_BATCH,
	TUX_ACTION_RING,
	TUX_ACTION_RING_ENTER,
};

/* What the head of <linux/tux.h> lists, and what opening the device adds. */
static const int errors[] = {
	EINVAL, EPERM, EBUSY, EEXIST, ESRCH, EFAULT, EOPNOTSUPP, ENOSYS, ENOMEM, EINTR, ENOENT,
	ENOTDIR, EADDRINUSE, EACCES, ENODEV, ENXIO, EMFILE, ENFILE, EBADF, ENOTTY, EAGAIN,
	EMSGSIZE, ENOTCONN, ENOTSOCK, EXDEV, ENOSPC,
};

/* These can come from some actions only, and have a text there. */
static int is_of_few(int error)
{
	static const int few[] = { EEXIST, ENOTDIR, EADDRINUSE, EAGAIN, EMSGSIZE, ENOTCONN,
				   ENOTSOCK, EXDEV, ENOSPC };

	for (size_t i = 0; i < UNIT_ROWS(few); i++)
		if (error == few[i])
			return 1;
	return 0;
}

/* What the header says of single actions, and of these alone. */
static const struct {
	unsigned int action;
	int error;
} special[] = {
	{ TUX_ACTION_STARTUP, EEXIST },
	{ TUX_ACTION_STARTUP, ENOENT },
	{ TUX_ACTION_STARTUP, ENOTDIR },
	{ TUX_ACTION_STARTUP, EADDRINUSE },
	{ TUX_ACTION_REGISTER_MODULE, EEXIST },
	{ TUX_ACTION_REGISTER_MODULE, EACCES },
	{ TUX_ACTION_REGISTER_MODULE, ENOSPC },
	{ TUX_ACTION_UNREGISTER_MODULE, ENOENT },
	{ TUX_ACTION_GRANT, ENOENT },
	{ TUX_ACTION_GRANT, ENOSPC },
	{ TUX_ACTION_GRANT, ENAMETOOLONG },
	{ TUX_ACTION_READ_POST_DATA, EAGAIN },
	{ TUX_ACTION_FINISH_REQ, EAGAIN },
	{ TUX_ACTION_DETACH_REQ, EAGAIN },
	{ TUX_ACTION_SEND_BUFFER, EMSGSIZE },
	{ TUX_ACTION_REPLY, EMSGSIZE },
	{ TUX_ACTION_GET_REQUEST, EMSGSIZE },
	{ TUX_ACTION_POSTPONE_REQ, ENOTCONN },
	{ TUX_ACTION_CONTINUE_REQ, ENOTCONN },
	{ TUX_ACTION_CONTINUE_REQ, ENOTSOCK },
	{ TUX_ACTION_CONTINUE_REQ, EBADF },
	{ TUX_ACTION_LISTEN_FD, ENOTSOCK },
	{ TUX_ACTION_LISTEN_FD, EXDEV },
	{ TUX_ACTION_LISTEN_FD, ENOSPC },
	{ TUX_ACTION_ADOPT_FD, ENOTSOCK },
	{ TUX_ACTION_ADOPT_FD, EXDEV },
	{ TUX_ACTION_ADOPT_FD, ENOSPC },
	{ TUX_ACTION_ADOPT_FD, EBADF },
	{ TUX_ACTION_WATCH_PROXY_SOCKET, ENOTSOCK },
	{ TUX_ACTION_WATCH_PROXY_SOCKET, EBADF },
};

START_TEST(every_error_of_every_action_has_words)
{
	for (size_t i = 0; i < UNIT_ROWS(errors); i++) {
		const char *text = tux_error_text(actions[_i], errors[i]);

		ck_assert_msg(text && strlen(text) > 10, "%s, error %d",
			      tux_action_name(actions[_i]), errors[i]);
		if (!is_of_few(errors[i]))
			ck_assert_msg(strcmp(text, strerrordesc_np(errors[i])),
				      "%s, error %d has only the words of libc",
				      tux_action_name(actions[_i]), errors[i]);
	}
}
END_TEST

START_TEST(an_error_of_one_action_has_words_of_its_own)
{
	const char *text = tux_error_text(special[_i].action, special[_i].error);
	const char *name = tux_action_name(special[_i].action);

	ck_assert_msg(strcmp(text, strerrordesc_np(special[_i].error)), "%s, error %d has only %s",
		      name, special[_i].error, text);
	ck_assert_msg(strcmp(text, tux_error_text(0, special[_i].error)),
		      "%s, error %d has only the words of all actions", name, special[_i].error);
}
END_TEST

START_TEST(without_a_request_the_text_says_so)
{
	static const unsigned int on_request[] = {
		TUX_ACTION_GET_OBJECT, TUX_ACTION_SEND_OBJECT, TUX_ACTION_READ_OBJECT,
		TUX_ACTION_FINISH_REQ, TUX_ACTION_FINISH_CLOSE_REQ, TUX_ACTION_READ_HEADERS,
		TUX_ACTION_POSTPONE_REQ, TUX_ACTION_REDIRECT_REQ, TUX_ACTION_READ_POST_DATA,
		TUX_ACTION_SEND_BUFFER, TUX_ACTION_WATCH_PROXY_SOCKET,
		TUX_ACTION_WAIT_PROXY_SOCKET, TUX_ACTION_GET_REQUEST, TUX_ACTION_REPLY,
		TUX_ACTION_WAIT_POST_DATA, TUX_ACTION_DETACH_REQ,
	};

	for (size_t i = 0; i < UNIT_ROWS(on_request); i++)
		ck_assert_msg(strstr(tux_error_text(on_request[i], EINVAL), "no request is"),
			      "%s", tux_action_name(on_request[i]));
	ck_assert_ptr_null(strstr(tux_error_text(TUX_ACTION_STARTUP, EINVAL), "request"));
	ck_assert_ptr_null(strstr(tux_error_text(TUX_ACTION_CONTINUE_REQ, EINVAL), "current"));
}
END_TEST

START_TEST(a_text_fits_into_a_sentence)
{
	for (int error = 1; error < 200; error++) {
		const char *text = tux_error_text(actions[_i], error);

		ck_assert_msg(!strchr(text, '\n'), "%s", text);
		ck_assert_msg(text[strlen(text) - 1] != '.', "%s", text);
	}
}
END_TEST

START_TEST(every_action_has_a_name_of_its_own)
{
	ck_assert_str_ne(tux_action_name(actions[_i]), "unknown action");
	for (int other = 0; other < _i; other++)
		ck_assert_str_ne(tux_action_name(actions[_i]), tux_action_name(actions[other]));
}
END_TEST

START_TEST(numbers_that_mean_nothing_are_named_so)
{
	static const unsigned int unknown[] = { 0, MAX_TUX_ACTION, 63, 76, 255, 0xffffffff };

	for (size_t i = 0; i < UNIT_ROWS(unknown); i++)
		ck_assert_str_eq(tux_action_name(unknown[i]), "unknown action");
	ck_assert_str_eq(tux_error_text(TUX_ACTION_STARTUP, 99999), "unknown error");
}
END_TEST

START_TEST(startup_names_the_option_that_helps)
{
	ck_assert_ptr_nonnull(
		strstr(tux_error_text(TUX_ACTION_STARTUP, EEXIST), "tuxctl shutdown"));
	ck_assert_ptr_nonnull(strstr(tux_error_text(TUX_ACTION_STARTUP, ENOENT), "--docroot"));
	ck_assert_ptr_nonnull(strstr(tux_error_text(TUX_ACTION_STARTUP, ENOTDIR), "--docroot"));
	ck_assert_ptr_nonnull(strstr(tux_error_text(TUX_ACTION_STARTUP, EADDRINUSE), "--port"));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("error");

	unit_case(suite, "texts", every_error_of_every_action_has_words, UNIT_ROWS(actions));
	unit_case(suite, "texts", an_error_of_one_action_has_words_of_its_own, UNIT_ROWS(special));
	unit_case(suite, "texts", without_a_request_the_text_says_so, 1);
	unit_case(suite, "texts", a_text_fits_into_a_sentence, UNIT_ROWS(actions));
	unit_case(suite, "texts", startup_names_the_option_that_helps, 1);
	unit_case(suite, "names", every_action_has_a_name_of_its_own, UNIT_ROWS(actions));
	unit_case(suite, "names", numbers_that_mean_nothing_are_named_so, 1);
	return suite;
}
