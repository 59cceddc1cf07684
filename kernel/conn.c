// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: birth, timers, death.
 *
 * Called by request.c and worker.c; calls sock.c and fetch.c.  No locks: a set of connections
 * belongs to its worker, or to whoever ends that worker after it has left the loop.
 *
 * Timers cost the hot path a store: a connection sits in a slot of a wheel of seconds that is not
 * later than its deadline; when the slot comes up, a deadline that has moved on only moves the
 * connection to another slot.
 *
 * A closed connection may still be on the ready list, or about to be put there by a callback that
 * is running.  The TUX_READY_QUEUED bit settles it: whoever closes takes the bit for good, and if
 * it was set already, the connection will come out of the list once more and is freed then
 * (tux_conn_reap()).
 */
#include "conn.h"

#include <linux/file.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/tcp.h>

#include "handout.h"
#include "stat.h"
#include "trace.h"
#include "user_request.h"

static struct kmem_cache *conn_cache;

/**
 * tux_conn_module_init() - Make the cache that connections come from.
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int tux_conn_module_init(void)
{
	conn_cache = KMEM_CACHE(tux_conn, SLAB_ACCOUNT | SLAB_HWCACHE_ALIGN);
	return conn_cache ? 0 : -ENOMEM;
}

/**
 * tux_conn_module_exit() - Destroy the cache; every connection has been freed.
 *
 * Context: Module unload.  Waits for RCU callbacks.
 */
void tux_conn_module_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(conn_cache);
}

/**
 * tux_conn_set_init() - Set up an empty set.
 * @set: The worker's set.
 * @stats: Counters to use; must outlive the set.
 * @free: Called when the last reference goes.
 *
 * Context: Any context.
 */
void tux_conn_set_init(struct tux_conn_set *set, struct tux_stats __percpu *stats,
		       void (*free)(struct tux_conn_set *set))
{
	int i;

	refcount_set(&set->refs, 1);
	set->free = free;
	tux_ready_list_init(&set->ready);
	INIT_LIST_HEAD(&set->all);
	INIT_LIST_HEAD(&set->idle);
	INIT_LIST_HEAD(&set->retry);
	for (i = 0; i < TUX_WHEEL_SLOTS; i++)
		INIT_LIST_HEAD(&set->wheel[i]);
	set->stats = stats;
	tux_conn_set_clock(set);
	set->swept = set->now;
}

/**
 * tux_conn_set_get() - Take a reference to a set and to the worker around it.
 * @set: A set that the caller may use.
 *
 * Context: Any context.
 * Return: @set.
 */
struct tux_conn_set *tux_conn_set_get(struct tux_conn_set *set)
{
	refcount_inc(&set->refs);
	return set;
}

/**
 * tux_conn_set_put() - Drop a reference to a set and to the worker around it.
 * @set: The set.
 *
 * Context: Process context; may sleep.
 */
void tux_conn_set_put(struct tux_conn_set *set)
{
	if (refcount_dec_and_test(&set->refs))
		set->free(set);
}

static struct tux_conn *new_conn(struct tux_conn_set *set)
{
	struct tux_conn *conn = kmem_cache_zalloc(conn_cache, GFP_KERNEL);

	if (!conn)
		return NULL;
	conn->set = set;
	conn->state = TUX_CONN_IDLE;
	conn->fd = -1;
	INIT_LIST_HEAD(&conn->idle);
	INIT_LIST_HEAD(&conn->timer);
	INIT_LIST_HEAD(&conn->retry);
	http_scan_init(&conn->scan);
	return conn;
}

/**
 * tux_conn_admit() - Count a connection among those of its worker.
 * @conn: A connection that is none yet.
 *
 * Context: The worker.
 */
void tux_conn_admit(struct tux_conn *conn)
{
	struct tux_conn_set *set = conn->set;

	conn->id = ++set->serial;
	conn->state = TUX_CONN_IDLE;
	list_add_tail(&conn->node, &set->all);
	WRITE_ONCE(set->count, set->count + 1);
	trace_tux_connection_start(conn);
}

/**
 * tux_conn_open() - Make a connection of an accepted socket.
 * @set: The worker's set.
 * @socket: The socket; the connection's on success, else released.
 *
 * Context: The worker.  May sleep.
 * Return: The connection, idle and without a timer; ERR_PTR(-ENOMEM) or ERR_PTR(-EBUSY).
 */
