/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Listening sockets, and how workers hear of new connections.
 *
 * Listeners belong to the server.  A listener's callbacks are never touched: its children inherit
 * them, and the kernel may move children to a foreign listener.  Workers wait on its wait queue
 * instead, each with an entry of its own. The entries are exclusive, and that of the worker whose
 * listener it is stands first: it is woken unless it is away in user space or full; then the kernel
 * asks the next.
 */
#ifndef TUX_LISTEN_H
#define TUX_LISTEN_H

#include <linux/list.h>
#include <linux/net.h>
#include <linux/wait.h>

#include "ready.h"

struct file;
struct net;

/**
 * struct tux_listener - A listening socket of a server.
 */
struct tux_listener {
	/** @node: Place in the server's list.  Protected by the namespace's lock. */
	struct list_head node;
	/** @socket: The socket.  Constant after init. */
	struct socket *socket;
	/** @file: Of a socket that was handed in: keeps it; else NULL.  Constant after init. */
	struct file *file;
	/** @worker: Which worker normally accepts, or TUX_LISTEN_ANY.  Constant after init. */
	u32 worker;
};

/**
 * struct tux_acceptor - One worker's view of all listeners.
 */
struct tux_acceptor {
	/** @ready: The worker's ready list, for waking it.  Constant after init. */
	struct tux_ready_list *ready;
	/**
	 * @watches: One per listener; grows under the namespace's lock, read by the worker, emptied
	 * when it ends.
	 */
	struct list_head watches;
	/**
	 * @available: The worker is in its loop and has room.  Written by the worker, read in
	 * wake-ups.
	 */
	bool available;
	/** @pending: Some watch is pending.  Set in wake-ups, cleared by the worker. */
	bool pending;
	/** @failed: There was a connection, but no memory to accept it.  Owned by the worker. */
	bool failed;
};

int tux_listen_module_init(void);
void tux_listen_module_exit(void);

struct tux_listener *tux_listener_create(struct net *net, const struct sockaddr_storage *address,
					 int backlog, u32 worker);
struct tux_listener *tux_listener_take(struct net *net, int fd, u32 worker);
void tux_listener_free_all(struct list_head *listeners);

int tux_acceptor_watch(struct tux_acceptor *acceptor, struct tux_listener *listener, bool own);
void tux_acceptor_unwatch_all(struct tux_acceptor *acceptor);
void tux_acceptor_arrive(struct tux_acceptor *acceptor);
void tux_acceptor_leave(struct tux_acceptor *acceptor);
bool tux_acceptor_has_waiting(struct tux_acceptor *acceptor);
struct socket *tux_acceptor_accept(struct tux_acceptor *acceptor);
void tux_acceptor_retry(struct tux_acceptor *acceptor);
bool tux_acceptor_is_empty(const struct tux_acceptor *acceptor);

#endif /* TUX_LISTEN_H */
