/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Input: looking at unread bytes of a connection, and taking them once their use is decided.
 *
 * Bytes are copied into memory of ours before anything judges them: pages of a local sender can
 * change after they were sent.  Looking does not consume.  All calls need the socket lock.
 */
#ifndef TUX_RECV_H
#define TUX_RECV_H

#include <linux/types.h>

struct sock;

ssize_t tux_recv_peek(struct sock *sk, u32 skip, char *to, size_t size);
size_t tux_recv_unread(struct sock *sk);
void tux_recv_consume(struct sock *sk, size_t length);
bool tux_recv_ended(struct sock *sk);

#endif /* TUX_RECV_H */
