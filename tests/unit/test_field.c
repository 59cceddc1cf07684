// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of header fields, and the walk over the field lines of a head.
 */
#include "unit.h"

#include <ctype.h>
#include <string.h>

#include "http/field.h"

static const char *const names[HTTP_HEADER_COUNT] = {
	[HTTP_HEADER_ACCEPT] = "accept",
	[HTTP_HEADER_ACCEPT_CHARSET] = "accept-charset",
	[HTTP_HEADER_ACCEPT_ENCODING] = "accept-encoding",
	[HTTP_HEADER_ACCEPT_LANGUAGE] = "accept-language",
	[HTTP_HEADER_CACHE_CONTROL] = "cache-control",
	[HTTP_HEADER_CONNECTION] = "connection",
	[HTTP_HEADER_CONTENT_LENGTH] = "content-length",
	[HTTP_HEADER_CONTENT_TYPE] = "content-type",
	[HTTP_HEADER_COOKIE] = "cookie",
	[HTTP_HEADER_EXPECT] = "expect",
	[HTTP_HEADER_HOST] = "host",
	[HTTP_HEADER_IF_MATCH] = "if-match",
	[HTTP_HEADER_IF_MODIFIED_SINCE] = "if-modified-since",
	[HTTP_HEADER_IF_NONE_MATCH] = "if-none-match",
	[HTTP_HEADER_IF_RANGE] = "if-range",
	[HTTP_HEADER_IF_UNMODIFIED_SINCE] = "if-unmodified-since",
	[HTTP_HEADER_NEGOTIATE] = "negotiate",
	[HTTP_HEADER_PRAGMA] = "pragma",
	[HTTP_HEADER_RANGE] = "range",
	[HTTP_HEADER_REFERER] = "referer",
	[HTTP_HEADER_TRANSFER_ENCODING] = "transfer-encoding",
	[HTTP_HEADER_UPGRADE] = "upgrade",
	[HTTP_HEADER_USER_AGENT] = "user-agent",
};

static int recognise(const char *name, size_t length)
{
	int header = http_header_recognise(unit_at_end(name, length), length);

	ck_assert_int_eq(http_header_recognise(unit_at_start(name, length), length), header);
	return header;
}

START_TEST(known_names)
{
	const char *name = names[_i];
	size_t length = strlen(name);
	char other[32] = { 0 };
	size_t found;
	size_t i;

	ck_assert_int_eq(recognise(name, length), _i);
	ck_assert_str_eq(http_header_name(_i, &found), name);
	ck_assert_uint_eq(found, length);
	for (i = 0; i < length; i++)
		other[i] = toupper(name[i]);
	ck_assert_int_eq(recognise(other, length), _i);
	/* Shorter and longer names are others. */
	ck_assert_int_eq(recognise(name, length - 1), HTTP_HEADER_OTHER);
	other[length] = 's';
	ck_assert_int_eq(recognise(other, length + 1), HTTP_HEADER_OTHER);
}
END_TEST

/* Any byte in any place makes another name unless it is the same letter. */
START_TEST(nearly_known_names)
{
	const char *name = names[_i];
	size_t length = strlen(name);
	size_t place;
	int byte;

	for (place = 0; place < length; place++) {
		for (byte = 0; byte < 256; byte++) {
			char other[32];
			int header;

			memcpy(other, name, length);
			other[place] = byte;
			header = http_header_recognise(other, length);
			ck_assert_msg((header == _i) == (tolower(byte) == name[place]),
				      "byte %02x at %zu of %s", byte, place, name);
			ck_assert_msg(header == _i || header == HTTP_HEADER_OTHER, "%s", name);
		}
	}
}
END_TEST

START_TEST(other_names)
{
	static const char *const others[] = {
		"", "a", "te", "dnt", "from", "date", "via", "origin", "x-forwarded-for",
		"forwarded", "sec-fetch-dest", "upgrade-insecure-requests", "content-encoding",
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(others); i++)
		ck_assert_int_eq(recognise(others[i], strlen(others[i])), HTTP_HEADER_OTHER);
}
END_TEST

START_TEST(walk)
{
	static const char text[] = "\r\nGET / HTTP/1.1\r\nHost:a\r\nX-Y: \t b:c \t\r\n"
				   "Empty:\r\nhost-x:  \r\n\r\nNot: a field";
	static const char *const expected[][2] = {
		{ "Host", "a" }, { "X-Y", "b:c" }, { "Empty", "" }, { "host-x", "" },
	};
	const char *head = unit_at_end(text, sizeof(text) - 1);
	struct http_request request;
	struct http_field field;
	u32 offset;
	size_t i = 0;

	ck_assert_int_gt(http_request_parse(&request, head, sizeof(text) - 1), 0);
	offset = request.fields_offset;
	while (http_field_next(&request, head, &offset, &field)) {
		ck_assert_uint_lt(i, UNIT_ROWS(expected));
		ck_assert_uint_eq(field.name.length, strlen(expected[i][0]));
		ck_assert_uint_eq(field.value.length, strlen(expected[i][1]));
		ck_assert(!memcmp(head + field.name.offset, expected[i][0], field.name.length));
		ck_assert(!memcmp(head + field.value.offset, expected[i][1], field.value.length));
		ck_assert_int_eq(field.header, i ? HTTP_HEADER_OTHER : HTTP_HEADER_HOST);
		i++;
	}
	ck_assert_uint_eq(i, UNIT_ROWS(expected));
	ck_assert_uint_eq(i, request.field_count);
}
END_TEST

START_TEST(walk_without_fields)
{
	static const char text[] = "GET / HTTP/1.0\r\n\r\n";
	const char *head = unit_at_end(text, sizeof(text) - 1);
	struct http_request request;
	struct http_field field;
	u32 offset;

	ck_assert_int_gt(http_request_parse(&request, head, sizeof(text) - 1), 0);
	offset = request.fields_offset;
	ck_assert(!http_field_next(&request, head, &offset, &field));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("field");

	unit_case(suite, "known names", known_names, HTTP_HEADER_COUNT);
	unit_case(suite, "nearly known names", nearly_known_names, HTTP_HEADER_COUNT);
	unit_case(suite, "other names", other_names, 1);
	unit_case(suite, "walking over field lines", walk, 1);
	unit_case(suite, "walking over no lines", walk_without_fields, 1);
	return suite;
}
