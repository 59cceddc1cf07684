// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bodies of requests for user space, see post.h.
 *
 * Called by dynamic.c (waiting) and user_action.c (reading); calls recv.c and the pure chunk
 * decoder. Bytes are copied into memory of ours before the decoder sees them, and consumed after
 * user space has got what is in them.
 */
#include "post.h"

#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/tcp.h>

#include "recv.h"
#include "sock.h"

/* Bytes decoded at a time. */
#define PIECE_MAX (16 << 10)

static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";

/**
 * tux_post_plan() - Note what the head says of the body.
 * @request: The request, with its head.
 * @limit: Content-Length, or most bytes of a chunked body with its framing.
 *
 * Context: The worker.
 */
void tux_post_plan(struct tux_user_request *request, u64 limit)
{
	const struct http_request *parsed = &request->parsed;
	struct tux_user_body *body = &request->body;

	body->over = !http_request_has_body(parsed);
	body->chunked = parsed->chunked;
	body->known = !parsed->chunked;
	body->length = parsed->content_length;
	body->left = body->over ? 0 : limit;
	body->must_continue = !body->over && parsed->expect_continue && parsed->version_minor;
	http_chunk_init(&body->chunk);
	http_chunk_init(&body->probe);
}

/**
 * tux_post_is_collected() - Is the request held back until its body is there?
 * @request: The request.
 *
 * Modules of TUX's time call READ_POST_DATA once and expect everything.
 *
 * Context: The worker.
 * Return: True for a body that is small or may turn out to be.
 */
bool tux_post_is_collected(const struct tux_user_request *request)
{
	const struct tux_user_body *body = &request->body;

	return !body->over && (body->chunked || body->length <= TUX_POST_BUFFERED);
}

/*
 * Decodes @length bytes; what was found is added to @body.  Return: as http_chunk_next().
 */
static int probe(struct tux_user_body *body, const char *bytes, size_t length)
{
	struct http_piece data;
	size_t consumed;
	int step;

	do {
		step = http_chunk_next(&body->probe, bytes, length, &consumed, &data);
		bytes += consumed;
		length -= consumed;
		body->probed += consumed;
		body->length += data.length;
	} while (step == HTTP_CHUNK_DATA);
	return step;
}

/* As tux_post_collect(). */
static enum tux_post_state collect_chunked(struct tux_user_body *body, struct sock *sk, u32 head,
					   char *scratch)
{
	ssize_t length;

	while ((length = tux_recv_peek(sk, head + body->probed, scratch, HTTP_HEAD_MAX)) > 0) {
		int step = probe(body, scratch, length);

		if (step < 0)
			return TUX_POST_BAD;
		if (body->probed > body->left)
			return TUX_POST_TOO_LARGE;
		if (step == HTTP_CHUNK_END) {
			body->known = true;
			return TUX_POST_READY;
		}
		/* Too long to wait for: it is streamed, and nobody knows its length. */
		if (body->probed > TUX_POST_BUFFERED)
			return TUX_POST_READY;
	}
	return length < 0 || tux_recv_ended(sk) ? TUX_POST_BAD : TUX_POST_WAIT;
}

/**
 * tux_post_collect() - Is a small body there?
 * @request: The request.
 * @sk: Its connection's socket, locked.
 * @head: Bytes of the head, which is still in the input in front of the body.
 * @scratch: HTTP_HEAD_MAX bytes.
 *
 * Context: The worker, socket lock held.
 * Return: What it came to.
 */
enum tux_post_state tux_post_collect(struct tux_user_request *request, struct sock *sk, u32 head,
				     char *scratch)
{
	struct tux_user_body *body = &request->body;

	if (body->chunked)
		return collect_chunked(body, sk, head, scratch);
	if (tux_recv_unread(sk) >= head + body->length)
		return TUX_POST_READY;
	return tux_recv_ended(sk) ? TUX_POST_BAD : TUX_POST_WAIT;
}

/**
 * tux_post_continue() - Tell a client that waits for it to send the body.
 * @request: The request.
 * @sk: Its connection's socket, locked.
 *
 * If there is no room for it in the socket, the client has to do without: it will not wait for ever
 * (RFC 9110 section 10.1.1).
 *
 * Context: Process context, socket lock held.
 */
void tux_post_continue(struct tux_user_request *request, struct sock *sk)
{
	struct msghdr message = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec text = { .iov_base = (char *)interim, .iov_len = sizeof(interim) - 1 };

	if (!request->body.must_continue)
		return;
	request->body.must_continue = false;
	iov_iter_kvec(&message.msg_iter, ITER_SOURCE, &text, 1, text.iov_len);
	tcp_sendmsg_locked(sk, &message, text.iov_len);
	/* It is no part of the response. */
	request->write_seq = tcp_sk(sk)->write_seq;
}

/**
 * tux_post_has_more() - Would reading the body come to something?
 * @request: The request.
 * @sk: Its connection's socket, locked.
 *
 * Context: Process context, socket lock held.
 * Return: True if bytes have come, or none will.
 */
