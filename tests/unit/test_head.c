// SPDX-License-Identifier: GPL-2.0-only
/*
 * Heads of answers, byte for byte, and buffers that are too small for them.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "http/head.h"

#define SERVER "TUX/4.0 (Linux)"
#define DATE_SECONDS 784111777
#define DATE_LINE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define STAMP DATE_LINE "Server: " SERVER "\r\n"
#define TYPE "Content-Type: text/html\r\n"
#define SIZE "Content-Length: 1234\r\n"
#define TAIL "ETag: \"x\"\r\nLast-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n"

static const struct http_validators both = {
	.etag = "\"x\"", .etag_length = 3, .has_etag = true, .has_modified = true,
};

static const struct http_validators none;

/**
 * struct head_case - An answer and its head.
 */
struct head_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @status: Status of the answer. */
	int status;
	/** @minor: Version of the request. */
	int minor;
	/** @keep: The connection stays open. */
	bool keep;
	/** @server: The Server line is sent. */
	bool server;
	/** @validators: Validators of the file. */
	const struct http_validators *validators;
	/** @type: Type of the file. */
	const char *type;
	/** @head: The head. */
	const char *head;
};

static const struct head_case cases[] = {
	{ "the order of TUX", 200, 1, true, true, &both, "text/html",
	  "HTTP/1.1 200 OK\r\n" TYPE "Connection: Keep-Alive\r\n" STAMP SIZE TAIL },
	{ "closing", 200, 1, false, true, &both, "text/html",
	  "HTTP/1.1 200 OK\r\n" TYPE "Connection: close\r\n" STAMP SIZE TAIL },
	{ "HTTP/1.0 that stays", 200, 0, true, true, &both, "text/html",
	  "HTTP/1.1 200 OK\r\n" TYPE "Connection: Keep-Alive\r\n" STAMP SIZE TAIL },
	{ "HTTP/1.0 that closes says nothing", 200, 0, false, true, &both, "text/html",
	  "HTTP/1.1 200 OK\r\n" TYPE STAMP SIZE TAIL },
	{ "no Server line", 200, 1, true, false, &both, "text/html",
	  "HTTP/1.1 200 OK\r\n" TYPE "Connection: Keep-Alive\r\n" DATE_LINE SIZE TAIL },
	{ "no validators", 200, 1, true, true, &none, "text/html",
	  "HTTP/1.1 200 OK\r\n" TYPE "Connection: Keep-Alive\r\n" STAMP SIZE "\r\n" },
	{ "no type", 200, 1, true, true, &none, "",
	  "HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\n" STAMP SIZE "\r\n" },
	{ "304 describes no body (RFC 9110 15.4.5)", 304, 1, true, true, &both, "text/html",
	  "HTTP/1.1 304 Not Modified\r\nConnection: Keep-Alive\r\n" STAMP TAIL },
	{ "304 without validators", 304, 1, true, true, &none, "text/html",
	  "HTTP/1.1 304 Not Modified\r\nConnection: Keep-Alive\r\n" STAMP "\r\n" },
	{ "a page for 404 is a file like others", 404, 1, true, true, &none, "text/html",
	  "HTTP/1.1 404 Not Found\r\n" TYPE "Connection: Keep-Alive\r\n" STAMP SIZE "\r\n" },
};

static void prepare(const struct head_case *c, struct http_stamp *stamp,
		    struct http_entity *entity)
{
	struct http_content content = {
		.type = c->type, .type_length = strlen(c->type), .size = 1234,
		.validators = c->validators,
	};
	size_t size = HTTP_ENTITY_FIXED + content.type_length;

	ck_assert_int_gt(http_entity_make(entity, unit_room(size), size, &content), 0);
	http_stamp_init(stamp, c->server ? SERVER : NULL, sizeof(SERVER) - 1, DATE_SECONDS);
}

START_TEST(heads)
{
	const struct head_case *c = &cases[_i];
	struct http_stamp stamp;
	struct http_entity entity;
	struct http_reply reply = {
		.stamp = &stamp, .entity = &entity, .status = c->status,
		.version_minor = c->minor, .keep_alive = c->keep,
	};
	int length = strlen(c->head);
	char *out = unit_room(length);
	int size;
	int result;

	prepare(c, &stamp, &entity);
	result = http_head_entity(out, length, &reply);
	ck_assert_msg(result == length && !memcmp(out, c->head, length), "%s: %d: %s", c->shows,
		      result, unit_show(out, length));
	for (size = 0; size < length; size++)
		ck_assert_msg(http_head_entity(unit_room(size), size, &reply) == -500,
			      "%s: in %d bytes", c->shows, size);
}
END_TEST

