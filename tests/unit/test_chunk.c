// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chunked bodies: what they hold, where they end, and what is refused.
 *
 * Each body is decoded at once and in pieces of every size, each piece at the end of readable
 * memory.
 */
#include "unit.h"

#include <string.h>

#include "http/chunk.h"

/**
 * struct chunk_case - A body and what it holds.
 */
struct chunk_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @body: The bytes. */
	const char *body;
	/** @length: Number of bytes. */
	size_t length;
	/** @result: Negative status, HTTP_CHUNK_MORE or HTTP_CHUNK_END. */
	int result;
	/** @consumed: Bytes that belong to the body. */
	size_t consumed;
	/** @content: Its content. */
	const char *content;
};

#define WHOLE(shows, body, content) \
	{ shows, UNIT_TEXT(body), HTTP_CHUNK_END, sizeof(body) - 1, content }
#define SHORT(shows, body, content) \
	{ shows, UNIT_TEXT(body), HTTP_CHUNK_MORE, sizeof(body) - 1, content }
/* The last byte of @before is the wrong one; @after is never looked at. */
#define BAD(shows, before, after) \
	{ shows, UNIT_TEXT(before after), -400, sizeof(before) - 1, NULL }

static const struct chunk_case cases[] = {
	WHOLE("an empty body", "0\r\n\r\n", ""),
	WHOLE("one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello"),
	WHOLE("several chunks", "3\r\nhel\r\n2\r\nlo\r\n1\r\n!\r\n0\r\n\r\n", "hello!"),
	WHOLE("sizes are hexadecimal in either case",
	      "a\r\n0123456789\r\nB\r\nabcdefghijk\r\n0\r\n\r\n", "0123456789abcdefghijk"),
	WHOLE("leading zeros", "0005\r\nhello\r\n000\r\n\r\n", "hello"),
	WHOLE("content that looks like the grammar", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"),
	WHOLE("NUL in the content", "3\r\na\0b\r\n0\r\n\r\n", "a"),
	WHOLE("extensions are skipped (RFC 9112 7.1.1)",
	      "5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n", "hello"),
	WHOLE("white space around extensions", "5 \t; a = b\r\nhello\r\n0\r\n\r\n", "hello"),
	WHOLE("bytes above ASCII in an extension", "1;a=\"\xc3\xa9\"\r\nx\r\n0\r\n\r\n", "x"),
	WHOLE("trailer fields are skipped (RFC 9112 7.1.2)",
	      "5\r\nhello\r\n0\r\nA: b\r\nC:\r\n\r\n", "hello"),
	{ "the next request is left alone", UNIT_TEXT("1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n"),
	  HTTP_CHUNK_END, 11, "x" },
	{ "even if it looks like a chunk", UNIT_TEXT("0\r\n\r\n0\r\n\r\n"), HTTP_CHUNK_END, 5, "" },
	SHORT("nothing yet", "", ""),
	SHORT("half a size", "5", ""),
	SHORT("half a chunk", "5\r\nhel", "hel"),
	SHORT("no last chunk", "5\r\nhello\r\n", "hello"),
	SHORT("half a blank line", "0\r\n\r", ""),
	SHORT("half a trailer", "0\r\nA: b\r\n", ""),
	SHORT("the largest chunk", "1000000000000000\r\nx", "x"),
	BAD("a chunk one too large", "1000000000000001", "\r\n"),
	BAD("a size past 64 bits", "10000000000000000", "\r\n"),
	BAD("more zeros than any size needs", "00000000000000000", "5\r\nhello\r\n0\r\n\r\n"),
	BAD("an empty size", "\r", "\nhello"),
	BAD("a size in C notation", "0x", "5\r\nhello\r\n"),
	BAD("a negative size", "-", "1\r\n"),
	BAD("a size with a plus sign", "+", "5\r\n"),
	BAD("white space before the size", " ", "5\r\nhello\r\n"),
	BAD("white space after the size", "5 \r", "\nhello\r\n"),
	BAD("letters in the size", "5g", "\r\n"),
	BAD("a size line that ends in LF", "5\n", "hello\r\n0\r\n\r\n"),
	BAD("a size line with a bare CR", "5\rh", "ello\r\n"),
	BAD("smuggling: a bare LF in an extension", "5;a\n", "hello\r\n0\r\n\r\n"),
	BAD("smuggling: a bare CR in an extension", "5;a\rb", "\r\n"),
	BAD("NUL in an extension", "5;\0", "\r\n"),
	BAD("content longer than its size", "5\r\nhello!", "\r\n0\r\n\r\n"),
	BAD("content that ends in LF", "5\r\nhello\n", "0\r\n\r\n"),
	BAD("content that ends in CR and no LF", "5\r\nhello\r0", "\r\n\r\n"),
	BAD("content without a line end", "5\r\nhello0", "\r\n\r\n"),
	BAD("a blank line of LF", "0\r\n\n", ""),
	BAD("a bare CR in place of the blank line", "0\r\n\rG", ""),
	BAD("a folded trailer", "0\r\nA: b\r\n ", "c\r\n\r\n"),
	BAD("a trailer without a colon", "0\r\nA\r", "\n\r\n"),
	BAD("a trailer without a name", "0\r\n:", " b\r\n\r\n"),
	BAD("a space in a trailer name", "0\r\nA ", ": b\r\n\r\n"),
	BAD("a bare LF in a trailer", "0\r\nA: b\n", "\r\n"),
	BAD("NUL in a trailer", "0\r\nA: \0", "\r\n\r\n"),
};

/**
 * struct decoded - What came out of a decoder.
 */
struct decoded {
	/** @result: Last result. */
	int result;
	/** @consumed: Bytes consumed in all. */
	size_t consumed;
	/** @length: Bytes of @content. */
	size_t length;
	/** @content: The content. */
	char content[256];
};

/* Decodes one piece; returns false when there is nothing to go on with. */
static bool decode_piece(struct http_chunk *chunk, const char *bytes, size_t length,
			 struct decoded *decoded)
{
	struct http_piece data;
	size_t consumed;

	do {
		decoded->result = http_chunk_next(chunk, bytes, length, &consumed, &data);
		ck_assert_uint_le(consumed, length);
		ck_assert_uint_le(data.offset + data.length, consumed);
		ck_assert_uint_le(decoded->length + data.length, sizeof(decoded->content));
		memcpy(decoded->content + decoded->length, bytes + data.offset, data.length);
		decoded->length += data.length;
		decoded->consumed += consumed;
		bytes += consumed;
		length -= consumed;
	} while (decoded->result == HTTP_CHUNK_DATA);
	return decoded->result == HTTP_CHUNK_MORE;
}

static void decode(const struct chunk_case *c, size_t piece, struct decoded *decoded)
{
	struct http_chunk chunk;
	size_t at = 0;
	bool more = true;

	http_chunk_init(&chunk);
	*decoded = (struct decoded){ 0 };
	while (more && at < c->length) {
		if (piece > c->length - at)
			piece = c->length - at;
		more = decode_piece(&chunk, unit_at_end(c->body + at, piece), piece, decoded);
		at += piece;
	}
}

START_TEST(bodies)
{
	const struct chunk_case *c = &cases[_i];
	struct decoded decoded = { 0 };
	size_t piece;

	for (piece = c->length; piece; piece--) {
		decode(c, piece, &decoded);
		ck_assert_msg(decoded.result == c->result, "%s: %d in pieces of %zu", c->shows,
			      decoded.result, piece);
		ck_assert_msg(decoded.consumed == c->consumed, "%s: consumed %zu in pieces of %zu",
			      c->shows, decoded.consumed, piece);
		if (c->content)
			ck_assert_msg(!strncmp(decoded.content, c->content, decoded.length) &&
				      decoded.length >= strlen(c->content),
				      "%s: content %s in pieces of %zu", c->shows,
				      unit_show(decoded.content, decoded.length), piece);
	}
}
END_TEST

/* Feeds a filler, byte by byte or at once, until there is an answer. */
static int feed(struct http_chunk *chunk, const char *filler, size_t length, size_t times)
{
	struct http_piece data;
	size_t consumed;
	int result = 0;

	while (times-- && !result)
		result = http_chunk_next(chunk, filler, length, &consumed, &data);
	return result;
}

START_TEST(extension_limit)
{
	static char filler[HTTP_CHUNK_EXTENSION_MAX + 1];
	struct http_chunk chunk;

	memset(filler, 'x', sizeof(filler));
	http_chunk_init(&chunk);
	ck_assert_int_eq(feed(&chunk, "1;", 2, 1), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, filler, HTTP_CHUNK_EXTENSION_MAX, 1), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, "\r\n", 2, 1), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, "x", 1, 1), HTTP_CHUNK_DATA);
	ck_assert_int_eq(feed(&chunk, "\r\n1;x", 5, 1), -413);
	ck_assert_int_eq(feed(&chunk, "0", 1, 1), -400);
	http_chunk_init(&chunk);
	ck_assert_int_eq(feed(&chunk, "1;", 2, 1), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, filler, sizeof(filler), 1), -413);
	http_chunk_init(&chunk);
	ck_assert_int_eq(feed(&chunk, "1 ", 2, 1), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, " ", 1, HTTP_CHUNK_EXTENSION_MAX), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, " ", 1, 1), -413);
}
END_TEST

