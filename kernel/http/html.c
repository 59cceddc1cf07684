// SPDX-License-Identifier: GPL-2.0-only
/*
 * Documents that the server writes itself: the bodies of errors and redirects.
 *
 * Whatever came from a client or from a file name is escaped here, so that no answer of the server
 * can be made to carry somebody else's markup.  No locks: works on memory of the caller.
 */
#include "html.h"

void http_html_escape(struct http_buffer *buffer, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		switch (text[i]) {
		case '&':
			http_buffer_literal(buffer, "&amp;");
			break;
		case '<':
			http_buffer_literal(buffer, "&lt;");
			break;
		case '>':
			http_buffer_literal(buffer, "&gt;");
			break;
		case '"':
			http_buffer_literal(buffer, "&quot;");
			break;
		case '\'':
			http_buffer_literal(buffer, "&#39;");
			break;
		default:
			http_buffer_char(buffer, text[i]);
			break;
		}
	}
}

static void write_title(struct http_buffer *buffer, unsigned int status)
{
	size_t length;
	const char *reason = http_status_reason(status, &length);

	http_buffer_number(buffer, status);
	http_buffer_char(buffer, ' ');
	http_buffer_text(buffer, reason, length);
}

int http_error_page(char *out, size_t size, unsigned int status, const char *location,
		    size_t location_length)
{
	struct http_buffer buffer;

	if (!http_status_is_known(status))
		status = HTTP_STATUS_INTERNAL_ERROR;
	http_buffer_init(&buffer, out, size);
	http_buffer_literal(&buffer, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>");
	write_title(&buffer, status);
	http_buffer_literal(&buffer, "</title>\n</head>\n<body>\n<h1>");
	write_title(&buffer, status);
	http_buffer_literal(&buffer, "</h1>\n");
	if (location) {
		http_buffer_literal(&buffer, "<p>The document is at <a href=\"");
		http_html_escape(&buffer, location, location_length);
		http_buffer_literal(&buffer, "\">");
		http_html_escape(&buffer, location, location_length);
		http_buffer_literal(&buffer, "</a>.</p>\n");
	}
	http_buffer_literal(&buffer, "</body>\n</html>\n");
	return buffer.overflow ? -HTTP_STATUS_INTERNAL_ERROR : (int)http_buffer_length(&buffer);
}
