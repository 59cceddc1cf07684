// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Queries: names and values, and their encoding.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tux.h>

#include "unit.h"

/* A piece that ends at a page nobody may touch. */
static struct tux_string piece(const char *text)
{
	size_t length = strlen(text);

	return (struct tux_string){ .text = unit_at_end(text, length), .length = length };
}

static const struct {
	const char *shows;
	const char *encoded;
	int plus;
	const char *plain;
	int length;		/* or -errno */
} codes[] = {
	{ "nothing", "", 1, "", 0 },
	{ "plain text", "abc", 1, "abc", 3 },
	{ "upper-case digits", "%41%5A", 1, "AZ", 2 },
	{ "lower-case digits", "%5a%7e", 1, "Z~", 2 },
	{ "a NUL", "a%00b", 1, "a\0b", 3 },
	{ "all bits", "%FF%80", 1, "\377\200", 2 },
	{ "a plus of a form", "a+b", 1, "a b", 3 },
	{ "a plus of a path", "a+b", 0, "a+b", 3 },
	{ "an encoded plus", "%2B", 1, "+", 1 },
	{ "decoded once only", "%2541", 1, "%41", 3 },
	{ "a percent at the end", "a%", 1, NULL, -EINVAL },
	{ "one digit at the end", "a%4", 1, NULL, -EINVAL },
	{ "a bad first digit", "%g1", 1, NULL, -EINVAL },
	{ "a bad second digit", "%1g", 1, NULL, -EINVAL },
	{ "a sign is no digit", "%-1", 1, NULL, -EINVAL },
	{ "what just fits", "%41234567", 1, "A234567", 7 },
	{ "what does not fit", "12345678", 1, NULL, -ERANGE },
	{ "what does not fit, encoded", "1234567%38", 1, NULL, -ERANGE },
};

START_TEST(parts_of_a_url_are_decoded)
{
	char *room = unit_room(8);
	ssize_t length;

	errno = 0;
	length = tux_decode_url(piece(codes[_i].encoded), codes[_i].plus, room, 8);
	if (codes[_i].length < 0) {
		ck_assert_msg(length == -1 && errno == -codes[_i].length, "%s", codes[_i].shows);
		ck_assert_msg(!room[0], "%s", codes[_i].shows);
		return;
	}
	ck_assert_msg(length == codes[_i].length, "%s: %zd", codes[_i].shows, length);
	ck_assert_msg(!memcmp(room, codes[_i].plain, length + 1), "%s", codes[_i].shows);
}
END_TEST

START_TEST(without_room_nothing_is_written)
{
	char *room = unit_room(1);

	errno = 0;
	ck_assert_int_eq(tux_decode_url(piece(""), 1, room + 1, 0), -1);
	ck_assert_int_eq(errno, ERANGE);
	ck_assert_int_eq(tux_decode_url(piece("a"), 1, room + 1, 0), -1);
	ck_assert_int_eq(tux_decode_url(piece("a"), 1, room, 1), -1);
	ck_assert_int_eq(tux_decode_url(piece(""), 1, room, 1), 0);
	ck_assert_int_eq(room[0], '\0');
}
END_TEST

static const struct {
	const char *shows;
	const char *query;
	const char *pairs[3][2];
} queries[] = {
	{ "nothing", "", { { NULL } } },
	{ "one pair", "a=b", { { "a", "b" } } },
	{ "two pairs", "a=b&cc=dd", { { "a", "b" }, { "cc", "dd" } } },
	{ "a value that is empty", "a=", { { "a", "" } } },
	{ "a name without a value", "a&b", { { "a", NULL }, { "b", NULL } } },
	{ "a name that is empty", "=b", { { "", "b" } } },
	{ "only a sign", "=", { { "", "" } } },
	{ "more signs are the value's", "a=b=c", { { "a", "b=c" } } },
	{ "empty pairs are left out", "&&a=b&&c&", { { "a", "b" }, { "c", NULL } } },
	{ "the same name again", "a=1&a=2&a=3", { { "a", "1" }, { "a", "2" }, { "a", "3" } } },
	{ "nothing is decoded here", "a%3D=%26", { { "a%3D", "%26" } } },
};

