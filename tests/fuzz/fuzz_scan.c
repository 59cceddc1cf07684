// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking for the end of a head: pieces of any size and any limits against a slow version that is
 * told all bytes at once.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "http/chars.h"
#include "http/parse.h"

/**
 * struct slow - Where the slow version is.
 */
struct slow {
	/** @text: The bytes. */
	const char *text;
	/** @length: Number of bytes. */
	size_t length;
	/** @at: Next byte. */
	size_t at;
};

/* Takes CR LF at this place: 1, 0 if bytes are missing, or -400. */
static int slow_line_end(struct slow *slow)
{
	if (slow->at >= slow->length)
		return 0;
	if (slow->text[slow->at++] != '\r')
		return -400;
	if (slow->at >= slow->length)
		return 0;
	return slow->text[slow->at++] == '\n' ? 1 : -400;
}

static bool slow_allowed(char byte, bool request_line)
{
	if (request_line)
		return byte >= ' ' && byte < 0x7f;
	return byte == '\t' || (u8)byte >= 0x80 || (byte >= ' ' && byte < 0x7f);
}

/* Takes a line that must begin with a token character. */
static int slow_line(struct slow *slow, bool request_line)
{
	if (slow->at < slow->length && !http_char_is(slow->text[slow->at], HTTP_CHAR_TOKEN))
		return -400;
	while (slow->at < slow->length && slow_allowed(slow->text[slow->at], request_line))
		slow->at++;
	return slow_line_end(slow);
}

static int slow_scan(const char *text, size_t length, size_t *line_length)
{
	struct slow slow = { .text = text, .length = length };
	size_t start;
	int result = 1;
	int lines;

	*line_length = 0;
	for (lines = 0; lines < HTTP_EMPTY_LINES_MAX && result == 1 && slow.at < length &&
			text[slow.at] == '\r'; lines++)
		result = slow_line_end(&slow);
	if (result != 1)
		return result;
	start = slow.at;
	result = slow_line(&slow, true);
	*line_length = slow.at - start - (result == 1 ? 2 : 0);
	while (result == 1 && slow.at < length && text[slow.at] != '\r')
		result = slow_line(&slow, false);
	if (result == 1)
		result = slow_line_end(&slow);
	return result == 1 ? (int)slow.at : result;
}

static int scan(const char *text, size_t length, u64 pieces, u32 line, u32 head)
{
	struct http_scan state;
	int result = 0;
	size_t at;

	http_scan_init(&state);
	for (at = 0; at < length && !result; pieces = pieces >> 3 | pieces << 61) {
		size_t piece = 1 + (pieces & 31);
		char *copy;

		if (piece > length - at)
			piece = length - at;
		copy = fuzz_copy(text + at, piece);
		result = http_head_scan(&state, copy, piece, line, head);
		free(copy);
		at += piece;
	}
	return result;
}

void fuzz_one(struct fuzz_input *input)
{
	u64 pieces = fuzz_number(input, 8);
	u32 line = fuzz_number(input, 1);
	u32 head = fuzz_number(input, 1);
	size_t line_length;
	int expected = slow_scan(input->data, input->size, &line_length);
	int result = scan(input->data, input->size, pieces, HTTP_HEAD_MAX, HTTP_HEAD_MAX);
	int limited = scan(input->data, input->size, pieces, line, head);

	FUZZ_CHECK(result == expected);
	if (limited > 0)
		FUZZ_CHECK(limited == expected && limited <= (int)head && line_length <= line);
	else if (limited == 0)
		FUZZ_CHECK(expected == 0 && input->size <= head);
	else if (limited == -400)
		FUZZ_CHECK(expected == -400);
	else if (limited == -431)
		FUZZ_CHECK(input->size > head);
	else
		FUZZ_CHECK(limited == -414 && (line_length > line || input->size > head));
}
