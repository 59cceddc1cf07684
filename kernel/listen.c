// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listening sockets, see listen.h.
 *
 * Called by server.c (make, take over, free) and worker.c (watch, accept).  A wake-up happens in
 * softirq, under the lock of the listener's wait queue; it marks the watch and wakes the worker,
 * nothing else.
 */
#include "listen.h"

#include <linux/file.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/inet_connection_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "compat/compat.h"

/* Closes listeners, which can take its time; see tux_listener_free_all(). */
static struct workqueue_struct *close_queue;

/**
 * struct tux_listen_watch - A worker's entry on the wait queue of one listener.
 */
struct tux_listen_watch {
	/** @node: Place in the acceptor's list. */
	struct list_head node;
	/** @entry: Place on the listener's wait queue. */
	wait_queue_entry_t entry;
	/** @acceptor: Whose watch this is.  Constant after init. */
	struct tux_acceptor *acceptor;
	/** @listener: What is watched; outlives the watch.  Constant after init. */
	struct tux_listener *listener;
	/** @pending: There may be a connection.  Set in wake-ups, cleared by the worker. */
	bool pending;
};

/**
 * tux_listen_module_init() - Set up the helpers that close listeners.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int tux_listen_module_init(void)
{
	close_queue = alloc_workqueue("tux_listen", WQ_UNBOUND, 0);
	return close_queue ? 0 : -ENOMEM;
}

/**
 * tux_listen_module_exit() - Take them down.
 *
 * Context: May sleep.
 */
void tux_listen_module_exit(void)
{
	destroy_workqueue(close_queue);
}

static bool queue_is_empty(const struct tux_listener *listener)
{
	return reqsk_queue_empty(&inet_csk(listener->socket->sk)->icsk_accept_queue);
}

/* Runs with the wait queue's lock held.  Returning 0 makes the kernel ask the next worker. */
static int listener_has_connection(wait_queue_entry_t *entry, unsigned int mode, int sync,
				   void *key)
{
	struct tux_listen_watch *watch = container_of(entry, struct tux_listen_watch, entry);
	struct tux_acceptor *acceptor = watch->acceptor;

	if (key && !(key_to_poll(key) & (EPOLLIN | EPOLLERR | EPOLLHUP)))
		return 0;
	if (!READ_ONCE(acceptor->available))
		return 0;
	WRITE_ONCE(watch->pending, true);
	/* Pairs with the exchange in tux_acceptor_accept(): who sees this sees the watch. */
	smp_store_release(&acceptor->pending, true);
	tux_ready_list_wake(acceptor->ready);
	return 1;
}

static int listen_on(struct tux_listener *listener, const struct sockaddr_storage *address,
		     int backlog)
{
	struct socket *socket = listener->socket;
	struct sockaddr_storage copy = *address;
	int length = sizeof(struct sockaddr_in);
	int error;

	sock_set_reuseaddr(socket->sk);
	sock_set_reuseport(socket->sk);
	if (address->ss_family == AF_INET6) {
		length = sizeof(struct sockaddr_in6);
		error = ip6_sock_set_v6only(socket->sk);
		if (error)
			return error;
	}
	error = tux_compat_bind(socket, &copy, length);
	if (error)
		return error;
	return kernel_listen(socket, backlog);
}

/**
 * tux_listener_create() - Make a listening socket.
 * @net: Namespace to make it in; the socket holds it.
 * @address: IPv4 or IPv6 address and port.
 * @backlog: Length of the accept queue.
 * @worker: Which worker normally accepts from it.
 *
 * Made with the rights of the current task, as by its own socket().  IPv6 sockets take only IPv6
 * (IPV6_V6ONLY), so that the same port can be had for both.
 *
 * Context: Process context.
 * Return: The listener or ERR_PTR: what socket(), bind() and listen() say.
 */
struct tux_listener *tux_listener_create(struct net *net, const struct sockaddr_storage *address,
					 int backlog, u32 worker)
{
	struct tux_listener *listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
	int error;

	if (!listener)
		return ERR_PTR(-ENOMEM);
	listener->worker = worker;
	error = __sock_create(net, address->ss_family, SOCK_STREAM, IPPROTO_TCP, &listener->socket,
			      0);
	if (error)
		goto err_listener;
	error = listen_on(listener, address, backlog);
	if (error)
		goto err_socket;
	return listener;

err_socket:
	sock_release(listener->socket);
err_listener:
	kfree(listener);
	return ERR_PTR(error);
}

/*
 * May this socket's connections be served?  Only plain TCP of our namespace, in nobody else's
 * hands.
 */
static int check_socket(const struct socket *socket, const struct net *net)
{
	const struct sock *sk = socket->sk;

	if (sk->sk_family != AF_INET && sk->sk_family != AF_INET6)
		return -EINVAL;
	if (socket->type != SOCK_STREAM || sk->sk_protocol != IPPROTO_TCP)
		return -EINVAL;
	if (inet_sk_state_load(sk) != TCP_LISTEN)
		return -EINVAL;
	if (!net_eq(sock_net(sk), net))
		return -EXDEV;
	if (inet_csk(sk)->icsk_ulp_ops || sk->sk_user_data)
		return -EBUSY;
	return 0;
}

