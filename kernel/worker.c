// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event loop.
 *
 * Called by server.c and, for EVENTLOOP, action.c; runs in the task of the caller, with its
 * credentials, its cgroup and its limits. Steps connections (request.c), accepts new ones
 * (listen.c), looks at timers (conn.c), sleeps.
 *
 * Everything that wants the worker first makes its reason visible (an entry on the ready list, a
 * flag), then wakes it; the worker first declares that it is going to sleep, then looks for reasons
 * once more.
 */
#include "worker.h"

#include <linux/cred.h>
#include <linux/freezer.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/tux.h>
#include <net/net_namespace.h>

#include "handout.h"
#include "process.h"
#include "request.h"
#include "stat.h"
#include "user_request.h"

/*
 * Of one connection in one round, so that nobody waits long for a neighbour with a fast line or a
 * deep pipeline.
 */
#define BYTES_PER_ROUND (256 << 10)
#define STEPS_PER_ROUND 64

/* Processes that answer are woken at the end of a round, or after so many connections. */
#define STEPPED_PER_WAKE 64

/* Connections accepted in one round. */
#define ACCEPTS_PER_ROUND 32

/* A connection that has sent no request yet when the server shuts down gets so long for it. */
#define DRAIN_SECONDS 1

/*
 * From the beginning of a shutdown on, connections are accepted for so long.  Those that were there
 * before it are all served; but as long as anybody listens, more may come.
 */
#define DRAIN_ACCEPT_SECONDS 2

/* How soon a connection whose socket user space has locked is tried again. */
#define RETRY_INTERVAL (HZ / 50)

/* The loop goes on for so long before it returns for the kernel's sake. */
#define TASK_WORK_SECONDS 10

static struct tux_worker *worker_of(struct tux_conn_set *set)
{
	return container_of(set, struct tux_worker, context.set);
}

/*
 * The last reference is gone, and with it every connection: only RCU readers of the ready list may
 * be left.
 */
static void free_worker(struct tux_conn_set *set)
{
	struct tux_worker *worker = worker_of(set);

	put_pid(worker->owner);
	put_cred(worker->cred);
	tux_namespace_put(worker->namespace);
	kfree_rcu(worker, rcu);
}

static void second_has_passed(struct timer_list *timer)
{
	struct tux_worker *worker = container_of(timer, struct tux_worker, tick);

	WRITE_ONCE(worker->tick_due, true);
	tux_ready_list_wake(&worker->context.set.ready);
}

static void try_again(struct timer_list *timer)
{
	struct tux_worker *worker = container_of(timer, struct tux_worker, retry);

	WRITE_ONCE(worker->retry_due, true);
	tux_ready_list_wake(&worker->context.set.ready);
}

/**
 * tux_worker_create() - Make a worker.
 * @place: Where it works.
 * @index: Its number.
 * @owner: Thread group that it will belong to; a reference is taken.
 *
 * Context: Process context.
 * Return: The worker, which watches no listener yet, or ERR_PTR(-ENOMEM).
 */
struct tux_worker *tux_worker_create(const struct tux_workplace *place, unsigned int index,
				     struct pid *owner)
{
	struct tux_worker *worker = kzalloc(sizeof(*worker), GFP_KERNEL_ACCOUNT);
	struct tux_context *context;
	int error;

	if (!worker)
		return ERR_PTR(-ENOMEM);
	context = &worker->context;
	context->config = &place->namespace->config;
	context->docroot = place->docroot;
	context->mime = place->mime;
	context->modules = place->modules;
	tux_conn_set_init(&context->set, place->namespace->stats, free_worker);
	context->set.serial = place->serial << 40;
	error = tux_context_init(context);
	if (error) {
		kfree(worker);
		return ERR_PTR(error);
	}
	worker->namespace = tux_namespace_hold(place->namespace);
	worker->server = place->server;
	worker->index = index;
	worker->owner = get_pid(owner);
	context->set.owner = owner;
	worker->cred = get_current_cred();
	worker->acceptor.ready = &context->set.ready;
	INIT_LIST_HEAD(&worker->acceptor.watches);
	timer_setup(&worker->tick, second_has_passed, 0);
	timer_setup(&worker->retry, try_again, 0);
	return worker;
}

