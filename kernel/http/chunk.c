// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading chunked bodies.
 *
 * Called with the bytes after a head that said "Transfer-Encoding: chunked", to drop the body or to
 * hand it on.  Line ends are CR LF and nothing else: a decoder that takes a bare LF for a line end
 * sees other requests than one that does not.  No locks: the state belongs to the connection.
 */
#include "chunk.h"

#include "chars.h"

#define BAD (-HTTP_STATUS_BAD_REQUEST)

/* Digits of a chunk size, leading zeros counted. */
#define DIGITS_MAX 16

enum chunk_state {
	CHUNK_SIZE,		/* in the size */
	CHUNK_BLANK,		/* in white space before the ";" of an extension */
	CHUNK_EXTENSION,	/* in extensions */
	CHUNK_SIZE_LF,		/* after the CR of a size line */
	CHUNK_CONTENT,
	CHUNK_CONTENT_CR,	/* after the content of a chunk */
	CHUNK_CONTENT_LF,	/* after the CR there */
	CHUNK_TRAILER_START,	/* at the first byte of a trailer line, or of the blank line */
	CHUNK_TRAILER_NAME,
	CHUNK_TRAILER_VALUE,
	CHUNK_TRAILER_LF,	/* after the CR of a trailer line */
	CHUNK_END_LF,		/* after the CR of the blank line */
	CHUNK_ENDED,
	CHUNK_BROKEN,
};

void http_chunk_init(struct http_chunk *chunk)
{
	*chunk = (struct http_chunk){ .state = CHUNK_SIZE };
}

static int read_size(struct http_chunk *chunk, char byte)
{
	int digit = http_char_hex(byte);

	if (digit >= 0) {
		chunk->left = chunk->left << 4 | digit;
		return ++chunk->digits > DIGITS_MAX || chunk->left > HTTP_CHUNK_SIZE_MAX ? BAD : 0;
	}
	if (!chunk->digits)
		return BAD;
	if (byte == '\r')
		chunk->state = CHUNK_SIZE_LF;
	else if (byte == ';')
		chunk->state = CHUNK_EXTENSION;
	else if (byte == ' ' || byte == '\t')
		chunk->state = CHUNK_BLANK;
	else
		return BAD;
	return 0;
}

static int read_blank(struct http_chunk *chunk, char byte)
{
	if (byte == ';')
		chunk->state = CHUNK_EXTENSION;
	else if (byte != ' ' && byte != '\t')
		return BAD;
	return ++chunk->extension > HTTP_CHUNK_EXTENSION_MAX ?
	       -HTTP_STATUS_CONTENT_TOO_LARGE : 0;
}

static int read_trailer_name(struct http_chunk *chunk, char byte)
{
	if (chunk->state == CHUNK_TRAILER_START && byte == '\r') {
		chunk->state = CHUNK_END_LF;
		return 0;
	}
	if (chunk->state == CHUNK_TRAILER_NAME && byte == ':')
		chunk->state = CHUNK_TRAILER_VALUE;
	else if (http_char_is(byte, HTTP_CHAR_TOKEN))
		chunk->state = CHUNK_TRAILER_NAME;
	else
		return BAD;
	return ++chunk->trailer > HTTP_CHUNK_TRAILER_MAX ? -HTTP_STATUS_HEADERS_TOO_LARGE : 0;
}

static int expect_byte(struct http_chunk *chunk, char byte, char expected, enum chunk_state next)
{
	if (byte != expected)
		return BAD;
	chunk->state = next;
	return 0;
}

static int start_chunk(struct http_chunk *chunk, char byte)
{
	chunk->digits = 0;
	return expect_byte(chunk, byte, '\n', chunk->left ? CHUNK_CONTENT : CHUNK_TRAILER_START);
}

static int step(struct http_chunk *chunk, char byte)
{
	switch (chunk->state) {
	case CHUNK_SIZE:
		return read_size(chunk, byte);
	case CHUNK_BLANK:
		return read_blank(chunk, byte);
	case CHUNK_EXTENSION:
		return expect_byte(chunk, byte, '\r', CHUNK_SIZE_LF);
	case CHUNK_SIZE_LF:
		return start_chunk(chunk, byte);
	case CHUNK_CONTENT_CR:
		return expect_byte(chunk, byte, '\r', CHUNK_CONTENT_LF);
	case CHUNK_CONTENT_LF:
		return expect_byte(chunk, byte, '\n', CHUNK_SIZE);
	case CHUNK_TRAILER_START:
	case CHUNK_TRAILER_NAME:
		return read_trailer_name(chunk, byte);
	case CHUNK_TRAILER_VALUE:
		return expect_byte(chunk, byte, '\r', CHUNK_TRAILER_LF);
	case CHUNK_TRAILER_LF:
		return expect_byte(chunk, byte, '\n', CHUNK_TRAILER_START);
	case CHUNK_END_LF:
		return expect_byte(chunk, byte, '\n', CHUNK_ENDED);
	default:
		return BAD;
	}
}

/* Skips text of extensions or trailers, at most as much as the bound still allows and one more. */
static int skip_text(struct http_chunk *chunk, const char **at, const char *end)
{
	bool trailer = chunk->state == CHUNK_TRAILER_VALUE;
	u32 *count = trailer ? &chunk->trailer : &chunk->extension;
	u32 room = (trailer ? HTTP_CHUNK_TRAILER_MAX : HTTP_CHUNK_EXTENSION_MAX) - *count;
	const char *text = *at;

	if ((size_t)(end - text) > room)
		end = text + room + 1;
	*at = http_skip_value(text, end);
	if ((u32)(*at - text) > room)
		return trailer ? -HTTP_STATUS_HEADERS_TOO_LARGE : -HTTP_STATUS_CONTENT_TOO_LARGE;
	*count += *at - text;
	return 0;
}

u64 http_chunk_skip(struct http_chunk *chunk, u64 length)
{
	u64 skipped = length < chunk->left ? length : chunk->left;

	if (chunk->state != CHUNK_CONTENT)
		return 0;
	chunk->left -= skipped;
	if (!chunk->left)
		chunk->state = CHUNK_CONTENT_CR;
	return skipped;
}

int http_chunk_next(struct http_chunk *chunk, const char *bytes, size_t length, size_t *consumed,
		    struct http_piece *data)
{
	const char *end = bytes + length;
	const char *at = bytes;
	int result = 0;

	*data = (struct http_piece){ 0 };
	while (at < end && chunk->state != CHUNK_ENDED && !result) {
		if (chunk->state == CHUNK_CONTENT) {
			data->offset = at - bytes;
			data->length = http_chunk_skip(chunk, end - at);
			*consumed = data->offset + data->length;
			return HTTP_CHUNK_DATA;
		}
		if (chunk->state == CHUNK_EXTENSION || chunk->state == CHUNK_TRAILER_VALUE)
			result = skip_text(chunk, &at, end);
		if (at < end && !result)
			result = step(chunk, *at++);
	}
	*consumed = at - bytes;
	if (result) {
		chunk->state = CHUNK_BROKEN;
		return result;
	}
	if (chunk->state == CHUNK_BROKEN)
		return BAD;
	return chunk->state == CHUNK_ENDED ? HTTP_CHUNK_END : HTTP_CHUNK_MORE;
}
