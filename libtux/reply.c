// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Replies: the head of a response, with what follows it from memory or from a file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tux.h>

#include "internal.h"

/* Replies up to this size are put together on the stack. */
#define SMALL 4096

/* What a head takes beside type and fields. */
#define HEAD_ROOM 512

/* Where a head is written; the room was made before. */
struct writer {
	char *start;
	size_t used;
};

static void put(struct writer *writer, const char *text)
{
	size_t length = strlen(text);

	memcpy(writer->start + writer->used, text, length);
	writer->used += length;
}

static void put_number(struct writer *writer, uint64_t number)
{
	char digits[21];
	char *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do {
		*--first = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	put(writer, first);
}

/* These have no content, and so no length of it. */
static int is_without_content(unsigned int status)
{
	return status == 204 || status == 304;
}

static void put_head(struct writer *writer, const user_req_t *req, const struct tux_reply *reply,
		     uint64_t length)
{
	put(writer, "HTTP/1.1 ");
	put_number(writer, reply->status);
	put(writer, " ");
	put(writer, tux_status_text(reply->status));
	put(writer, "\r\nDate: ");
	put(writer, tux_date());
	if (reply->type) {
		put(writer, "\r\nContent-Type: ");
		put(writer, reply->type);
	}
	if (!is_without_content(reply->status)) {
		put(writer, "\r\nContent-Length: ");
		put_number(writer, length);
	}
	if (!req->keep_alive)
		put(writer, "\r\nConnection: close");
	else if (req->http_version == TUX_HTTP_1_0)
		put(writer, "\r\nConnection: keep-alive");
	put(writer, "\r\n");
	if (reply->fields)
		put(writer, reply->fields);
	put(writer, "\r\n");
}

static int is_one_line(const char *text)
{
	return !text || !text[strcspn(text, "\r\n")];
}

/* Each line ends in CR LF, none is empty, and there is no other CR or LF. */
static int are_lines(const char *text)
{
	while (text && *text) {
		size_t length = strcspn(text, "\r\n");

		if (!length || text[length] != '\r' || text[length + 1] != '\n')
			return 0;
		text += length + 2;
	}
	return 1;
}

static size_t text_length(const char *text)
{
	return text ? strlen(text) : 0;
}

/* Room for the head and so many bytes behind it; 0 with errno set if there can be no such reply. */
static size_t count_room(const struct tux_reply *reply, size_t length)
{
	size_t room = HEAD_ROOM + text_length(reply->type) + text_length(reply->fields);

	errno = EINVAL;
	if (reply->status < 200 || reply->status > 599 || !is_one_line(reply->type) ||
	    !are_lines(reply->fields))
		return 0;
	errno = EMSGSIZE;
	if (room > TUX_SEND_BUFFER_MAX || length > TUX_SEND_BUFFER_MAX - room)
		return 0;
	return room + length;
}

/* How to send a head: the action, and what stands behind it. */
struct sending {
	unsigned int action;
	uint64_t content_length;
	const void *body;
	size_t body_length;
};

static int send_head(user_req_t *req, const struct tux_reply *reply, const struct sending *sending)
{
	size_t room = count_room(reply, sending->body_length);
	char memory[SMALL];
	struct writer writer = { .start = memory };
	char *more = NULL;
	int result;
	int error;

	if (!room)
		return -1;
	if (room > sizeof(memory)) {
		more = malloc(room);
		if (!more)
			return -1;
		writer.start = more;
	}
	put_head(&writer, req, reply, sending->content_length);
	if (sending->body_length)
		memcpy(writer.start + writer.used, sending->body, sending->body_length);
	req->http_status = reply->status;
	req->object_addr = (uintptr_t)writer.start;
	req->objectlen = (uint32_t)(writer.used + sending->body_length);
	result = tux(sending->action, req);
	error = errno;
	free(more);
	errno = error;
	return result;
}

int tux_send_reply(user_req_t *req, const struct tux_reply *reply)
{
	struct sending sending = {
		.action = TUX_ACTION_REPLY,
		.content_length = reply->length,
		.body = reply->body,
		.body_length = reply->length,
	};

	if (req->http_method == TUX_METHOD_HEAD || is_without_content(reply->status))
		sending.body_length = 0;
	return send_head(req, reply, &sending);
}

int tux_send_text(user_req_t *req, unsigned int status, const char *type, const char *text)
{
	struct tux_reply reply = {
		.status = status,
		.type = type,
		.body = text,
		.length = strlen(text),
	};

	return tux_send_reply(req, &reply);
}

/* objectlen has 32 bits only. */
static int get_object_length(const user_req_t *req, uint64_t *length)
{
	struct tux_get_request *request;

	*length = req->objectlen;
	if (req->objectlen != UINT32_MAX)
		return 0;
	request = tux_read_request();
	if (!request)
		return -1;
	*length = request->object_length;
	free(request);
	return 0;
}

/* The file is there, or is not. */
static int answer_lookup(user_req_t *req, const struct tux_reply *reply)
{
	struct sending sending = { .action = TUX_ACTION_REPLY };

	if (req->error) {
		req->event = 0;
		return tux_send_text(req, 404, "text/plain", "Not Found\n");
	}
	if (get_object_length(req, &sending.content_length))
		return -1;
	if (sending.content_length && req->http_method != TUX_METHOD_HEAD &&
	    !is_without_content(reply->status)) {
		sending.action = TUX_ACTION_SEND_BUFFER;
		req->event = TUX_EVENT_FILE_HEAD;
	}
	return send_head(req, reply, &sending);
}

int tux_is_sending_file(const user_req_t *req)
{
	return req->event >= TUX_EVENT_FILE_FOUND && req->event <= TUX_EVENT_FILE_SENT;
}

int tux_send_file(user_req_t *req, const char *name, const struct tux_reply *reply)
{
	size_t length = strlen(name);

	switch (req->event) {
	case TUX_EVENT_FILE_FOUND:
		return answer_lookup(req, reply);
	case TUX_EVENT_FILE_HEAD:
		req->event = TUX_EVENT_FILE_SENT;
		return tux(TUX_ACTION_SEND_OBJECT, req);
	case TUX_EVENT_FILE_SENT:
		return tux(TUX_ACTION_FINISH_REQ, req);
	default:
		break;
	}
	if (length >= sizeof(req->objectname)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(req->objectname, name, length + 1);
	req->event = TUX_EVENT_FILE_FOUND;
	return tux(TUX_ACTION_GET_OBJECT, req);
}
