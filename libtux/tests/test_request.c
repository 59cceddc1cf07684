// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Everything about a request: the buffer that GET_REQUEST fills, its parts, and header fields.  The
 * test stands in for tux_get_request(); see the Makefile.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tux.h>

#include "unit.h"

static struct tux_string piece(const char *text)
{
	size_t length = strlen(text);

	return (struct tux_string){ .text = unit_at_end(text, length), .length = length };
}

static int is_text(struct tux_string found, const char *wanted)
{
	if (!wanted)
		return !found.text && !found.length;
	return found.text && found.length == strlen(wanted) &&
	       !memcmp(found.text, wanted, found.length);
}

/* --- GET_REQUEST */

static unsigned int needed = 20;
static unsigned int needed_later;
static int asked;
static int error;

int __wrap_tux_get_request(int handle, struct tux_get_request *request);

int __wrap_tux_get_request(int handle, struct tux_get_request *request)
{
	asked++;
	ck_assert_int_eq(handle, -1);
	ck_assert_uint_eq(request->size, sizeof(*request));
	ck_assert_uint_eq(request->flags, 0);
	if (error) {
		errno = error;
		return -1;
	}
	request->buffer_length = needed;
	if (request->buffer_size < needed) {
		if (needed_later)
			needed = needed_later;
		errno = EMSGSIZE;
		return -1;
	}
	memset((void *)(uintptr_t)request->buffer, 'x', needed);
	return 0;
}

static const unsigned int sizes[] = { 1, 8192, 8193, 1 << 20 };

START_TEST(the_buffer_is_large_enough)
{
	struct tux_get_request *request;

	needed = sizes[_i];
	request = tux_read_request();
	ck_assert_ptr_nonnull(request);
	ck_assert_uint_eq(request->buffer_length, sizes[_i]);
	ck_assert_uint_ge(request->buffer_size, sizes[_i]);
	ck_assert_int_eq(asked, sizes[_i] > 8192 ? 2 : 1);
	ck_assert_int_eq(((char *)(uintptr_t)request->buffer)[sizes[_i] - 1], 'x');
	free(request);
}
END_TEST

START_TEST(an_error_ends_it)
{
	error = EINVAL;
	errno = 0;
	ck_assert_ptr_null(tux_read_request());
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(asked, 1);
	/* A kernel that wants no more than there was is not asked for ever. */
	error = EMSGSIZE;
	errno = 0;
	ck_assert_ptr_null(tux_read_request());
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert_int_eq(asked, 2);
}
END_TEST

static const struct {
	const char *shows;
	struct tux_text part;
	const char *text;
} parts[] = {
	{ "the whole buffer", { 0, 10 }, "0123456789" },
	{ "a part", { 2, 3 }, "234" },
	{ "the end", { 9, 1 }, "9" },
	{ "nothing", { 0, 0 }, NULL },
	{ "nothing, somewhere", { 5, 0 }, NULL },
	{ "past the end", { 9, 2 }, NULL },
	{ "behind the end", { 10, 1 }, NULL },
	{ "an offset that wraps around", { 0xffffffff, 2 }, NULL },
	{ "a length that wraps around", { 1, 0xffffffff }, NULL },
};

START_TEST(parts_lie_in_the_buffer)
{
	struct tux_get_request request = {
		.buffer = (uintptr_t)unit_at_end("0123456789", 10),
		.buffer_size = 10,
		.buffer_length = 10,
	};

	ck_assert_msg(is_text(tux_get_part(&request, parts[_i].part), parts[_i].text), "%s",
		      parts[_i].shows);
	/* What would have been stored is not there. */
	request.buffer_length = 1000;
	ck_assert_ptr_null(tux_get_part(&request, (struct tux_text){ 9, 2 }).text);
	/* Nor is what stands behind what was stored. */
	request.buffer_length = 5;
	ck_assert_ptr_null(tux_get_part(&request, (struct tux_text){ 4, 2 }).text);
}
END_TEST

