/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Heads of answers.
 *
 * The order of the lines is TUX's: status line, Content-Type, Connection, Date, Server,
 * Content-Length, ETag, Last-Modified, blank line.  Two parts of it are prepared in advance: what
 * depends on the file alone (struct http_entity, kept with the cached object) and what depends
 * on the second alone (struct http_stamp, kept by each worker).  The head of an answer is then
 * five copies.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "buffer.h"
#include "condition.h"
#include "date.h"
#include "env.h"
#include "status.h"

/** define HTTP_SERVER_MAX - Longest text for the Server field, in bytes. */
#define HTTP_SERVER_MAX 64

/** define HTTP_STAMP_MAX - Bytes of "Date: ...", "Server: ..." and their line ends. */
#define HTTP_STAMP_MAX (6 + HTTP_DATE_LENGTH + 2 + 8 + HTTP_SERVER_MAX + 2)

/** define HTTP_ENTITY_FIXED - Most bytes of a struct http_entity's text besides the type. */
#define HTTP_ENTITY_FIXED (14 + 2 + 16 + 20 + 2 + 6 + HTTP_ETAG_MAX + 2 + \
			   15 + HTTP_DATE_LENGTH + 2 + 2)

/**
 * struct http_stamp - Date and Server lines that are good for one second.
 */
struct http_stamp {
	/** @seconds: Time of the Date line; owned by the worker. */
	s64 seconds;
	/** @length: Bytes of @text; owned by the worker. */
	u16 length;
	/** @text: The lines; owned by the worker. */
	char text[HTTP_STAMP_MAX];
};

/**
 * http_stamp_init() - Set up the lines.
 * @stamp: Stamp to set up.
 * @server: Value of the Server line; NULL for none.  Cut at HTTP_SERVER_MAX.
 * @server_length: Bytes at @server.
 * @seconds: Present time.
 *
 * Context: Any context.
 */
void http_stamp_init(struct http_stamp *stamp, const char *server, size_t server_length,
		     s64 seconds);

/**
 * http_stamp_update() - Bring the Date line up to date.
 * @stamp: The stamp.
 * @seconds: Present time; costs a comparison if the second is still the same.
 *
 * Context: Any context.
 */
void http_stamp_update(struct http_stamp *stamp, s64 seconds);

/**
 * struct http_content - What the head lines of a file say.
 */
struct http_content {
	/** @type: Media type, not terminated; no Content-Type line if @type_length is 0. */
	const char *type;
	/** @type_length: Bytes at @type. */
	size_t type_length;
	/** @size: Bytes of the file, for the Content-Length line. */
	u64 size;
	/** @validators: Validators for the other lines. */
	const struct http_validators *validators;
};

/**
 * struct http_entity - Prepared head lines of a file, in memory of the caller.
 *
 * @text holds, in this order: the Content-Type line (from 0 to @type_end), the Content-Length line
 * (to @size_end), and the ETag line, the Last-Modified line and the blank line (to @end).
 * An answer 200 uses all three, 304 only the last.
 */
struct http_entity {
	/** @text: The lines; constant after http_entity_make(). */
	const char *text;
	/** @type_end: End of the Content-Type line. */
	u16 type_end;
	/** @size_end: End of the Content-Length line. */
	u16 size_end;
	/** @end: End of the blank line, and of @text. */
	u16 end;
};

/**
 * http_entity_make() - Prepare the head lines of a file.
 * @entity: Where to store their places.
 * @out: Memory for the text, to which @entity then points; it stays the caller's.
 * @size: Bytes at @out; HTTP_ENTITY_FIXED and the length of the type are enough.
 * @content: What to write.
 *
 * Context: Any context.
 * Return: Bytes of text, or -HTTP_STATUS_INTERNAL_ERROR if it does not fit.
 */
int http_entity_make(struct http_entity *entity, char *out, size_t size,
		     const struct http_content *content);

/**
 * struct http_reply - What shapes the head of an answer about a file.
 */
struct http_reply {
	/** @stamp: Date and Server lines. */
	const struct http_stamp *stamp;
	/** @entity: Lines of the file. */
	const struct http_entity *entity;
	/** @status: HTTP_STATUS_OK, HTTP_STATUS_NOT_MODIFIED, or one whose body is the file. */
	u16 status;
	/** @version_minor: Version of the request that is answered. */
	u8 version_minor;
	/** @keep_alive: The connection stays open after this answer. */
	bool keep_alive;
};

/**
 * http_head_entity() - Write the whole head of an answer about a file.
 * @out: Where to write.
 * @size: Bytes at @out.
 * @reply: What to write.
 *
 * Context: Any context.  The hot path: called once for each request.
 * Return: Length of the head, or -HTTP_STATUS_INTERNAL_ERROR if it does not fit.
 */
int http_head_entity(char *out, size_t size, const struct http_reply *reply);

/**
 * http_head_begin() - Write a status line.
 * @buffer: Where to write.
 * @status: enum http_status.
 *
 * Context: Any context.
 */
void http_head_begin(struct http_buffer *buffer, unsigned int status);

/**
 * http_head_connection() - Write the Connection line.
 * @buffer: Where to write.
 * @version_minor: Version of the request that is answered.
 * @keep_alive: The connection stays open after this answer.
 *
 * A client of HTTP/1.0 expects the connection to close, so then nothing is written.
 *
 * Context: Any context.
 */
void http_head_connection(struct http_buffer *buffer, u8 version_minor, bool keep_alive);

/**
 * http_head_stamp() - Write the Date and Server lines.
 * @buffer: Where to write.
 * @stamp: The lines.
 *
 * Context: Any context.
 */
void http_head_stamp(struct http_buffer *buffer, const struct http_stamp *stamp);

/**
 * http_head_length() - Write the Content-Length line.
 * @buffer: Where to write.
 * @length: Bytes of the body.
 *
 * Context: Any context.
 */
void http_head_length(struct http_buffer *buffer, u64 length);

/**
 * http_head_end() - Write the blank line.
 * @buffer: Where to write.
 *
 * Context: Any context.
 */
void http_head_end(struct http_buffer *buffer);

#endif
