// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user space wants done with the requests that it gives back.
 *
 * Called by dynamic.c and, when something has been sent, request.c; calls handover.c, reply.c,
 * post.c, watch.c, fetch.c and lookup.c.  No locks: a connection belongs to its worker, and so does
 * a request that has an order.
 */
#include "order.h"

#include <linux/cred.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "compat/compat.h"
#include "handout.h"
#include "handover.h"
#include "post.h"
#include "process.h"
#include "recv.h"
#include "user_request.h"
#include "watch.h"

/*
 * Under the socket lock: is the client's connection what it was, and has nobody read from it?  What
 * was not read yet of the head is due now.
 */
static bool take_back(struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	struct tcp_sock *tp = tcp_sk(conn->sock.sk);

	conn->request.consume = user->unread_head;
	return tux_handout_check(&conn->sock) && tp->copied_seq == user->copied_seq;
}

static enum tux_step order_finish(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	struct sock *sk = conn->sock.sk;
	bool intact;

	if (!tux_sock_lock(&conn->sock))
		return TUX_STEP_RETRY;
	intact = take_back(conn);
	if (intact) {
		tux_recv_consume(sk, request->consume);
		request->consume = 0;
		tux_compat_push(sk);
		request->more_input = tux_recv_unread(sk);
		request->ended = tux_recv_ended(sk);
	}
	tux_sock_unlock(&conn->sock);
	return intact ? tux_handover_end(context, conn) : TUX_STEP_ABORT;
}

/* Sends what was put into request.head, or the buffer, or the object. */
static enum tux_step begin_sending(struct tux_conn *conn, loff_t bytes)
{
	struct tux_request *request = &conn->request;
	bool intact;

	if (!tux_sock_lock(&conn->sock))
		return TUX_STEP_RETRY;
	intact = take_back(conn);
	tux_sock_unlock(&conn->sock);
	if (!intact)
		return TUX_STEP_ABORT;
	request->position = 0;
	request->end = bytes;
	request->more = !conn->request.user->finish;
	tux_conn_set_busy(conn, TUX_CONN_SENDING);
	tux_conn_timer(conn, 0);
	return TUX_STEP_AGAIN;
}

static enum tux_step order_object(struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	enum tux_step step = begin_sending(conn, user->object.size);

	if (step == TUX_STEP_AGAIN) {
		conn->request.file = user->object;
		memset(&user->object, 0, sizeof(user->object));
	}
	return step;
}

/**
 * tux_order_sent() - What user space wanted sent has been taken by TCP.
 * @context: The worker's context.
 * @conn: The connection.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_order_sent(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;

	tux_file_put(&conn->request.file);
	tux_user_buffer_free(&user->buffer);
	if (user->finish)
		return tux_handover_end(context, conn);
	return tux_handover(context, conn);
}

static enum tux_step order_redirect(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	struct tux_binding binding;

	if (!tux_handover_is_private(conn))
		return TUX_STEP_ABORT;
	conn->request.consume = user->unread_head;
	if (user->process)
		tux_process_put(user->process);
	if (user->module)
		tux_module_put(user->module);
	user->process = NULL;
	user->module = NULL;
	if (!tux_modules_find_name(context->modules, TUX_REDIRECT_MODULE,
				   sizeof(TUX_REDIRECT_MODULE) - 1, &binding) || !binding.module)
		return tux_handover_answer(context, conn, HTTP_STATUS_UNAVAILABLE);
	user->module = binding.module;
	user->fd = -1;
	user->event = 0;
	user->priv = 0;
	tux_handout_withdraw(conn->fd, conn->sock.file);
	conn->fd = -1;
	return tux_handover_first(context, conn);
}

static enum tux_step order_drop(struct tux_context *context, struct tux_conn *conn)
{
	int error = conn->request.user->error;

	if (error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -ESRCH)
		return tux_handover_answer(context, conn, HTTP_STATUS_UNAVAILABLE);
	return tux_handover_answer(context, conn, HTTP_STATUS_BAD_GATEWAY);
}

/* --- GETTING --- */

static enum tux_step got(struct tux_context *context, struct tux_conn *conn,
			 enum tux_lookup lookup)
{
	struct tux_user_request *user = conn->request.user;

	kfree(user->object_name);
	user->object_name = NULL;
	put_cred(user->cred);
	user->cred = NULL;
	return tux_handover_result(context, conn, lookup == TUX_LOOKUP_FOUND ? 0 : -ENOENT);
}

/*
 * A worker may be told at once of a file that it has opened before; for others a helper opens it.
 * Return: TUX_LOOKUP_WOULD_BLOCK if a helper is at work.
 */
static enum tux_lookup begin_lookup(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	enum tux_lookup lookup = TUX_LOOKUP_WOULD_BLOCK;

	if (!user->cred) {
		strscpy(context->target, user->object_name, PATH_MAX);
		lookup = tux_lookup_cached(context->docroot, context->target, context->config,
					   &user->object);
	}
	if (lookup == TUX_LOOKUP_FOUND && !tux_reply_knows(context, &user->object)) {
		tux_file_put(&user->object);
		lookup = TUX_LOOKUP_WOULD_BLOCK;
	}
	if (lookup == TUX_LOOKUP_WOULD_BLOCK &&
	    !tux_context_look_up(context, conn, user->object_name))
		lookup = TUX_LOOKUP_FAILED;
	return lookup;
}

