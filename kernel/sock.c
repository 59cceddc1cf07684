// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket callbacks, see sock.h.
 *
 * Called by TCP in softirq context or from release_sock() in any task; calls ready.c.  A callback
 * first calls the one that was there before, so whoever waits on the socket besides us is told.  It
 * reads nothing of the socket and changes nothing: what happened is found out by the worker, under
 * the socket lock.
 *
 * A reset calls only state_change and error_report, not data_ready; hence all four.
 */
#include "sock.h"

#include <net/tcp.h>

/*
 * What a connection may have queued in TCP beyond what its congestion window takes: more would pin
 * pages for a slow reader and gain nothing.
 */
#define UNSENT_BYTES_MAX (128 << 10)

static void changed(struct sock *sk, enum tux_sock_callback which)
{
	struct tux_sock *sock;

	rcu_read_lock();
	sock = rcu_dereference_sk_user_data(sk);
	if (sock) {
		sock->saved[which](sk);
		if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_SYN_SENT)
			WRITE_ONCE(sock->lost, true);
		/* Room for a few bytes is not worth a step. */
		if (which != TUX_SOCK_WRITE_SPACE || sk_stream_is_writeable(sk))
			tux_ready_push(sock->list, &sock->ready);
	}
	rcu_read_unlock();
}

static void data_ready(struct sock *sk)
{
	changed(sk, TUX_SOCK_DATA_READY);
}

static void write_space(struct sock *sk)
{
	changed(sk, TUX_SOCK_WRITE_SPACE);
}

static void state_change(struct sock *sk)
{
	changed(sk, TUX_SOCK_STATE_CHANGE);
}

static void error_report(struct sock *sk)
{
	changed(sk, TUX_SOCK_ERROR_REPORT);
}

/*
 * A socket that another subsystem has taken (sockmap, kTLS, MPTCP...) must not be driven by plain
 * TCP calls.
 */
static bool is_plain_tcp(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM && !sk->sk_user_data &&
	       !inet_csk(sk)->icsk_ulp_ops;
}

/**
 * tux_sock_attach() - Route a socket's events to a ready list.
 * @sock: What to set up.
 * @socket: An accepted TCP socket; stays the caller's.
 * @list: Where to; must live until an RCU grace period after tux_sock_detach().
 *
 * Events from before are not reported: step the connection once afterwards.
 *
 * Context: Process context, takes the socket lock and sk_callback_lock.
 * Return: 0, or -EBUSY if the socket is already somebody else's.
 */
int tux_sock_attach(struct tux_sock *sock, struct socket *socket, struct tux_ready_list *list)
{
	struct sock *sk = socket->sk;
	int error = -EBUSY;

	sock->list = list;
	sock->socket = socket;
	sock->sk = sk;
	sock_hold(sk);
	lock_sock(sk);
	write_lock_bh(&sk->sk_callback_lock);
	if (is_plain_tcp(sk)) {
		sock->saved[TUX_SOCK_DATA_READY] = sk->sk_data_ready;
		sock->saved[TUX_SOCK_WRITE_SPACE] = sk->sk_write_space;
		sock->saved[TUX_SOCK_STATE_CHANGE] = sk->sk_state_change;
		sock->saved[TUX_SOCK_ERROR_REPORT] = sk->sk_error_report;
		__rcu_assign_sk_user_data_with_flags(sk, sock, SK_USER_DATA_NOCOPY);
		sk->sk_data_ready = data_ready;
		sk->sk_write_space = write_space;
		sk->sk_state_change = state_change;
		sk->sk_error_report = error_report;
		error = 0;
	}
	write_unlock_bh(&sk->sk_callback_lock);
	if (!error)
		tux_sock_tame(sock);
	release_sock(sk);
	if (error)
		sock_put(sk);
	return error;
}

/**
 * tux_sock_tame() - Give a socket the options that a connection of ours has.
 * @sock: An attached socket, locked.
 *
 * What the listener had may have been inherited, and user space may have set what it likes.
 *
 * Context: Process context, socket lock held.
 */
