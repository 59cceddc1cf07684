// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chunked bodies: decoded at once, byte by byte, in pieces and with content dropped unseen, all of
 * which must agree on the end, the answer and the content, and also with a slow reader of bodies
 * that have neither extensions nor trailers.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/chunk.h"

/**
 * struct outcome - What a way of decoding came to.
 */
struct outcome {
	/** @result: Last result. */
	int result;
	/** @consumed: Bytes of the body. */
	size_t consumed;
	/** @length: Bytes of content. */
	size_t length;
	/** @sum: A sum over the content. */
	u64 sum;
};

static void add(struct outcome *outcome, const char *bytes, size_t length)
{
	outcome->length += length;
	while (length--)
		outcome->sum = outcome->sum * 31 + (u8)*bytes++;
}

static void decode_piece(struct http_chunk *chunk, const char *bytes, size_t length,
			 struct outcome *outcome)
{
	struct http_piece data;
	size_t consumed;

	do {
		outcome->result = http_chunk_next(chunk, bytes, length, &consumed, &data);
		FUZZ_CHECK(consumed <= length && data.offset + data.length <= consumed);
		FUZZ_CHECK(!data.length == (outcome->result != HTTP_CHUNK_DATA));
		FUZZ_CHECK(outcome->result != HTTP_CHUNK_MORE || consumed == length);
		add(outcome, bytes + data.offset, data.length);
		outcome->consumed += consumed;
		bytes += consumed;
		length -= consumed;
	} while (outcome->result == HTTP_CHUNK_DATA);
}

static struct outcome decode(const char *text, size_t length, u64 pieces, bool skip)
{
	struct outcome outcome = { 0 };
	struct http_chunk chunk;
	size_t at = 0;

	http_chunk_init(&chunk);
	while (at < length && outcome.result == HTTP_CHUNK_MORE) {
		size_t piece = pieces & 15 ? pieces & 15 : length;
		char *copy;

		if (skip) {
			size_t skipped = http_chunk_skip(&chunk, length - at);

			add(&outcome, text + at, skipped);
			outcome.consumed += skipped;
			at += skipped;
		}
		if (piece > length - at)
			piece = length - at;
		copy = fuzz_copy(text + at, piece);
		decode_piece(&chunk, copy, piece, &outcome);
		free(copy);
		at += piece;
		pieces = pieces >> 4 | pieces << 60;
	}
	return outcome;
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
	FUZZ_CHECK(a->result == b->result);
	FUZZ_CHECK(a->consumed == b->consumed);
	FUZZ_CHECK(a->length == b->length);
	FUZZ_CHECK(a->sum == b->sum);
}

/* The length of a plain body and its content, or 0 if it is not one. */
static size_t slow_plain(char *text, size_t *content)
{
	char *at = text;

	for (*content = 0;;) {
		size_t digits = strspn(at, "0123456789abcdefABCDEF");
		unsigned long long size = strtoull(at, NULL, 16);

		if (!digits || digits > 16 || strncmp(at + digits, "\r\n", 2))
			return 0;
		at += digits + 2;
		if (size >= strlen(at) || strncmp(at + size, "\r\n", 2))
			return 0;
		at += size + 2;
		*content += size;
		if (!size)
			return at - text;
	}
}

static void check_plain(const char *data, size_t size, const struct outcome *whole)
{
	char *text = fuzz_string(data, size);
	size_t content;
	size_t length = slow_plain(text, &content);

	if (length) {
		FUZZ_CHECK(whole->result == HTTP_CHUNK_END);
		FUZZ_CHECK(whole->consumed == length);
		FUZZ_CHECK(whole->length == content);
	}
	free(text);
}

void fuzz_one(struct fuzz_input *input)
{
	u64 pieces = fuzz_number(input, 8);
	struct outcome whole = decode(input->data, input->size, 0, false);
	struct outcome bytes = decode(input->data, input->size, 0x1111111111111111, false);
	struct outcome some = decode(input->data, input->size, pieces, false);
	struct outcome skipped = decode(input->data, input->size, pieces, true);

	check_same(&whole, &bytes);
	check_same(&whole, &some);
	check_same(&whole, &skipped);
	check_plain(input->data, input->size, &whole);
	/* A body that has ended ends at the same place without what follows it. */
	if (whole.result == HTTP_CHUNK_END) {
		struct outcome exact = decode(input->data, whole.consumed, 0, false);

		check_same(&whole, &exact);
	}
}
