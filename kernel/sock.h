/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket callbacks: note that something happened, queue the connection, leave.
 *
 * A tux_sock is embedded in its connection.  It is attached to an accepted socket once and detached
 * once, both by the connection's worker.  Between the two, softirqs reach it through sk_user_data
 * under RCU, so it must live for a grace period after tux_sock_detach().
 */
#ifndef TUX_SOCK_H
#define TUX_SOCK_H

#include <linux/net.h>
#include <net/sock.h>

#include "ready.h"

/**
 * struct tux_sock - A socket whose events go to a ready list.
 */
struct tux_sock {
	/** @ready: Place in @list. */
	struct tux_ready ready;
	/** @list: The worker's list.  Constant after init. */
	struct tux_ready_list *list;
	/** @socket: The socket, owned by the connection.  Constant after init. */
	struct socket *socket;
	/** @data_ready: The callback that was there before.  Constant while attached. */
	void (*data_ready)(struct sock *sk);
	/** @write_space: Likewise. */
	void (*write_space)(struct sock *sk);
	/** @state_change: Likewise. */
	void (*state_change)(struct sock *sk);
	/** @error_report: Likewise. */
	void (*error_report)(struct sock *sk);
};

int tux_sock_attach(struct tux_sock *sock, struct socket *socket, struct tux_ready_list *list);
void tux_sock_detach(struct tux_sock *sock);
void tux_sock_notify(struct tux_sock *sock);

#endif /* TUX_SOCK_H */