START_TEST(trailer_limit)
{
	static char filler[HTTP_CHUNK_TRAILER_MAX + 1];
	struct http_chunk chunk;

	memset(filler, 'x', sizeof(filler));
	http_chunk_init(&chunk);
	ck_assert_int_eq(feed(&chunk, "0\r\nA:", 5, 1), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, filler, HTTP_CHUNK_TRAILER_MAX - 2, 1), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, "x", 1, 1), -431);
	http_chunk_init(&chunk);
	ck_assert_int_eq(feed(&chunk, "0\r\n", 3, 1), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, filler, HTTP_CHUNK_TRAILER_MAX, 1), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, ":", 1, 1), -431);
	http_chunk_init(&chunk);
	ck_assert_int_eq(feed(&chunk, "0\r\n", 3, 1), HTTP_CHUNK_MORE);
	ck_assert_int_eq(feed(&chunk, "A: b\r\n", 6, HTTP_CHUNK_TRAILER_MAX), -431);
}
END_TEST

START_TEST(skip)
{
	struct http_chunk chunk;

	http_chunk_init(&chunk);
	ck_assert_uint_eq(http_chunk_skip(&chunk, 100), 0);
	ck_assert_int_eq(feed(&chunk, "a\r\n", 3, 1), HTTP_CHUNK_MORE);
	ck_assert_uint_eq(http_chunk_skip(&chunk, 4), 4);
	ck_assert_uint_eq(http_chunk_skip(&chunk, 100), 6);
	ck_assert_uint_eq(http_chunk_skip(&chunk, 100), 0);
	ck_assert_int_eq(feed(&chunk, "\r\n0\r\n\r\n", 7, 1), HTTP_CHUNK_END);
}
END_TEST

