// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Addresses as administrators write them.
 */
#include <string.h>

#include "tuxd/address.h"
#include "unit.h"

static const struct {
	const char *shows;
	const char *text;
	const char *result;
} rows[] = {
	{ "IPv4 and port", "127.0.0.1:8080", "127.0.0.1:8080" },
	{ "IPv4 without a port gets the default", "10.1.2.3", "10.1.2.3:80" },
	{ "the highest port", "0.0.0.0:65535", "0.0.0.0:65535" },
	{ "IPv6 and port", "[::1]:8080", "[::1]:8080" },
	{ "IPv6 in brackets without a port", "[::]", "[::]:80" },
	{ "IPv6 without brackets is all address", "2001:db8::5", "[2001:db8::5]:80" },
	{ "IPv4 mapped", "[::ffff:1.2.3.4]:1", "[::ffff:1.2.3.4]:1" },
	{ "IPv6 with an interface", "[fe80::1%lo]:80", "[fe80::1%lo]:80" },
	{ "an interface that is not there", "[fe80::1%nothing0]:80", NULL },
	{ "port 0", "127.0.0.1:0", NULL },
	{ "port 65536", "127.0.0.1:65536", NULL },
	{ "a port with a sign", "127.0.0.1:+80", NULL },
	{ "a port of many digits", "127.0.0.1:00000000080", NULL },
	{ "an empty port", "127.0.0.1:", NULL },
	{ "an empty port after brackets", "[::1]:", NULL },
	{ "a name", "localhost:80", NULL },
	{ "three numbers", "127.0.1:80", NULL },
	{ "IPv4 in brackets", "[127.0.0.1]:80", NULL },
	{ "an open bracket", "[::1", NULL },
	{ "something after the bracket", "[::1]80", NULL },
	{ "nothing", "", NULL },
	{ "only a port", ":80", NULL },
	{ "blanks", " 127.0.0.1:80", NULL },
};

START_TEST(an_address_is_read_and_written_back)
{
	struct sockaddr_storage address;
	char text[ADDRESS_TEXT_MAX];
	socklen_t length = address_parse(rows[_i].text, 80, &address);

	ck_assert_msg(!length == !rows[_i].result, "%s", rows[_i].shows);
	if (length)
		ck_assert_msg(!strcmp(address_format(&address, text, sizeof(text)),
				      rows[_i].result),
			      "%s: %s", rows[_i].shows, text);
}
END_TEST

/* Written into a buffer of a fixed size, so a longer text must not get that far. */
START_TEST(a_text_of_any_length_is_refused)
{
	struct sockaddr_storage address;
	char text[ADDRESS_TEXT_MAX + 2];

	for (size_t length = ADDRESS_TEXT_MAX - 1; length < sizeof(text); length++) {
		memset(text, '0', length);
		text[length] = '\0';
		ck_assert_int_eq(address_parse(text, 80, &address), 0);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("address");

	unit_case(suite, "ADDR:PORT", an_address_is_read_and_written_back, UNIT_ROWS(rows));
	unit_case(suite, "length", a_text_of_any_length_is_refused, 1);
	return suite;
}
