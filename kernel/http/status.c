// SPDX-License-Identifier: GPL-2.0-only
/*
 * Status lines.
 *
 * One row for each status that the server can send.  The reason phrases are those of RFC 9110 and
 * RFC 6585.  Constant, so no locks.
 */
#include "status.h"

/* Bytes of "HTTP/1.1 404 " before the reason phrase, and of the line end after it. */
#define REASON_OFFSET 13
#define LINE_END 2

/**
 * struct status_line - One row of the table.
 */
struct status_line {
	/** @status: enum http_status. */
	u16 status;
	/** @length: Bytes of @text. */
	u16 length;
	/** @text: The line with its line end. */
	const char *text;
};

#define LINE(status, reason) \
	{ status, sizeof("HTTP/1.1 " #status " " reason "\r\n") - 1, \
	  "HTTP/1.1 " #status " " reason "\r\n" }

/* The first row is the commonest answer, the last one stands for unknown numbers. */
static const struct status_line lines[] = {
	LINE(200, "OK"),
	LINE(304, "Not Modified"),
	LINE(404, "Not Found"),
	LINE(206, "Partial Content"),
	LINE(301, "Moved Permanently"),
	LINE(100, "Continue"),
	LINE(400, "Bad Request"),
	LINE(403, "Forbidden"),
	LINE(405, "Method Not Allowed"),
	LINE(408, "Request Timeout"),
	LINE(411, "Length Required"),
	LINE(412, "Precondition Failed"),
	LINE(413, "Content Too Large"),
	LINE(414, "URI Too Long"),
	LINE(416, "Range Not Satisfiable"),
	LINE(417, "Expectation Failed"),
	LINE(431, "Request Header Fields Too Large"),
	LINE(501, "Not Implemented"),
	LINE(502, "Bad Gateway"),
	LINE(503, "Service Unavailable"),
	LINE(504, "Gateway Timeout"),
	LINE(505, "HTTP Version Not Supported"),
	LINE(500, "Internal Server Error"),
};

static const struct status_line *find_line(unsigned int status)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines) - 1; i++)
		if (lines[i].status == status)
			break;
	return &lines[i];
}

const char *http_status_line(unsigned int status, size_t *length)
{
	const struct status_line *line = find_line(status);

	*length = line->length;
	return line->text;
}

const char *http_status_reason(unsigned int status, size_t *length)
{
	const struct status_line *line = find_line(status);

	*length = line->length - REASON_OFFSET - LINE_END;
	return line->text + REASON_OFFSET;
}

bool http_status_is_known(unsigned int status)
{
	return find_line(status)->status == status;
}
