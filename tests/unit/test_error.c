// SPDX-License-Identifier: GPL-2.0-only
/*
 * Status lines, error documents and whole error answers.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/error.h"
#include "http/html.h"

/**
 * struct status_case - A status and its phrase.
 */
struct status_case {
	/** @status: The number. */
	unsigned int status;
	/** @reason: The phrase. */
	const char *reason;
};

/* RFC 9110 section 15, RFC 6585 section 5. */
static const struct status_case statuses[] = {
	{ HTTP_STATUS_CONTINUE, "100 Continue" },
	{ HTTP_STATUS_OK, "200 OK" },
	{ HTTP_STATUS_PARTIAL_CONTENT, "206 Partial Content" },
	{ HTTP_STATUS_MOVED_PERMANENTLY, "301 Moved Permanently" },
	{ HTTP_STATUS_NOT_MODIFIED, "304 Not Modified" },
	{ HTTP_STATUS_BAD_REQUEST, "400 Bad Request" },
	{ HTTP_STATUS_FORBIDDEN, "403 Forbidden" },
	{ HTTP_STATUS_NOT_FOUND, "404 Not Found" },
	{ HTTP_STATUS_METHOD_NOT_ALLOWED, "405 Method Not Allowed" },
	{ HTTP_STATUS_REQUEST_TIMEOUT, "408 Request Timeout" },
	{ HTTP_STATUS_LENGTH_REQUIRED, "411 Length Required" },
	{ HTTP_STATUS_PRECONDITION_FAILED, "412 Precondition Failed" },
	{ HTTP_STATUS_CONTENT_TOO_LARGE, "413 Content Too Large" },
	{ HTTP_STATUS_URI_TOO_LONG, "414 URI Too Long" },
	{ HTTP_STATUS_RANGE_NOT_SATISFIABLE, "416 Range Not Satisfiable" },
	{ HTTP_STATUS_EXPECTATION_FAILED, "417 Expectation Failed" },
	{ HTTP_STATUS_HEADERS_TOO_LARGE, "431 Request Header Fields Too Large" },
	{ HTTP_STATUS_INTERNAL_ERROR, "500 Internal Server Error" },
	{ HTTP_STATUS_NOT_IMPLEMENTED, "501 Not Implemented" },
	{ HTTP_STATUS_BAD_GATEWAY, "502 Bad Gateway" },
	{ HTTP_STATUS_UNAVAILABLE, "503 Service Unavailable" },
	{ HTTP_STATUS_GATEWAY_TIMEOUT, "504 Gateway Timeout" },
	{ HTTP_STATUS_VERSION_UNSUPPORTED, "505 HTTP Version Not Supported" },
};

START_TEST(status_lines)
{
	const struct status_case *c = &statuses[_i];
	char expected[100];
	size_t length;
	const char *line = http_status_line(c->status, &length);

	sprintf(expected, "HTTP/1.1 %s\r\n", c->reason);
	ck_assert_uint_eq(length, strlen(expected));
	ck_assert(!memcmp(line, expected, length));
	line = http_status_reason(c->status, &length);
	ck_assert_uint_eq(length, strlen(c->reason) - 4);
	ck_assert(!memcmp(line, c->reason + 4, length));
	ck_assert(http_status_is_known(c->status));
	ck_assert_uint_eq(strtoul(c->reason, NULL, 10), c->status);
}
END_TEST

START_TEST(unknown_statuses)
{
	static const unsigned int numbers[] = { 0, 99, 299, 418, 600, ~0u };
	size_t length;
	size_t i;

	for (i = 0; i < UNIT_ROWS(numbers); i++) {
		ck_assert(!http_status_is_known(numbers[i]));
		ck_assert(!memcmp(http_status_line(numbers[i], &length), "HTTP/1.1 500 ", 13));
	}
}
END_TEST

/**
 * struct escape_case - Text and its form in HTML.
 */
struct escape_case {
	/** @text: The text. */
	const char *text;
	/** @html: The form. */
	const char *html;
};

static const struct escape_case escape_cases[] = {
	{ "", "" },
	{ "plain text", "plain text" },
	{ "<script>", "&lt;script&gt;" },
	{ "a&b", "a&amp;b" },
	{ "&lt;", "&amp;lt;" },
	{ "\" onclick='x'", "&quot; onclick=&#39;x&#39;" },
	{ "\xc3\xa9", "\xc3\xa9" },
};

START_TEST(escaping)
{
	const struct escape_case *c = &escape_cases[_i];
	size_t length = strlen(c->html);
	struct http_buffer buffer;

	http_buffer_init(&buffer, unit_room(length), length);
	http_html_escape(&buffer, c->text, strlen(c->text));
	ck_assert(!buffer.overflow);
	ck_assert_uint_eq(http_buffer_length(&buffer), length);
	ck_assert(!memcmp(buffer.start, c->html, length));
	http_buffer_init(&buffer, unit_room(length / 2), length / 2);
	http_html_escape(&buffer, c->text, strlen(c->text));
	ck_assert(buffer.overflow || !length);
}
END_TEST

static struct http_stamp stamp;

static int answer(char *out, size_t size, struct http_error error)
{
	http_stamp_init(&stamp, "s", 1, 0);
	error.stamp = &stamp;
	return http_error_response(out, size, &error);
}

