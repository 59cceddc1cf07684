// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Replies: what a client would get.  The test stands in for tux(2); see the Makefile.
 */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <tux.h>

#include "internal.h"
#include "unit.h"

static unsigned int seen_action;
static char seen[65536];
static size_t seen_length;
static int calls;
static int answer;
static uint64_t object_length;

int __wrap_tux(unsigned int action, user_req_t *req);
int __wrap_tux_get_request(int handle, struct tux_get_request *request);

int __wrap_tux(unsigned int action, user_req_t *req)
{
	calls++;
	seen_action = action;
	if (action == TUX_ACTION_REPLY || action == TUX_ACTION_SEND_BUFFER) {
		ck_assert_uint_lt(req->objectlen, sizeof(seen));
		memcpy(seen, (void *)(uintptr_t)req->object_addr, req->objectlen);
		seen_length = req->objectlen;
		seen[seen_length] = '\0';
	}
	if (answer == -1)
		errno = EAGAIN;
	return answer;
}

int __wrap_tux_get_request(int handle, struct tux_get_request *request)
{
	ck_assert_int_eq(handle, -1);
	request->object_length = object_length;
	return 0;
}

/* A response with its date, which is checked elsewhere, replaced. */
static const char *without_date(void)
{
	char *date = strstr(seen, "Date: ");

	ck_assert_ptr_nonnull(date);
	ck_assert_int_eq(strcspn(date, "\r"), 6 + 29);
	memmove(date + 6, date + 6 + 29, strlen(date + 6 + 29) + 1);
	return seen;
}

static const struct {
	const char *shows;
	user_req_t req;
	struct tux_reply reply;
	const char *response;
} replies[] = {
	{ "a text", { .http_version = 1, .http_method = 1, .keep_alive = 1 },
	  { .status = 200, .type = "text/plain", .body = "hello", .length = 5 },
	  "HTTP/1.1 200 OK\r\nDate: \r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
	  "hello" },
	{ "more fields", { .http_version = 1, .http_method = 1, .keep_alive = 1 },
	  { .status = 302, .fields = "Location: /a\r\nSet-Cookie: b=c\r\n" },
	  "HTTP/1.1 302 Found\r\nDate: \r\nContent-Length: 0\r\nLocation: /a\r\n"
	  "Set-Cookie: b=c\r\n\r\n" },
	{ "HEAD gets no body", { .http_version = 1, .http_method = 2, .keep_alive = 1 },
	  { .status = 200, .body = "hello", .length = 5 },
	  "HTTP/1.1 200 OK\r\nDate: \r\nContent-Length: 5\r\n\r\n" },
	{ "204 has no content", { .http_version = 1, .http_method = 1, .keep_alive = 1 },
	  { .status = 204, .body = "hello", .length = 5 },
	  "HTTP/1.1 204 No Content\r\nDate: \r\n\r\n" },
	{ "304 has no content", { .http_version = 1, .http_method = 1, .keep_alive = 1 },
	  { .status = 304, .fields = "ETag: \"a\"\r\n", .body = "hello", .length = 5 },
	  "HTTP/1.1 304 Not Modified\r\nDate: \r\nETag: \"a\"\r\n\r\n" },
	{ "a connection that ends", { .http_version = 1, .http_method = 1 },
	  { .status = 500 },
	  "HTTP/1.1 500 Internal Server Error\r\nDate: \r\nContent-Length: 0\r\n"
	  "Connection: close\r\n\r\n" },
	{ "HTTP/1.0 is told that it stays", { .http_method = 1, .keep_alive = 1 },
	  { .status = 200 },
	  "HTTP/1.1 200 OK\r\nDate: \r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n" },
	{ "a status without words", { .http_version = 1, .http_method = 1, .keep_alive = 1 },
	  { .status = 299 },
	  "HTTP/1.1 299 Unknown\r\nDate: \r\nContent-Length: 0\r\n\r\n" },
};

START_TEST(a_reply_is_one_call)
{
	user_req_t req = replies[_i].req;

	answer = TUX_RETURN_SIGNAL;
	ck_assert_int_eq(tux_send_reply(&req, &replies[_i].reply), TUX_RETURN_SIGNAL);
	ck_assert_int_eq(calls, 1);
	ck_assert_uint_eq(seen_action, TUX_ACTION_REPLY);
	ck_assert_uint_eq(req.http_status, replies[_i].reply.status);
	ck_assert_msg(!strcmp(without_date(), replies[_i].response), "%s: %s", replies[_i].shows,
		      unit_show(seen, strlen(seen)));
}
END_TEST

