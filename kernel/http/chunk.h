/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decoder of bodies in the chunked transfer coding (RFC 9112 section 7.1).
 *
 * Works on bytes as they come, keeps nothing of them, and stops exactly after the last byte of
 * the body.  A struct http_chunk lives as long as the body that it reads.
 */
#ifndef HTTP_CHUNK_H
#define HTTP_CHUNK_H

#include "env.h"
#include "status.h"

/** define HTTP_CHUNK_EXTENSION_MAX - Bytes of chunk extensions accepted in one body. */
#define HTTP_CHUNK_EXTENSION_MAX 4096

/** define HTTP_CHUNK_TRAILER_MAX - Bytes of trailer fields accepted after one body. */
#define HTTP_CHUNK_TRAILER_MAX 8192

/** define HTTP_CHUNK_SIZE_MAX - Largest chunk accepted, in bytes. */
#define HTTP_CHUNK_SIZE_MAX (1ull << 60)

/**
 * struct http_chunk - How far a chunked body has been read.
 */
struct http_chunk {
	/** @left: Data bytes of the current chunk still to come. */
	u64 left;
	/** @extension: Bytes of chunk extensions so far. */
	u32 extension;
	/** @trailer: Bytes of trailer fields so far. */
	u32 trailer;
	/** @state: Place in the grammar; private to chunk.c. */
	u8 state;
	/** @digits: Hexadecimal digits of the current chunk size so far. */
	u8 digits;
};

/**
 * enum http_chunk_step - What a call of http_chunk_next() found.
 */
enum http_chunk_step {
	/** @HTTP_CHUNK_MORE: All bytes were used; more are needed. */
	HTTP_CHUNK_MORE = 0,
	/** @HTTP_CHUNK_DATA: A piece of the content. */
	HTTP_CHUNK_DATA = 1,
	/** @HTTP_CHUNK_END: The body has ended; what follows is the next request. */
	HTTP_CHUNK_END = 2,
};

/**
 * struct http_piece - A run of content inside the bytes given to http_chunk_next().
 */
struct http_piece {
	/** @offset: Bytes from the start of the input to the run. */
	size_t offset;
	/** @length: Bytes of the run. */
	size_t length;
};

/**
 * http_chunk_init() - Begin to read a chunked body.
 * @chunk: State to set up.
 *
 * Context: Any context.
 */
void http_chunk_init(struct http_chunk *chunk);

/**
 * http_chunk_next() - Read on to the next piece of content.
 * @chunk: State of the body, carried from call to call.
 * @bytes: The byte after the last one consumed.
 * @length: Number of bytes there.
 * @consumed: Set to the number of bytes that belong to the body and are done with.
 * @data: Set to the piece of content, which lies within the consumed bytes; empty unless
 *        HTTP_CHUNK_DATA is returned.
 *
 * Call again with the remaining bytes after HTTP_CHUNK_DATA.  Bytes after the body are never
 * consumed.
 *
 * Context: Any context.
 * Return: enum http_chunk_step; or -HTTP_STATUS_BAD_REQUEST, -HTTP_STATUS_CONTENT_TOO_LARGE (too
 *         many extensions) or -HTTP_STATUS_HEADERS_TOO_LARGE (too long a trailer), after which
 *         the connection must be closed.
 */
int http_chunk_next(struct http_chunk *chunk, const char *bytes, size_t length, size_t *consumed,
		    struct http_piece *data);

/**
 * http_chunk_skip() - Account for content that the caller drops without showing it.
 * @chunk: State of the body.
 * @length: Most bytes that could be dropped.
 *
 * Context: Any context.
 * Return: How many of the next bytes are content and may be dropped unseen; they count as
 *         consumed.
 */
u64 http_chunk_skip(struct http_chunk *chunk, u64 length);

#endif
