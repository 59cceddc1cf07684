/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A handle: an open file of /dev/tux, or the descriptor that the system call makes.
 *
 * A handle that has a role (it started the server, or is a worker, or both) belongs to the thread
 * group that gave it the role.  It loses the role when that thread group closes it, even if other
 * references to the file live on, and when the thread group is gone.  The busy bit admits one
 * action at a time; whoever has it owns @server, @worker and @listeners.
 */
#ifndef TUX_HANDLE_H
#define TUX_HANDLE_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/wait.h>

struct net;
struct pid;
struct tux_process;
struct tux_namespace;
struct tux_ring;
struct tux_server;
struct tux_worker;

/**
 * struct tux_handle - A handle.
 */
struct tux_handle {
	/** @refs: One of the file, one of each action under way.  Atomic. */
	refcount_t refs;
	/** @flags: Bit TUX_HANDLE_BUSY.  Atomic. */
	unsigned long flags;
	/** @idle: Woken when the busy bit is given back. */
	wait_queue_head_t idle;
	/** @net: The opener's network namespace; referenced.  Constant after init. */
	struct net *net;
	/** @namespace: TUX in @net; referenced.  Constant after init. */
	struct tux_namespace *namespace;
	/** @opener_is_admin: The opener had CAP_NET_ADMIN over @net.  Constant after init. */
	bool opener_is_admin;
	/** @closed: It has been closed.  Set once, by anybody. */
	bool closed;
	/** @in_batch: An action of a batch is under way, which is not to wait. */
	bool in_batch;
	/** @was_worker: It has been a worker.  Owned by whoever is busy. */
	bool was_worker;
	/**
	 * @owner: Thread group it belongs to, referenced; NULL before it has a role.  Set once,
	 * under the registry's lock.
	 */
	struct pid *owner;
	/**
	 * @owner_files: The owner's descriptor table when it got the role, as .flush names it.
	 * Only compared.
	 */
	fl_owner_t owner_files;
	/** @server: The server it started; referenced.  Owned by whoever is busy. */
	struct tux_server *server;
	/**
	 * @worker: The worker it is.  Owned by whoever is busy; read under RCU for telling the
	 * worker to stop.
	 */
	struct tux_worker *worker;
	/**
	 * @process: The module process that it is; referenced until the handle is freed.  Set once
	 * by whoever is busy, read by others for telling it to stop.
	 */
	struct tux_process *process;
	/** @process_server: Where it is one; referenced.  Owned by whoever is busy. */
	struct tux_server *process_server;
	/** @ring: Its ring, or NULL.  Set once by whoever is busy; freed with the handle. */
	struct tux_ring *ring;
	/** @listeners: Listeners handed in for STARTUP.  Owned by whoever is busy. */
	struct list_head listeners;
	/** @listener_count: Entries of @listeners. */
	unsigned int listener_count;
	/**
	 * @node: Place in the registry of handles with a role.  Protected by the registry's lock.
	 */
	struct list_head node;
};

#define TUX_HANDLE_BUSY 0

void tux_handle_module_exit(void);

struct tux_handle *tux_handle_create(struct net *net);
struct tux_handle *tux_handle_find(void);
void tux_handle_put(struct tux_handle *handle);
int tux_handle_claim(struct tux_handle *handle);
void tux_handle_release(struct tux_handle *handle);
void tux_handle_own(struct tux_handle *handle);
static inline bool tux_handle_is_process(const struct tux_handle *handle)
{
	return handle->process_server;
}

void tux_handle_end_process(struct tux_handle *handle);
void tux_handle_end_worker(struct tux_handle *handle);
void tux_handle_close(struct tux_handle *handle);
bool tux_handle_is_owner(const struct tux_handle *handle, fl_owner_t id);

#endif /* TUX_HANDLE_H */
