// SPDX-License-Identifier: GPL-2.0-only
/*
 * The second half of a request: sending its response, and what comes after.
 *
 * Called by request.c once a response has been composed; calls fetch.c, file.c, recv.c, reply.c and
 * send.c.  No locks: a connection belongs to its worker.
 *
 *   SENDING          head and pages to the socket; the request's head leaves the receive queue
 *   FETCHING         a helper reads pages; then SENDING goes on
 *   DISCARDING       the request's body is dropped
 *   LINGERING        the connection ends; what the client still sends is dropped, so that no
 *                    reset overtakes the response
 */
#include "response.h"

#include <net/tcp.h>

#include "compat/compat.h"
#include "recv.h"
#include "send.h"
#include "stat.h"
#include "trace.h"
#include "user_request.h"

/*
 * A request whose file became shorter before its response was begun is looked at anew this often.
 */
#define ATTEMPTS_MAX 3

/*
 * How long to wait for a client that has been told to go away and has got everything, and how much
 * to read from it.
 */
#define LINGER_SECONDS 2
#define LINGER_BYTES (16 << 20)

/* --- beginning --- */

/* A lookup whose result was not used, because the request was refused meanwhile. */
static void drop_lookup(struct tux_conn *conn)
{
	if (atomic_read(&conn->fetching) == TUX_FETCHING_NONE)
		return;
	tux_fetch_release(&conn->request.fetch);
	atomic_set(&conn->fetching, TUX_FETCHING_NONE);
}

/**
 * tux_response_begin() - A response has been composed: send it.
 * @conn: The connection.
 * @reply: What composing came to.
 *
 * The request's head leaves the input together with the first bytes that are sent.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_response_begin(struct tux_conn *conn, enum tux_reply reply)
{
	drop_lookup(conn);
	if (reply == TUX_REPLY_FAILED)
		return TUX_STEP_ABORT;
	tux_conn_set_busy(conn, TUX_CONN_SENDING);
	http_scan_init(&conn->scan);
	tux_conn_timer(conn, 0);
	return TUX_STEP_AGAIN;
}

/**
 * tux_response_refuse() - Answer with nothing but a status, and give up the connection.
 * @context: The worker's context, with as much of the request as could be parsed.
 * @conn: The connection.
 * @status: enum http_status.
 *
 * For input that cannot be understood, so that nobody knows where the next request begins.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_response_refuse(struct tux_context *context, struct tux_conn *conn,
				  unsigned int status)
{
	struct tux_request *request = &conn->request;

	request->keep_alive = false;
	request->has_body = false;
	request->drain = true;
	return tux_response_begin(conn, tux_reply_status(context, conn, status));
}

/* --- the end of a response --- */

/*
 * Shuts our side and reads on, so that the client gets the response before it learns that nobody
 * listens.
 */
static enum tux_step begin_lingering(struct tux_conn *conn)
{
	struct sock *sk = conn->sock.sk;

	if (!tux_sock_lock(&conn->sock))
		return TUX_STEP_ABORT;
	/* As shutdown() does; through the table, because the exported calls take the lock. */
	sk->sk_shutdown |= SEND_SHUTDOWN;
	sk->sk_prot->shutdown(sk, SEND_SHUTDOWN);
	tux_sock_unlock(&conn->sock);
	tux_conn_set_busy(conn, TUX_CONN_LINGERING);
	conn->request.body_left = LINGER_BYTES;
	conn->acked = U64_MAX;
	tux_conn_timer(conn, LINGER_SECONDS);
	return TUX_STEP_AGAIN;
}

static enum tux_step step_lingering(struct tux_conn *conn)
{
	struct sock *sk = conn->sock.sk;
	struct tux_request *request = &conn->request;
	size_t unread;
	bool ended;

	if (!tux_sock_lock(&conn->sock))
		return TUX_STEP_RETRY;
	unread = tux_recv_unread(sk);
	tux_recv_consume(sk, unread);
	ended = tux_recv_ended(sk);
	tux_sock_unlock(&conn->sock);
	if (ended)
		return TUX_STEP_CLOSE;
	if (unread >= request->body_left)
		return TUX_STEP_ABORT;
	request->body_left -= unread;
	return TUX_STEP_WAIT;
}

