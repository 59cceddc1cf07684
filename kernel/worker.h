/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A worker: the task that calls EVENTLOOP, seen from the kernel.
 *
 * A worker belongs to a handle (handle.h), from STARTTHREAD to its end; whoever holds the handle's
 * busy bit may work with it. Socket callbacks, wake-ups of listeners, the tick and helpers reach
 * its context.set.ready without any lock, so its memory is freed after an RCU grace period, when
 * the last reference of context.set is gone.
 */
#ifndef TUX_WORKER_H
#define TUX_WORKER_H

#include <linux/rcupdate.h>
#include <linux/timer.h>

#include <linux/tux.h>

#include "context.h"
#include "listen.h"
#include "namespace.h"

struct cred;
struct pid;
struct tux_server;

/**
 * struct tux_workplace - What a server gives its workers.
 */
struct tux_workplace {
	/** @namespace: Where it runs. */
	struct tux_namespace *namespace;
	/** @server: The server. */
	struct tux_server *server;
	/** @docroot: Its document root; lives until the worker has left. */
	const struct path *docroot;
	/** @mime: Its types; live until the worker has left. */
	struct tux_mime_table *mime;
	/** @modules: Its user modules; live until the worker has left. */
	struct tux_modules *modules;
	/** @serial: Number of this worker among all that the server has had, for request tokens. */
	u64 serial;
};

/**
 * struct tux_worker - One worker of a server.
 */
struct tux_worker {
	/**
	 * @context: Connections and scratch memory.  Owned by whoever holds the handle's busy bit.
	 */
	struct tux_context context;
	/** @acceptor: Its view of the listeners.  Likewise. */
	struct tux_acceptor acceptor;
	/**
	 * @namespace: For configuration and counters, which helpers need to the last; referenced.
	 * Constant after init.
	 */
	struct tux_namespace *namespace;
	/** @server: The server, which lives until the worker has ended.  Constant after init. */
	struct tux_server *server;
	/** @index: thread_nr of STARTTHREAD.  Constant after init. */
	unsigned int index;
	/** @owner: Thread group that it belongs to; referenced.  Constant after init. */
	struct pid *owner;
	/**
	 * @cred: Rights with which EVENTLOOP was last called; referenced.  Owned by whoever holds
	 * the handle's busy bit.
	 */
	const struct cred *cred;
	/**
	 * @stop: Leave the loop: the handle is being closed.  Set by anybody, read by the worker.
	 */
	bool stop;
	/**
	 * @drain: Finish: the server is shutting down, or the worker leaving.  Set under the
	 * namespace's lock, read by the worker.
	 */
	bool drain;
	/**
	 * @accept_end: Second (of context.set.now) from which on it accepts nothing, when @drain.
	 * Owned by whoever holds the handle's busy bit.
	 */
	u32 accept_end;
	/** @stepped: Connections stepped, modulo 2^32.  As @accept_end. */
	u32 stepped;
	/** @entered: Second (of context.set.now) at which EVENTLOOP was called.  As @accept_end. */
	u32 entered;
	/** @leaving: LEAVE was called.  As @accept_end. */
	bool leaving;
	/** @looping: The owner is inside EVENTLOOP; for others to see. */
	bool looping;
	/** @tick_due: A second has passed.  Set by @tick, cleared by the worker. */
	bool tick_due;
	/** @retry_due: It is time to try again what @retry waits for.  Set by it. */
	bool retry_due;
	/** @retry: Runs while user space keeps a socket locked that a connection needs. */
	struct timer_list retry;
	/** @tick: Runs while there are connections, once a second. */
	struct timer_list tick;
	/** @rcu: For freeing. */
	struct rcu_head rcu;
};

struct tux_worker *tux_worker_create(const struct tux_workplace *place, unsigned int index,
				     struct pid *owner);
void tux_worker_destroy(struct tux_worker *worker);
int tux_worker_loop(struct tux_worker *worker, user_req_t __user *to);
int tux_worker_deliver(struct tux_worker *worker, user_req_t __user *to);
void tux_worker_resume(struct tux_worker *worker, struct tux_user_request *request);
void tux_worker_kick(struct tux_worker *worker);

#endif /* TUX_WORKER_H */
