// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where redirected connections go, and the line of the PROXY protocol.
 */
#include <string.h>
#include <sys/un.h>

#include "tuxd/address.h"
#include "tuxd/target.h"
#include "unit.h"

static const struct {
	const char *text;
	int result;
	enum target_kind kind;
} targets[] = {
	{ "off", 0, TARGET_OFF },
	{ "tcp:127.0.0.1:8080", 0, TARGET_TCP },
	{ "tcp:[::1]:8080", 0, TARGET_TCP },
	{ "proxy:192.0.2.1:80", 0, TARGET_PROXY },
	{ "proxy2:[2001:db8::1]:80", 0, TARGET_PROXY2 },
	{ "proxy2:", -1, 0 },
	{ "forwarded-for:[::1]:80", 0, TARGET_FORWARDED_FOR },
	{ "forwarded-for:80", -1, 0 },
	{ "unix:/run/other.socket", 0, TARGET_UNIX },
	{ "", -1, 0 },
	{ "off ", -1, 0 },
	{ "8080", -1, 0 },
	{ "tcp:", -1, 0 },
	{ "tcp:127.0.0.1", -1, 0 },
	{ "tcp:127.0.0.1:0", -1, 0 },
	{ "tcp:::1", -1, 0 },
	{ "tcp:localhost:80", -1, 0 },
	{ "proxy:127.0.0.1:65536", -1, 0 },
	{ "unix:other.socket", -1, 0 },
	{ "unix:", -1, 0 },
	{ "udp:127.0.0.1:80", -1, 0 },
};

START_TEST(a_target_is_read)
{
	struct target target;

	ck_assert_msg(target_parse(targets[_i].text, &target) == targets[_i].result, "\"%s\"",
		      targets[_i].text);
	if (!targets[_i].result)
		ck_assert_int_eq(target.kind, targets[_i].kind);
}
END_TEST

START_TEST(the_path_of_a_socket_must_fit)
{
	char text[200] = "unix:/";
	struct target target;

	memset(text + 6, 'a', 106);
	ck_assert_int_eq(target_parse(text, &target), 0);
	ck_assert_str_eq(((struct sockaddr_un *)&target.address)->sun_path, text + 5);
	text[112] = 'a';
	ck_assert_int_eq(target_parse(text, &target), -1);
}
END_TEST

static const struct {
	const char *client;
	const char *server;
	const char *line;
} headers[] = {
	{ "192.0.2.1:1024", "198.51.100.1:80",
	  "PROXY TCP4 192.0.2.1 198.51.100.1 1024 80\r\n" },
	{ "[2001:db8::1]:65535", "[2001:db8::2]:443",
	  "PROXY TCP6 2001:db8::1 2001:db8::2 65535 443\r\n" },
	{ "[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.2]:2",
	  "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" },
	{ "[::ffff:192.0.2.1]:1", "[2001:db8::2]:2", "PROXY UNKNOWN\r\n" },
	{ NULL, "192.0.2.1:1", "PROXY UNKNOWN\r\n" },
};

START_TEST(the_header_names_both_ends)
{
	struct sockaddr_storage client = { 0 };
	struct sockaddr_storage server = { 0 };
	char text[PROXY_HEADER_MAX];
	size_t length;

	if (headers[_i].client)
		ck_assert(address_parse(headers[_i].client, 0, &client));
	ck_assert(address_parse(headers[_i].server, 0, &server));
	length = proxy_header(text, sizeof(text), &client, &server);
	ck_assert_str_eq(text, headers[_i].line);
	ck_assert_uint_eq(length, strlen(text));
}
END_TEST

START_TEST(the_longest_header_fits)
{
	static const char longest[] = "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535";
	struct sockaddr_storage address;
	char text[PROXY_HEADER_MAX];

	ck_assert(address_parse(longest, 0, &address));
	ck_assert_uint_lt(proxy_header(text, sizeof(text), &address, &address), sizeof(text));
}
END_TEST

