// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that user space answers, as the worker of the connection sees them.
 *
 * Called by request.c, route.c and find.c; calls handover.c, order.c, post.c and user_request.c.
 * What is sent for user space goes through SENDING and FETCHING of response.c, like everything.  No
 * locks: a connection belongs to its worker, and a request to whoever has it.
 *
 *   COLLECTING   a small body is arriving
 *   AWAY         user space has the request, or has given it back with an order
 *   GETTING      a helper looks up a file for user space
 */
#include "dynamic.h"

#include <net/tcp.h>

#include "handover.h"
#include "order.h"
#include "post.h"
#include "process.h"
#include "response.h"
#include "stat.h"
#include "user_request.h"
#include "watch.h"

/* --- COLLECTING --- */

static enum tux_step step_collecting(struct tux_context *context, struct tux_conn *conn)
{
	enum tux_post_state state;

	if (!tux_sock_lock(&conn->sock))
		return TUX_STEP_RETRY;
	state = tux_post_collect(conn->request.user, conn->sock.sk, conn->request.consume,
				 context->input);
	tux_sock_unlock(&conn->sock);
	switch (state) {
	case TUX_POST_READY:
		return tux_handover_first(context, conn);
	case TUX_POST_WAIT:
		return TUX_STEP_WAIT;
	case TUX_POST_TOO_LARGE:
		return tux_handover_revoke(context, conn, HTTP_STATUS_CONTENT_TOO_LARGE);
	default:
		return tux_handover_revoke(context, conn, HTTP_STATUS_BAD_REQUEST);
	}
}

static enum tux_step begin_collecting(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;

	if (user->body.must_continue) {
		if (!tux_sock_lock(&conn->sock))
			return TUX_STEP_RETRY;
		tux_post_continue(user, conn->sock.sk);
		tux_sock_unlock(&conn->sock);
	}
	tux_conn_set_busy(conn, TUX_CONN_COLLECTING);
	tux_conn_timer(conn, READ_ONCE(context->config->header_timeout));
	return step_collecting(context, conn);
}

/* --- the beginning --- */

static void note_addresses(struct tux_user_request *user, const struct sock *sk)
{
	if (sk->sk_family == AF_INET6) {
		user->client = sk->sk_v6_daddr;
		user->server = sk->sk_v6_rcv_saddr;
	} else {
		ipv6_addr_set_v4mapped(sk->sk_daddr, &user->client);
		ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, &user->server);
	}
	user->client_port = ntohs(sk->sk_dport);
	user->server_port = sk->sk_num;
}

/**
 * tux_dynamic_begin() - A request has turned out to be one for user space.
 * @context: The worker's context, with the parsed head.
 * @conn: The connection; the length of its body has been found good.
 * @binding: Which module it is for; its reference is taken over.
 * @name: Decoded path, without a leading slash.
 * @length: Bytes of @name.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_dynamic_begin(struct tux_context *context, struct tux_conn *conn,
				const struct tux_binding *binding, const char *name, size_t length)
{
	struct tux_request *request = &conn->request;
	struct tux_user_request *user;

	user = tux_user_request_create(&context->spare, &context->parsed, context->input, name,
				       length);
	if (!user) {
		if (binding->module)
			tux_module_put(binding->module);
		return tux_response_begin(conn, tux_reply_status(context, conn,
								 HTTP_STATUS_UNAVAILABLE));
	}
	tux_stat_inc(conn->set->stats, TUX_STAT_requests_user);
	request->user = user;
	user->conn = conn;
	user->module = binding->module;
	user->module_index = binding->index;
	user->path_info = binding->path_info;
	user->is_prefix = binding->is_prefix;
	user->id = conn->id;
	user->keep_alive = tux_context_keeps_alive(context);
	user->write_seq = tcp_sk(conn->sock.sk)->write_seq;
	note_addresses(user, conn->sock.sk);
	tux_post_plan(user, request->body_left);
	/* What was planned for a file does not hold. */
	request->has_body = false;
	request->drain = false;
	request->refusal = 0;
	if (tux_post_is_collected(user))
		return begin_collecting(context, conn);
	return tux_handover_first(context, conn);
}

/**
 * tux_dynamic_step() - Take a request for user space one step further.
 * @context: The worker's context.
 * @conn: A connection in one of the states that are listed above.
 *
 * Context: The worker.
 * Return: As tux_request_step().
 */
enum tux_step tux_dynamic_step(struct tux_context *context, struct tux_conn *conn)
{
	switch (conn->state) {
	case TUX_CONN_COLLECTING:
		return tux_conn_is_broken(conn) ? TUX_STEP_CLOSE : step_collecting(context, conn);
	case TUX_CONN_GETTING:
		return tux_order_got(context, conn);
	default:
		return tux_order_step(context, conn);
	}
}

static enum tux_step look_at_process(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	/* Pairs with the release in tux_user_request_return(). */
	enum tux_order order = smp_load_acquire(&user->order);

	if (user->process && READ_ONCE(user->process->closed))
		return tux_handover_revoke(context, conn, HTTP_STATUS_BAD_GATEWAY);
	if (order == TUX_ORDER_NONE && user->deadline &&
	    (s32)(conn->set->now - user->deadline) >= 0)
		return tux_handover_revoke(context, conn, HTTP_STATUS_GATEWAY_TIMEOUT);
	tux_conn_timer(conn, TUX_LOOK_SECONDS);
	return TUX_STEP_WAIT;
}

/**
 * tux_dynamic_timeout() - The time of a request for user space is up.
 * @context: The worker's context.
 * @conn: A connection in one of the states that are listed above; its timer has been taken off.
 *
 * Context: The worker.
 * Return: As tux_request_step().
 */
enum tux_step tux_dynamic_timeout(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_user_request *user = conn->request.user;
	/* Pairs with the release in tux_user_request_return(). */
	enum tux_order order = smp_load_acquire(&user->order);

	if (conn->state == TUX_CONN_COLLECTING) {
		tux_stat_inc(conn->set->stats, TUX_STAT_connections_timed_out);
		return tux_handover_revoke(context, conn, HTTP_STATUS_REQUEST_TIMEOUT);
	}
	if (order == TUX_ORDER_WAIT_PROXY)
		tux_watch_end(&user->watch);
	if (order == TUX_ORDER_WAIT_PROXY || order == TUX_ORDER_WAIT_BODY) {
		conn->request.consume = user->unread_head;
		return tux_handover_result(context, conn, -ETIMEDOUT);
	}
	return look_at_process(context, conn);
}