static const size_t lengths[] = { 0, 3000, 3582, 3583, 3584, 3585, 4096, 60000 };

START_TEST(a_body_of_any_length_is_whole)
{
	user_req_t req = { .http_method = TUX_METHOD_GET, .keep_alive = 1, .http_version = 1 };
	struct tux_reply reply = { .status = 200, .length = lengths[_i] };
	char *body = unit_room(lengths[_i]);

	for (size_t i = 0; i < lengths[_i]; i++)
		body[i] = (char)(i * 11);
	reply.body = body;
	ck_assert_int_eq(tux_send_reply(&req, &reply), 0);
	ck_assert_mem_eq(seen + seen_length - lengths[_i], body, lengths[_i]);
	ck_assert_mem_eq(seen + seen_length - lengths[_i] - 4, "\r\n\r\n", 4);
}
END_TEST

static const struct {
	const char *shows;
	struct tux_reply reply;
	int error;
} wrong[] = {
	{ "no status", { .status = 0 }, EINVAL },
	{ "an interim status", { .status = 199 }, EINVAL },
	{ "a status of four digits", { .status = 600 }, EINVAL },
	{ "a type of two lines", { .status = 200, .type = "a\r\nb: c" }, EINVAL },
	{ "a field without end", { .status = 200, .fields = "A: b" }, EINVAL },
	{ "a field that ends in a newline", { .status = 200, .fields = "A: b\n" }, EINVAL },
	{ "a newline in a field", { .status = 200, .fields = "A: b\nc: d\r\n" }, EINVAL },
	{ "a return in a field", { .status = 200, .fields = "A: b\rc: d\r\n" }, EINVAL },
	{ "an end of the head", { .status = 200, .fields = "A: b\r\n\r\nc" }, EINVAL },
	{ "a blank line", { .status = 200, .fields = "\r\n" }, EINVAL },
	{ "a body that is too long", { .status = 200, .body = "", .length = 16 << 20 }, EMSGSIZE },
	{ "a length that wraps around", { .status = 200, .body = "", .length = SIZE_MAX },
	  EMSGSIZE },
};

START_TEST(what_would_break_the_response_is_refused)
{
	user_req_t req = { .http_method = TUX_METHOD_GET };

	errno = 0;
	ck_assert_msg(tux_send_reply(&req, &wrong[_i].reply) == -1, "%s", wrong[_i].shows);
	ck_assert_msg(errno == wrong[_i].error, "%s", wrong[_i].shows);
	ck_assert_int_eq(calls, 0);
}
END_TEST

