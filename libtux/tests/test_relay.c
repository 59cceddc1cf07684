// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Copying between two connections: pairs of sockets stand for client and server.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tuxd/relay.h"
#include "unit.h"

#define MUCH (4 << 20)

static struct relay relay;
static int client;
static int server;

static void start(void)
{
	int left[2];
	int right[2];

	ck_assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, left));
	ck_assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, right));
	client = left[0];
	server = right[0];
	relay_init(&relay, left[1], right[1]);
}

static void expect(int from, const char *text)
{
	char got[256] = "";

	ck_assert_int_eq(read(from, got, sizeof(got) - 1), strlen(text));
	ck_assert_str_eq(got, text);
}

static void say(int to, const char *text)
{
	ck_assert_int_eq(write(to, text, strlen(text)), strlen(text));
}

START_TEST(bytes_go_both_ways)
{
	start();
	ck_assert_int_eq(relay_step(&relay), RELAY_WAITING);
	say(client, "GET / HTTP/1.1\r\n\r\n");
	say(server, "HTTP/1.1 200 OK\r\n\r\n");
	ck_assert_int_eq(relay_step(&relay), RELAY_WAITING);
	expect(server, "GET / HTTP/1.1\r\n\r\n");
	expect(client, "HTTP/1.1 200 OK\r\n\r\n");
}
END_TEST

START_TEST(what_is_put_comes_first)
{
	start();
	say(client, "GET");
	ck_assert(relay_put(&relay, 1, "PROXY UNKNOWN\r\n", 15));
	while (relay_events(&relay, 1) & POLLOUT)
		relay_step(&relay);
	relay_step(&relay);
	expect(server, "PROXY UNKNOWN\r\nGET");
}
END_TEST

START_TEST(too_much_cannot_be_put)
{
	static char bytes[RELAY_BUFFER];

	start();
	ck_assert(relay_put(&relay, 0, bytes, RELAY_BUFFER - 1));
	ck_assert(!relay_put(&relay, 0, bytes, 2));
	ck_assert(relay_put(&relay, 0, bytes, 1));
}
END_TEST

START_TEST(what_is_inserted_comes_at_its_place)
{
	start();
	ck_assert(relay_insert(&relay, 1, 5, "inserted", 8));
	say(client, "ab");
	relay_step(&relay);
	expect(server, "ab");
	ck_assert_int_eq(relay_events(&relay, 0), POLLIN);
	say(client, "cdefg");
	relay_step(&relay);
	expect(server, "cdeinsertedfg");
	say(client, "h");
	relay_step(&relay);
	expect(server, "h");
}
END_TEST

START_TEST(what_is_inserted_waits_for_nobody)
{
	start();
	ck_assert(relay_insert(&relay, 1, 0, "inserted", 8));
	ck_assert_int_eq(relay_events(&relay, 0), 0);
	ck_assert_int_eq(relay_events(&relay, 1), POLLIN | POLLOUT);
	relay_step(&relay);
	expect(server, "inserted");
	ck_assert_int_eq(relay_events(&relay, 0), POLLIN);
}
END_TEST

START_TEST(too_much_cannot_be_inserted)
{
	static char bytes[RELAY_TEXT_MAX + 1];

	start();
	ck_assert(!relay_insert(&relay, 1, 0, bytes, sizeof(bytes)));
	ck_assert(relay_insert(&relay, 1, 0, bytes, RELAY_TEXT_MAX));
}
END_TEST

START_TEST(an_end_is_passed_on_and_the_other_side_goes_on)
{
	start();
	say(client, "the request");
	shutdown(client, SHUT_WR);
	while (relay_step(&relay) == RELAY_WAITING && !relay.flow[0].is_written)
		;
	expect(server, "the request");
	expect(server, "");
	ck_assert_msg(!relay_events(&relay, 0), "nothing more is expected from the client");
	say(server, "the answer");
	ck_assert_int_eq(relay_step(&relay), RELAY_WAITING);
	expect(client, "the answer");
	shutdown(server, SHUT_WR);
	ck_assert_int_eq(relay_step(&relay), RELAY_DONE);
	expect(client, "");
}
END_TEST