#define STAMP "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: s\r\n"
#define TYPE "Content-Type: text/html; charset=utf-8\r\n"
#define PAGE(title, more) \
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>" title "</title>\n</head>\n<body>\n" \
	"<h1>" title "</h1>\n" more "</body>\n</html>\n"

/**
 * struct answer_case - An error and its answer.
 */
struct answer_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @error: The error. */
	struct http_error error;
	/** @head: The head up to Content-Length. */
	const char *head;
	/** @page: The body. */
	const char *page;
};

static const struct answer_case answer_cases[] = {
	{ "404 on a connection that stays",
	  { .status = 404, .version_minor = 1, .keep_alive = true },
	  "HTTP/1.1 404 Not Found\r\n" TYPE "Connection: Keep-Alive\r\n" STAMP,
	  PAGE("404 Not Found", "") },
	{ "400 closes", { .status = 400, .version_minor = 1 },
	  "HTTP/1.1 400 Bad Request\r\n" TYPE "Connection: close\r\n" STAMP,
	  PAGE("400 Bad Request", "") },
	{ "HTTP/1.0 closes in silence", { .status = 400 },
	  "HTTP/1.1 400 Bad Request\r\n" TYPE STAMP, PAGE("400 Bad Request", "") },
	{ "405 names the methods (RFC 9110 15.5.6)",
	  { .status = 405, .version_minor = 1, .keep_alive = true },
	  "HTTP/1.1 405 Method Not Allowed\r\n" TYPE "Connection: Keep-Alive\r\n" STAMP
	  "Allow: GET, HEAD\r\n", PAGE("405 Method Not Allowed", "") },
	{ "a redirect has a Location and an escaped link",
	  { .status = 301, .version_minor = 1, .keep_alive = true, .location = "/a'b/?c&d",
	    .location_length = 9 },
	  "HTTP/1.1 301 Moved Permanently\r\n" TYPE "Connection: Keep-Alive\r\n" STAMP
	  "Location: /a'b/?c&d\r\n",
	  PAGE("301 Moved Permanently", "<p>The document is at <a href=\"/a&#39;b/?c&amp;d\">"
	       "/a&#39;b/?c&amp;d</a>.</p>\n") },
	{ "an unknown status is answered as 500", { .status = 299, .version_minor = 1 },
	  "HTTP/1.1 500 Internal Server Error\r\n" TYPE "Connection: close\r\n" STAMP,
	  PAGE("500 Internal Server Error", "") },
};

START_TEST(answers)
{
	const struct answer_case *c = &answer_cases[_i];
	struct http_error error = c->error;
	char expected[2048];
	char out[2048];
	int head = sprintf(expected, "%sContent-Length: %zu\r\n\r\n", c->head, strlen(c->page));
	int length = head + sprintf(expected + head, "%s", c->page);
	int result = answer(out, sizeof(out), error);

	ck_assert_msg(result == length && !memcmp(out, expected, length), "%s: %s", c->shows,
		      unit_show(out, result));
	error.head_only = true;
	result = answer(out, sizeof(out), error);
	ck_assert_msg(result == head && !memcmp(out, expected, head), "%s: %d for HEAD", c->shows,
		      result);
}
END_TEST

/* Every size up to one that is enough gives an answer or a clean refusal. */
START_TEST(sizes)
{
	struct http_error error = answer_cases[_i].error;
	size_t enough = HTTP_ERROR_MAX + 7 * error.location_length;
	char out[2048];
	int length = answer(out, sizeof(out), error);
	size_t size;

	for (size = 0; size <= enough; size++) {
		int result = answer(unit_room(size), size, error);

		ck_assert_msg(result == length || result == -500, "%d in %zu bytes", result, size);
		ck_assert_msg(result != length || (int)size >= length, "%zu bytes", size);
	}
	ck_assert_int_eq(answer(unit_room(enough), enough, error), length);
}
END_TEST

/* The bound of HTTP_ERROR_MAX holds for all that can be in a head. */
START_TEST(largest_answer)
{
	struct http_error error = { .status = statuses[_i].status, .version_minor = 1,
				    .keep_alive = true, .stamp = &stamp };
	char server[HTTP_SERVER_MAX];

	memset(server, 'x', sizeof(server));
	http_stamp_init(&stamp, server, sizeof(server), 0);
	ck_assert_int_gt(http_error_response(unit_room(HTTP_ERROR_MAX), HTTP_ERROR_MAX, &error),
			 0);
}
END_TEST

START_TEST(long_location)
{
	static char location[8000];
	size_t enough = HTTP_ERROR_MAX + 7 * sizeof(location);
	struct http_error error = { .status = 301, .location = location,
				    .location_length = sizeof(location) };
	char *out = unit_room(enough);

	memset(location, 'x', sizeof(location));
	ck_assert_int_gt(answer(out, enough, error), 3 * sizeof(location));
	ck_assert_int_eq(answer(out, sizeof(location), error), -500);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("error");

	unit_case(suite, "RFC 9110 15 status lines", status_lines, UNIT_ROWS(statuses));
	unit_case(suite, "unknown statuses", unknown_statuses, 1);
	unit_case(suite, "HTML", escaping, UNIT_ROWS(escape_cases));
	unit_case(suite, "whole answers", answers, UNIT_ROWS(answer_cases));
	unit_case(suite, "every size of buffer", sizes, UNIT_ROWS(answer_cases));
	unit_case(suite, "the largest answer", largest_answer, UNIT_ROWS(statuses));
	unit_case(suite, "a long location", long_location, 1);
	return suite;
}
