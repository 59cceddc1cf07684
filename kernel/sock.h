/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket callbacks: note that something happened, queue the connection, leave.
 *
 * A tux_sock is embedded in its connection.  It is attached to an accepted socket once and detached
 * once, both by the connection's worker.  Between the two, softirqs reach it through sk_user_data
 * under RCU, so it must live for a grace period after tux_sock_detach().
 *
 * A socket that user space has or had a descriptor of is shared (handout.h): its lock is only
 * tried.
 */
#ifndef TUX_SOCK_H
#define TUX_SOCK_H

#include <linux/net.h>
#include <net/sock.h>

#include "ready.h"

/* The callbacks of a socket that are replaced. */
enum tux_sock_callback {
	TUX_SOCK_DATA_READY,
	TUX_SOCK_WRITE_SPACE,
	TUX_SOCK_STATE_CHANGE,
	TUX_SOCK_ERROR_REPORT,
	TUX_SOCK_CALLBACKS,
};

/**
 * struct tux_sock - A socket whose events go to a ready list.
 */
struct tux_sock {
	/** @ready: Place in @list. */
	struct tux_ready ready;
	/** @list: The worker's list.  Constant after init. */
	struct tux_ready_list *list;
	/** @sk: The socket's protocol part; referenced.  Constant after init. */
	struct sock *sk;
	/**
	 * @socket: The socket, owned by the connection, or by @file if there is one; NULL if it was
	 * lost when the file could not be made.
	 */
	struct socket *socket;
	/** @file: Of a shared socket: what its descriptors refer to; referenced.  Else NULL. */
	struct file *file;
	/**
	 * @lost: A shared socket is no connection of ours any more: disconnected, or given away.
	 * Set by anybody, never cleared.
	 */
	bool lost;
	/** @continued: CONTINUE_REQ was called for it.  Set by anybody, cleared by the worker. */
	bool continued;
	/** @saved: The callbacks that were there before.  Constant while attached. */
	void (*saved[TUX_SOCK_CALLBACKS])(struct sock *sk);
};

int tux_sock_attach(struct tux_sock *sock, struct socket *socket, struct tux_ready_list *list);
void tux_sock_detach(struct tux_sock *sock);
void tux_sock_notify(struct tux_sock *sock);
bool tux_sock_try_lock(struct sock *sk);
bool tux_sock_lock(struct tux_sock *sock);
void tux_sock_unlock(struct tux_sock *sock);
bool tux_sock_is_attached(const struct sock *sk);
void tux_sock_tame(struct tux_sock *sock);

#endif /* TUX_SOCK_H */
