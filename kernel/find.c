// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a decoded path to an answer: the file, index.html of a directory, a redirect to it, the page
 * for what is not there, or the user module that a file stands for.
 *
 * Called by route.c; calls lookup.c, fetch.c, reply.c, module.c, dynamic.c and response.c.  No
 * locks: a connection belongs to its worker.
 */
#include "find.h"

#include "dynamic.h"
#include "lookup.h"
#include "response.h"
#include "stat.h"

/*
 * A lookup that a helper finished for another name than the head now says is begun anew this often.
 */
#define ATTEMPTS_MAX 3

#define INDEX_NAME "index.html"

/* A method that only modules have, or none has. */
static enum tux_step refuse_method(struct tux_context *context, struct tux_conn *conn)
{
	unsigned int status = conn->request.refusal;

	tux_file_put(&conn->request.file);
	return tux_response_begin(conn, tux_reply_status(context, conn, status));
}

/*
 * Writes the name that the present stage looks for into context->target; false if it is too long.
 */
static bool make_target(struct tux_context *context, const struct tux_request *request)
{
	size_t length = context->name_length;

	if (request->stage == TUX_STAGE_PAGE_404)
		return strscpy(context->target, context->page_404, PATH_MAX) > 0;
	memcpy(context->target, context->name, length + 1);
	if (!context->is_directory)
		return true;
	if (length + 1 + sizeof(INDEX_NAME) > PATH_MAX)
		return false;
	/* With its slash, so that a file is not taken for a directory. */
	if (length)
		context->target[length++] = '/';
	strscpy(context->target + length, request->stage == TUX_STAGE_FILE ? INDEX_NAME : "",
		sizeof(INDEX_NAME));
	return true;
}

/* A helper walks context->target. */
static enum tux_step begin_lookup(struct tux_context *context, struct tux_conn *conn)
{
	tux_conn_set_busy(conn, TUX_CONN_LOOKING_UP);
	if (!conn->request.helpless && tux_context_look_up(context, conn, context->target))
		return TUX_STEP_WAIT;
	tux_stat_inc(conn->set->stats, TUX_STAT_helpers_refused);
	return tux_response_begin(conn, tux_reply_status(context, conn, HTTP_STATUS_UNAVAILABLE));
}

/* What a helper found, if it was asked for context->target; else the hot walk. */
static enum tux_lookup look_up(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	struct tux_fetch *fetch = &request->fetch;
	enum tux_lookup lookup;

	if (atomic_read_acquire(&conn->fetching) == TUX_FETCHING_DONE) {
		bool same = fetch->name && !strcmp(fetch->name, context->target);

		lookup = fetch->lookup;
		if (same && lookup == TUX_LOOKUP_FOUND) {
			request->file = fetch->file;
			memset(&fetch->file, 0, sizeof(fetch->file));
		}
		tux_fetch_release(fetch);
		atomic_set(&conn->fetching, TUX_FETCHING_NONE);
		if (same)
			return lookup;
		/* The client's head is not what it was when the helper was sent off. */
		request->attempts++;
	}
	lookup = tux_lookup_cached(context->docroot, context->target, context->config,
				   &request->file);
	if (lookup != TUX_LOOKUP_WOULD_BLOCK)
		tux_stat_inc(conn->set->stats, TUX_STAT_lookups_cached);
	return lookup;
}

static enum tux_step answer_absent(struct tux_context *context, struct tux_conn *conn,
				   bool *next_stage)
{
	struct tux_request *request = &conn->request;

	if (request->stage == TUX_STAGE_FILE && context->is_directory) {
		request->stage = TUX_STAGE_DIRECTORY;
		*next_stage = true;
	} else if (request->stage != TUX_STAGE_PAGE_404 && context->page_404[0]) {
		request->stage = TUX_STAGE_PAGE_404;
		*next_stage = true;
	}
	if (*next_stage)
		return TUX_STEP_AGAIN;
	return tux_response_begin(conn, tux_reply_status(context, conn, HTTP_STATUS_NOT_FOUND));
}

/*
 * A file that stands for a user module, or for another server: its bytes are never sent.  Only of
 * root's files the type is an order; others are ordinary.
 */