static enum tux_step order_get(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	const struct cred *own = user->cred ? override_creds(user->cred) : NULL;
	enum tux_lookup lookup;

	tux_file_put(&user->object);
	conn->request.consume = user->unread_head;
	tux_conn_set_busy(conn, TUX_CONN_GETTING);
	tux_conn_timer(conn, 0);
	lookup = begin_lookup(context, conn);
	if (own)
		revert_creds(own);
	return lookup == TUX_LOOKUP_WOULD_BLOCK ? TUX_STEP_WAIT : got(context, conn, lookup);
}

/**
 * tux_order_got() - A helper may have looked up a file for user space.
 * @context: The worker's context.
 * @conn: A connection in TUX_CONN_GETTING.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_order_got(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	struct tux_fetch *fetch = &conn->request.fetch;
	enum tux_lookup lookup;

	/* Pairs with the exchange in tux_conn_fetched(). */
	switch (atomic_read_acquire(&conn->fetching)) {
	case TUX_FETCHING_BUSY:
		return TUX_STEP_WAIT;
	case TUX_FETCHING_NONE:
		/* No helper was free in time. */
		return got(context, conn, TUX_LOOKUP_FAILED);
	default:
		break;
	}
	lookup = fetch->lookup;
	if (lookup == TUX_LOOKUP_FOUND) {
		user->object = fetch->file;
		memset(&fetch->file, 0, sizeof(fetch->file));
		strscpy(context->target, user->object_name, PATH_MAX);
		if (!user->cred)
			tux_reply_remember(context, &user->object);
	}
	tux_fetch_release(fetch);
	atomic_set(&conn->fetching, TUX_FETCHING_NONE);
	return got(context, conn, lookup);
}

/* --- AWAY --- */

/* The time for waiting runs from the first look. */
static enum tux_step begin_waiting(struct tux_conn *conn, unsigned int seconds)
{
	if (!conn->request.user->waiting)
		tux_conn_timer(conn, seconds);
	conn->request.user->waiting = true;
	return TUX_STEP_WAIT;
}

/* Waiting for more of the body: is it there? */
static enum tux_step order_wait_body(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	enum tux_step step = TUX_STEP_WAIT;

	if (tux_conn_is_broken(conn)) {
		conn->request.consume = user->unread_head;
		return tux_handover_result(context, conn, -ECONNRESET);
	}
	if (!tux_sock_lock(&conn->sock))
		return TUX_STEP_RETRY;
	tux_post_continue(user, conn->sock.sk);
	if (tux_post_has_more(user, conn->sock.sk))
		step = TUX_STEP_AGAIN;
	tux_sock_unlock(&conn->sock);
	if (step == TUX_STEP_WAIT)
		return begin_waiting(conn, READ_ONCE(context->config->header_timeout));
	conn->request.consume = user->unread_head;
	return tux_handover_result(context, conn, 0);
}

static enum tux_step order_wait_proxy(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;

	if (!tux_conn_is_broken(conn) && !tux_watch_begin(&user->watch, &conn->sock))
		return begin_waiting(conn, READ_ONCE(context->config->keepalive_timeout));
	tux_watch_end(&user->watch);
	conn->request.consume = user->unread_head;
	return tux_handover_result(context, conn, tux_conn_is_broken(conn) ? -ECONNRESET : 0);
}

/* A postponed request waits for CONTINUE_REQ, whatever becomes of the client. */
static enum tux_step order_postpone(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;

	if (!xchg(&conn->sock.continued, false))
		return TUX_STEP_WAIT;
	conn->request.consume = user->unread_head;
	return tux_handover_result(context, conn, tux_conn_is_broken(conn) ? -ECONNRESET : 0);
}

static enum tux_step carry_out(struct tux_context *context, struct tux_conn *conn,
			       enum tux_order order)
{
	struct tux_user_request *user = conn->request.user;

	switch (order) {
	case TUX_ORDER_GET_OBJECT:
		return order_get(context, conn);
	case TUX_ORDER_SEND_OBJECT:
		return order_object(conn);
	case TUX_ORDER_REPLY:
		user->finish = true;
		fallthrough;
	case TUX_ORDER_SEND_BUFFER:
		return begin_sending(conn, user->buffer.bytes);
	case TUX_ORDER_FINISH_CLOSE:
		user->keep_alive = false;
		fallthrough;
	case TUX_ORDER_FINISH:
		return order_finish(context, conn);
	case TUX_ORDER_REDIRECT:
		return order_redirect(context, conn);
	default:
		return order_drop(context, conn);
	}
}

/**
 * tux_order_step() - See whether user space has given a request back, and carry its order out.
 * @context: The worker's context.
 * @conn: A connection in TUX_CONN_AWAY.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_order_step(struct tux_context *context, struct tux_conn *conn)
{
	/* Pairs with the release in tux_user_request_return(). */
	enum tux_order order = smp_load_acquire(&conn->request.user->order);

	switch (order) {
	case TUX_ORDER_WAIT_BODY:
		return order_wait_body(context, conn);
	case TUX_ORDER_WAIT_PROXY:
		return order_wait_proxy(context, conn);
	case TUX_ORDER_POSTPONE:
		return order_postpone(context, conn);
	case TUX_ORDER_NONE:
		/* Who waited for the client is told that it has gone; the next order ends it. */
		if (tux_conn_is_broken(conn) && !conn->request.user->tells)
			return TUX_STEP_CLOSE;
		return TUX_STEP_WAIT;
	default:
		break;
	}
	if (tux_conn_is_broken(conn))
		return TUX_STEP_CLOSE;
	return carry_out(context, conn, order);
}
