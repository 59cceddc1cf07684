// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output, see send.h.
 *
 * Called by request.c while a connection is TUX_CONN_SENDING.  One call gives TCP the head and the
 * pages that have been collected; TCP takes references of its own, so neither may be written
 * afterwards.  Never blocks: when the socket is full, the write_space callback queues the
 * connection.
 *
 * The request's input is consumed here, after the first part of its response, under the same hold
 * of the socket lock: the data then carry the acknowledgement.
 */
#include "send.h"

#include <net/tcp.h>

#include "compat/compat.h"
#include "handout.h"
#include "recv.h"
#include "stat.h"
#include "user_request.h"

/*
 * The head, of which nothing or a part has been sent, and the pages, of which nothing.  Not inline:
 * its array is not for every send.
 */
static noinline int send_with_head(struct sock *sk, const struct tux_request *request, bool more)
{
	struct bio_vec bvec[1 + TUX_PAGES_MAX];

	bvec_set_page(&bvec[0], request->head, request->head_length, request->head_offset);
	memcpy(&bvec[1], request->pages.bvec, request->pages.count * sizeof(*bvec));
	return tux_compat_send_pages(sk, bvec, 1 + request->pages.count, 0,
				     request->head_length + request->pages.bytes, more);
}

static int send_collected(struct sock *sk, const struct tux_request *request)
{
	bool more = request->more || request->position < request->end;

	if (request->head_length)
		return send_with_head(sk, request, more);
	return tux_compat_send_pages(sk, request->pages.bvec, request->pages.count,
				     request->pages_skip,
				     request->pages.bytes - request->pages_skip, more);
}

/* Notes what TCP has taken. */
static void account(struct tux_conn *conn, size_t sent)
{
	struct tux_request *request = &conn->request;
	size_t of_head = min_t(size_t, sent, request->head_length);

	request->head_offset += of_head;
	request->head_length -= of_head;
	/*
	 * Once for each response: an answer that was composed in vain, because its file became
	 * shorter, does not count, and one of user space when it is finished.
	 */
	if (of_head && !request->head_length && !request->user)
		tux_stat_status(conn->set->stats, request->status);
	if (request->user)
		request->user->bytes_sent += sent;
	request->pages_skip += sent - of_head;
	if (request->pages_skip == request->pages.bytes) {
		if (request->pages.count)
			tux_pages_put(&request->pages);
		request->pages_skip = 0;
	}
}

/* Has user space done something to a socket that it had a descriptor of?  Socket lock held. */
static bool is_stolen(struct tux_conn *conn)
{
	return conn->sock.file && !tux_handout_check(&conn->sock);
}

/*
 * TCP has not taken everything: have it tell when there is room, and send what it may hold back for
 * more to come.  It does both by itself when it is full; this is for any other reason.
 */
static void wait_for_room(struct sock *sk)
{
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	tux_compat_push(sk);
}

/**
 * tux_send() - Send what has been collected.
 * @conn: A connection whose request has a head or pages to send.
 * @budget: Bytes that may be sent; counted down, and may fall to 0 by more than it was.
 *
 * Context: The worker.  Takes the socket lock; does not wait for the client.
 * Return: TUX_STEP_DONE when everything collected has been taken by TCP, TUX_STEP_WAIT when the
 *          socket is full, TUX_STEP_RETRY, or TUX_STEP_ABORT when the connection is broken.
 */
enum tux_step tux_send(struct tux_conn *conn, size_t *budget)
{
	struct tux_request *request = &conn->request;
	struct sock *sk = conn->sock.sk;
	size_t bytes = request->head_length + request->pages.bytes - request->pages_skip;
	int sent;

	if (!tux_sock_lock(&conn->sock))
		return TUX_STEP_RETRY;
	if (is_stolen(conn)) {
		tux_sock_unlock(&conn->sock);
		return TUX_STEP_ABORT;
	}
	sent = bytes ? send_collected(sk, request) : 0;
	if (sent != bytes)
		wait_for_room(sk);
	if (request->consume) {
		tux_recv_consume(sk, request->consume);
		request->consume = 0;
	}
	request->more_input = tux_recv_unread(sk);
	request->ended = tux_recv_ended(sk);
	tux_sock_unlock(&conn->sock);

	if (sent > 0) {
		account(conn, sent);
		*budget -= min_t(size_t, sent, *budget);
		tux_stat_add(conn->set->stats, TUX_STAT_bytes_sent, sent);
	}
	if (sent == bytes)
		return TUX_STEP_DONE;
	if (sent < 0 && sent != -EAGAIN && sent != -ENOMEM && sent != -ENOBUFS)
		return TUX_STEP_ABORT;
	tux_stat_inc(conn->set->stats, TUX_STAT_sends_blocked);
	return TUX_STEP_WAIT;
}
