// SPDX-License-Identifier: GPL-2.0-only
/*
 * Composing responses, see reply.h.
 *
 * Called by request.c with the parsed request in the context; calls object.c, mime.c and the pure
 * code of http/.  A head is written once, into memory cut from the worker's page fragment, and
 * never again: TCP sends from that very memory.
 */
#include "reply.h"

#include <linux/mm.h>
#include <linux/timekeeping.h>
#include <net/sock.h>

#include "http/error.h"
#include "http/url.h"
#include "stat.h"

/* Bytes for the head of a response about a file: its own fields, and the fixed ones. */
#define FILE_HEAD_MAX (TUX_OBJECT_FIELDS_MAX + HTTP_STAMP_MAX + 128)

/* Longest Location, encoded; a request for a directory with a longer name is answered 414. */
#define LOCATION_MAX 2048

/**
 * tux_reply_memory() - Get memory for a head.
 * @context: The worker's context.
 * @size: Most bytes of it, a few pages at most.
 *
 * Context: The worker.
 * Return: The memory, which is the request's only after tux_reply_commit(); or NULL.
 */
char *tux_reply_memory(struct tux_context *context, size_t size)
{
	struct page_frag *frag = &context->frag;
	int attempt;

	for (attempt = 0; attempt < 2; attempt++) {
		if (!skb_page_frag_refill(size, frag, GFP_KERNEL_ACCOUNT))
			return NULL;
		if (frag->size - frag->offset >= size)
			return page_address(frag->page) + frag->offset;
		/* Memory was so fragmented that there was but a single page: try for more. */
		put_page(frag->page);
		frag->page = NULL;
	}
	return NULL;
}

/**
 * tux_reply_commit() - Give a request what was just written, for good.
 * @context: The worker's context.
 * @request: The request, whose head it becomes.
 * @length: Bytes that were written to tux_reply_memory().
 *
 * Context: The worker.
 */
void tux_reply_commit(struct tux_context *context, struct tux_request *request, size_t length)
{
	struct page_frag *frag = &context->frag;

	if (request->head)
		put_page(request->head);
	get_page(frag->page);
	request->head = frag->page;
	request->head_offset = frag->offset;
	request->head_length = length;
	frag->offset = min_t(u32, frag->size, frag->offset + ALIGN(length, SMP_CACHE_BYTES));
}

/* A whole response without a file; @location for a redirect. */
static enum tux_reply reply_canned(struct tux_context *context, struct tux_conn *conn,
				   unsigned int status, const char *location,
				   size_t location_length)
{
	struct tux_request *request = &conn->request;
	struct http_error error = {
		.stamp = &context->stamp,
		.location = location,
		.location_length = location_length,
		.status = status,
		.version_minor = context->parsed.version_minor,
		.keep_alive = request->keep_alive,
		.head_only = context->parsed.method == HTTP_METHOD_HEAD,
	};
	size_t size = HTTP_ERROR_MAX + 7 * location_length;
	char *out = tux_reply_memory(context, size);
	int length;

	if (!out)
		return TUX_REPLY_FAILED;
	length = http_error_response(out, size, &error);
	if (length < 0)
		return TUX_REPLY_FAILED;
	tux_reply_commit(context, request, length);
	request->status = status;
	return TUX_REPLY_READY;
}

/**
 * tux_reply_status() - Compose a response that says only what its status says.
 * @context: The worker's context, with as much of the request as could be parsed.
 * @conn: The connection; request.keep_alive has been decided.
 * @status: enum http_status.
 *
 * Context: The worker.
 * Return: TUX_REPLY_READY or TUX_REPLY_FAILED.
 */
enum tux_reply tux_reply_status(struct tux_context *context, struct tux_conn *conn,
				unsigned int status)
{
	return reply_canned(context, conn, status, NULL, 0);
}

/**
 * tux_reply_redirect() - Compose the redirect of a directory that was asked for without its slash.
 * @context: The worker's context: the name of the directory, and the parsed request for its query.
 * @conn: The connection.
 *
 * The location is a path made from the decoded and cleaned name: it begins with exactly one slash,
 * so it cannot lead to another host.
 *
 * Context: The worker.
 * Return: TUX_REPLY_READY or TUX_REPLY_FAILED.
 */
enum tux_reply tux_reply_redirect(struct tux_context *context, struct tux_conn *conn)
{
	const struct http_request *parsed = &context->parsed;
	char *location = context->target;
	size_t query = parsed->has_query ? parsed->query.length + 1 : 0;
	int length;

	location[0] = '/';
	length = http_url_encode(location + 1, LOCATION_MAX, context->name, context->name_length);
	if (length < 0 || length + 2 + query > LOCATION_MAX)
		return tux_reply_status(context, conn, HTTP_STATUS_URI_TOO_LONG);
	length++;
	location[length++] = '/';
	if (query) {
		location[length++] = '?';
		memcpy(location + length, context->input + parsed->query.offset,
		       parsed->query.length);
		length += parsed->query.length;
	}
	return reply_canned(context, conn, HTTP_STATUS_MOVED_PERMANENTLY, location, length);
}

