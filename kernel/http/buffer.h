/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text written step by step into memory of the caller.
 *
 * A buffer that is too small takes no part of the text that does not fit and remembers it, so
 * that a whole head can be written without a check for each piece and judged once at the end.
 */
#ifndef HTTP_BUFFER_H
#define HTTP_BUFFER_H

#include "env.h"

/**
 * struct http_buffer - Memory that is being filled with text.
 */
struct http_buffer {
	/** @start: First byte. */
	char *start;
	/** @at: Where the next text goes. */
	char *at;
	/** @end: First byte past the memory. */
	char *end;
	/** @overflow: Something did not fit. */
	bool overflow;
};

/**
 * http_buffer_init() - Begin to write into memory.
 * @buffer: Buffer to set up.
 * @memory: The memory, which stays the caller's.
 * @size: Bytes of the memory.
 *
 * Context: Any context.
 */
static inline void http_buffer_init(struct http_buffer *buffer, char *memory, size_t size)
{
	buffer->start = memory;
	buffer->at = memory;
	buffer->end = memory + size;
	buffer->overflow = false;
}

/**
 * http_buffer_length() - How much has been written?
 * @buffer: The buffer.
 *
 * Context: Any context.
 * Return: Bytes from @start to @at.
 */
static inline size_t http_buffer_length(const struct http_buffer *buffer)
{
	return buffer->at - buffer->start;
}

/**
 * http_buffer_text() - Append text.
 * @buffer: The buffer.
 * @text: Text to copy.
 * @length: Bytes of the text.
 *
 * Context: Any context.
 */
static __always_inline void http_buffer_text(struct http_buffer *buffer, const char *text,
					     size_t length)
{
	if (unlikely((size_t)(buffer->end - buffer->at) < length)) {
		buffer->overflow = true;
		return;
	}
	memcpy(buffer->at, text, length);
	buffer->at += length;
}

/**
 * http_buffer_literal() - Append a string constant.
 * @buffer: The buffer.
 * @literal: A string constant, whose length the compiler knows.
 *
 * Context: Any context.
 */
#define http_buffer_literal(buffer, literal) \
	http_buffer_text(buffer, "" literal, sizeof(literal) - 1)

/**
 * http_buffer_char() - Append one byte.
 * @buffer: The buffer.
 * @byte: The byte.
 *
 * Context: Any context.
 */
static inline void http_buffer_char(struct http_buffer *buffer, char byte)
{
	if (unlikely(buffer->at == buffer->end)) {
		buffer->overflow = true;
		return;
	}
	*buffer->at++ = byte;
}

/**
 * http_buffer_number() - Append a number in decimal.
 * @buffer: The buffer.
 * @number: The number.
 *
 * Context: Any context.
 */
void http_buffer_number(struct http_buffer *buffer, u64 number);

#endif