struct tux_conn *tux_conn_open(struct tux_conn_set *set, struct socket *socket)
{
	struct tux_conn *conn = new_conn(set);
	int error;

	if (!conn) {
		sock_release(socket);
		return ERR_PTR(-ENOMEM);
	}
	error = tux_sock_attach(&conn->sock, socket, &set->ready);
	if (error) {
		kmem_cache_free(conn_cache, conn);
		sock_release(socket);
		return ERR_PTR(error);
	}
	tux_conn_admit(conn);
	return conn;
}

/**
 * tux_conn_adopt() - Make a connection of a socket that user space has made.
 * @set: The set of the worker that will have it; the caller has a reference.
 * @file: The socket's file; a reference is taken.
 *
 * Context: The task that hands it in.  May sleep, also for whoever has the socket's lock.
 * Return: The connection, to be given to tux_conn_arrive() or tux_conn_cancel(); or ERR_PTR().
 */
struct tux_conn *tux_conn_adopt(struct tux_conn_set *set, struct file *file)
{
	struct tux_conn *conn = new_conn(set);
	int error;

	if (!conn)
		return ERR_PTR(-ENOMEM);
	conn->state = TUX_CONN_ARRIVING;
	/* The worker must not hear of it before it is sure to get it. */
	set_bit(TUX_READY_QUEUED, &conn->sock.ready.flags);
	error = tux_sock_attach(&conn->sock, sock_from_file(file), &set->ready);
	if (error) {
		kmem_cache_free(conn_cache, conn);
		return ERR_PTR(error);
	}
	error = tux_handout_adopt(&conn->sock, file);
	if (!error)
		return conn;
	tux_conn_cancel(conn);
	return ERR_PTR(error);
}

/**
 * tux_conn_arrive() - Give an adopted connection to its worker.
 * @conn: From tux_conn_adopt(); the worker's from now on, and it has not left.
 *
 * Context: Process context.
 */
void tux_conn_arrive(struct tux_conn *conn)
{
	tux_stat_inc(conn->set->stats, TUX_STAT_connections_accepted);
	tux_ready_taken(&conn->sock.ready);
	tux_sock_notify(&conn->sock);
}

static void free_after_grace(struct rcu_head *rcu)
{
	kmem_cache_free(conn_cache, container_of(rcu, struct tux_conn, rcu));
}

/**
 * tux_conn_cancel() - Its worker has left: forget an adopted connection.
 * @conn: From tux_conn_adopt(); the socket stays user space's.
 *
 * Context: Process context.
 */
void tux_conn_cancel(struct tux_conn *conn)
{
	tux_sock_detach(&conn->sock);
	if (conn->sock.file)
		fput(conn->sock.file);
	sock_put(conn->sock.sk);
	call_rcu(&conn->rcu, free_after_grace);
}

/*
 * Frees a closed connection that is on no list and whose fetch is over.  May sleep (a file may be
 * closed); the memory goes after an RCU grace period.
 */
static void free_conn(struct tux_conn *conn)
{
	if (atomic_read(&conn->fetching) != TUX_FETCHING_NONE)
		tux_fetch_release(&conn->request.fetch);
	tux_request_reset(&conn->request);
	call_rcu(&conn->rcu, free_after_grace);
}

/**
 * tux_conn_take_back() - Give up a fetch that no helper has begun.
 * @conn: The connection.
 *
 * Context: The worker, or whoever ends it.  May sleep.
 * Return: True if there was one, and now there is none.
 */
bool tux_conn_take_back(struct tux_conn *conn)
{
	if (atomic_read(&conn->fetching) != TUX_FETCHING_BUSY ||
	    !tux_fetch_cancel(&conn->request.fetch))
		return false;
	tux_fetch_release(&conn->request.fetch);
	atomic_set(&conn->fetching, TUX_FETCHING_NONE);
	return true;
}

/*
 * The fetch of a connection that is being closed: true if there is none to wait for.  Else it has
 * been abandoned: the helper frees the connection, and a reference keeps the worker's memory until
 * then.
 */
