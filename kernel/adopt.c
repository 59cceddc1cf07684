// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that user space has made (ADOPT_FD).
 *
 * Called by action.c; calls conn.c.  The connection is prepared in the task that hands it in, which
 * may have to wait for whoever has the socket's lock, and is then given to a worker.
 */
#include "adopt.h"

#include <linux/file.h>
#include <linux/tux.h>
#include <net/tcp.h>

#include "server.h"
#include "worker.h"

/* The worker of that number, or the one with the fewest connections.  Namespace's lock held. */
static struct tux_worker *choose_worker(struct tux_server *server, u32 index)
{
	struct tux_worker *chosen = NULL;
	unsigned int i;

	if (index != TUX_LISTEN_ANY)
		return index < server->threads ? server->workers[index] : NULL;
	for (i = 0; i < server->threads; i++) {
		struct tux_worker *worker = server->workers[i];

		if (worker && (!chosen || READ_ONCE(worker->context.set.count) <
						  READ_ONCE(chosen->context.set.count)))
			chosen = worker;
	}
	return chosen;
}

/* A reference to the set of the worker that will get a connection, or ERR_PTR(). */
static struct tux_conn_set *choose_set(struct tux_namespace *namespace, u32 index)
{
	struct tux_conn_set *set = ERR_PTR(-ESRCH);
	struct tux_worker *worker;

	mutex_lock(&namespace->lock);
	if (namespace->server && !namespace->server->draining) {
		worker = choose_worker(namespace->server, index);
		if (!worker)
			set = ERR_PTR(-EINVAL);
		else if (READ_ONCE(worker->context.set.count) >=
			 READ_ONCE(namespace->config.max_connect))
			set = ERR_PTR(-ENOSPC);
		else
			set = tux_conn_set_get(&worker->context.set);
	}
	mutex_unlock(&namespace->lock);
	return set;
}

/* Namespace's lock held. */
static bool is_working(const struct tux_namespace *namespace, const struct tux_conn_set *set)
{
	const struct tux_server *server = namespace->server;
	unsigned int i;

	for (i = 0; server && i < server->threads; i++)
		if (server->workers[i] && &server->workers[i]->context.set == set)
			return true;
	return false;
}

static int adopt_file(struct tux_namespace *namespace, struct file *file, u32 index)
{
	struct tux_conn_set *set = choose_set(namespace, index);
	struct tux_conn *conn;
	int error = 0;

	if (IS_ERR(set))
		return PTR_ERR(set);
	conn = tux_conn_adopt(set, file);
	if (IS_ERR(conn)) {
		tux_conn_set_put(set);
		return PTR_ERR(conn);
	}
	mutex_lock(&namespace->lock);
	if (is_working(namespace, set))
		tux_conn_arrive(conn);
	else
		error = -ESRCH;
	mutex_unlock(&namespace->lock);
	if (error)
		tux_conn_cancel(conn);
	tux_conn_set_put(set);
	return error;
}

/* 0 if it is a TCP connection of the namespace. */
static int check_connection(const struct net *net, const struct socket *socket)
{
	const struct sock *sk;

	if (!socket)
		return -ENOTSOCK;
	sk = socket->sk;
	if (!sk || socket->type != SOCK_STREAM || sk->sk_protocol != IPPROTO_TCP ||
	    (sk->sk_family != AF_INET && sk->sk_family != AF_INET6))
		return -EINVAL;
	if (!net_eq(sock_net(sk), net))
		return -EXDEV;
	return inet_sk_state_load(sk) == TCP_LISTEN ? -EINVAL : 0;
}

/**
 * tux_adopt() - Take a connection over from user space.
 * @namespace: Where the server runs; the caller holds the network namespace.
 * @fd: Descriptor of a connected TCP socket of the current task.
 * @index: Number of the worker that gets it, or TUX_LISTEN_ANY.
 *
 * Context: Process context.  Takes the namespace's lock.
 * Return: 0; -EBADF, -ENOTSOCK, -EINVAL (not TCP, listening, no such worker), -EXDEV, -ENOTCONN,
 *          -EBUSY (it is somebody else's), -ESRCH, -ENOSPC, -ENOMEM.
 */
int tux_adopt(struct tux_namespace *namespace, int fd, u32 index)
{
	struct file *file = fget(fd);
	int error;

	if (!file)
		return -EBADF;
	error = check_connection(namespace->net, sock_from_file(file));
	if (!error)
		error = adopt_file(namespace, file, index);
	fput(file);
	return error;
}
