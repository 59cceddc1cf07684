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
};

/* What the head of <linux/tux.h> lists, and what opening the device adds. */
static const int errors[] = {
	EINVAL, EPERM, EBUSY, EEXIST, ESRCH, EFAULT, EOPNOTSUPP, ENOSYS, ENOMEM, EINTR, ENOENT,
	ENOTDIR, EADDRINUSE, EACCES, ENODEV, ENXIO, EMFILE, ENFILE, EBADF, ENOTTY,
};

/* These can come from some actions only, and have a text there. */
static int is_of_few(int error)
{
	return error == EEXIST || error == ENOTDIR || error == EADDRINUSE;
}

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
	static const unsigned int unknown[] = { 0, MAX_TUX_ACTION, 63, 69, 255, 0xffffffff };

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
	unit_case(suite, "texts", a_text_fits_into_a_sentence, UNIT_ROWS(actions));
	unit_case(suite, "texts", startup_names_the_option_that_helps, 1);
	unit_case(suite, "names", every_action_has_a_name_of_its_own, UNIT_ROWS(actions));
	unit_case(suite, "names", numbers_that_mean_nothing_are_named_so, 1);
	return suite;
}
