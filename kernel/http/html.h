/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HTML that the server writes itself.
 */
#ifndef HTTP_HTML_H
#define HTTP_HTML_H

#include "buffer.h"
#include "env.h"
#include "status.h"

/**
 * http_html_escape() - Append text so that HTML shows it as it is.
 * @buffer: Where to write.
 * @text: Text of any bytes.
 * @length: Bytes at @text.
 *
 * Safe inside elements and inside attribute values in double or single quotes.
 *
 * Context: Any context.
 */
void http_html_escape(struct http_buffer *buffer, const char *text, size_t length);

/**
 * http_error_page() - Write the document that explains a status.
 * @out: Where to write; not terminated.
 * @size: Bytes at @out.
 * @status: enum http_status.
 * @location: Link to show, for a redirect; NULL for none.  Escaped here.
 * @location_length: Bytes at @location.
 *
 * Context: Any context.
 * Return: Bytes written, or -HTTP_STATUS_INTERNAL_ERROR if it does not fit.
 */
int http_error_page(char *out, size_t size, unsigned int status, const char *location,
		    size_t location_length);

#endif
