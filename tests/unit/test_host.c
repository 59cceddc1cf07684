// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host names, addresses and ports.  Addresses are also compared with inet_pton().
 */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "http/host.h"

/**
 * struct host_case - An authority and its parts.
 */
struct host_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @value: The value. */
	const char *value;
	/** @length: Bytes of @value. */
	size_t length;
	/** @name: The name, or NULL if the value is bad. */
	const char *name;
	/** @port: The port, 0 if there is none. */
	int port;
	/** @literal: It is an address in brackets. */
	bool literal;
};

#define GOOD(shows, value, name, port) { shows, UNIT_TEXT(value), name, port, false }
#define LITERAL(shows, value, name, port) { shows, UNIT_TEXT(value), name, port, true }
#define BAD(shows, value) { shows, UNIT_TEXT(value), NULL, 0, false }

static const struct host_case cases[] = {
	GOOD("an empty host", "", "", 0),
	GOOD("a name", "www.example.org", "www.example.org", 0),
	GOOD("a name with a port", "www.example.org:8080", "www.example.org", 8080),
	GOOD("a colon without a port (RFC 3986 3.2.3)", "a:", "a", 0),
	GOOD("the largest port", "a:65535", "a", 65535),
	GOOD("a port with leading zeros", "a:00080", "a", 80),
	GOOD("a dot at the end", "example.org.", "example.org.", 0),
	GOOD("an IPv4 address", "127.0.0.1:80", "127.0.0.1", 80),
	GOOD("underscores and capitals", "My_Host", "My_Host", 0),
	GOOD("all of unreserved and sub-delims", "aZ9-._~!$&'()*+,;=", "aZ9-._~!$&'()*+,;=", 0),
	GOOD("percent-encoding stays", "a%2Fb%02%20", "a%2Fb%02%20", 0),
	LITERAL("an IPv6 address", "[::1]", "::1", 0),
	LITERAL("an IPv6 address with a port", "[2001:db8::1]:8080", "2001:db8::1", 8080),
	LITERAL("a full IPv6 address", "[1:2:3:4:5:6:7:8]", "1:2:3:4:5:6:7:8", 0),
	LITERAL("an IPv6 address that ends in IPv4", "[::ffff:192.0.2.1]", "::ffff:192.0.2.1", 0),
	LITERAL("nothing but a gap", "[::]", "::", 0),
	BAD("a port only", ":80"),
	BAD("a colon only", ":"),
	BAD("port 0", "a:0"),
	BAD("a port out of range", "a:65536"),
	BAD("a port past 32 bits", "a:4294967376"),
	BAD("a port with letters", "a:8o"),
	BAD("a negative port", "a:-1"),
	BAD("two ports", "a:80:80"),
	BAD("a space inside", "a b"),
	BAD("a tab inside", "a\tb"),
	BAD("a slash", "a/b"),
	BAD("a backslash", "a\\b"),
	BAD("a question mark", "a?b"),
	BAD("a number sign", "a#b"),
	BAD("user information", "user@a"),
	BAD("user information with a password", "user:x@a"),
	BAD("quotes", "\"a\""),
	BAD("markup", "<a>"),
	BAD("bytes above ASCII", "\xc3\xa9"),
	BAD("NUL", "a\0b"),
	BAD("a control character", "a\x7f"),
	BAD("a broken percent-encoding", "a%2"),
	BAD("percent-encoding of no digits", "a%zz"),
	BAD("percent-encoding of one digit and a letter", "a%4z"),
	BAD("percent-encoding of a letter and one digit", "a%z4"),
	BAD("brackets without an address", "[]"),
	BAD("no closing bracket", "[::1"),
	BAD("no opening bracket", "::1]"),
	BAD("an IPv6 address without brackets", "::1"),
	BAD("text after the bracket", "[::1]a"),
	BAD("an address in the wrong place", "a[::1]"),
	BAD("a zone", "[fe80::1%25eth0]"),
	BAD("an address of a future version", "[v1.x]"),
	BAD("a name in brackets", "[localhost]"),
	BAD("an IPv4 address in brackets", "[127.0.0.1]"),
};

START_TEST(hosts)
{
	const struct host_case *c = &cases[_i];
	const char *value = unit_at_end(c->value, c->length);
	struct http_host host;
	int result = http_host_parse(value, c->length, &host);

	ck_assert_msg(result == (c->name ? 0 : -400), "%s: %d", c->shows, result);
	if (!c->name)
		return;
	ck_assert_msg(host.name_length == strlen(c->name) &&
		      !memcmp(value + host.name_offset, c->name, host.name_length),
		      "%s: %s", c->shows, unit_show(value + host.name_offset, host.name_length));
	ck_assert_msg(host.port == c->port && host.has_port == !!c->port, "%s: port %d", c->shows,
		      host.port);
	ck_assert_msg(host.literal == c->literal, "%s: literal", c->shows);
}
END_TEST

static const char *const addresses[] = {
	"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::8",
	"1:2:3:4:5:6:1.2.3.4", "::1.2.3.4", "1::1.2.3.4", "::2:3:4:5:6:1.2.3.4",
	"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", ":::", "1:::2", "1::2::3", ":1", "1:", ":1::",
	"1::2:",
	"12345::", "g::", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "::1.2.3", "::1.2.3.4.5",
	"::1.2.3.256", "::01.2.3.4", "::1.2.3.4:5", "1.2.3.4::", "::ffff:1.2.3.", "::.1.2.3",
	"1::2:3:4:5:6:7:8", "::1:2:3:4:5:6:7:8", "abcd:EF01::", "0:0:0:0:0:0:0:0", "00001::",
	"::00.1.2.3", "::1..2.3", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:1.2.3.4",
};

START_TEST(ipv6)
{
	struct in6_addr address;
	struct http_host host;
	char value[64] = "[";
	bool expected = inet_pton(AF_INET6, addresses[_i], &address) == 1;
	size_t length = stpcpy(stpcpy(value + 1, addresses[_i]), "]") - value;

	ck_assert_msg((http_host_parse(unit_at_end(value, length), length, &host) == 0) == expected,
		      "%s", addresses[_i]);
}
END_TEST

START_TEST(longest)
{
	static char value[65536];
	struct http_host host;

	memset(value, 'a', sizeof(value));
	ck_assert_int_eq(http_host_parse(value, 65535, &host), 0);
	ck_assert_uint_eq(host.name_length, 65535);
	ck_assert_int_eq(http_host_parse(value, 65536, &host), -400);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("host");

	unit_case(suite, "RFC 3986 3.2 authorities", hosts, UNIT_ROWS(cases));
	unit_case(suite, "RFC 4291 2.2 addresses", ipv6, UNIT_ROWS(addresses));
	unit_case(suite, "the longest name that can be described", longest, 1);
	return suite;
}