START_TEST(an_error_comes_through)
{
	user_req_t req = { .http_method = TUX_METHOD_GET };

	answer = -1;
	errno = 0;
	ck_assert_int_eq(tux_send_text(&req, 200, "text/plain", "hello"), -1);
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

/* --- files */

static const struct tux_reply page = { .status = 200, .type = "text/html" };

START_TEST(a_file_takes_four_calls)
{
	user_req_t req = { .http_method = TUX_METHOD_GET, .keep_alive = 1, .http_version = 1 };

	ck_assert_int_eq(tux_is_sending_file(&req), 0);
	tux_send_file(&req, "dir/a.html", &page);
	ck_assert_uint_eq(seen_action, TUX_ACTION_GET_OBJECT);
	ck_assert_str_eq(req.objectname, "dir/a.html");
	ck_assert_int_eq(tux_is_sending_file(&req), 1);
	req.objectlen = 4711;
	tux_send_file(&req, "dir/a.html", &page);
	ck_assert_uint_eq(seen_action, TUX_ACTION_SEND_BUFFER);
	ck_assert_str_eq(without_date(), "HTTP/1.1 200 OK\r\nDate: \r\nContent-Type: text/html\r\n"
			 "Content-Length: 4711\r\n\r\n");
	tux_send_file(&req, "dir/a.html", &page);
	ck_assert_uint_eq(seen_action, TUX_ACTION_SEND_OBJECT);
	ck_assert_int_eq(tux_is_sending_file(&req), 1);
	tux_send_file(&req, "dir/a.html", &page);
	ck_assert_uint_eq(seen_action, TUX_ACTION_FINISH_REQ);
	ck_assert_int_eq(calls, 4);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_404)
{
	user_req_t req = { .http_method = TUX_METHOD_GET, .event = TUX_EVENT_FILE_FOUND,
			   .error = (uint32_t)-ENOENT };

	tux_send_file(&req, "nothing", &page);
	ck_assert_uint_eq(seen_action, TUX_ACTION_REPLY);
	ck_assert_ptr_nonnull(strstr(seen, "HTTP/1.1 404 Not Found\r\n"));
	ck_assert_int_eq(tux_is_sending_file(&req), 0);
}
END_TEST

START_TEST(head_gets_the_length_of_a_file_only)
{
	user_req_t req = { .http_method = TUX_METHOD_HEAD, .event = TUX_EVENT_FILE_FOUND,
			   .objectlen = 5 };

	tux_send_file(&req, "a", &page);
	ck_assert_uint_eq(seen_action, TUX_ACTION_REPLY);
	ck_assert_ptr_nonnull(strstr(seen, "Content-Length: 5\r\n"));
}
END_TEST

START_TEST(an_empty_file_is_a_head)
{
	user_req_t req = { .http_method = TUX_METHOD_GET, .event = TUX_EVENT_FILE_FOUND };

	tux_send_file(&req, "a", &page);
	ck_assert_uint_eq(seen_action, TUX_ACTION_REPLY);
	ck_assert_ptr_nonnull(strstr(seen, "Content-Length: 0\r\n"));
}
END_TEST

START_TEST(a_large_file_has_its_whole_length)
{
	user_req_t req = { .http_method = TUX_METHOD_GET, .event = TUX_EVENT_FILE_FOUND,
			   .objectlen = 0xffffffff };

	object_length = 5000000000;
	tux_send_file(&req, "a", &page);
	ck_assert_uint_eq(seen_action, TUX_ACTION_SEND_BUFFER);
	ck_assert_ptr_nonnull(strstr(seen, "Content-Length: 5000000000\r\n"));
}
END_TEST

START_TEST(the_name_of_a_file_is_never_cut)
{
	user_req_t req = { .http_method = TUX_METHOD_GET };
	char name[MAX_URI_LEN + 1];

	memset(name, 'a', MAX_URI_LEN);
	name[MAX_URI_LEN] = '\0';
	errno = 0;
	ck_assert_int_eq(tux_send_file(&req, name, &page), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_int_eq(calls, 0);
	name[MAX_URI_LEN - 1] = '\0';
	ck_assert_int_eq(tux_send_file(&req, name, &page), 0);
	ck_assert_str_eq(req.objectname, name);
}
END_TEST

/* --- words */

static const struct {
	time_t when;
	const char *text;
} dates[] = {
	{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
	{ 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" },
	{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT" },
	{ 4102444799, "Thu, 31 Dec 2099 23:59:59 GMT" },
};

START_TEST(dates_are_those_of_http)
{
	char text[TUX_DATE_SIZE];

	setlocale(LC_ALL, "");
	tux_format_date(dates[_i].when, text);
	ck_assert_str_eq(text, dates[_i].text);
}
END_TEST

START_TEST(now_is_now)
{
	char before[TUX_DATE_SIZE];
	char after[TUX_DATE_SIZE];
	char now[TUX_DATE_SIZE];

	tux_format_date(time(NULL), before);
	strcpy(now, tux_date());
	tux_format_date(time(NULL), after);
	ck_assert_msg(!strcmp(now, before) || !strcmp(now, after), "%s", now);
}
END_TEST

START_TEST(statuses_have_words)
{
	ck_assert_str_eq(tux_status_text(200), "OK");
	ck_assert_str_eq(tux_status_text(504), "Gateway Timeout");
	ck_assert_str_eq(tux_status_text(0), "Unknown");
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("reply");

	unit_case(suite, "memory", a_reply_is_one_call, UNIT_ROWS(replies));
	unit_case(suite, "memory", a_body_of_any_length_is_whole, UNIT_ROWS(lengths));
	unit_case(suite, "memory", what_would_break_the_response_is_refused, UNIT_ROWS(wrong));
	unit_case(suite, "memory", an_error_comes_through, 1);
	unit_case(suite, "file", a_file_takes_four_calls, 1);
	unit_case(suite, "file", a_file_that_is_not_there_is_404, 1);
	unit_case(suite, "file", head_gets_the_length_of_a_file_only, 1);
	unit_case(suite, "file", an_empty_file_is_a_head, 1);
	unit_case(suite, "file", a_large_file_has_its_whole_length, 1);
	unit_case(suite, "file", the_name_of_a_file_is_never_cut, 1);
	unit_case(suite, "words", dates_are_those_of_http, UNIT_ROWS(dates));
	unit_case(suite, "words", now_is_now, 1);
	unit_case(suite, "words", statuses_have_words, 1);
	return suite;
}