/* The signature is the same for all. */
static const struct {
	const char *client;
	const char *server;
	unsigned int length;
	unsigned char bytes[40];
} headers2[] = {
	{ "192.0.2.1:258", "198.51.100.1:80", 28,
	  { 0x21, 0x11, 0, 12, 192, 0, 2, 1, 198, 51, 100, 1, 1, 2, 0, 80 } },
	{ "[::ffff:192.0.2.1]:1", "192.0.2.2:2", 28,
	  { 0x21, 0x11, 0, 12, 192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 2 } },
	{ "[2001:db8::1]:1", "[2001:db8::2]:2", 52,
	  { 0x21, 0x21, 0, 36, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	    0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 2 } },
	{ "[2001:db8::1]:1", "192.0.2.2:2", 16, { 0x21, 0, 0, 0 } },
	{ NULL, "192.0.2.1:1", 16, { 0x21, 0, 0, 0 } },
};

START_TEST(the_binary_header_names_both_ends)
{
	struct sockaddr_storage client = { 0 };
	struct sockaddr_storage server = { 0 };
	char header[PROXY_HEADER_MAX];

	if (headers2[_i].client)
		ck_assert(address_parse(headers2[_i].client, 0, &client));
	ck_assert(address_parse(headers2[_i].server, 0, &server));
	ck_assert_uint_eq(proxy_header2(header, &client, &server), headers2[_i].length);
	ck_assert_mem_eq(header, "\r\n\r\n\0\r\nQUIT\n", 12);
	ck_assert_mem_eq(header + 12, headers2[_i].bytes, headers2[_i].length - 12);
}
END_TEST

static const struct {
	const char *client;
	const char *fields;
} forwarded[] = {
	{ "192.0.2.1:1024", "X-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n" },
	{ "[2001:db8::1]:1", "X-Forwarded-For: 2001:db8::1\r\nConnection: close\r\n" },
	{ "[::ffff:192.0.2.1]:1", "X-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n" },
	{ "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
	  "X-Forwarded-For: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\r\nConnection: close\r\n" },
	{ NULL, "X-Forwarded-For: unknown\r\nConnection: close\r\n" },
};

START_TEST(the_fields_name_the_client)
{
	struct sockaddr_storage client = { 0 };
	char text[FORWARDED_FIELDS_MAX];

	if (forwarded[_i].client)
		ck_assert(address_parse(forwarded[_i].client, 0, &client));
	ck_assert_uint_eq(forwarded_fields(text, sizeof(text), &client), strlen(text));
	ck_assert_str_eq(text, forwarded[_i].fields);
}
END_TEST

static const struct {
	const char *data;
	size_t place;
} heads[] = {
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 25 },
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\r\n\r\n", 25 },
	{ "\r\n\r\nGET / HTTP/1.0\r\n\r\n", 20 },
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r", 0 },
	{ "\r\n\r\n", 0 },
	{ "", 0 },
};

START_TEST(the_fields_go_to_the_end_of_the_head)
{
	ck_assert_uint_eq(forwarded_place(heads[_i].data, strlen(heads[_i].data)), heads[_i].place);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("target");

	unit_case(suite, "--redirect", a_target_is_read, UNIT_ROWS(targets));
	unit_case(suite, "--redirect", the_path_of_a_socket_must_fit, 1);
	unit_case(suite, "PROXY protocol", the_header_names_both_ends, UNIT_ROWS(headers));
	unit_case(suite, "PROXY protocol", the_longest_header_fits, 1);
	unit_case(suite, "PROXY protocol", the_binary_header_names_both_ends, UNIT_ROWS(headers2));
	unit_case(suite, "X-Forwarded-For", the_fields_name_the_client, UNIT_ROWS(forwarded));
	unit_case(suite, "X-Forwarded-For", the_fields_go_to_the_end_of_the_head,
		  UNIT_ROWS(heads));
	return suite;
}
