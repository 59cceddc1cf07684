/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bodies of requests for user space.
 *
 * A body stays in the socket's receive queue until user space asks for it, so a client that sends
 * faster than a module reads is held up by TCP.
 */
#ifndef TUX_POST_H
#define TUX_POST_H

#include "user_request.h"

struct sock;
struct tux_sock;

/* What waiting for a small body came to. */
enum tux_post_state {
	TUX_POST_READY,		/* it is there as a whole, or will be streamed */
	TUX_POST_WAIT,		/* more must come */
	TUX_POST_BAD,		/* it is not what it should be, or ends too early */
	TUX_POST_TOO_LARGE,	/* more than net.tux.max_body_len */
};

void tux_post_plan(struct tux_user_request *request, u64 limit);
bool tux_post_is_collected(const struct tux_user_request *request);
enum tux_post_state tux_post_collect(struct tux_user_request *request, struct sock *sk, u32 head,
				     char *scratch);
void tux_post_continue(struct tux_user_request *request, struct sock *sk);
bool tux_post_has_more(const struct tux_user_request *request, struct sock *sk);
ssize_t tux_post_read(struct tux_user_request *request, struct sock *sk, char __user *to,
		      size_t size);

#endif /* TUX_POST_H */