/**
 * tux_response_linger_on() - A client that was told to go away is still there.
 * @context: The worker's context.
 * @conn: A connection in TUX_CONN_LINGERING whose timer has run out.
 *
 * Much of the response may still be in the socket's buffer.  As long as the client goes on taking
 * it, its input is watched: left alone, the socket would answer input with a reset, and drop what
 * is in the buffer.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_response_linger_on(struct tux_context *context, struct tux_conn *conn)
{
	const struct tcp_sock *tp = tcp_sk(conn->sock.sk);

	if (READ_ONCE(tp->snd_una) == READ_ONCE(tp->write_seq))
		return TUX_STEP_CLOSE;
	if (tp->bytes_acked == conn->acked)
		return TUX_STEP_ABORT;
	conn->acked = tp->bytes_acked;
	tux_conn_timer(conn, READ_ONCE(context->config->send_timeout));
	return TUX_STEP_WAIT;
}

/* The request is answered and its body is read: what becomes of the connection? */
static enum tux_step finish_request(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	/* When the server is shutting down only what has been asked for already is answered. */
	bool keep_alive = request->keep_alive && (!context->draining || request->more_input);

	trace_tux_request_end(conn, request->status);
	conn->requests++;
	if (!keep_alive && (request->drain || request->more_input))
		return begin_lingering(conn);
	if (!keep_alive)
		return TUX_STEP_CLOSE;
	tux_request_reset(request);
	tux_conn_timer(conn, READ_ONCE(context->config->keepalive_timeout));
	tux_conn_set_idle(conn);
	if (request->more_input)
		tux_stat_inc(conn->set->stats, TUX_STAT_requests_pipelined);
	return request->more_input || request->ended ? TUX_STEP_AGAIN : TUX_STEP_WAIT;
}

/* --- DISCARDING --- */

/*
 * Drops what has arrived of a body of known length.  Return: 1 when it is over, 0 for more,
 * negative for an error.
 */
static int discard_counted(struct tux_conn *conn, struct sock *sk)
{
	struct tux_request *request = &conn->request;
	size_t piece = min_t(u64, tux_recv_unread(sk), request->body_left);

	tux_recv_consume(sk, piece);
	request->body_left -= piece;
	return !request->body_left;
}

/* The same for a chunked body; body_left bounds what is read of it. */
static int discard_chunked(struct tux_context *context, struct tux_conn *conn, struct sock *sk)
{
	struct tux_request *request = &conn->request;
	ssize_t length;

	while ((length = tux_recv_peek(sk, 0, context->input, HTTP_HEAD_MAX)) > 0) {
		struct http_piece data;
		size_t consumed, used = 0;
		int step;

		do {
			step = http_chunk_next(&request->chunk, context->input + used,
					       length - used, &consumed, &data);
			used += consumed;
		} while (step == HTTP_CHUNK_DATA);
		tux_recv_consume(sk, used);
		if (used > request->body_left)
			return -HTTP_STATUS_CONTENT_TOO_LARGE;
		request->body_left -= used;
		if (step == HTTP_CHUNK_END)
			return 1;
		if (step < 0)
			return step;
	}
	return length;
}

static enum tux_step step_discarding(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	struct sock *sk = conn->sock.sk;
	bool ended;
	int over;

	if (!tux_sock_lock(&conn->sock))
		return TUX_STEP_RETRY;
	over = request->chunked ? discard_chunked(context, conn, sk) : discard_counted(conn, sk);
	ended = tux_recv_ended(sk);
	request->more_input = tux_recv_unread(sk);
	request->ended = ended;
	tux_sock_unlock(&conn->sock);
	if (over > 0)
		return finish_request(context, conn);
	if (over < 0) {
		/*
		 * Answered already: nothing more can be said, and the next request cannot be found.
		 */
		request->keep_alive = false;
		request->drain = true;
		return finish_request(context, conn);
	}
	return ended ? TUX_STEP_CLOSE : TUX_STEP_WAIT;
}

/* --- SENDING and FETCHING --- */

/**
 * tux_response_finish() - The response is out: read what is left of the request's body.
 * @context: The worker's context.
 * @conn: The connection; request.more_input and request.ended have been looked at.
 *
 * Context: The worker.
 * Return: What the connection has to do next.
 */
enum tux_step tux_response_finish(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;

	if (!request->has_body)
		return finish_request(context, conn);
	tux_conn_set_busy(conn, TUX_CONN_DISCARDING);
	tux_conn_timer(conn, READ_ONCE(context->config->header_timeout));
	return TUX_STEP_AGAIN;
}

static void push(struct tux_conn *conn)
{
	if (!tux_sock_lock(&conn->sock))
		return;
	tux_compat_push(conn->sock.sk);
	tux_sock_unlock(&conn->sock);
}

/* The pages are not there: a helper brings them. */
static enum tux_step begin_fetching(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;

	/*
	 * TCP may be holding back a short segment for these pages; it must not for as long as a
	 * disk takes.
	 */
	if (request->position || request->more)
		push(conn);
	atomic_set(&conn->fetching, TUX_FETCHING_BUSY);
	tux_conn_set_busy(conn, TUX_CONN_FETCHING);
	tux_fetch_pages(&request->fetch, &request->file, request->position,
			request->end - request->position);
	tux_stat_inc(conn->set->stats, TUX_STAT_page_misses);
	/* Also for a free helper: what has begun to be answered cannot be refused any more. */
	tux_conn_timer(conn, tux_context_fetch_limit(context));
	return TUX_STEP_WAIT;
}

/*
 * The file has become shorter than it was.  If the client has seen nothing of the response yet, the
 * request is looked at anew; else only a reset tells it that this was not all.
 */