/* Takes closed connections off the ready list for the last time. */
static void reap_ready(struct tux_conn_set *set)
{
	struct llist_node *node = tux_ready_take(&set->ready);
	struct tux_conn *conn, *next;

	llist_for_each_entry_safe(conn, next, node, sock.ready.node) {
		if (conn->closed) {
			tux_conn_reap(conn);
			continue;
		}
		/* It has just been adopted. */
		tux_ready_taken(&conn->sock.ready);
		tux_conn_admit(conn);
		tux_conn_close(conn, true);
	}
}

/**
 * tux_worker_destroy() - End a worker and its connections.
 * @worker: The worker; nobody is in its loop, and it watches no listener.
 *
 * A connection in the middle of a response is reset: the client must not take a part for the whole.
 *
 * Context: Process context; may sleep.
 */
void tux_worker_destroy(struct tux_worker *worker)
{
	struct tux_context *context = &worker->context;
	struct tux_user_request *request;
	struct tux_conn *conn, *next;

	timer_shutdown_sync(&worker->tick);
	timer_shutdown_sync(&worker->retry);
	while ((request = tux_recipient_take_any(&context->recipient)))
		tux_user_request_put(request);
	list_for_each_entry_safe(conn, next, &context->set.all, node)
		tux_conn_close(conn, tux_request_is_partial(conn));
	reap_ready(&context->set);
	/* A callback that was running has claimed an entry, but had not put it on the list yet. */
	while (context->set.closing) {
		synchronize_rcu();
		reap_ready(&context->set);
	}
	tux_context_exit(context);
	tux_conn_set_put(&context->set);
}

/**
 * tux_worker_kick() - Make a worker look at its flags.
 * @worker: The worker.
 *
 * Context: Any context.  The caller has set the flag before.
 */
void tux_worker_kick(struct tux_worker *worker)
{
	tux_ready_list_wake(&worker->context.set.ready);
}

/*
 * User space has the socket's lock, for as long as it likes: only its own connection waits, and not
 * for ever.
 */
static void wait_for_lock(struct tux_worker *worker, struct tux_conn *conn)
{
	struct tux_context *context = &worker->context;

	if (!conn->locked)
		conn->locked = context->set.now ?: 1;
	if (context->set.now - conn->locked > READ_ONCE(context->config->send_timeout)) {
		tux_stat_inc(context->set.stats, TUX_STAT_connections_timed_out);
		tux_conn_close(conn, true);
		return;
	}
	list_move_tail(&conn->retry, &worker->context.set.retry);
	if (!timer_pending(&worker->retry))
		mod_timer(&worker->retry, jiffies + RETRY_INTERVAL);
}

/* Steps one connection until it waits, ends, or has had its share: one step if a signal waits. */
static void run_connection(struct tux_worker *worker, struct tux_conn *conn, enum tux_step step)
{
	int i, share = signal_pending(current) ? 1 : STEPS_PER_ROUND;
	size_t budget = BYTES_PER_ROUND;

	for (i = 0; i < share && budget && step == TUX_STEP_AGAIN; i++)
		step = tux_request_step(&worker->context, conn, &budget);
	if (step == TUX_STEP_RETRY) {
		wait_for_lock(worker, conn);
		return;
	}
	conn->locked = 0;
	if (step == TUX_STEP_AGAIN)
		tux_sock_notify(&conn->sock);
	else if (step != TUX_STEP_WAIT)
		tux_conn_close(conn, step == TUX_STEP_ABORT);
	if (step == TUX_STEP_AGAIN || !(++worker->stepped % STEPPED_PER_WAKE))
		tux_process_wake_roused(&worker->context.roused);
}

