// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing the heads of answers.
 *
 * http_head_entity() runs once for each request; everything it copies is prepared by the other
 * functions once per file or once per second.  No locks: works on memory of the caller.
 */
#include "head.h"

#define DATE_OFFSET 6		/* "Date: " */

void http_stamp_init(struct http_stamp *stamp, const char *server, size_t server_length,
		     s64 seconds)
{
	struct http_buffer buffer;

	if (server_length > HTTP_SERVER_MAX)
		server_length = HTTP_SERVER_MAX;
	http_buffer_init(&buffer, stamp->text, sizeof(stamp->text));
	http_buffer_literal(&buffer, "Date: ");
	http_date_format(buffer.at, seconds);
	buffer.at += HTTP_DATE_LENGTH;
	http_buffer_literal(&buffer, "\r\n");
	if (server) {
		http_buffer_literal(&buffer, "Server: ");
		http_buffer_text(&buffer, server, server_length);
		http_buffer_literal(&buffer, "\r\n");
	}
	stamp->length = http_buffer_length(&buffer);
	stamp->seconds = seconds;
}

void http_stamp_update(struct http_stamp *stamp, s64 seconds)
{
	if (likely(stamp->seconds == seconds))
		return;
	http_date_format(stamp->text + DATE_OFFSET, seconds);
	stamp->seconds = seconds;
}

static void write_validators(struct http_buffer *buffer, const struct http_validators *validators)
{
	char date[HTTP_DATE_LENGTH];

	if (validators->has_etag) {
		http_buffer_literal(buffer, "ETag: ");
		http_buffer_text(buffer, validators->etag, validators->etag_length);
		http_buffer_literal(buffer, "\r\n");
	}
	if (validators->has_modified) {
		http_date_format(date, validators->modified);
		http_buffer_literal(buffer, "Last-Modified: ");
		http_buffer_text(buffer, date, sizeof(date));
		http_buffer_literal(buffer, "\r\n");
	}
}

int http_entity_make(struct http_entity *entity, char *out, size_t size,
		     const struct http_content *content)
{
	struct http_buffer buffer;

	/* Offsets are 16 bits. */
	http_buffer_init(&buffer, out, size < 65535 ? size : 65535);
	if (content->type_length) {
		http_buffer_literal(&buffer, "Content-Type: ");
		http_buffer_text(&buffer, content->type, content->type_length);
		http_buffer_literal(&buffer, "\r\n");
	}
	entity->text = out;
	entity->type_end = http_buffer_length(&buffer);
	http_head_length(&buffer, content->size);
	entity->size_end = http_buffer_length(&buffer);
	write_validators(&buffer, content->validators);
	http_head_end(&buffer);
	entity->end = http_buffer_length(&buffer);
	return buffer.overflow ? -HTTP_STATUS_INTERNAL_ERROR : entity->end;
}

int http_head_entity(char *out, size_t size, const struct http_reply *reply)
{
	const struct http_entity *entity = reply->entity;
	struct http_buffer buffer;
	u16 rest = entity->type_end;

	http_buffer_init(&buffer, out, size);
	if (likely(reply->status == HTTP_STATUS_OK))
		http_buffer_literal(&buffer, "HTTP/1.1 200 OK\r\n");
	else
		http_head_begin(&buffer, reply->status);
	/* RFC 9110 15.4.5: 304 carries validators, not a description of a body that is not sent. */
	if (unlikely(reply->status == HTTP_STATUS_NOT_MODIFIED))
		rest = entity->size_end;
	else
		http_buffer_text(&buffer, entity->text, entity->type_end);
	http_head_connection(&buffer, reply->version_minor, reply->keep_alive);
	http_head_stamp(&buffer, reply->stamp);
	http_buffer_text(&buffer, entity->text + rest, entity->end - rest);
	return buffer.overflow ? -HTTP_STATUS_INTERNAL_ERROR : (int)http_buffer_length(&buffer);
}

void http_head_begin(struct http_buffer *buffer, unsigned int status)
{
	size_t length;
	const char *line = http_status_line(status, &length);

	http_buffer_text(buffer, line, length);
}

void http_head_connection(struct http_buffer *buffer, u8 version_minor, bool keep_alive)
{
	if (likely(keep_alive))
		http_buffer_literal(buffer, "Connection: Keep-Alive\r\n");
	else if (version_minor)
		http_buffer_literal(buffer, "Connection: close\r\n");
}

void http_head_stamp(struct http_buffer *buffer, const struct http_stamp *stamp)
{
	http_buffer_text(buffer, stamp->text, stamp->length);
}

void http_head_length(struct http_buffer *buffer, u64 length)
{
	http_buffer_literal(buffer, "Content-Length: ");
	http_buffer_number(buffer, length);
	http_buffer_literal(buffer, "\r\n");
}

void http_head_end(struct http_buffer *buffer)
{
	http_buffer_literal(buffer, "\r\n");
}