static bool end_fetch(struct tux_conn *conn)
{
	int before;

	if (tux_conn_take_back(conn) || atomic_read(&conn->fetching) != TUX_FETCHING_BUSY)
		return true;
	refcount_inc(&conn->set->refs);
	/* Pairs with the exchange in tux_conn_fetched(): exactly one side sees the other. */
	before = atomic_cmpxchg(&conn->fetching, TUX_FETCHING_BUSY, TUX_FETCHING_ABANDONED);
	if (before == TUX_FETCHING_BUSY)
		return false;
	tux_conn_set_put(conn->set);
	return true;
}

static void end_socket(struct tux_conn *conn, bool abort)
{
	struct tux_sock *sock = &conn->sock;

	if (sock->file) {
		if (conn->set->owner == task_tgid(current))
			tux_handout_withdraw(conn->fd, sock->file);
		tux_handout_end(sock, abort);
	} else if (sock->socket) {
		if (abort)
			sock_no_linger(sock->sk);
		sock_release(sock->socket);
	}
	sock_put(sock->sk);
}

/**
 * tux_conn_close() - End a connection.
 * @conn: The connection; not to be used afterwards.
 * @abort: Reset it instead of closing it in order, so that the client cannot mistake a part for the
 * whole.
 *
 * If its ready entry is still on the list, the worker must give the connection to tux_conn_reap()
 * when it comes out. If a helper is at work for it, the helper frees it (the caller has made sure
 * that the worker outlives it).
 *
 * Context: The worker, or whoever ends it.  May sleep.
 */
void tux_conn_close(struct tux_conn *conn, bool abort)
{
	struct tux_conn_set *set = conn->set;

	trace_tux_connection_end(conn, abort);
	tux_stat_inc(set->stats, TUX_STAT_connections_closed);
	if (!list_empty(&conn->idle)) {
		list_del_init(&conn->idle);
		set->idle_count--;
	}
	list_del_init(&conn->timer);
	list_del_init(&conn->node);
	list_del_init(&conn->retry);
	WRITE_ONCE(set->count, set->count - 1);
	if (conn->request.user) {
		tux_user_request_abandon(conn->request.user);
		conn->request.user = NULL;
	}
	tux_sock_detach(&conn->sock);
	end_socket(conn, abort);
	conn->closed = true;
	set->closing++;
	if (tux_ready_retire(&conn->sock.ready))
		tux_conn_reap(conn);
}

/**
 * tux_conn_reap() - Free a closed connection that cannot be queued any more, unless a helper still
 * has it.
 * @conn: A closed connection that has come off the ready list.
 *
 * Context: The worker, or whoever ends it.  May sleep.
 */
void tux_conn_reap(struct tux_conn *conn)
{
	conn->set->closing--;
	if (end_fetch(conn))
		free_conn(conn);
}

/**
 * tux_conn_fetched() - A helper is done with a connection's fetch.
 * @conn: The connection.
 *
 * Context: The helper.  May sleep, if the connection has been closed meanwhile.
 */
void tux_conn_fetched(struct tux_conn *conn)
{
	struct tux_conn_set *set = conn->set;
	bool abandoned;

	rcu_read_lock();
	abandoned = atomic_cmpxchg(&conn->fetching, TUX_FETCHING_BUSY, TUX_FETCHING_DONE) ==
		    TUX_FETCHING_ABANDONED;
	/*
	 * Not abandoned: the worker may free the connection from here on, but only after a grace
	 * period.
	 */
	if (!abandoned)
		tux_sock_notify(&conn->sock);
	rcu_read_unlock();
	if (abandoned) {
		free_conn(conn);
		tux_conn_set_put(set);
	}
}

/**
 * tux_conn_is_broken() - Is there no client any more?
 * @conn: The connection.
 *
 * Context: The worker.
 * Return: True after a reset, or if user space has disconnected the socket.
 */
bool tux_conn_is_broken(const struct tux_conn *conn)
{
	const struct sock *sk = conn->sock.sk;

	return READ_ONCE(conn->sock.lost) || READ_ONCE(sk->sk_err) ||
	       inet_sk_state_load(sk) == TCP_CLOSE;
}

/**
 * tux_conn_set_idle() - Nothing is being answered: wait for the next request.
 * @conn: The connection.
 *
 * A connection that has not yet sent a request does not count as idle: it is not closed in favour
 * of others.
 *
 * Context: The worker.
 */