/**
 * tux_listener_take() - Take over a listening socket.
 * @net: The server's namespace.
 * @fd: A descriptor of the current task; may be closed afterwards.
 * @worker: Which worker normally accepts from it.
 *
 * Context: Process context.
 * Return: The listener or ERR_PTR(): -EBADF, -ENOTSOCK, -EINVAL (not a listening TCP socket),
 *          -EXDEV (of another namespace), -EBUSY (in use by another subsystem), -ENOMEM.
 */
struct tux_listener *tux_listener_take(struct net *net, int fd, u32 worker)
{
	struct tux_listener *listener;
	struct socket *socket;
	int error;

	socket = sockfd_lookup(fd, &error);
	if (!socket)
		return ERR_PTR(error);
	error = check_socket(socket, net);
	if (error)
		goto err_file;
	listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
	error = -ENOMEM;
	if (!listener)
		goto err_file;
	listener->worker = worker;
	listener->socket = socket;
	listener->file = socket->file;
	return listener;

err_file:
	sockfd_put(socket);
	return ERR_PTR(error);
}

/**
 * struct closing - Listeners to be closed by a helper, which somebody waits for.
 */
struct closing {
	/** @work: Place in the queue. */
	struct work_struct work;
	/** @listeners: What to close.  The helper's until it is done. */
	struct list_head *listeners;
};

static void close_now(struct work_struct *work)
{
	struct closing *closing = container_of(work, struct closing, work);
	struct tux_listener *listener, *next;

	list_for_each_entry_safe(listener, next, closing->listeners, node) {
		list_del(&listener->node);
		if (listener->file)
			__fput_sync(listener->file);
		else
			sock_release(listener->socket);
		kfree(listener);
	}
}

/**
 * tux_listener_free_all() - Close listening sockets, and give up those that were handed in.
 * @listeners: The listeners, empty afterwards; no worker watches them any more.
 *
 * Their ports are free on return, unless somebody else has a descriptor of the socket, too.  A
 * fput() by the current task would close a socket that was handed in only when the task returns to
 * user space: after those who wait for the server's end have been told of it.
 *
 * Context: Process context.  Waits for a helper.
 */
void tux_listener_free_all(struct list_head *listeners)
{
	struct closing closing = { .listeners = listeners };

	if (list_empty(listeners))
		return;
	INIT_WORK_ONSTACK(&closing.work, close_now);
	queue_work(close_queue, &closing.work);
	flush_work(&closing.work);
	destroy_work_on_stack(&closing.work);
}

/**
 * tux_acceptor_watch() - Let a worker hear of a listener's connections.
 * @acceptor: The worker's.
 * @listener: The listener; outlives the watch.
 * @own: The worker is the one that normally accepts: it is asked first.
 *
 * Context: Process context, under the namespace's lock.
 * Return: 0 or -ENOMEM.
 */
int tux_acceptor_watch(struct tux_acceptor *acceptor, struct tux_listener *listener, bool own)
{
	struct tux_listen_watch *watch = kzalloc(sizeof(*watch), GFP_KERNEL_ACCOUNT);
	wait_queue_head_t *queue = sk_sleep(listener->socket->sk);
	unsigned long flags;

	if (!watch)
		return -ENOMEM;
	watch->acceptor = acceptor;
	watch->listener = listener;
	watch->pending = true;
	init_waitqueue_func_entry(&watch->entry, listener_has_connection);
	spin_lock_irqsave(&queue->lock, flags);
	if (own)
		__add_wait_queue_exclusive(queue, &watch->entry);
	else
		__add_wait_queue_entry_tail_exclusive(queue, &watch->entry);
	spin_unlock_irqrestore(&queue->lock, flags);
	/* The worker may be walking the list at this moment. */
	list_add_tail_rcu(&watch->node, &acceptor->watches);
	/* Pairs with the exchange in tux_acceptor_accept(). */
	smp_store_release(&acceptor->pending, true);
	tux_ready_list_wake(acceptor->ready);
	return 0;
}

/* Asks another worker, if there is something to accept. */
static void pass_on(const struct tux_listener *listener)
{
	if (!queue_is_empty(listener))
		wake_up_interruptible_poll(sk_sleep(listener->socket->sk), EPOLLIN);
}

/**
 * tux_acceptor_unwatch_all() - A worker ends: hear of no listener any more.
 * @acceptor: The worker's, not available.
 *
 * Connections that wait are offered to the other workers.
 *
 * Context: Process context, under the namespace's lock; the worker is not in its loop.
 */