/* A connection that is new to the worker. */
static void take_in(struct tux_worker *worker, struct tux_conn *conn)
{
	struct tux_context *context = &worker->context;

	if (conn->state == TUX_CONN_ARRIVING)
		tux_conn_admit(conn);
	tux_request_init(context, conn);
	if (context->draining)
		tux_conn_timer(conn, DRAIN_SECONDS);
}

static bool run_ready(struct tux_worker *worker)
{
	struct llist_node *node = tux_ready_take(&worker->context.set.ready);
	struct tux_conn *conn, *next;

	if (!node)
		return false;
	llist_for_each_entry_safe(conn, next, node, sock.ready.node) {
		if (conn->closed) {
			tux_conn_reap(conn);
			continue;
		}
		tux_ready_taken(&conn->sock.ready);
		if (conn->state == TUX_CONN_ARRIVING)
			take_in(worker, conn);
		run_connection(worker, conn, TUX_STEP_AGAIN);
	}
	return true;
}

static void run_retries(struct tux_worker *worker)
{
	LIST_HEAD(due);

	WRITE_ONCE(worker->retry_due, false);
	list_splice_init(&worker->context.set.retry, &due);
	while (!list_empty(&due)) {
		struct tux_conn *conn = list_first_entry(&due, struct tux_conn, retry);

		list_del_init(&conn->retry);
		run_connection(worker, conn, TUX_STEP_AGAIN);
	}
}

/* Closes the connection that has been idle for longest, if there is one. */
static bool evict_idle(struct tux_conn_set *set)
{
	if (list_empty(&set->idle))
		return false;
	tux_stat_inc(set->stats, TUX_STAT_keepalives_evicted);
	tux_conn_close(list_first_entry(&set->idle, struct tux_conn, idle), false);
	return true;
}

static void keep_tick_going(struct tux_worker *worker)
{
	/* The last is for must_return(), for which a worker that sleeps must look at the time. */
	bool wanted = worker->context.set.count || worker->context.draining ||
		      worker->acceptor.failed || task_work_pending(current);

	if (wanted && !timer_pending(&worker->tick))
		mod_timer(&worker->tick, jiffies + HZ);
}

/* One more connection; @return false if there was none. */
static bool accept_one(struct tux_worker *worker)
{
	struct tux_context *context = &worker->context;
	struct socket *socket = tux_acceptor_accept(&worker->acceptor);
	struct tux_conn *conn;

	if (!socket)
		return false;
	tux_stat_inc(context->set.stats, TUX_STAT_connections_accepted);
	conn = tux_conn_open(&context->set, socket);
	if (IS_ERR(conn)) {
		tux_stat_inc(context->set.stats, TUX_STAT_connections_refused);
		tux_stat_inc(context->set.stats, TUX_STAT_connections_closed);
		return true;
	}
	take_in(worker, conn);
	/* Its request may have come before the callbacks were there. */
	run_connection(worker, conn, TUX_STEP_AGAIN);
	return true;
}

static bool is_full(const struct tux_worker *worker)
{
	return worker->context.set.count >= READ_ONCE(worker->context.config->max_connect);
}

/* Does it leave connections that come now to whoever listens next? */
static bool is_closing_time(const struct tux_worker *worker)
{
	return worker->context.draining &&
	       (s32)(worker->context.set.now - worker->accept_end) >= 0;
}

/*
 * A worker that was full hears of no new connection until it has looked for one itself, which it
 * does as soon as it could make room.
 */
static bool may_accept(const struct tux_worker *worker)
{
	const struct tux_acceptor *acceptor = &worker->acceptor;

	if (is_closing_time(worker))
		return false;
	if (acceptor->available)
		return READ_ONCE(acceptor->pending);
	return !is_full(worker) || !list_empty(&worker->context.set.idle);
}

/* Is there room for one more connection?  A full worker makes room only for somebody who waits. */
static bool has_room(struct tux_worker *worker)
{
	if (!is_full(worker))
		return true;
	if (!tux_acceptor_has_waiting(&worker->acceptor))
		return false;
	if (evict_idle(&worker->context.set))
		return true;
	tux_acceptor_leave(&worker->acceptor);
	return false;
}

