// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors and redirects as whole answers.
 *
 * Called by the engine when a request cannot be answered with a file; calls head.c and html.c.
 * No locks: works on memory of the caller.
 */
#include "error.h"

#include "html.h"

static void write_fields(struct http_buffer *buffer, const struct http_error *error)
{
	http_head_begin(buffer, error->status);
	http_buffer_literal(buffer, "Content-Type: text/html; charset=utf-8\r\n");
	http_head_connection(buffer, error->version_minor, error->keep_alive);
	http_head_stamp(buffer, error->stamp);
	if (error->status == HTTP_STATUS_METHOD_NOT_ALLOWED)
		http_buffer_literal(buffer, "Allow: GET, HEAD\r\n");
	if (error->location) {
		http_buffer_literal(buffer, "Location: ");
		http_buffer_text(buffer, error->location, error->location_length);
		http_buffer_literal(buffer, "\r\n");
	}
}

int http_error_response(char *out, size_t size, const struct http_error *error)
{
	/* The page is written past the longest end of the head and then moved to the real one. */
	static const char longest[] = "Content-Length: 18446744073709551615\r\n\r\n";
	struct http_buffer buffer;
	char *draft;
	int length;

	http_buffer_init(&buffer, out, size);
	write_fields(&buffer, error);
	if (buffer.overflow || (size_t)(buffer.end - buffer.at) < sizeof(longest))
		return -HTTP_STATUS_INTERNAL_ERROR;
	draft = buffer.at + sizeof(longest);
	length = http_error_page(draft, buffer.end - draft, error->status, error->location,
				 error->location_length);
	if (length < 0)
		return length;
	http_head_length(&buffer, length);
	http_head_end(&buffer);
	if (!error->head_only) {
		memmove(buffer.at, draft, length);
		buffer.at += length;
	}
	return http_buffer_length(&buffer);
}
