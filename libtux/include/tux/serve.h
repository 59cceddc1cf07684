/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answering requests: the loop around tux(), and replies.
 *
 * All of it is made of tux() calls on a user_req_t, and any of it may be left out in favour of
 * those.  A handler is a function as TUXAPI_handle_events(): it is given the request each time that
 * it comes back, and returns what its last tux() call returned.  The calls below that are named
 * tux_send_... end in such a call, so they are returned.
 */
#ifndef _TUX_SERVE_H
#define _TUX_SERVE_H

#ifndef _TUX_H
#error "include <tux.h>"
#endif

/* --- the loop */

/**
 * struct tux_route - What answers a name.
 */
struct tux_route {
	/** @name: "/prefix", or the name of a file under the document root; NULL ends a table. */
	const char *name;
	/** @handler: Is given its requests, and returns what its last tux() call returned. */
	int (*handler)(user_req_t *req);
};

/**
 * tux_register_module() - Register a module on the handle of this process.
 * @name: "/prefix", or the name of a file under the document root.
 * @index: What req->module_index is in its requests, from 1.
 *
 * Return: 0, or -1 with errno set.
 */
int tux_register_module(const char *name, unsigned int index);

/**
 * tux_dispatch() - Make one turn of the loop.
 * @routes: The table; its row @index - 1 answers module @index.
 * @req: The request of the loop.
 * @result: What the turn before returned; TUX_CONTINUE_EVENTLOOP in the first turn.
 *
 * A request is given to its handler.  In all other cases this calls EVENTLOOP, also after a handler
 * that failed: the kernel then answers 502, or resets the connection.
 *
 * Return: What the handler or EVENTLOOP returned; TUX_CONTINUE_EVENTLOOP for a handler that failed.
 *   So -1, with errno set, says that the loop has ended.
 */
int tux_dispatch(const struct tux_route *routes, user_req_t *req, int result);

/**
 * tux_serve() - Register the modules of a table, and answer their requests.
 * @routes: The table.
 *
 * For a program that is a module by itself.  It runs until the server shuts down.
 *
 * Return: 0 when the server has shut down, or -1 with errno set, by REGISTER_MODULE or EVENTLOOP.
 */
int tux_serve(const struct tux_route *routes);

/* --- replies */

/**
 * struct tux_reply - A response.
 *
 * What is 0 or NULL is left out.  Date, Content-Length and Connection are added.
 */
struct tux_reply {
	/** @status: From 200 to 599. */
	unsigned int status;
	/** @type: The Content-Type. */
	const char *type;
	/** @fields: More header fields, each with "\r\n" at its end. */
	const char *fields;
	/** @body: The content; it is copied.  HEAD gets its length only. */
	const void *body;
	/** @length: Bytes of @body. */
	size_t length;
};

/**
 * tux_send_reply() - Answer with a response from memory, in one call.
 * @req: The current request.
 * @reply: The response.
 *
 * Return: What TUX_ACTION_REPLY returned; or -1 with errno set: EINVAL if the status is no number
 *   of a final response or if a text would break the head, EMSGSIZE for more than
 *   TUX_SEND_BUFFER_MAX bytes, ENOMEM.  The request is still current then.
 */
int tux_send_reply(user_req_t *req, const struct tux_reply *reply);

/**
 * tux_send_text() - Answer with a text.
 * @req: The current request.
 * @status: As in struct tux_reply.
 * @type: Such as "text/plain".
 * @text: The content.
 *
 * Return: As tux_send_reply().
 */
int tux_send_text(user_req_t *req, unsigned int status, const char *type, const char *text);

/* What req->event is while tux_send_file() is at work. */
enum {
	TUX_EVENT_FILE_FOUND = 0x7f000001,
	TUX_EVENT_FILE_HEAD = 0x7f000002,
	TUX_EVENT_FILE_SENT = 0x7f000003,
};

/**
 * tux_send_file() - Answer with a file of the document root, or 404.
 * @req: The current request.
 * @name: The file, from the document root, without a slash in front.
 * @reply: Status, type and fields of the response; body is not looked at.
 *
 * This takes GET_OBJECT, SEND_BUFFER, SEND_OBJECT and FINISH_REQ, and the request comes back after
 * each: the handler has to call this again then, that is, whenever tux_is_sending_file().
 *
 * Return: What tux() returned.
 */
int tux_send_file(user_req_t *req, const char *name, const struct tux_reply *reply);

/**
 * tux_is_sending_file() - Whether a request has come back to tux_send_file().
 * @req: The request.
 *
 * Return: 1 if so.
 */
int tux_is_sending_file(const user_req_t *req);

/**
 * tux_status_text() - The words of a status.
 * @status: Such as 404.
 *
 * Return: A constant text, such as "Not Found"; "Unknown" for other numbers.
 */
const char *tux_status_text(unsigned int status);

#endif /* _TUX_SERVE_H */