START_TEST(stamp_follows_the_clock)
{
	struct http_stamp stamp;

	http_stamp_init(&stamp, SERVER, sizeof(SERVER) - 1, DATE_SECONDS);
	ck_assert_uint_eq(stamp.length, sizeof(STAMP) - 1);
	ck_assert(!memcmp(stamp.text, STAMP, stamp.length));
	http_stamp_update(&stamp, DATE_SECONDS);
	ck_assert(!memcmp(stamp.text, STAMP, stamp.length));
	http_stamp_update(&stamp, DATE_SECONDS + 1);
	ck_assert(!memcmp(stamp.text, "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\nServer: ", 45));
	http_stamp_update(&stamp, 0);
	ck_assert(!memcmp(stamp.text, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n", 37));
}
END_TEST

START_TEST(long_server_name_is_cut)
{
	struct http_stamp *stamp = (struct http_stamp *)unit_room(sizeof(*stamp));
	char name[2 * HTTP_SERVER_MAX];

	memset(name, 'x', sizeof(name));
	http_stamp_init(stamp, name, sizeof(name), DATE_SECONDS);
	ck_assert_uint_eq(stamp->length, sizeof(DATE_LINE) - 1 + 8 + HTTP_SERVER_MAX + 2);
	ck_assert(!memcmp(stamp->text + stamp->length - 2, "\r\n", 2));
}
END_TEST

/* HTTP_ENTITY_FIXED must hold the largest size, the longest ETag and a date. */
START_TEST(largest_entity)
{
	struct http_validators validators = both;
	struct http_content content = {
		.type = "a/b", .type_length = 3, .size = ~0ull, .validators = &validators,
	};
	struct http_entity entity;
	size_t size = HTTP_ENTITY_FIXED + 3;
	char *out = unit_room(size);
	int result;

	memset(validators.etag, 'x', HTTP_ETAG_MAX);
	validators.etag_length = HTTP_ETAG_MAX;
	validators.modified = INT64_MAX;
	result = http_entity_make(&entity, out, size, &content);
	ck_assert_int_eq(result, size);
	ck_assert_int_eq(entity.end, result);
	ck_assert(!memcmp(out + entity.type_end, "Content-Length: 18446744073709551615\r\n", 38));
	ck_assert(!memcmp(out + entity.size_end, "ETag: ", 6));
	ck_assert_int_eq(http_entity_make(&entity, unit_room(size - 1), size - 1, &content), -500);
}
END_TEST

/**
 * struct number_case - A number and its digits.
 */
struct number_case {
	/** @number: The number. */
	u64 number;
	/** @text: Its digits. */
	const char *text;
};

static const struct number_case number_cases[] = {
	{ 0, "0" }, { 9, "9" }, { 10, "10" }, { 12345, "12345" },
	{ 4294967296, "4294967296" }, { ~0ull, "18446744073709551615" },
};

START_TEST(numbers)
{
	const struct number_case *c = &number_cases[_i];
	size_t length = strlen(c->text);
	struct http_buffer buffer;

	http_buffer_init(&buffer, unit_room(length), length);
	http_buffer_number(&buffer, c->number);
	ck_assert(!buffer.overflow);
	ck_assert_uint_eq(http_buffer_length(&buffer), length);
	ck_assert(!memcmp(buffer.start, c->text, length));
	http_buffer_init(&buffer, unit_room(length - 1), length - 1);
	http_buffer_number(&buffer, c->number);
	ck_assert(buffer.overflow);
	ck_assert_uint_eq(http_buffer_length(&buffer), 0);
}
END_TEST

START_TEST(buffers)
{
	struct http_buffer buffer;

	http_buffer_init(&buffer, unit_room(4), 4);
	http_buffer_literal(&buffer, "ab");
	http_buffer_char(&buffer, 'c');
	http_buffer_literal(&buffer, "de");
	ck_assert(buffer.overflow);
	ck_assert_uint_eq(http_buffer_length(&buffer), 3);
	http_buffer_char(&buffer, 'd');
	ck_assert(!memcmp(buffer.start, "abcd", 4));
	http_buffer_init(&buffer, unit_room(0), 0);
	ck_assert(!buffer.overflow);
	http_buffer_char(&buffer, 'x');
	ck_assert(buffer.overflow);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("head");

	unit_case(suite, "heads byte for byte", heads, UNIT_ROWS(cases));
	unit_case(suite, "the stamp follows the clock", stamp_follows_the_clock, 1);
	unit_case(suite, "a long server name", long_server_name_is_cut, 1);
	unit_case(suite, "the largest entity", largest_entity, 1);
	unit_case(suite, "numbers", numbers, UNIT_ROWS(number_cases));
	unit_case(suite, "buffers", buffers, 1);
	return suite;
}