START_TEST(digits_count_for_one_chunk)
{
	struct http_chunk chunk;
	int i;

	http_chunk_init(&chunk);
	for (i = 0; i < 20; i++) {
		ck_assert_int_eq(feed(&chunk, "0001\r\n", 6, 1), HTTP_CHUNK_MORE);
		ck_assert_int_eq(feed(&chunk, "x", 1, 1), HTTP_CHUNK_DATA);
		ck_assert_int_eq(feed(&chunk, "\r\n", 2, 1), HTTP_CHUNK_MORE);
	}
	ck_assert_int_eq(feed(&chunk, "0\r\n\r\n", 5, 1), HTTP_CHUNK_END);
}
END_TEST

START_TEST(after_the_end)
{
	struct http_chunk chunk;
	struct http_piece data;
	size_t consumed;

	http_chunk_init(&chunk);
	ck_assert_int_eq(feed(&chunk, "0\r\n\r\n", 5, 1), HTTP_CHUNK_END);
	ck_assert_int_eq(http_chunk_next(&chunk, "x", 1, &consumed, &data), HTTP_CHUNK_END);
	ck_assert_uint_eq(consumed, 0);
	ck_assert_int_eq(feed(&chunk, NULL, 0, 1), HTTP_CHUNK_END);
}
END_TEST

START_TEST(size)
{
	ck_assert_uint_le(sizeof(struct http_chunk), 32);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("chunk");

	unit_case(suite, "RFC 9112 7.1 bodies", bodies, UNIT_ROWS(cases));
	unit_case(suite, "bound of extensions", extension_limit, 1);
	unit_case(suite, "bound of trailers", trailer_limit, 1);
	unit_case(suite, "content dropped unseen", skip, 1);
	unit_case(suite, "digits of many chunks", digits_count_for_one_chunk, 1);
	unit_case(suite, "after the end", after_the_end, 1);
	unit_case(suite, "the state is small", size, 1);
	return suite;
}