/* Everything besides the file that the prepared fields depend on, as one number. */
static u64 fields_stamp(const struct tux_context *context)
{
	const struct tux_config *config = context->config;

	return (u64)context->generation << 35 | (u64)READ_ONCE(context->mime->generation) << 3 |
	       (READ_ONCE(config->noid) ? 1 : 0) | (READ_ONCE(config->generate_etags) ? 2 : 0) |
	       (READ_ONCE(config->generate_last_mod) ? 4 : 0);
}

static void find_type(struct tux_context *context, struct tux_mime_type *type)
{
	tux_mime_find(context->mime, context->target, strlen(context->target), type);
	if (type->is_default) {
		type->type = context->default_type;
		type->length = strlen(context->default_type);
	}
}

/* 200 becomes 304 or 412 if the request's conditions say so; another status has none. */
static unsigned int apply_conditions(const struct tux_context *context,
				     const struct tux_object *object, unsigned int status)
{
	if (status != HTTP_STATUS_OK)
		return status;
	return http_condition_evaluate(&context->parsed, context->input, &object->validators,
				       context->stamp.seconds);
}

/* The head about @object, and which bytes of the file follow it. */
static enum tux_reply reply_object(struct tux_context *context, struct tux_conn *conn,
				   const struct tux_object *object, unsigned int status)
{
	struct tux_request *request = &conn->request;
	struct http_reply reply = {
		.stamp = &context->stamp,
		.entity = &object->entity,
		.version_minor = context->parsed.version_minor,
		.keep_alive = request->keep_alive,
	};
	char *out;
	int length;

	reply.status = apply_conditions(context, object, status);
	if (reply.status == HTTP_STATUS_PRECONDITION_FAILED)
		return tux_reply_status(context, conn, reply.status);
	out = page_address(context->frag.page) + context->frag.offset;
	length = http_head_entity(out, FILE_HEAD_MAX, &reply);
	if (length < 0)
		return TUX_REPLY_FAILED;
	tux_reply_commit(context, request, length);
	request->status = reply.status;
	request->position = 0;
	request->end = 0;
	if (reply.status != HTTP_STATUS_NOT_MODIFIED && context->parsed.method != HTTP_METHOD_HEAD)
		request->end = request->file.size;
	return TUX_REPLY_READY;
}

/**
 * tux_reply_knows() - Has this worker opened this state of a file before?
 * @context: The worker's context; target is the name under which the file was found.
 * @file: The file.
 *
 * Context: The worker.
 * Return: True if it need not be opened again.
 */
bool tux_reply_knows(struct tux_context *context, struct tux_file *file)
{
	const struct tux_object *object;
	struct tux_mime_type type;
	bool opened;

	find_type(context, &type);
	rcu_read_lock();
	object = tux_object_find(&context->objects, file, &type, fields_stamp(context), &opened);
	rcu_read_unlock();
	return object || opened;
}

/**
 * tux_reply_remember() - A file has been opened: it need not be again.
 * @context: The worker's context; target is the name under which the file was found.
 * @file: The file, open.
 *
 * Context: The worker.
 */
void tux_reply_remember(struct tux_context *context, struct tux_file *file)
{
	struct tux_mime_type type;

	if (file->source != TUX_SOURCE_PAGE_CACHE)
		return;
	find_type(context, &type);
	tux_object_compose(context->object, file, &type, context->config, fields_stamp(context));
	tux_object_add(&context->objects, context->object);
}

/**
 * tux_reply_file() - Compose the response that sends request.file.
 * @context: The worker's context; target is the name under which the file was found.
 * @conn: The connection, its request has a file.
 * @status: HTTP_STATUS_OK, or HTTP_STATUS_NOT_FOUND if the file is the page for that.
 *
 * Context: The worker.
 * Return: Any of enum tux_reply; TUX_REPLY_OPEN if this worker has not opened this state of the
 *          file before and request.file is not open.
 */
enum tux_reply tux_reply_file(struct tux_context *context, struct tux_conn *conn,
			      unsigned int status)
{
	struct tux_file *file = &conn->request.file;
	u64 stamp = fields_stamp(context);
	const struct tux_object *object;
	struct tux_mime_type type;
	enum tux_reply result;
	bool opened;

	/* May sleep, so before the RCU section; 412 takes its memory anew but finds it there. */
	if (!tux_reply_memory(context, max_t(size_t, FILE_HEAD_MAX, HTTP_ERROR_MAX)))
		return TUX_REPLY_FAILED;
	find_type(context, &type);
	rcu_read_lock();
	object = tux_object_find(&context->objects, file, &type, stamp, &opened);
	if (object) {
		result = reply_object(context, conn, object, status);
		rcu_read_unlock();
		tux_stat_inc(conn->set->stats, TUX_STAT_objects_hit);
		return result;
	}
	rcu_read_unlock();
	if (!opened && !file->file)
		return TUX_REPLY_OPEN;
	tux_object_compose(context->object, file, &type, context->config, stamp);
	if (file->source == TUX_SOURCE_PAGE_CACHE)
		tux_object_add(&context->objects, context->object);
	return reply_object(context, conn, context->object, status);
}