void tux_conn_set_idle(struct tux_conn *conn)
{
	conn->state = TUX_CONN_IDLE;
	if (conn->requests && list_empty(&conn->idle)) {
		list_add_tail(&conn->idle, &conn->set->idle);
		conn->set->idle_count++;
	}
}

/**
 * tux_conn_set_busy() - The connection is doing something.
 * @conn: The connection.
 * @state: What.
 *
 * Context: The worker.
 */
void tux_conn_set_busy(struct tux_conn *conn, enum tux_conn_state state)
{
	conn->state = state;
	if (!list_empty(&conn->idle)) {
		list_del_init(&conn->idle);
		conn->set->idle_count--;
	}
}

/* Puts a connection into the slot of @second, or of the last slot that the wheel has before it. */
static void put_in_slot(struct tux_conn *conn, u32 second)
{
	u32 last = conn->set->swept + TUX_WHEEL_SLOTS - 1;

	conn->slot = (s32)(second - last) > 0 ? last : second;
	list_move_tail(&conn->timer, &conn->set->wheel[conn->slot % TUX_WHEEL_SLOTS]);
}

/**
 * tux_conn_timer() - Set the time at which a connection has waited long enough.
 * @conn: The connection.
 * @seconds: From now, at least 1; 0 for never.
 *
 * Replaces what was set before.  Fires up to a second late, never early.
 *
 * Context: The worker.  Usually only a store.
 */
void tux_conn_timer(struct tux_conn *conn, unsigned int seconds)
{
	u32 deadline = conn->set->now + seconds + 1;

	if (!seconds) {
		conn->deadline = 0;
		return;
	}
	if (!deadline)
		deadline = 1;
	conn->deadline = deadline;
	if (list_empty(&conn->timer) || (s32)(conn->slot - deadline) > 0)
		put_in_slot(conn, deadline);
}

/**
 * tux_conn_set_clock() - Read the clock that timers go by.
 * @set: The worker's set.
 *
 * Context: The worker; once a round.
 */
void tux_conn_set_clock(struct tux_conn_set *set)
{
	set->now = ktime_get_boottime_seconds();
}

/**
 * tux_conn_collect_due() - Take the connections whose slots have come up out of the wheel.
 * @set: The worker's set.
 * @due: An empty list to put them on, linked by @timer.
 *
 * Context: The worker.
 */
void tux_conn_collect_due(struct tux_conn_set *set, struct list_head *due)
{
	u32 seconds = set->now - set->swept;
	u32 i;

	if (seconds > TUX_WHEEL_SLOTS)
		seconds = TUX_WHEEL_SLOTS;
	for (i = 0; i < seconds; i++)
		list_splice_tail_init(&set->wheel[(set->now - i) % TUX_WHEEL_SLOTS], due);
	set->swept = set->now;
}

/**
 * tux_conn_expired() - The next connection whose time is up.
 * @set: The worker's set.
 * @due: From tux_conn_collect_due(); connections that have more time go back into the wheel.
 *
 * Context: The worker.
 * Return: A connection without a timer, or NULL when @due is empty.
 */
struct tux_conn *tux_conn_expired(struct tux_conn_set *set, struct list_head *due)
{
	while (!list_empty(due)) {
		struct tux_conn *conn = list_first_entry(due, struct tux_conn, timer);

		if (conn->deadline && (s32)(conn->deadline - set->now) > 0) {
			put_in_slot(conn, conn->deadline);
			continue;
		}
		list_del_init(&conn->timer);
		if (conn->deadline) {
			conn->deadline = 0;
			return conn;
		}
	}
	return NULL;
}

/**
 * tux_request_reset() - Drop everything that a request holds.
 * @request: The request; its fetch is not under way.
 *
 * Context: Process context; may sleep, so not under a socket lock.
 */
void tux_request_reset(struct tux_request *request)
{
	if (request->pages.count)
		tux_pages_put(&request->pages);
	if (request->head) {
		put_page(request->head);
		request->head = NULL;
	}
	tux_file_put(&request->file);
	request->head_length = 0;
	request->consume = 0;
	request->position = 0;
	request->end = 0;
	request->status = 0;
	request->stage = TUX_STAGE_FILE;
	request->attempts = 0;
	request->has_body = false;
	request->drain = false;
	request->refusal = 0;
	request->queued = false;
	request->helpless = false;
	request->more = false;
}
