/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process of its own that answers requests of user modules.
 *
 * It belongs to a handle (handle.h), from its first REGISTER_MODULE on; whoever holds the handle's
 * busy bit may work with it.  Workers reach it through the modules it is a member of, and through
 * the requests that it has been given, which hold references.
 */
#ifndef TUX_PROCESS_H
#define TUX_PROCESS_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/wait.h>

#include "user_request.h"

struct pid;

/**
 * struct tux_process - A process that answers requests.
 */
struct tux_process {
	/** @refs: One of the handle, one of each request that it was given.  Atomic. */
	refcount_t refs;
	/** @owner: Its thread group; referenced.  Constant. */
	struct pid *owner;
	/** @recipient: Requests that come back to it, and its current one. */
	struct tux_recipient recipient;
	/** @members: What it answers (struct tux_member).  Owned by whoever is busy. */
	struct list_head members;
	/** @node: Place in the server's list.  Protected by the lock of struct tux_modules. */
	struct list_head node;
	/** @wait: Where it sleeps. */
	wait_queue_head_t wait;
	/** @idle: It sleeps and can be given something.  Atomic exchange. */
	int idle;
	/** @roused: Some worker is going to wake it.  Atomic exchange. */
	int roused;
	/** @rousing: Place in that worker's list.  Owned by whoever has set @roused. */
	struct list_head rousing;
	/** @stop: Its handle is being closed.  Set by anybody. */
	bool stop;
	/** @exit: The server has ended.  Set by anybody. */
	bool exit;
	/** @closed: It takes nothing any more; read by workers, which fail its requests then. */
	bool closed;
};

struct tux_process *tux_process_create(void);
struct tux_process *tux_process_get(struct tux_process *process);
void tux_process_put(struct tux_process *process);
void tux_process_withdraw(const struct tux_process *process, struct tux_user_request *request);
bool tux_process_give(struct tux_process *process, struct tux_user_request *request,
		      struct list_head *roused);
void tux_process_close(struct tux_process *process);
void tux_process_wake(struct tux_process *process);
bool tux_process_rouse(struct tux_process *process, struct list_head *roused);
void tux_process_wake_roused(struct list_head *roused);
int tux_process_loop(struct tux_process *process, user_req_t __user *to);
int tux_process_deliver(struct tux_process *process, user_req_t __user *to);

#endif /* TUX_PROCESS_H */
