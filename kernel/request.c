// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps of one request, in the order in which they happen: the file to read first.  response.c
 * has the second half.
 *
 * Called by worker.c for connections that something has happened to; calls recv.c, route.c and with
 * it find.c, dynamic.c and response.c.  No locks: a connection belongs to its worker.  A step never
 * waits: where it would have to, it returns TUX_STEP_WAIT, and a socket callback, a helper or a
 * timer queues the connection again.
 *
 *   IDLE, READING    look at the input until a whole head is there; it stays in the receive queue
 *   LOOKING_UP       a helper walks the path; then the head is read again and the lookup goes on
 *   SENDING ...      response.c
 *
 * Because the head is read anew after each wait for a helper, nothing of it is kept per connection,
 * and what was decided is always decided on one private copy of it.
 */
#include "request.h"

#include <linux/slab.h>
#include <net/tcp.h>

#include "dynamic.h"
#include "order.h"
#include "recv.h"
#include "response.h"
#include "route.h"
#include "stat.h"
#include "trace.h"

/*
 * Bytes looked at first: nearly every head is shorter, and a longer copy would be thrown away with
 * pipelined input.
 */
#define FIRST_PEEK 2048

/* --- IDLE and READING --- */

/*
 * Feeds what has not been scanned yet of a long head to the scanner, then parses the head when it
 * is whole.
 * Return: as http_request_parse().
 */
static int scan_head(struct tux_context *context, struct tux_conn *conn, struct sock *sk, u32 limit)
{
	ssize_t length;
	int whole = 0;

	while (!whole) {
		length = tux_recv_peek(sk, conn->scan.seen, context->input, HTTP_HEAD_MAX);
		if (length <= 0)
			return length < 0 ? -HTTP_STATUS_BAD_REQUEST : 0;
		whole = http_head_scan(&conn->scan, context->input, length, limit / 2, limit);
	}
	http_scan_init(&conn->scan);
	if (whole < 0)
		return whole;
	length = tux_recv_peek(sk, 0, context->input, whole);
	if (length != whole)
		return -HTTP_STATUS_BAD_REQUEST;
	whole = http_request_parse(&context->parsed, context->input, length);
	/* The sender has changed the bytes since they were scanned. */
	return whole ? whole : -HTTP_STATUS_BAD_REQUEST;
}

/* Return: as http_request_parse(); *@nothing says that not even one byte is there. */
static int read_head(struct tux_context *context, struct tux_conn *conn, struct sock *sk,
		     bool *nothing)
{
	u32 limit = min_t(u32, READ_ONCE(context->config->max_header_len), HTTP_HEAD_MAX);
	ssize_t length;
	int whole;

	*nothing = false;
	if (conn->scan.seen)
		return scan_head(context, conn, sk, limit);
	length = tux_recv_peek(sk, 0, context->input, FIRST_PEEK);
	*nothing = !length;
	if (length <= 0)
		return length < 0 ? -HTTP_STATUS_BAD_REQUEST : 0;
	whole = http_request_parse(&context->parsed, context->input, length);
	if (whole > 0)
		return http_request_limits(&context->parsed, limit / 2, limit) ?: whole;
	if (whole < 0)
		return whole;
	return scan_head(context, conn, sk, limit);
}

/*
 * What can be told of a head that will be refused.  The method and the version, if they have been
 * sent, shape the answer; what is in context->parsed otherwise may be another client's.
 */
static void read_beginning(struct tux_context *context, struct sock *sk)
{
	ssize_t length = tux_recv_peek(sk, 0, context->input, FIRST_PEEK);

	http_request_parse(&context->parsed, context->input, max_t(ssize_t, length, 0));
}

/* Not a request, but answered and so counted as one. */
static enum tux_step refuse_head(struct tux_context *context, struct tux_conn *conn,
				 unsigned int status)
{
	if (conn->state <= TUX_CONN_READING)
		tux_stat_inc(conn->set->stats, TUX_STAT_requests);
	return tux_response_refuse(context, conn, status);
}

