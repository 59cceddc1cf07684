/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that read a head share while they read it.
 *
 * A struct http_reader lives as long as one call of http_request_parse().  Each step of reading
 * returns HTTP_READ_ON, HTTP_READ_MISSING when bytes are missing, or the negative status to
 * answer.  A step may refuse a head that is not whole yet, but never one that could still become
 * good.
 */
#ifndef HTTP_READER_H
#define HTTP_READER_H

#include "env.h"
#include "host.h"
#include "parse.h"

#define HTTP_READ_ON 1
#define HTTP_READ_MISSING 0
#define HTTP_READ_BAD (-HTTP_STATUS_BAD_REQUEST)

/**
 * struct http_reader - A head that is being read.
 */
struct http_reader {
	/** @head: First byte given to the parser. */
	const char *head;
	/** @at: Next byte to read. */
	const char *at;
	/** @end: First byte past the input. */
	const char *end;
	/** @question: The first "?" of the target, or NULL. */
	const char *question;
	/** @request: What has been read. */
	struct http_request *request;
	/** @close: Connection says "close". */
	bool close;
	/** @persist: Connection says "keep-alive". */
	bool persist;
	/** @coded: There is a transfer coding besides chunked. */
	bool coded;
	/** @continues: Expect says "100-continue". */
	bool continues;
	/** @unexpected: Expect says something else. */
	bool unexpected;
};

/**
 * http_reader_span() - Describe a piece of the head.
 * @reader: The head that is being read.
 * @from: First byte of the piece.
 * @to: First byte past the piece.
 *
 * Context: Any context.
 * Return: The piece by offset and length.
 */
static inline struct http_span http_reader_span(const struct http_reader *reader,
						const char *from, const char *to)
{
	return (struct http_span){ .offset = from - reader->head, .length = to - from };
}

/**
 * http_reader_use_host() - Take a name and port as what is asked for.
 * @reader: The head that is being read.
 * @value: Where the host stands in the head.
 * @host: Its parts.
 *
 * Context: Any context.
 */
static inline void http_reader_use_host(struct http_reader *reader, const char *value,
					const struct http_host *host)
{
	const char *name = value + host->name_offset;

	reader->request->host = http_reader_span(reader, name, name + host->name_length);
	reader->request->host_port = host->port;
}

/**
 * http_reader_line() - Read the request line.
 * @reader: The head; moved on to the first field line.
 *
 * Context: Any context.
 * Return: HTTP_READ_ON, HTTP_READ_MISSING or a negative status.
 */
int http_reader_line(struct http_reader *reader);

#endif
