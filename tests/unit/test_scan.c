// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking for the end of a head in pieces: that the pieces do not matter, what is refused at its
 * first wrong byte, and the limits.  That the scan agrees with the parser is tested in test_parse.
 */
#include "unit.h"

#include <string.h>

#include "http/parse.h"

#define NO_LIMIT HTTP_HEAD_MAX

/**
 * struct scan_case - Bytes, and where the scan stops.
 */
struct scan_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @head: The bytes. */
	const char *head;
	/** @length: Number of bytes. */
	size_t length;
	/** @result: What the scan returns in the end. */
	int result;
	/** @at: Bytes that it needs to know. */
	size_t at;
};

static const struct scan_case cases[] = {
	{ "a whole head", UNIT_TEXT("GET / HTTP/1.1\r\nA: b\r\n\r\nX"), 24, 24 },
	{ "a head without fields", UNIT_TEXT("GET / HTTP/1.0\r\n\r\n"), 18, 18 },
	{ "an empty line before it", UNIT_TEXT("\r\nGET / HTTP/1.0\r\n\r\n"), 20, 20 },
	{ "more to come", UNIT_TEXT("GET / HTTP/1.1\r\nA: b\r\n\r"), 0, 23 },
	{ "bytes above ASCII and tabs in a value",
	  UNIT_TEXT("GET / HTTP/1.0\r\nA: \x80\t\xff\r\n\r\n"), 26, 26 },
	{ "a greeting of TLS", UNIT_TEXT("\x16\x03\x01"), -400, 1 },
	{ "a space first", UNIT_TEXT(" GET"), -400, 1 },
	{ "a bare LF first", UNIT_TEXT("\nGET"), -400, 1 },
	{ "a bare CR first", UNIT_TEXT("\rGET"), -400, 2 },
	{ "five empty lines", UNIT_TEXT("\r\n\r\n\r\n\r\n\r\nGET"), -400, 9 },
	{ "a tab in the request line", UNIT_TEXT("GET\t/"), -400, 4 },
	{ "NUL in the request line", UNIT_TEXT("GET /\0"), -400, 6 },
	{ "DEL in the request line", UNIT_TEXT("GET /\x7f"), -400, 6 },
	{ "a byte above ASCII in the request line", UNIT_TEXT("GET /\xc3"), -400, 6 },
	{ "a bare LF after the request line", UNIT_TEXT("GET / HTTP/1.0\nA: b"), -400, 15 },
	{ "a bare CR in the request line", UNIT_TEXT("GET / HTTP/1.0\rA: b"), -400, 16 },
	{ "a folded line", UNIT_TEXT("GET / HTTP/1.0\r\nA: b\r\n c"), -400, 23 },
	{ "a space before the first name", UNIT_TEXT("GET / HTTP/1.0\r\n A: b"), -400, 17 },
	{ "an empty name", UNIT_TEXT("GET / HTTP/1.0\r\n: b"), -400, 17 },
	{ "a bare LF in a field", UNIT_TEXT("GET / HTTP/1.0\r\nA: b\n"), -400, 21 },
	{ "a bare CR in a field", UNIT_TEXT("GET / HTTP/1.0\r\nA: b\rc"), -400, 22 },
	{ "NUL in a field", UNIT_TEXT("GET / HTTP/1.0\r\nA: \0"), -400, 20 },
	{ "DEL in a field", UNIT_TEXT("GET / HTTP/1.0\r\nA: \x7f"), -400, 20 },
	{ "a blank line that ends in LF", UNIT_TEXT("GET / HTTP/1.0\r\n\n"), -400, 17 },
	{ "a blank line with a bare CR", UNIT_TEXT("GET / HTTP/1.0\r\n\rX"), -400, 18 },
};

/* Feeds pieces of equal size and tells after how many bytes there was a result. */
static int scan_in_pieces(const char *head, size_t length, size_t piece, size_t *at)
{
	struct http_scan scan;
	int result = 0;

	http_scan_init(&scan);
	for (*at = 0; *at < length && !result; *at += piece) {
		if (piece > length - *at)
			piece = length - *at;
		result = http_head_scan(&scan, unit_at_end(head + *at, piece), piece, NO_LIMIT,
					NO_LIMIT);
	}
	return result;
}

START_TEST(pieces)
{
	const struct scan_case *c = &cases[_i];
	size_t piece;
	size_t at = 0;
	int result;

	for (piece = c->length; piece; piece--) {
		result = scan_in_pieces(c->head, c->length, piece, &at);
		ck_assert_msg(result == c->result, "%s: %d in pieces of %zu", c->shows, result,
			      piece);
	}
	ck_assert_msg(at == c->at, "%s: known after %zu bytes", c->shows, at);
}
END_TEST

/**
 * struct limit_case - Limits, and the answer to a head of 14 + 2 and 24 bytes.
 */
struct limit_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @head: The bytes. */
	const char *head;
	/** @line: Longest request line. */
	u32 line;
	/** @limit: Longest head. */
	u32 limit;
	/** @result: What the scan returns. */
	int result;
};

static const struct limit_case limit_cases[] = {
	{ "both just long enough", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 14, 24, 24 },
	{ "the line one too long", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 13, 24, -414 },
	{ "the head one too long", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 14, 23, -431 },
	{ "an empty line is no part of the request line",
	  "\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n", 14, 26, 26 },
	{ "the line one too long after an empty line",
	  "\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n", 13, 26, -414 },
	{ "a request line without an end", "GET /aaaaaaaaaaaaaaaaaaaaaaaaaa", 20, 1000, -414 },
	{ "a request line that fits so far", "GET /aaaaaaaaaaaaaaa", 20, 1000, 0 },
	{ "a head that ends in the request line", "GET /aaaaaaaaaaaaaaa", 20, 10, -414 },
	{ "a head that is full but not known to be too long", "GET / HTTP/1.1\r\nA: b\r\n", 14, 22,
	  0 },
	{ "no head is long enough for the limit of 0", "GET", 14, 0, -414 },
};

START_TEST(limits)
{
	const struct limit_case *c = &limit_cases[_i];
	struct http_scan scan;
	int result = 0;
	size_t i;

	http_scan_init(&scan);
	result = http_head_scan(&scan, c->head, strlen(c->head), c->line, c->limit);
	ck_assert_msg(result == c->result, "%s: %d at once", c->shows, result);
	http_scan_init(&scan);
	for (result = 0, i = 0; c->head[i] && !result; i++)
		result = http_head_scan(&scan, c->head + i, 1, c->line, c->limit);
	ck_assert_msg(result == c->result, "%s: %d byte by byte", c->shows, result);
}
END_TEST

START_TEST(longest_head)
{
	static char head[HTTP_HEAD_MAX + 2];
	struct http_scan scan;

	memset(head, 'x', sizeof(head));
	memcpy(head, "GET / HTTP/1.1\r\n", 16);
	http_scan_init(&scan);
	ck_assert_int_eq(http_head_scan(&scan, head, HTTP_HEAD_MAX, NO_LIMIT, ~0u), 0);
	ck_assert_int_eq(http_head_scan(&scan, head, 1, NO_LIMIT, ~0u), -431);
}
END_TEST

START_TEST(size)
{
	ck_assert_uint_le(sizeof(struct http_scan), 8);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("scan");

	unit_case(suite, "pieces of any size", pieces, UNIT_ROWS(cases));
	unit_case(suite, "limits", limits, UNIT_ROWS(limit_cases));
	unit_case(suite, "the longest head that can be described", longest_head, 1);
	unit_case(suite, "the state is small", size, 1);
	return suite;
}