static int is_text(struct tux_string found, const char *wanted)
{
	if (!wanted)
		return !found.text && !found.length;
	return found.text && found.length == strlen(wanted) &&
	       !memcmp(found.text, wanted, found.length);
}

START_TEST(pairs_come_in_order)
{
	struct tux_string rest = piece(queries[_i].query);
	struct tux_string value;
	struct tux_string name;

	for (int i = 0; i < 3 && queries[_i].pairs[i][0]; i++) {
		ck_assert_msg(tux_next_query(&rest, &name, &value) == 1, "%s", queries[_i].shows);
		ck_assert_msg(is_text(name, queries[_i].pairs[i][0]), "%s: name %d",
			      queries[_i].shows, i);
		ck_assert_msg(is_text(value, queries[_i].pairs[i][1]), "%s: value %d",
			      queries[_i].shows, i);
	}
	ck_assert_msg(!tux_next_query(&rest, &name, &value), "%s: end", queries[_i].shows);
	ck_assert_msg(!rest.length, "%s: rest", queries[_i].shows);
}
END_TEST

static const struct {
	const char *shows;
	const char *query;
	const char *name;
	const char *value;
	int length;		/* or -errno */
} finds[] = {
	{ "the only one", "a=b", "a", "b", 1 },
	{ "a later one", "x=1&a=b", "a", "b", 1 },
	{ "the first of several", "a=1&a=2", "a", "1", 1 },
	{ "decoded", "a=%41+B", "a", "A B", 3 },
	{ "an encoded name", "%61b=1", "ab", "1", 1 },
	{ "a name with a space", "a+b=1", "a b", "1", 1 },
	{ "an empty value", "a=", "a", "", 0 },
	{ "no value", "a", "a", "", 0 },
	{ "an empty name", "=1", "", "1", 1 },
	{ "not there", "a=b", "b", NULL, -ENOENT },
	{ "an empty query", "", "a", NULL, -ENOENT },
	{ "a longer name is another", "ab=1", "a", NULL, -ENOENT },
	{ "a shorter name is another", "a=1", "ab", NULL, -ENOENT },
	{ "case matters", "A=1", "a", NULL, -ENOENT },
	{ "a NUL ends no name", "a%00=1", "a", NULL, -ENOENT },
	{ "a malformed name is nobody's", "a%=1", "a", NULL, -ENOENT },
	{ "a malformed value", "a=%4", "a", NULL, -EINVAL },
	{ "a value that does not fit", "a=12345678", "a", NULL, -ERANGE },
};

START_TEST(values_are_found_by_name)
{
	char *room = unit_room(8);
	ssize_t length;

	strcpy(room, "before");
	errno = 0;
	length = tux_find_query(piece(finds[_i].query), finds[_i].name, room, 8);
	if (finds[_i].length < 0) {
		ck_assert_msg(length == -1 && errno == -finds[_i].length, "%s: %d",
			      finds[_i].shows, errno);
		ck_assert_str_eq(room, errno == ENOENT ? "before" : "");
		return;
	}
	ck_assert_msg(length == finds[_i].length, "%s: %zd", finds[_i].shows, length);
	ck_assert_msg(!strcmp(room, finds[_i].value), "%s: %s", finds[_i].shows, room);
}
END_TEST

START_TEST(nothing_is_an_empty_query)
{
	struct tux_string nothing = { .text = NULL, .length = 0 };
	struct tux_string value;
	struct tux_string name;
	char room[8];

	ck_assert_int_eq(tux_next_query(&nothing, &name, &value), 0);
	ck_assert_int_eq(tux_find_query(nothing, "a", room, sizeof(room)), -1);
	ck_assert_int_eq(tux_decode_url(nothing, 1, room, sizeof(room)), 0);
	ck_assert_uint_eq(tux_make_string("abc").length, 3);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("query");

	unit_case(suite, "encoding", parts_of_a_url_are_decoded, UNIT_ROWS(codes));
	unit_case(suite, "encoding", without_room_nothing_is_written, 1);
	unit_case(suite, "pairs", pairs_come_in_order, UNIT_ROWS(queries));
	unit_case(suite, "pairs", values_are_found_by_name, UNIT_ROWS(finds));
	unit_case(suite, "pairs", nothing_is_an_empty_query, 1);
	return suite;
}