/* A part of a head: its rest must come in time. */
static enum tux_step wait_for_head(struct tux_context *context, struct tux_conn *conn)
{
	/*
	 * It was whole before the lookup: the sender has changed the bytes, and nothing would end
	 * this wait.
	 */
	if (conn->state == TUX_CONN_LOOKING_UP)
		return refuse_head(context, conn, HTTP_STATUS_BAD_REQUEST);
	if (conn->state == TUX_CONN_IDLE) {
		tux_conn_set_busy(conn, TUX_CONN_READING);
		tux_conn_timer(conn, READ_ONCE(context->config->header_timeout));
	}
	return TUX_STEP_WAIT;
}

static enum tux_step step_reading(struct tux_context *context, struct tux_conn *conn)
{
	struct sock *sk = conn->sock.sk;
	bool nothing, ended;
	int length;

	if (!tux_sock_lock(&conn->sock))
		return TUX_STEP_RETRY;
	length = read_head(context, conn, sk, &nothing);
	ended = tux_recv_ended(sk);
	if (length < 0 || (!length && ended))
		read_beginning(context, sk);
	tux_sock_unlock(&conn->sock);
	if (length > 0) {
		if (conn->state <= TUX_CONN_READING && !conn->request.attempts) {
			tux_stat_inc(conn->set->stats, TUX_STAT_requests);
			trace_tux_request_start(conn, &context->parsed, context->input);
		}
		tux_context_configure(context);
		return tux_route(context, conn);
	}
	if (length < 0)
		return refuse_head(context, conn, -length);
	if (nothing && conn->state == TUX_CONN_IDLE)
		return ended ? TUX_STEP_CLOSE : TUX_STEP_WAIT;
	if (ended)
		return refuse_head(context, conn, HTTP_STATUS_BAD_REQUEST);
	return wait_for_head(context, conn);
}

static enum tux_step step_looked_up(struct tux_context *context, struct tux_conn *conn)
{
	/* Pairs with the exchange in tux_conn_fetched(). */
	if (atomic_read_acquire(&conn->fetching) == TUX_FETCHING_BUSY)
		return TUX_STEP_WAIT;
	return step_reading(context, conn);
}

/*
 * A lookup has waited for a helper long enough.  If it has got one, that may go on; without one,
 * the step that follows refuses what cannot be answered without (find.c, order.c).
 */
static enum tux_step wait_no_longer(struct tux_context *context, struct tux_conn *conn)
{
	conn->request.queued = false;
	conn->request.helpless = tux_conn_take_back(conn);
	if (!conn->request.helpless)
		tux_conn_timer(conn, tux_context_fetch_limit(context));
	return TUX_STEP_AGAIN;
}

/* --- the calls --- */

static void lookup_or_pages_fetched(struct tux_fetch *fetch)
{
	tux_conn_fetched(container_of(fetch, struct tux_conn, request.fetch));
}

/**
 * tux_request_init() - Prepare a new connection for its first request.
 * @context: The worker's context.
 * @conn: From tux_conn_open().
 *
 * Context: The worker.
 */
void tux_request_init(struct tux_context *context, struct tux_conn *conn)
{
	tux_fetch_init(&conn->request.fetch, &context->helpers, context->config,
		       lookup_or_pages_fetched);
	tux_conn_timer(conn, READ_ONCE(context->config->header_timeout));
}

/* A helper is at work, or is waited for, and its result has not come. */
static bool is_away(const struct tux_conn *conn)
{
	return atomic_read(&conn->fetching) == TUX_FETCHING_BUSY;
}

/**
 * tux_request_step() - Take a connection one step further.
 * @context: The worker's context.
 * @conn: A connection that something may have happened to.
 * @budget: Bytes that may still be sent in this round.
 *
 * Context: The worker.  May sleep for memory and for locks, not for clients or disks.
 * Return: TUX_STEP_AGAIN to be called again, now or in the next round; TUX_STEP_WAIT;
 *          TUX_STEP_CLOSE or TUX_STEP_ABORT when the connection must be closed by the caller.
 */
