/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A server: document root, types, listeners and workers of one network namespace, from STARTUP to
 * its end.
 *
 * It ends when the last worker has left and either SHUTDOWN was called or the handle that started
 * it is gone.
 */
#ifndef TUX_SERVER_H
#define TUX_SERVER_H

#include <linux/path.h>
#include <linux/refcount.h>
#include <linux/wait.h>

#include "listen.h"
#include "mime.h"
#include "module.h"
#include "namespace.h"

struct pid;
struct tux_worker;

/**
 * struct tux_server - A server.  Everything that changes is protected by the namespace's lock.
 */
struct tux_server {
	/**
	 * @refs: One of the namespace while it runs, one of the handle that owns it, one of each
	 * call under way.  Atomic.
	 */
	refcount_t refs;
	/** @namespace: Where it runs; referenced.  Constant after init. */
	struct tux_namespace *namespace;
	/** @docroot: Document root; pinned until the server ends.  Constant until then. */
	struct path docroot;
	/** @documentroot: Its path as configured, for people.  Constant after init. */
	char *documentroot;
	/** @mime: Types.  Has its own locks. */
	struct tux_mime_table mime;
	/** @modules: Who answers what in user space.  Has its own locks; lives as long as this. */
	struct tux_modules modules;
	/** @listeners: Listening sockets. */
	struct list_head listeners;
	/** @threads: How many workers it may have.  Constant after init. */
	unsigned int threads;
	/** @workers: The workers by number, but for those that leave. */
	struct tux_worker *workers[TUX_THREADS_MAX];
	/** @joined: How many workers it has had. */
	u64 joined;
	/** @running: Workers, counting those that leave and those that are being destroyed. */
	unsigned int running;
	/** @owner: Thread group that called STARTUP; referenced.  Constant after init. */
	struct pid *owner;
	/** @owned: The handle of STARTUP is still there. */
	bool owned;
	/** @draining: SHUTDOWN was called. */
	bool draining;
	/** @ended: Nothing but memory is left.  Read with READ_ONCE() by those who wait. */
	bool ended;
	/** @changed: Woken when @ended is set, and when a handle is closed. */
	wait_queue_head_t changed;
	/** @started: Seconds since boot at STARTUP.  Constant after init. */
	time64_t started;
};

struct tux_server *tux_server_start(struct tux_namespace *namespace, struct pid *owner,
				    struct list_head *listeners);
struct tux_server *tux_server_get(struct tux_server *server);
void tux_server_put(struct tux_server *server);
struct tux_server *tux_server_find(struct tux_namespace *namespace);
void tux_server_disown(struct tux_server *server);
int tux_server_shutdown(struct tux_namespace *namespace, const bool *closed);
int tux_server_add_listener(struct tux_server *server, struct tux_listener *listener);
int tux_server_register_type(struct tux_namespace *namespace, const char *extension,
			     const char *type, const char *max_age);
struct tux_worker *tux_server_join(struct tux_namespace *namespace, unsigned int index,
				   struct pid *owner);
void tux_server_retire(struct tux_worker *worker);
void tux_server_leave(struct tux_worker *worker);

#endif /* TUX_SERVER_H */
