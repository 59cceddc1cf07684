/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What TUX has in each network namespace: configuration, counters, and at most one server.
 *
 * Made with the network namespace.  Its memory is reference-counted, because a helper that hangs in
 * a dead filesystem may outlive the network namespace that its request came from; @net may be used
 * only by those who hold that namespace (handles do).
 */
#ifndef TUX_NAMESPACE_H
#define TUX_NAMESPACE_H

#include <linux/mutex.h>
#include <linux/refcount.h>

#include "config.h"
#include "stat.h"

struct ctl_table_header;
struct net;
struct proc_dir_entry;
struct tux_server;

/**
 * struct tux_namespace - TUX in one network namespace.
 */
struct tux_namespace {
	/** @refs: One of the network namespace, one of each handle, server and worker.  Atomic. */
	refcount_t refs;
	/** @net: The network namespace; not referenced.  Constant after init. */
	struct net *net;
	/** @config: net.tux. */
	struct tux_config config;
	/** @stats: Counters. */
	struct tux_stats __percpu *stats;
	/**
	 * @lock: Protects @server and everything that hangs together with its workers and
	 * listeners; may sleep under it.
	 */
	struct mutex lock;
	/** @server: The server, or NULL.  Protected by @lock. */
	struct tux_server *server;
	/** @sysctl: For unregistering.  Constant after init. */
	struct ctl_table_header *sysctl;
	/** @proc: /proc/net/tux.  Constant after init. */
	struct proc_dir_entry *proc;
};

int tux_namespace_module_init(void);
void tux_namespace_module_exit(void);

struct tux_namespace *tux_namespace_get(struct net *net);
struct tux_namespace *tux_namespace_hold(struct tux_namespace *namespace);
void tux_namespace_put(struct tux_namespace *namespace);

#endif /* TUX_NAMESPACE_H */