static enum tux_step start_over(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	u8 attempts = request->attempts + 1;

	tux_stat_inc(conn->set->stats, TUX_STAT_files_truncated);
	if (!request->consume || request->user)
		return TUX_STEP_ABORT;
	tux_request_reset(request);
	request->attempts = attempts;
	if (attempts > ATTEMPTS_MAX)
		return tux_response_refuse(context, conn, HTTP_STATUS_INTERNAL_ERROR);
	tux_conn_set_busy(conn, TUX_CONN_READING);
	return TUX_STEP_AGAIN;
}

/*
 * Makes sure that there is something to send: DONE if so, else what the connection has to do
 * instead.
 */
static enum tux_step collect(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	int found;

	if (request->pages.count || request->position == request->end)
		return TUX_STEP_DONE;
	if (request->user && request->user->buffer.count)
		found = tux_user_buffer_pages(&request->user->buffer, request->position,
					      &request->pages);
	else
		found = tux_file_pages(&request->file, request->position,
				       request->end - request->position, &request->pages);
	if (found > 0) {
		request->position += request->pages.bytes;
		request->pages_skip = 0;
		return TUX_STEP_DONE;
	}
	if (found < 0)
		return start_over(context, conn);
	return begin_fetching(context, conn);
}

/*
 * The socket is full, for as long as the client likes.  Pages of the page cache are given back and
 * collected anew then: meanwhile the file may be truncated, which in a folio of several pages
 * zeroes bytes that were collected, and a slow client must not keep memory from being reclaimed.
 */
static enum tux_step wait_for_space(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	struct sock *sk = conn->sock.sk;
	/* When it was memory that TCP did not get and nothing is queued, no event says more. */
	unsigned int limit = READ_ONCE(sk->sk_wmem_queued) ?
			     READ_ONCE(context->config->send_timeout) : 1;

	if (request->pages.count && request->file.source == TUX_SOURCE_PAGE_CACHE) {
		request->position -= request->pages.bytes - request->pages_skip;
		request->pages_skip = 0;
		tux_pages_put(&request->pages);
	}
	conn->acked = tcp_sk(sk)->bytes_acked;
	tux_conn_timer(conn, limit);
	return TUX_STEP_WAIT;
}

static enum tux_step step_sending(struct tux_context *context, struct tux_conn *conn,
				  size_t *budget)
{
	struct tux_request *request = &conn->request;
	enum tux_step step;

	do {
		step = collect(context, conn);
		if (step != TUX_STEP_DONE)
			return step;
		step = tux_send(conn, budget);
		if (step == TUX_STEP_WAIT)
			return wait_for_space(context, conn);
		if (step != TUX_STEP_DONE)
			return step;
		if (!request->pages.count && request->position == request->end)
			return request->user ? TUX_STEP_DONE :
					       tux_response_finish(context, conn);
	} while (*budget);
	return TUX_STEP_AGAIN;
}

static enum tux_step step_fetched(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	struct tux_fetch *fetch = &request->fetch;
	int error;

	/* Pairs with the exchange in tux_conn_fetched(). */
	if (atomic_read_acquire(&conn->fetching) != TUX_FETCHING_DONE)
		return TUX_STEP_WAIT;
	error = fetch->error;
	request->file = fetch->file;
	memset(&fetch->file, 0, sizeof(fetch->file));
	if (!error && fetch->pages.count) {
		request->pages = fetch->pages;
		request->pages_skip = 0;
		request->position += fetch->pages.bytes;
		fetch->pages.count = 0;
		if (fetch->copied)
			tux_stat_add(conn->set->stats, TUX_STAT_bytes_copied, request->pages.bytes);
	}
	tux_fetch_release(fetch);
	atomic_set(&conn->fetching, TUX_FETCHING_NONE);
	tux_conn_set_busy(conn, TUX_CONN_SENDING);
	if (!error)
		return TUX_STEP_AGAIN;
	if (error == -ENODATA)
		return start_over(context, conn);
	/* Nothing has been sent yet: the answer can still be another one. */
	if (request->consume && !request->user) {
		tux_request_reset(request);
		return tux_response_refuse(context, conn, HTTP_STATUS_INTERNAL_ERROR);
	}
	return TUX_STEP_ABORT;
}

/**
 * tux_response_step() - Take a response one step further.
 * @context: The worker's context.
 * @conn: A connection in one of the states that are listed above.
 * @budget: Bytes that may still be sent in this round.
 *
 * Context: The worker.
 * Return: As tux_request_step(), or TUX_STEP_DONE: what user space wanted sent has been taken by
 *          TCP.
 */
enum tux_step tux_response_step(struct tux_context *context, struct tux_conn *conn, size_t *budget)
{
	switch (conn->state) {
	case TUX_CONN_SENDING:
		return step_sending(context, conn, budget);
	case TUX_CONN_FETCHING:
		return step_fetched(context, conn);
	case TUX_CONN_DISCARDING:
		return step_discarding(context, conn);
	default:
		return step_lingering(conn);
	}
}
