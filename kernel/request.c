// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps of one request, in the order in which they happen: the file to read first.  response.c
 * has the second half.
 *
 * Called by worker.c for connections that something has happened to; calls recv.c, lookup.c,
 * fetch.c, reply.c and response.c. No locks: a connection belongs to its worker.  A step never
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

#include "http/url.h"
#include "lookup.h"
#include "recv.h"
#include "response.h"
#include "stat.h"
#include "trace.h"

/*
 * Bytes looked at first: nearly every head is shorter, and a longer copy would be thrown away with
 * pipelined input.
 */
#define FIRST_PEEK 2048

/*
 * A lookup that a helper finished for another name than the head now says is begun anew this often.
 */
#define ATTEMPTS_MAX 3

#define INDEX_NAME "index.html"

/* --- looking up --- */

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
	struct tux_request *request = &conn->request;
	int error;

	atomic_set(&conn->fetching, TUX_FETCHING_BUSY);
	tux_conn_set_busy(conn, TUX_CONN_LOOKING_UP);
	error = tux_fetch_lookup(&request->fetch, context->docroot, context->target);
	if (!error) {
		tux_stat_inc(conn->set->stats, TUX_STAT_lookups_blocking);
		tux_conn_timer(conn, tux_context_fetch_limit(context));
		return TUX_STEP_WAIT;
	}
	atomic_set(&conn->fetching, TUX_FETCHING_NONE);
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

static enum tux_step answer_found(struct tux_context *context, struct tux_conn *conn)
{
	struct tux_request *request = &conn->request;
	unsigned int status =
		request->stage == TUX_STAGE_PAGE_404 ? HTTP_STATUS_NOT_FOUND : HTTP_STATUS_OK;
	enum tux_reply reply = tux_reply_file(context, conn, status);

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

static enum tux_step step_lookup(struct tux_context *context, struct tux_conn *conn)
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

/* --- routing --- */

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
	/*
	 * Whether a client that waits for "continue" sends the body after a final status is its
	 * choice.
	 */
	if (parsed->expect_continue)
		request->keep_alive = false;
	request->chunked = parsed->chunked;
	http_chunk_init(&request->chunk);
	request->body_left = parsed->chunked ? limit : parsed->content_length;
	return request->body_left <= limit;
}

/* A whole head has been parsed: decide what to do about it. */
static enum tux_step step_routing(struct tux_context *context, struct tux_conn *conn)
{
	const struct http_request *parsed = &context->parsed;
	struct tux_request *request = &conn->request;
	unsigned int status;
	int length;

	request->keep_alive = parsed->keep_alive && !context->draining &&
			      READ_ONCE(context->config->max_keepalives) > 0;
	request->consume = parsed->head_length;
	if (!plan_body(context, request))
		return tux_response_refuse(context, conn, HTTP_STATUS_CONTENT_TOO_LARGE);
	if (request->has_body && parsed->expect_continue) {
		/* No body is read: the client has not sent it, or it is dropped while lingering. */
		request->has_body = false;
		request->drain = true;
	}
	status = check_method(parsed);
	if (status)
		return tux_response_begin(conn, tux_reply_status(context, conn, status));
	length = http_url_path(context->input + parsed->path.offset, parsed->path.length,
			       context->name, PATH_MAX, &context->is_directory);
	if (length < 0)
		return tux_response_begin(conn, tux_reply_status(context, conn, -length));
	context->name_length = length;
	return step_lookup(context, conn);
}

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
	struct sock *sk = conn->sock.socket->sk;
	bool nothing, ended;
	int length;

	lock_sock(sk);
	length = read_head(context, conn, sk, &nothing);
	ended = tux_recv_ended(sk);
	if (length < 0 || (!length && ended))
		read_beginning(context, sk);
	release_sock(sk);
	if (length > 0) {
		if (conn->state <= TUX_CONN_READING && !conn->request.attempts) {
			tux_stat_inc(conn->set->stats, TUX_STAT_requests);
			trace_tux_request_start(conn, &context->parsed, context->input);
		}
		return step_routing(context, conn);
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
	if (atomic_read_acquire(&conn->fetching) != TUX_FETCHING_DONE)
		return TUX_STEP_WAIT;
	return step_reading(context, conn);
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

static bool is_broken(const struct tux_conn *conn)
{
	const struct sock *sk = conn->sock.socket->sk;

	return READ_ONCE(sk->sk_err) || inet_sk_state_load(sk) == TCP_CLOSE;
}

/* A helper is at work, and its result has not come. */
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
	if (is_away(conn))
		return TUX_STEP_WAIT;
	if (is_broken(conn)) {
		if (READ_ONCE(conn->sock.socket->sk->sk_err))
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
		return tux_response_step(context, conn, budget);
	}
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
	struct sock *sk = conn->sock.socket->sk;

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
		lock_sock(sk);
		read_beginning(context, sk);
		release_sock(sk);
		return refuse_head(context, conn, HTTP_STATUS_REQUEST_TIMEOUT);
	case TUX_CONN_IDLE:
	case TUX_CONN_DISCARDING:
		tux_stat_inc(conn->set->stats, TUX_STAT_connections_timed_out);
		return TUX_STEP_CLOSE;
	case TUX_CONN_LINGERING:
		return tux_response_linger_on(context, conn);
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
 * A helper may hang in a filesystem that does not answer.  Its connection is given up after
 * send_timeout; the helper itself cannot be ended.
 *
 * Context: The worker.
 */
void tux_request_limit_fetch(struct tux_context *context, struct tux_conn *conn)
{
	if (is_away(conn))
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
