// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests between the worker of their connection and user space: given away, and taken leave of.
 *
 * Called by dynamic.c and order.c; calls module.c, process.c, user_request.c, handout.c and
 * response.c.  No locks: a connection belongs to its worker, and a request to whoever has it.
 */
#include "handover.h"

#include <linux/file.h>
#include <net/tcp.h>

#include "handout.h"
#include "process.h"
#include "response.h"
#include "stat.h"
#include "user_request.h"

/* What is left of the body is dropped by response.c. */
static void leave_body(struct tux_request *request, const struct tux_user_request *user)
{
	request->has_body = !user->body.over;
	request->chunked = user->body.chunked;
	request->chunk = user->body.chunk;
	request->body_left = user->body.left;
	if (request->has_body && user->body.must_continue) {
		/* Whether a body comes at all is the client's choice. */
		request->has_body = false;
		request->keep_alive = false;
		request->drain = true;
	}
}

/* The connection is done with a request that user space has given back. */
static void take_leave(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;

	conn->request.user = NULL;
	conn->request.more = false;
	/* Nobody else knows it, or it would not be here. */
	user->conn = NULL;
	/* Its process may still have to drop it; that does not make the socket somebody else's. */
	if (user->file)
		fput(user->file);
	user->file = NULL;
	tux_user_request_recycle(user, &context->spare);
}

/**
 * tux_handover_is_private() - Has nobody else a way to a connection?
 * @conn: The connection.
 *
 * A process of its own had a descriptor, and has closed it when it gave the request back; if it has
 * kept a copy, it must not see the connection's other requests.
 *
 * Context: The worker.
 * Return: True if so.
 */
bool tux_handover_is_private(const struct tux_conn *conn)
{
	const struct tux_user_request *user = conn->request.user;
	long known = 1 + !!user->file;

	if (!user->process)
		return true;
	if (tux_handout_is_installed(conn->fd, conn->sock.file))
		known++;
	return file_count(conn->sock.file) == known;
}

/**
 * tux_handover_end() - A response of user space is complete.
 * @context: The worker's context.
 * @conn: The connection.
 *
 * The input has been looked at under the socket lock.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_handover_end(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	struct tux_request *request = &conn->request;

	request->keep_alive = user->keep_alive && tux_handover_is_private(conn);
	request->status = user->http_status;
	tux_stat_status(conn->set->stats, user->http_status);
	leave_body(request, user);
	take_leave(context, conn);
	return tux_response_finish(context, conn);
}

/**
 * tux_handover_answer() - A status instead of an answer from user space.
 * @context: The worker's context.
 * @conn: The connection.
 * @status: enum http_status.
 *
 * User space has given the request back.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_handover_answer(struct tux_context *context, struct tux_conn *conn,
				  unsigned int status)
{
	struct tux_user_request *user = conn->request.user;
	struct tux_request *request = &conn->request;

	if (READ_ONCE(tcp_sk(conn->sock.sk)->write_seq) != user->write_seq)
		return TUX_STEP_ABORT;
	context->parsed = user->parsed;
	request->keep_alive = user->keep_alive && tux_handover_is_private(conn);
	request->consume = user->unread_head;
	leave_body(request, user);
	take_leave(context, conn);
	return tux_response_begin(conn, tux_reply_status(context, conn, status));
}

/**
 * tux_handover_revoke() - A status instead of an answer, while user space has the request.
 * @context: The worker's context.
 * @conn: The connection.
 * @status: enum http_status.
 *
 * It gets nothing of the connection any more, and the connection ends.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_handover_revoke(struct tux_context *context, struct tux_conn *conn,
				    unsigned int status)
{
	struct tux_user_request *user = conn->request.user;
	bool answered = READ_ONCE(tcp_sk(conn->sock.sk)->write_seq) != user->write_seq;

	if (answered)
		return TUX_STEP_ABORT;
	context->parsed = user->parsed;
	conn->request.user = NULL;
	conn->request.more = false;
	tux_user_request_abandon(user);
	return tux_response_refuse(context, conn, status);
}

static bool give(struct tux_context *context, struct tux_user_request *user)
{
	if (user->process)
		return tux_process_give(user->process, user, &context->roused);
	if (user->module)
		return tux_module_queue(user->module, user,
					READ_ONCE(context->config->module_queue),
					&context->roused);
	return tux_user_queue_add(&context->recipient.ready, user, UINT_MAX);
}

static void arm_watch_of_process(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	unsigned int limit = READ_ONCE(context->config->module_timeout);

	if (!user->module) {
		tux_conn_timer(conn, 0);
		return;
	}
	user->deadline = limit ? conn->set->now + limit + 1 : 0;
	tux_conn_timer(conn, TUX_LOOK_SECONDS);
}

/**
 * tux_handover() - Offer a request to whoever answers it, once more.
 * @context: The worker's context.
 * @conn: The connection.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_handover(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;

	user->copied_seq = tcp_sk(conn->sock.sk)->copied_seq;
	user->unread_head = conn->request.consume;
	conn->request.consume = 0;
	user->waiting = false;
	user->tells = user->error == -ECONNRESET;
	tux_conn_set_busy(conn, TUX_CONN_AWAY);
	arm_watch_of_process(context, conn);
	/* Pairs with the acquire in step_away(), by way of the queue's lock. */
	WRITE_ONCE(user->order, TUX_ORDER_NONE);
	if (give(context, user))
		return TUX_STEP_WAIT;
	WRITE_ONCE(user->order, TUX_ORDER_DROP);
	return tux_handover_answer(context, conn, user->process ? HTTP_STATUS_BAD_GATEWAY :
						     HTTP_STATUS_UNAVAILABLE);
}

/**
 * tux_handover_first() - Offer a request to a module that has not seen it.
 * @context: The worker's context.
 * @conn: The connection.
 *
 * The connection's socket is made ready for being handed out.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_handover_first(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;

	if (tux_handout_prepare(&conn->sock)) {
		if (!conn->sock.socket)
			return TUX_STEP_ABORT;
		return tux_handover_answer(context, conn, HTTP_STATUS_UNAVAILABLE);
	}
	if (user->module && !user->file)
		user->file = get_file(conn->sock.file);
	WRITE_ONCE(conn->sock.continued, false);
	return tux_handover(context, conn);
}

/**
 * tux_handover_result() - Offer a request once more, with what came of an order.
 * @context: The worker's context.
 * @conn: The connection.
 * @error: 0 or a negative errno.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_handover_result(struct tux_context *context, struct tux_conn *conn, int error)
{
	conn->request.user->error = error;
	return tux_handover(context, conn);
}