/* --- fields */

static const struct {
	const char *shows;
	const char *lines;
	const char *fields[3][2];
} headers[] = {
	{ "nothing", "", { { NULL } } },
	{ "one field", "Host: a\r\n", { { "Host", "a" } } },
	{ "two fields", "A: 1\r\nB: 2\r\n", { { "A", "1" }, { "B", "2" } } },
	{ "the same again", "A: 1\r\nA: 2\r\n", { { "A", "1" }, { "A", "2" } } },
	{ "without white space", "A:1\r\n", { { "A", "1" } } },
	{ "with much of it", "A: \t 1 2 \t \r\n", { { "A", "1 2" } } },
	{ "an empty value", "A:\r\nB: \r\n", { { "A", "" }, { "B", "" } } },
	{ "a colon in the value", "Host: a:80\r\n", { { "Host", "a:80" } } },
	{ "no end of the line", "A: 1", { { "A", "1" } } },
	{ "a newline alone", "A: 1\nB: 2\n", { { "A", "1" }, { "B", "2" } } },
	{ "the blank line", "A: 1\r\n\r\n", { { "A", "1" } } },
	{ "no colon", "nonsense\r\nA: 1\r\n", { { "A", "1" } } },
	{ "no name", ": 1\r\nA: 1\r\n", { { "A", "1" } } },
	{ "white space before the colon", "B : 1\r\nA: 1\r\n", { { "A", "1" } } },
	{ "a folded line", "A: 1\r\n B: 2\r\n", { { "A", "1" } } },
};

START_TEST(fields_come_in_order)
{
	struct tux_string rest = piece(headers[_i].lines);
	struct tux_string value;
	struct tux_string name;

	for (int i = 0; i < 3 && headers[_i].fields[i][0]; i++) {
		ck_assert_msg(tux_next_field(&rest, &name, &value) == 1, "%s", headers[_i].shows);
		ck_assert_msg(is_text(name, headers[_i].fields[i][0]), "%s: name %d",
			      headers[_i].shows, i);
		ck_assert_msg(is_text(value, headers[_i].fields[i][1]), "%s: value %d",
			      headers[_i].shows, i);
	}
	ck_assert_msg(!tux_next_field(&rest, &name, &value), "%s: end", headers[_i].shows);
}
END_TEST

static const struct {
	const char *shows;
	const char *lines;
	const char *name;
	const char *value;
} finds[] = {
	{ "in any case", "CONTENT-type: a/b\r\n", "Content-Type", "a/b" },
	{ "the first of several", "A: 1\r\na: 2\r\n", "a", "1" },
	{ "an empty value", "A:\r\n", "A", "" },
	{ "not there", "A: 1\r\n", "B", NULL },
	{ "a longer name is another", "AB: 1\r\n", "A", NULL },
	{ "a shorter name is another", "A: 1\r\n", "AB", NULL },
	{ "no fields", "", "A", NULL },
};

START_TEST(fields_are_found_by_name)
{
	ck_assert_msg(is_text(tux_find_field(piece(finds[_i].lines), finds[_i].name),
			      finds[_i].value), "%s", finds[_i].shows);
}
END_TEST

START_TEST(nothing_has_no_fields)
{
	struct tux_string nothing = { .text = NULL, .length = 0 };

	ck_assert_ptr_null(tux_find_field(nothing, "A").text);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("request");

	unit_case(suite, "buffer", the_buffer_is_large_enough, UNIT_ROWS(sizes));
	unit_case(suite, "buffer", an_error_ends_it, 1);
	unit_case(suite, "buffer", parts_lie_in_the_buffer, UNIT_ROWS(parts));
	unit_case(suite, "fields", fields_come_in_order, UNIT_ROWS(headers));
	unit_case(suite, "fields", fields_are_found_by_name, UNIT_ROWS(finds));
	unit_case(suite, "fields", nothing_has_no_fields, 1);
	return suite;
}
