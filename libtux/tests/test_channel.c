// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The lines of the control channel.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tuxd/control.h"
#include "unit.h"

static const struct {
	const char *line;
	const char *wrong;
	enum control_verb verb;
	const char *name;
	const char *file;
} rows[] = {
	{ "list", NULL, CONTROL_LIST, NULL, NULL },
	{ "add\tdemo.tux", NULL, CONTROL_ADD, "demo.tux", NULL },
	{ "add\tdemo.tux\tdemo.so", NULL, CONTROL_ADD, "demo.tux", "demo.so" },
	{ "add\t/app\t/opt/my app.so", NULL, CONTROL_ADD, "/app", "/opt/my app.so" },
	{ "remove\t/app", NULL, CONTROL_REMOVE, "/app", NULL },
	{ "", "no such command", 0, NULL, NULL },
	{ "lists", "no such command", 0, NULL, NULL },
	{ "list\t", "too many words", 0, NULL, NULL },
	{ "add", "neither a prefix nor", 0, NULL, NULL },
	{ "add\t", "neither a prefix nor", 0, NULL, NULL },
	{ "add\t/app", "a prefix needs a file", 0, NULL, NULL },
	{ "add\tdemo.tux\t", "name of the file is empty", 0, NULL, NULL },
	{ "add\ta\tb\tc", "too many words", 0, NULL, NULL },
	{ "add\t../a.tux", "neither a prefix nor", 0, NULL, NULL },
	{ "remove\ta\tb", "too many words", 0, NULL, NULL },
};

START_TEST(a_line_is_a_command)
{
	struct control_command command;
	char line[64];
	const char *wrong;

	strcpy(line, rows[_i].line);
	wrong = control_parse(line, &command);
	if (rows[_i].wrong) {
		ck_assert_msg(wrong && strstr(wrong, rows[_i].wrong), "\"%s\": %s", rows[_i].line,
			      wrong ? wrong : "taken");
		return;
	}
	ck_assert_msg(!wrong, "\"%s\": %s", rows[_i].line, wrong);
	ck_assert_int_eq(command.verb, rows[_i].verb);
	ck_assert_pstr_eq(command.name, rows[_i].name);
	ck_assert_pstr_eq(command.file, rows[_i].file);
}
END_TEST

/* A channel with a client that is one end of a pair of sockets; returns the other end. */
static int open_pair(struct control *control)
{
	int ends[2];

	ck_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	*control = (struct control){ .listener = 0, .client = ends[1], .deadline = UINT64_MAX };
	return ends[0];
}

static void say(int client, const char *text)
{
	ck_assert_int_eq(write(client, text, strlen(text)), strlen(text));
}

static void expect(int client, const char *text)
{
	char answer[256] = "";

	ck_assert_int_ge(read(client, answer, sizeof(answer) - 1), 0);
	ck_assert_str_eq(answer, text);
	ck_assert_msg(!read(client, answer, 1), "the connection ends with the answer");
	close(client);
}

START_TEST(a_line_may_come_in_pieces)
{
	static struct control control;
	struct control_command command;
	int client = open_pair(&control);

	ck_assert(!control_read(&control, &command));
	say(client, "remove\t/a");
	ck_assert(!control_read(&control, &command));
	say(client, "pp\n");
	ck_assert(control_read(&control, &command));
	ck_assert_str_eq(command.name, "/app");
	ck_assert_msg(control_poll(&control).fd == -1, "one command at a time");
	ck_assert(!control_read(&control, &command));
	control_answer(&control, "ok\n");
	expect(client, "ok\n");
}
END_TEST

START_TEST(nonsense_is_answered_at_once)
{
	static struct control control;
	struct control_command command;
	int client = open_pair(&control);

	say(client, "frobnicate\n");
	ck_assert(!control_read(&control, &command));
	expect(client, "error there is no such command\n");
	ck_assert_int_eq(control.client, -1);
}
END_TEST

START_TEST(a_line_has_an_end)
{
	static struct control control;
	static char line[CONTROL_LINE_MAX + 1];
	struct control_command command;
	int client = open_pair(&control);

	memset(line, 'a', CONTROL_LINE_MAX);
	say(client, line);
	ck_assert(!control_read(&control, &command));
	expect(client, "error the line is too long\n");
}
END_TEST

START_TEST(who_says_nothing_is_dropped)
{
	static struct control control;
	struct control_command command;
	int client = open_pair(&control);

	control.deadline = 0;
	ck_assert(!control_read(&control, &command));
	expect(client, "");
	ck_assert_int_eq(control.client, -1);
	client = open_pair(&control);
	close(client);
	ck_assert(!control_read(&control, &command));
	ck_assert_int_eq(control.client, -1);
}
END_TEST

START_TEST(who_has_gone_gets_no_answer)
{
	static struct control control;
	struct control_command command;
	int client = open_pair(&control);

	say(client, "list\n");
	close(client);
	ck_assert(control_read(&control, &command));
	control_answer(&control, "ok\n");
	ck_assert_int_eq(control.client, -1);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("channel");

	unit_case(suite, "lines", a_line_is_a_command, UNIT_ROWS(rows));
	unit_case(suite, "clients", a_line_may_come_in_pieces, 1);
	unit_case(suite, "clients", nonsense_is_answered_at_once, 1);
	unit_case(suite, "clients", a_line_has_an_end, 1);
	unit_case(suite, "clients", who_says_nothing_is_dropped, 1);
	unit_case(suite, "clients", who_has_gone_gets_no_answer, 1);
	return suite;
}
