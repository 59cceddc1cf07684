// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who answers a request: a user module, or a file.
 *
 * Called by request.c with a parsed head; calls find.c, module.c, dynamic.c, reply.c, response.c
 * and the pure code of http/.  No locks: a connection belongs to its worker.
 */
#include "route.h"

#include "dynamic.h"
#include "find.h"
#include "http/url.h"
#include "response.h"

/* 0 if the method is one that static files have, else the status to answer with. */
static unsigned int check_method(const struct http_request *parsed)
{
	switch (parsed->method) {
	case HTTP_METHOD_GET:
	case HTTP_METHOD_HEAD:
		return parsed->form == HTTP_TARGET_ASTERISK ? HTTP_STATUS_BAD_REQUEST : 0;
	case HTTP_METHOD_UNKNOWN:
		return HTTP_STATUS_NOT_IMPLEMENTED;
	case HTTP_METHOD_POST:
	case HTTP_METHOD_PUT:
		if (!parsed->has_content_length && !parsed->chunked)
			return HTTP_STATUS_LENGTH_REQUIRED;
		return HTTP_STATUS_METHOD_NOT_ALLOWED;
	default:
		return HTTP_STATUS_METHOD_NOT_ALLOWED;
	}
}

/* How the body will be dropped; false if it is too long for that. */
static bool plan_body(struct tux_context *context, struct tux_request *request)
{
	const struct http_request *parsed = &context->parsed;
	u64 limit = READ_ONCE(context->config->max_body_len);

	request->has_body = http_request_has_body(parsed);
	if (!request->has_body)
		return true;
	request->chunked = parsed->chunked;
	http_chunk_init(&request->chunk);
	request->body_left = parsed->chunked ? limit : parsed->content_length;
	return request->body_left <= limit;
}

/* No body is read: the client has not sent it, or it is dropped while lingering. */
static void skip_expected_body(struct tux_context *context, struct tux_request *request)
{
	if (!request->has_body || !context->parsed.expect_continue)
		return;
	/*
	 * Whether a client that waits for "continue" sends the body after a final status is its
	 * choice.
	 */
	request->keep_alive = false;
	request->has_body = false;
	request->drain = true;
}

/* The path of the target as modules see it: with the slash at the end, and one in front. */
static size_t make_path(struct tux_context *context)
{
	size_t length = context->name_length;
	char *path = context->target;

	path[0] = '/';
	memcpy(path + 1, context->name, length + 1);
	if (context->is_directory && length)
		strscpy(path + 1 + length++, "/", 2);
	return length + 1;
}

/* Methods that every module may be asked with, or only one that is bound to a prefix. */
static bool is_for_modules(const struct http_request *parsed, bool prefix)
{
	switch (parsed->method) {
	case HTTP_METHOD_GET:
	case HTTP_METHOD_HEAD:
	case HTTP_METHOD_POST:
	case HTTP_METHOD_PUT:
		return true;
	case HTTP_METHOD_CONNECT:
	case HTTP_METHOD_TRACE:
		return false;
	default:
		return prefix;
	}
}

/* Does a module answer for the path, whatever files there are? */
static bool find_user_module(struct tux_context *context, size_t length,
			     struct tux_binding *binding)
{
	struct tux_modules *modules = context->modules;
	bool all = READ_ONCE(context->config->all_userspace);

	if (!is_for_modules(&context->parsed, !all))
		return false;
	if (all)
		return tux_modules_find_newest(modules, binding);
	return tux_modules_find_prefix(modules, context->target, length, binding);
}

/*
 * Is the request one for a module that needs no file?  Then *@step is what to do next.
 */
static bool route_to_module(struct tux_context *context, struct tux_conn *conn,
			    enum tux_step *step)
{
	struct tux_binding binding;
	size_t length;

	if (context->parsed.form > HTTP_TARGET_ABSOLUTE)
		return false;
	length = make_path(context);
	if (!find_user_module(context, length, &binding))
		return false;
	/* It would be cut, and the module would take it for another. */
	if (!binding.is_prefix && length > MAX_URI_LEN) {
		if (binding.module)
			tux_module_put(binding.module);
		*step = tux_response_begin(conn, tux_reply_status(context, conn,
								  HTTP_STATUS_URI_TOO_LONG));
		return true;
	}
	*step = tux_dynamic_begin(context, conn, &binding, context->target + 1, length - 1);
	return true;
}

/* May it be one for a module that needs no file?  Modules with names need one. */
static bool may_be_for_module(const struct tux_context *context)
{
	const struct tux_modules *modules = context->modules;

	if (READ_ONCE(context->config->all_userspace))
		return READ_ONCE(modules->count);
	return READ_ONCE(modules->count) > READ_ONCE(modules->names);
}

/* The span of the target that names the file. */
static struct http_span path_of(const struct tux_context *context)
{
	const struct http_request *parsed = &context->parsed;
	struct http_span path = parsed->path;

	/* The query is a part of the name, its mark included. */
	if (READ_ONCE(context->config->ignore_query) == 1 && parsed->has_query)
		path.length += 1 + parsed->query.length;
	return path;
}

/* Writes the decoded path into context->name.  Return: 0 or a status. */
static unsigned int decode_path(struct tux_context *context)
{
	struct http_span path = path_of(context);
	int length = http_url_path(context->input + path.offset, path.length, context->name,
				   PATH_MAX, &context->is_directory);

	if (length < 0)
		return -length;
	context->name_length = length;
	return 0;
}

static void ignore_query(struct tux_context *context)
{
	if (!READ_ONCE(context->config->ignore_query) || !context->parsed.has_query)
		return;
	context->parsed.query.length = 0;
}

/* A request whose method, and whose body, fit a file. */
static enum tux_step route_to_file(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	unsigned int status = check_method(&context->parsed);

	skip_expected_body(context, request);
	if (!status || (READ_ONCE(context->modules->names) &&
			is_for_modules(&context->parsed, false))) {
		request->refusal = status;
		return tux_find_step(context, conn);
	}
	return tux_response_begin(conn, tux_reply_status(context, conn, status));
}

/**
 * tux_route() - A whole head has been parsed: decide what to do about it.
 * @context: The worker's context, with the head.
 * @conn: The connection.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_route(struct tux_context *context, struct tux_conn *conn)
{
	const struct http_request *parsed = &context->parsed;
	struct tux_request *request = &conn->request;
	unsigned int status = 0;
	enum tux_step step;

	request->keep_alive = tux_context_keeps_alive(context);
	request->consume = parsed->head_length;
	if (!plan_body(context, request))
		return tux_response_refuse(context, conn, HTTP_STATUS_CONTENT_TOO_LARGE);
	if (!READ_ONCE(context->modules->count))
		status = check_method(parsed);
	if (!status)
		status = decode_path(context);
	if (status) {
		skip_expected_body(context, request);
		return tux_response_begin(conn, tux_reply_status(context, conn, status));
	}
	ignore_query(context);
	if (may_be_for_module(context) && route_to_module(context, conn, &step))
		return step;
	return route_to_file(context, conn);
}