bool tux_post_has_more(const struct tux_user_request *request, struct sock *sk)
{
	return request->body.over || tux_recv_ended(sk) ||
	       tux_recv_unread(sk) > request->unread_head;
}

/* --- reading --- */

/*
 * Copies input that has not been consumed.  Return: bytes; 0 if nothing is there; -EAGAIN,
 * -ENOTCONN or -ECONNRESET.
 */
static ssize_t peek(struct tux_user_request *request, struct sock *sk, char *scratch)
{
	ssize_t length = -ENOTCONN;

	if (!tux_sock_try_lock(sk))
		return -EAGAIN;
	if (tcp_sk(sk)->copied_seq == request->copied_seq) {
		tux_post_continue(request, sk);
		tux_recv_consume(sk, request->unread_head);
		request->unread_head = 0;
		request->copied_seq = tcp_sk(sk)->copied_seq;
		length = tux_recv_peek(sk, 0, scratch, PIECE_MAX);
		if (!length && tux_recv_ended(sk))
			length = -ECONNRESET;
	}
	release_sock(sk);
	return length;
}

/* Takes off the input what has been dealt with.  Return: 0 or as peek(). */
static int consume(struct tux_user_request *request, struct sock *sk, size_t length)
{
	int error = -ENOTCONN;

	if (!tux_sock_try_lock(sk))
		return -EAGAIN;
	if (tcp_sk(sk)->copied_seq == request->copied_seq) {
		tux_recv_consume(sk, length);
		request->copied_seq = tcp_sk(sk)->copied_seq;
		error = 0;
	}
	release_sock(sk);
	return error;
}

/*
 * Both read at most @size bytes of @length at @scratch.
 * Return: bytes for user space; *@used is set to the bytes of input.
 */
static ssize_t take_counted(struct tux_user_body *body, const char *scratch, size_t length,
			    char __user *to, size_t size, size_t *used)
{
	*used = min3((u64)length, body->left, (u64)size);
	if (copy_to_user(to, scratch, *used))
		return -EFAULT;
	return *used;
}

static ssize_t take_chunked(struct tux_user_body *body, const char *scratch, size_t length,
			    char __user *to, size_t size, size_t *used)
{
	struct http_chunk chunk = body->chunk;
	int step = HTTP_CHUNK_DATA;
	struct http_piece data;
	size_t taken = 0;
	size_t consumed;

	*used = 0;
	while (step == HTTP_CHUNK_DATA && taken < size && *used < length) {
		/* No piece of data is longer than what it is looked for in. */
		step = http_chunk_next(&chunk, scratch + *used, min(length - *used, size - taken),
				       &consumed, &data);
		if (step < 0)
			return -EBADMSG;
		if (copy_to_user(to + taken, scratch + *used + data.offset, data.length))
			return -EFAULT;
		*used += consumed;
		taken += data.length;
		/* It had used all it was given, which may have been framing only. */
		if (step == HTTP_CHUNK_MORE && taken < size && *used < length)
			step = HTTP_CHUNK_DATA;
	}
	if (*used > body->left)
		return -EFBIG;
	body->chunk = chunk;
	body->over = step == HTTP_CHUNK_END;
	return taken;
}

static ssize_t read_piece(struct tux_user_request *request, struct sock *sk, char *scratch,
			  char __user *to, size_t size)
{
	struct tux_user_body *body = &request->body;
	struct http_chunk before = body->chunk;
	ssize_t length = peek(request, sk, scratch);
	size_t used;
	int error;

	if (length <= 0)
		return length ?: -EAGAIN;
	length = body->chunked ? take_chunked(body, scratch, length, to, size, &used) :
				 take_counted(body, scratch, length, to, size, &used);
	if (length < 0)
		return length;
	error = consume(request, sk, used);
	if (error) {
		body->chunk = before;
		body->over = false;
		return error;
	}
	body->left -= used;
	body->read += length;
	if (!body->chunked)
		body->over = !body->left;
	return length;
}

/**
 * tux_post_read() - Give user space what has arrived of the body.
 * @request: The request; the caller has it.
 * @sk: Its connection's socket.
 * @to: Where to.
 * @size: Bytes there, not 0.
 *
 * Context: The recipient.  May sleep, but not for the client.
 * Return: Bytes; 0 at the end of the body; -EAGAIN if nothing has arrived or the socket is locked;
 * -EFAULT; -EBADMSG (broken framing), -EFBIG (longer than net.tux.max_body_len), -ECONNRESET
 * (the client has stopped sending), -ENOTCONN (somebody has read from the socket); -ENOMEM.
 */
ssize_t tux_post_read(struct tux_user_request *request, struct sock *sk, char __user *to,
		      size_t size)
{
	ssize_t length = 0, total = 0;
	char *scratch;

	if (request->body.over)
		return 0;
	scratch = kvmalloc(PIECE_MAX, GFP_KERNEL_ACCOUNT);
	if (!scratch)
		return -ENOMEM;
	while (total < size && !request->body.over) {
		length = read_piece(request, sk, scratch, to + total, size - total);
		if (length < 0)
			break;
		total += length;
		cond_resched();
	}
	kvfree(scratch);
	return total ?: min_t(ssize_t, length, 0);
}