void tux_acceptor_unwatch_all(struct tux_acceptor *acceptor)
{
	struct tux_listen_watch *watch, *next;

	list_for_each_entry_safe(watch, next, &acceptor->watches, node) {
		/* Takes the queue's lock: no wake-up of this entry runs afterwards. */
		remove_wait_queue(sk_sleep(watch->listener->socket->sk), &watch->entry);
		list_del(&watch->node);
		pass_on(watch->listener);
		kfree(watch);
	}
}

/**
 * tux_acceptor_arrive() - The worker is in its loop and has room.
 * @acceptor: The worker's.
 *
 * Context: The worker.
 */
void tux_acceptor_arrive(struct tux_acceptor *acceptor)
{
	struct tux_listen_watch *watch;

	WRITE_ONCE(acceptor->available, true);
	/*
	 * Pairs with the barrier before a listener's wake-up: it finds us available, or we find its
	 * connection.
	 */
	smp_mb();
	list_for_each_entry_rcu(watch, &acceptor->watches, node, true)
		WRITE_ONCE(watch->pending, true);
	WRITE_ONCE(acceptor->pending, true);
}

/**
 * tux_acceptor_leave() - The worker leaves its loop, or is full.
 * @acceptor: The worker's.
 *
 * What it was woken for and has not accepted is offered to the others.
 *
 * Context: The worker.
 */
void tux_acceptor_leave(struct tux_acceptor *acceptor)
{
	struct tux_listen_watch *watch;

	if (!acceptor->available)
		return;
	WRITE_ONCE(acceptor->available, false);
	/* As in tux_acceptor_arrive(). */
	smp_mb();
	list_for_each_entry_rcu(watch, &acceptor->watches, node, true)
		pass_on(watch->listener);
}

/*
 * Finds a watch, from this one on, whose listener has a connection; marks that turn out to be for
 * nothing are cleared.  Return: NULL if there is none.
 */
static struct tux_listen_watch *next_waiting(struct tux_acceptor *acceptor,
					     struct tux_listen_watch *watch)
{
	list_for_each_entry_from_rcu(watch, &acceptor->watches, node) {
		if (!READ_ONCE(watch->pending))
			continue;
		WRITE_ONCE(watch->pending, false);
		/* A connection that is queued after this sets the mark again. */
		smp_mb();
		if (queue_is_empty(watch->listener))
			continue;
		WRITE_ONCE(watch->pending, true);
		return watch;
	}
	return NULL;
}

static struct tux_listen_watch *first_waiting(struct tux_acceptor *acceptor)
{
	/* Pairs with the release in listener_has_connection(). */
	if (!READ_ONCE(acceptor->pending) || !xchg(&acceptor->pending, false))
		return NULL;
	return next_waiting(acceptor, list_entry_rcu(acceptor->watches.next,
						     struct tux_listen_watch, node));
}

/**
 * tux_acceptor_has_waiting() - Is there a connection for this worker?
 * @acceptor: The worker's, available.
 *
 * If not, the next one wakes the worker.
 *
 * Context: The worker.
 * Return: True if a listener that the worker was woken for has a connection.
 */
bool tux_acceptor_has_waiting(struct tux_acceptor *acceptor)
{
	if (!first_waiting(acceptor))
		return false;
	WRITE_ONCE(acceptor->pending, true);
	return true;
}

/**
 * tux_acceptor_accept() - Take a connection from a listener that has one for this worker.
 * @acceptor: The worker's.
 *
 * Context: The worker, in TASK_RUNNING.  May sleep for memory and for the listener's lock.
 * Return: A connected socket, the caller's; or NULL if there is none.
 */
struct socket *tux_acceptor_accept(struct tux_acceptor *acceptor)
{
	struct tux_listen_watch *watch = first_waiting(acceptor);
	struct socket *socket;
	int error;

	while (watch) {
		error = kernel_accept(watch->listener->socket, &socket, O_NONBLOCK);
		if (!error) {
			WRITE_ONCE(acceptor->pending, true);
			return socket;
		}
		/* The connection stays in the queue, and no event comes for it any more. */
		if (error != -EAGAIN)
			acceptor->failed = true;
		watch = next_waiting(acceptor, list_next_entry(watch, node));
	}
	return NULL;
}

/**
 * tux_acceptor_retry() - Some time has passed: try again what could not be accepted.
 * @acceptor: The worker's.
 *
 * Context: The worker.
 */
void tux_acceptor_retry(struct tux_acceptor *acceptor)
{
	if (!acceptor->failed)
		return;
	acceptor->failed = false;
	WRITE_ONCE(acceptor->pending, true);
}

/**
 * tux_acceptor_is_empty() - Have all listeners been emptied?
 * @acceptor: A worker's.
 *
 * Context: The worker.
 * Return: True if no connection waits to be accepted.
 */
bool tux_acceptor_is_empty(const struct tux_acceptor *acceptor)
{
	struct tux_listen_watch *watch;

	list_for_each_entry_rcu(watch, &acceptor->watches, node, true)
		if (!queue_is_empty(watch->listener))
			return false;
	return true;
}