/* Accepts what is there, within limits; true if anything was. */
static bool accept_some(struct tux_worker *worker)
{
	struct tux_acceptor *acceptor = &worker->acceptor;
	int i;

	if (is_closing_time(worker))
		tux_acceptor_leave(acceptor);
	if (!may_accept(worker))
		return false;
	if (!acceptor->available)
		tux_acceptor_arrive(acceptor);
	for (i = 0; i < ACCEPTS_PER_ROUND; i++)
		if (!has_room(worker) || !accept_one(worker))
			break;
	keep_tick_going(worker);
	return i;
}

static void run_timers(struct tux_worker *worker)
{
	struct tux_conn_set *set = &worker->context.set;
	struct tux_conn *conn;
	LIST_HEAD(due);

	WRITE_ONCE(worker->tick_due, false);
	tux_conn_collect_due(set, &due);
	while ((conn = tux_conn_expired(set, &due))) {
		enum tux_step step = tux_request_timeout(&worker->context, conn);

		run_connection(worker, conn, step);
	}
	tux_acceptor_retry(&worker->acceptor);
	keep_tick_going(worker);
}

static void limit_idle(struct tux_worker *worker)
{
	struct tux_conn_set *set = &worker->context.set;

	while (set->idle_count > READ_ONCE(worker->context.config->max_keepalives))
		evict_idle(set);
}

/* SHUTDOWN or LEAVE was called: what is idle ends, what is new gets a moment. */
static void begin_draining(struct tux_worker *worker)
{
	struct tux_conn_set *set = &worker->context.set;
	struct tux_conn *conn, *next;

	worker->context.draining = true;
	worker->accept_end = set->now + DRAIN_ACCEPT_SECONDS;
	list_for_each_entry_safe(conn, next, &set->all, node) {
		/* A request that has come just now is still answered. */
		if (conn->state == TUX_CONN_IDLE)
			run_connection(worker, conn, TUX_STEP_AGAIN);
	}
	list_for_each_entry_safe(conn, next, &set->all, node) {
		if (conn->state == TUX_CONN_IDLE && conn->requests)
			tux_conn_close(conn, false);
		else if (conn->state == TUX_CONN_IDLE)
			tux_conn_timer(conn, DRAIN_SECONDS);
		else
			tux_request_limit_fetch(&worker->context, conn);
	}
	keep_tick_going(worker);
}

static bool is_drained(const struct tux_worker *worker)
{
	return worker->context.draining && !worker->context.set.count &&
	       (is_closing_time(worker) || tux_acceptor_is_empty(&worker->acceptor));
}

/*
 * Must the task go to user space?  For a signal at once; now and then also for work that the kernel
 * has left for that moment: the last reference to a mount that this task has dropped, say.  Some
 * kernels leave work for their own bookkeeping ten times a second, which can wait.
 */
static bool must_return(const struct tux_worker *worker)
{
	return signal_pending(current) ||
	       (task_work_pending(current) &&
		worker->context.set.now - worker->entered >= TASK_WORK_SECONDS);
}

/* Is there anything to do? */
static bool has_reason(const struct tux_worker *worker)
{
	return !llist_empty(&worker->context.set.ready.list) || READ_ONCE(worker->tick_due) ||
	       READ_ONCE(worker->retry_due) ||
	       may_accept(worker) || READ_ONCE(worker->stop) ||
	       (READ_ONCE(worker->drain) && !worker->context.draining) || must_return(worker);
}