void tux_sock_tame(struct tux_sock *sock)
{
	struct sock *sk = sock->sk;

	sock_set_flag(sk, SOCK_URGINLINE);
	WRITE_ONCE(sk->sk_rcvlowat, 1);
	WRITE_ONCE(tcp_sk(sk)->notsent_lowat, UNSENT_BYTES_MAX);
	/* It would make a close wait. */
	sock_reset_flag(sk, SOCK_LINGER);
	tcp_sk(sk)->nonagle = TCP_NAGLE_OFF;
}

/**
 * tux_sock_try_lock() - Take the socket lock if it is free.
 * @sk: The socket.
 *
 * What lock_sock() does, but for the waiting.
 *
 * Context: Process context.
 * Return: True, then release_sock() is due; false if somebody has it.
 */
bool tux_sock_try_lock(struct sock *sk)
{
	spin_lock_bh(&sk->sk_lock.slock);
	if (sk->sk_lock.owned) {
		spin_unlock_bh(&sk->sk_lock.slock);
		return false;
	}
	sk->sk_lock.owned = 1;
	spin_unlock(&sk->sk_lock.slock);
	mutex_acquire(&sk->sk_lock.dep_map, 0, 1, _RET_IP_);
	local_bh_enable();
	return true;
}

/**
 * tux_sock_lock() - Take the socket lock, if that does not mean to wait for user space.
 * @sock: The socket.
 *
 * Context: Process context.  May sleep, but not for user space.
 * Return: True, then tux_sock_unlock() is due; false if the socket is shared and somebody else has
 *         the lock: try again later.
 */
bool tux_sock_lock(struct tux_sock *sock)
{
	if (sock->file)
		return tux_sock_try_lock(sock->sk);
	lock_sock(sock->sk);
	return true;
}

/**
 * tux_sock_unlock() - Release the socket lock.
 * @sock: A locked socket.
 *
 * Context: Process context.
 */
void tux_sock_unlock(struct tux_sock *sock)
{
	release_sock(sock->sk);
}

/**
 * tux_sock_is_attached() - Do a socket's events come to us?
 * @sk: The socket.
 *
 * Context: Process context, socket lock held.
 * Return: True if all callbacks are ours.
 */
bool tux_sock_is_attached(const struct sock *sk)
{
	return sk->sk_data_ready == data_ready && sk->sk_write_space == write_space &&
	       sk->sk_state_change == state_change && sk->sk_error_report == error_report;
}

/**
 * tux_sock_detach() - Give a socket its own callbacks back.
 * @sock: An attached socket.
 *
 * Each callback is restored only if it is still ours: another may have been put over it, which then
 * goes on calling ours, and ours finds no sk_user_data and does nothing.  A callback that is
 * running now may still push
 * @sock until a grace period has passed.  The socket lock, which user space may have, is not taken.
 *
 * Context: Process context, takes sk_callback_lock.
 */
void tux_sock_detach(struct tux_sock *sock)
{
	struct sock *sk = sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_data_ready == data_ready)
		WRITE_ONCE(sk->sk_data_ready, sock->saved[TUX_SOCK_DATA_READY]);
	if (sk->sk_write_space == write_space)
		WRITE_ONCE(sk->sk_write_space, sock->saved[TUX_SOCK_WRITE_SPACE]);
	if (sk->sk_state_change == state_change)
		WRITE_ONCE(sk->sk_state_change, sock->saved[TUX_SOCK_STATE_CHANGE]);
	if (sk->sk_error_report == error_report)
		WRITE_ONCE(sk->sk_error_report, sock->saved[TUX_SOCK_ERROR_REPORT]);
	if (rcu_access_pointer(__sk_user_data(sk)) ==
	    (void *)((uintptr_t)sock | SK_USER_DATA_NOCOPY))
		rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * tux_sock_notify() - Queue the connection without an event of its socket.
 * @sock: The connection's socket.
 *
 * Context: Any context; the caller keeps the connection and its worker alive.
 */
void tux_sock_notify(struct tux_sock *sock)
{
	tux_ready_push(sock->list, &sock->ready);
}