START_TEST(the_end_comes_after_the_last_byte)
{
	char *bytes = malloc(MUCH);
	char *got = malloc(MUCH + 1);
	size_t sent = 0;
	size_t received = 0;
	bool ended = false;

	start();
	for (int i = 0; i < MUCH; i++)
		bytes[i] = i * 7 + i / 251;
	while (!ended) {
		ssize_t count = sent < MUCH ? write(client, bytes + sent, MUCH - sent) : 0;

		if (count > 0)
			sent += count;
		if (sent == MUCH)
			shutdown(client, SHUT_WR);
		ck_assert_int_ne(relay_step(&relay), RELAY_BROKEN);
		/* A slow reader: less at a time than the buffer has. */
		count = read(server, got + received, received < MUCH ? 5000 : 1);
		ended = !count;
		if (count > 0)
			received += count;
		ck_assert_uint_le(received, MUCH);
	}
	ck_assert_uint_eq(received, MUCH);
	ck_assert(!memcmp(bytes, got, MUCH));
	free(bytes);
	free(got);
}
END_TEST

START_TEST(who_does_not_read_stops_who_writes)
{
	static char bytes[65536];
	size_t taken = 0;
	ssize_t count;

	start();
	while ((count = write(client, bytes, sizeof(bytes))) > 0) {
		taken += count;
		ck_assert_int_eq(relay_step(&relay), RELAY_WAITING);
		ck_assert_msg(taken < 64 << 20, "it takes whatever comes");
	}
	ck_assert_int_eq(relay_step(&relay), RELAY_WAITING);
	ck_assert_int_eq(relay_events(&relay, 0), 0);
	ck_assert_int_eq(relay_events(&relay, 1), POLLIN | POLLOUT);
	ck_assert_uint_le(relay.flow[0].end - relay.flow[0].begin, RELAY_BUFFER);
}
END_TEST

START_TEST(the_events_are_what_there_is_to_do)
{
	start();
	ck_assert_int_eq(relay_events(&relay, 0), POLLIN);
	ck_assert_int_eq(relay_events(&relay, 1), POLLIN);
	relay_put(&relay, 1, "a", 1);
	ck_assert_int_eq(relay_events(&relay, 0), 0);
	ck_assert_int_eq(relay_events(&relay, 1), POLLIN | POLLOUT);
}
END_TEST

START_TEST(a_reset_ends_it)
{
	start();
	say(client, "half a request");
	close(server);
	/* The server's end has gone: there is nobody to write to. */
	ck_assert_int_eq(relay_step(&relay), RELAY_BROKEN);
}
END_TEST

START_TEST(one_step_is_bounded)
{
	static char bytes[1 << 17];

	start();
	for (int i = 0; i < 64 && write(client, bytes, sizeof(bytes)) > 0; i++)
		;
	relay_step(&relay);
	ck_assert_int_le(read(server, bytes, sizeof(bytes)), 4L * RELAY_BUFFER);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("relay");

	unit_case(suite, "bytes", bytes_go_both_ways, 1);
	unit_case(suite, "bytes", what_is_put_comes_first, 1);
	unit_case(suite, "bytes", too_much_cannot_be_put, 1);
	unit_case(suite, "bytes", what_is_inserted_comes_at_its_place, 1);
	unit_case(suite, "bytes", what_is_inserted_waits_for_nobody, 1);
	unit_case(suite, "bytes", too_much_cannot_be_inserted, 1);
	unit_case(suite, "ends", an_end_is_passed_on_and_the_other_side_goes_on, 1);
	unit_case(suite, "ends", the_end_comes_after_the_last_byte, 1);
	unit_case(suite, "limits", who_does_not_read_stops_who_writes, 1);
	unit_case(suite, "limits", the_events_are_what_there_is_to_do, 1);
	unit_case(suite, "limits", one_step_is_bounded, 1);
	unit_case(suite, "ends", a_reset_ends_it, 1);
	return suite;
}