enum tux_step tux_request_step(struct tux_context *context, struct tux_conn *conn, size_t *budget)
{
	enum tux_step step;

	/* Nobody needs to wait for a helper when there is no client. */
	if (is_away(conn) && !(tux_conn_is_broken(conn) && tux_conn_take_back(conn)))
		return TUX_STEP_WAIT;
	if (conn->request.user && conn->state < TUX_CONN_SENDING)
		return tux_dynamic_step(context, conn);
	if (tux_conn_is_broken(conn)) {
		if (READ_ONCE(conn->sock.sk->sk_err))
			tux_stat_inc(conn->set->stats, TUX_STAT_connections_reset);
		return TUX_STEP_CLOSE;
	}
	switch (conn->state) {
	case TUX_CONN_IDLE:
	case TUX_CONN_READING:
		return step_reading(context, conn);
	case TUX_CONN_LOOKING_UP:
		return step_looked_up(context, conn);
	default:
		break;
	}
	step = tux_response_step(context, conn, budget);
	return step == TUX_STEP_DONE ? tux_order_sent(context, conn) : step;
}

/**
 * tux_request_timeout() - A connection's time is up.
 * @context: The worker's context.
 * @conn: The connection; its timer has been taken off.
 *
 * Context: The worker.
 * Return: As tux_request_step().
 */
enum tux_step tux_request_timeout(struct tux_context *context, struct tux_conn *conn)
{
	struct sock *sk = conn->sock.sk;

	switch (conn->state) {
	case TUX_CONN_SENDING:
		/*
		 * Somebody who takes a little now and then is slow, not gone; and nobody is to
		 * blame for our lack of memory.
		 */
		if (tcp_sk(sk)->bytes_acked != conn->acked || !READ_ONCE(sk->sk_wmem_queued))
			return TUX_STEP_AGAIN;
		break;
	case TUX_CONN_READING:
		tux_stat_inc(conn->set->stats, TUX_STAT_connections_timed_out);
		if (!tux_sock_lock(&conn->sock))
			return TUX_STEP_ABORT;
		read_beginning(context, sk);
		tux_sock_unlock(&conn->sock);
		return refuse_head(context, conn, HTTP_STATUS_REQUEST_TIMEOUT);
	case TUX_CONN_IDLE:
	case TUX_CONN_DISCARDING:
		tux_stat_inc(conn->set->stats, TUX_STAT_connections_timed_out);
		return TUX_STEP_CLOSE;
	case TUX_CONN_LOOKING_UP:
	case TUX_CONN_GETTING:
		if (conn->request.queued)
			return wait_no_longer(context, conn);
		break;
	case TUX_CONN_LINGERING:
		return tux_response_linger_on(context, conn);
	case TUX_CONN_COLLECTING:
	case TUX_CONN_AWAY:
		return tux_dynamic_timeout(context, conn);
	default:
		break;
	}
	tux_stat_inc(conn->set->stats, TUX_STAT_connections_timed_out);
	return TUX_STEP_ABORT;
}

/**
 * tux_request_limit_fetch() - The server is shutting down: do not wait for a helper for ever.
 * @context: The worker's context.
 * @conn: A connection.
 *
 * A helper may hang in a filesystem that does not answer.  Its connection, and one that waits for a
 * helper, is given up after send_timeout; the helper itself cannot be ended.
 *
 * Context: The worker.
 */
void tux_request_limit_fetch(struct tux_context *context, struct tux_conn *conn)
{
	if (!is_away(conn))
		return;
	conn->request.queued = false;
	tux_conn_timer(conn, tux_context_fetch_limit(context));
}

/**
 * tux_request_is_partial() - Would closing the connection now cut off something that the client
 * waits for?
 * @conn: The connection.
 *
 * Context: The worker, or whoever ends it.
 * Return: True unless the connection is idle or the response is out.
 */
bool tux_request_is_partial(const struct tux_conn *conn)
{
	switch (conn->state) {
	case TUX_CONN_IDLE:
	case TUX_CONN_DISCARDING:
	case TUX_CONN_LINGERING:
		return false;
	default:
		return true;
	}
}
