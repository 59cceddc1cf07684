// SPDX-License-Identifier: GPL-2.0-only
/*
 * Input, see recv.h.
 *
 * Called by request.c, under the socket lock.  Walks the receive queue itself because no exported
 * call can look past its first buffer.  An urgent byte is an ordinary one here (SOCK_URGINLINE is
 * set), a FIN leaves an empty buffer in the queue, and data that arrive while the lock is held
 * become visible after release_sock().
 */
#include "recv.h"

#include <net/tcp.h>

#include "compat/compat.h"

/**
 * tux_recv_peek() - Copy unread bytes without consuming them.
 * @sk: The socket; its lock is held.
 * @skip: Unread bytes to pass over first.
 * @to: Where to.
 * @size: Bytes there.
 *
 * Context: Process context, socket lock held.
 * Return: Bytes copied, or -EFAULT for data that cannot be read (device memory).
 */
ssize_t tux_recv_peek(struct sock *sk, u32 skip, char *to, size_t size)
{
	u32 sequence = tcp_sk(sk)->copied_seq + skip;
	struct sk_buff *skb;
	size_t copied = 0;

	sock_owned_by_me(sk);
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		u32 offset = sequence - TCP_SKB_CB(skb)->seq;
		size_t piece;

		if (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN)
			offset--;
		if (offset >= skb->len)
			continue;
		if (!tux_compat_skb_readable(skb))
			return -EFAULT;
		piece = min_t(size_t, skb->len - offset, size - copied);
		if (skb_copy_bits(skb, offset, to + copied, piece))
			return -EFAULT;
		copied += piece;
		sequence += piece;
		if (copied == size)
			break;
	}
	return copied;
}

/**
 * tux_recv_unread() - How many bytes have arrived and not been consumed?
 * @sk: The socket; its lock is held.
 *
 * Context: Process context, socket lock held.
 * Return: Bytes.
 */
size_t tux_recv_unread(struct sock *sk)
{
	sock_owned_by_me(sk);
	return max(tcp_inq(sk), 0);
}

/**
 * tux_recv_consume() - Take bytes off the front of the input.
 * @sk: The socket; its lock is held.
 * @length: Bytes, at most what tux_recv_unread() says.
 *
 * Context: Process context, socket lock held.
 */
void tux_recv_consume(struct sock *sk, size_t length)
{
	sock_owned_by_me(sk);
	if (length)
		tcp_read_done(sk, length);
}

/**
 * tux_recv_ended() - Will nothing more arrive?
 * @sk: The socket; its lock is held.
 *
 * Context: Process context, socket lock held.
 * Return: True after the client's FIN; unread bytes may still be there.
 */
bool tux_recv_ended(struct sock *sk)
{
	return sk->sk_shutdown & RCV_SHUTDOWN;
}