static void sleep_until_woken(struct tux_worker *worker)
{
	wait_queue_head_t *wait = &worker->context.set.ready.wait;
	DEFINE_WAIT(entry);

	/* The barrier in here pairs with the one in tux_ready_list_wake(). */
	prepare_to_wait(wait, &entry, TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	if (!has_reason(worker))
		schedule();
	finish_wait(wait, &entry);
}

/* One round; true if something was done, so that there may be more. */
static bool run_round(struct tux_worker *worker)
{
	bool did;

	tux_context_refresh(&worker->context);
	if (READ_ONCE(worker->drain) && !worker->context.draining)
		begin_draining(worker);
	did = run_ready(worker);
	did |= accept_some(worker);
	if (READ_ONCE(worker->retry_due))
		run_retries(worker);
	if (READ_ONCE(worker->tick_due))
		run_timers(worker);
	limit_idle(worker);
	tux_process_wake_roused(&worker->context.roused);
	return did;
}

/*
 * What the object cache knows was found out with the rights that the task had then: a worker gives
 * up its privileges after STARTTHREAD, and may change its rights between any two calls.
 */
static void notice_rights(struct tux_worker *worker)
{
	if (worker->cred == current_cred())
		return;
	put_cred(worker->cred);
	worker->cred = get_current_cred();
	tux_object_cache_flush(&worker->context.objects);
}

/**
 * tux_worker_deliver() - Give the worker's task a request that is ready.
 * @worker: The worker; the caller holds its handle's busy bit, and there is no current request.
 * @to: Where to write it.
 *
 * Context: The owner's task.
 * Return: 0 if it has one, 1 if there is none, -EFAULT (it waits on).
 */
int tux_worker_deliver(struct tux_worker *worker, user_req_t __user *to)
{
	struct tux_recipient *recipient = &worker->context.recipient;
	struct tux_user_request *request;
	struct tux_conn *conn;
	int error;

	while ((request = tux_user_queue_take(&recipient->ready))) {
		conn = request->conn;
		if (!tux_handout_is_installed(conn->fd, conn->sock.file))
			conn->fd = tux_handout_install(conn->sock.file);
		if (conn->fd >= 0) {
			error = tux_user_request_fill(request, conn->fd, to);
			if (error)
				tux_user_queue_put_back(&recipient->ready, request);
			else
				recipient->current_request = request;
			return error;
		}
		request->error = conn->fd;
		WRITE_ONCE(request->order, TUX_ORDER_DROP);
		tux_worker_resume(worker, request);
		tux_user_request_put(request);
	}
	return 1;
}

/**
 * tux_worker_resume() - User space has given a request back.
 * @worker: The worker; the caller holds its handle's busy bit.
 * @request: The request, with its order.
 *
 * Context: The owner's task.
 */
void tux_worker_resume(struct tux_worker *worker, struct tux_user_request *request)
{
	run_connection(worker, request->conn, TUX_STEP_AGAIN);
	tux_process_wake_roused(&worker->context.roused);
}

/**
 * tux_worker_loop() - Serve, until user space is wanted.
 * @worker: The worker; the caller holds its handle's busy bit.
 * @to: Where to write a request for user space.
 *
 * Context: The owner's task.  May sleep, freezable.
 * Return: TUX_RETURN_USERSPACE_REQUEST; TUX_RETURN_SIGNAL when a signal is pending or the task has
 * other business at the border of user space; TUX_RETURN_EXIT when the server has shut down or
 * the worker left, and it has nothing left to answer; -EFAULT (the request waits on); -EBADF when
 *           the handle is being closed.
 */
int tux_worker_loop(struct tux_worker *worker, user_req_t __user *to)
{
	int result;

	notice_rights(worker);
	tux_conn_set_clock(&worker->context.set);
	worker->entered = worker->context.set.now;
	WRITE_ONCE(worker->looping, true);
	for (;;) {
		bool did = run_round(worker);

		if (READ_ONCE(worker->stop)) {
			result = -EBADF;
			break;
		}
		if (must_return(worker)) {
			result = TUX_RETURN_SIGNAL;
			break;
		}
		result = tux_worker_deliver(worker, to);
		if (result <= 0)
			break;
		if (is_drained(worker)) {
			result = TUX_RETURN_EXIT;
			break;
		}
		/*
		 * A busy loop must let others run, and must not hold up those who wait for tasks to
		 * be quiescent.
		 */
		if (did)
			cond_resched_tasks_rcu_qs();
		else
			sleep_until_woken(worker);
	}
	tux_acceptor_leave(&worker->acceptor);
	WRITE_ONCE(worker->looping, false);
	return result;
}