static bool is_stub(struct tux_context *context, const struct tux_conn *conn, bool *redirect)
{
	const struct tux_request *request = &conn->request;
	const struct inode *inode = d_inode(request->file.path.dentry);
	size_t length = strlen(context->target);
	struct tux_mime_type type;

	if (request->stage == TUX_STAGE_PAGE_404 ||
	    !tux_mime_may_be_order(context->mime, context->target, length))
		return false;
	tux_mime_find(context->mime, context->target, length, &type);
	*redirect = type.is_redirect;
	return (type.is_module || type.is_redirect) && uid_eq(inode->i_uid, GLOBAL_ROOT_UID) &&
	       gid_eq(inode->i_gid, GLOBAL_ROOT_GID);
}

static enum tux_step answer_stub(struct tux_context *context, struct tux_conn *conn, bool redirect)
{
	size_t length = strlen(context->target);
	const char *name = redirect ? TUX_REDIRECT_MODULE : context->target;
	struct tux_binding binding;
	unsigned int status;

	tux_file_put(&conn->request.file);
	if (!tux_modules_find_name(context->modules, name, strlen(name), &binding)) {
		status = redirect ? HTTP_STATUS_UNAVAILABLE : HTTP_STATUS_NOT_FOUND;
		return tux_response_begin(conn, tux_reply_status(context, conn, status));
	}
	return tux_dynamic_begin(context, conn, &binding, context->target, length);
}

static enum tux_step answer_found(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	unsigned int status =
		request->stage == TUX_STAGE_PAGE_404 ? HTTP_STATUS_NOT_FOUND : HTTP_STATUS_OK;
	enum tux_reply reply;
	bool redirect;

	if (READ_ONCE(context->modules->names) && is_stub(context, conn, &redirect))
		return answer_stub(context, conn, redirect);
	if (request->refusal)
		return refuse_method(context, conn);
	reply = tux_reply_file(context, conn, status);

	if (reply == TUX_REPLY_OPEN) {
		tux_file_put(&request->file);
		tux_stat_inc(conn->set->stats, TUX_STAT_objects_missed);
		return begin_lookup(context, conn);
	}
	return tux_response_begin(conn, reply);
}

static enum tux_step answer_lookup(struct tux_context *context, struct tux_conn *conn,
				   enum tux_lookup lookup, bool *next_stage)
{
	bool page_404 = conn->request.stage == TUX_STAGE_PAGE_404;
	unsigned int status;

	switch (lookup) {
	case TUX_LOOKUP_FOUND:
		return answer_found(context, conn);
	case TUX_LOOKUP_WOULD_BLOCK:
		return begin_lookup(context, conn);
	default:
		break;
	}
	/* No module has been found, and files have no such method. */
	if (conn->request.refusal)
		return refuse_method(context, conn);
	switch (lookup) {
	case TUX_LOOKUP_ABSENT:
		return answer_absent(context, conn, next_stage);
	case TUX_LOOKUP_DIRECTORY:
		if (conn->request.stage == TUX_STAGE_FILE && !context->is_directory)
			return tux_response_begin(conn, tux_reply_redirect(context, conn));
		status = page_404 ? HTTP_STATUS_NOT_FOUND : HTTP_STATUS_FORBIDDEN;
		break;
	case TUX_LOOKUP_FORBIDDEN:
		status = page_404 ? HTTP_STATUS_NOT_FOUND : HTTP_STATUS_FORBIDDEN;
		break;
	default:
		status = HTTP_STATUS_INTERNAL_ERROR;
		break;
	}
	return tux_response_begin(conn, tux_reply_status(context, conn, status));
}

/**
 * tux_find_step() - Look up what a request asks for, and answer it.
 * @context: The worker's context, with the request's parsed head and decoded name.
 * @conn: The connection.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_find_step(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	enum tux_step step;
	bool next_stage;

	do {
		next_stage = false;
		if (request->attempts > ATTEMPTS_MAX)
			return tux_response_refuse(context, conn, HTTP_STATUS_BAD_REQUEST);
		if (make_target(context, request))
			step = answer_lookup(context, conn, look_up(context, conn), &next_stage);
		else
			step = answer_lookup(context, conn, TUX_LOOKUP_ABSENT, &next_stage);
	} while (next_stage);
	return step;
}
