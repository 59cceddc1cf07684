/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ready list: how softirqs and helpers tell a worker that a connection wants attention.
 *
 * Pushing is lock-free and possible in any context.  An entry is on the list at most once; the
 * worker takes the whole list at a time.  An entry whose TUX_READY_QUEUED bit the worker has taken
 * for good (tux_ready_retire()) is never pushed again, which is what makes it possible to free the
 * object around it after an RCU grace period.
 */
#ifndef TUX_READY_H
#define TUX_READY_H

#include <linux/llist.h>
#include <linux/types.h>
#include <linux/wait.h>

/**
 * struct tux_ready - An entry.
 */
struct tux_ready {
	/** @node: Place in the list.  Written by whoever set TUX_READY_QUEUED. */
	struct llist_node node;
	/** @flags: Bit TUX_READY_QUEUED.  Atomic. */
	unsigned long flags;
};

#define TUX_READY_QUEUED 0

/**
 * struct tux_ready_list - The entries that wait for one worker, and where it sleeps.
 */
struct tux_ready_list {
	/** @list: Newest first.  Lock-free. */
	struct llist_head list;
	/**
	 * @wait: The worker sleeps here.  Its lock nests inside a listening socket's wait queue
	 * lock.
	 */
	wait_queue_head_t wait;
};

void tux_ready_list_init(struct tux_ready_list *list);
void tux_ready_list_wake(struct tux_ready_list *list);
void tux_ready_push(struct tux_ready_list *list, struct tux_ready *ready);
struct llist_node *tux_ready_take(struct tux_ready_list *list);
void tux_ready_taken(struct tux_ready *ready);
bool tux_ready_retire(struct tux_ready *ready);

#endif /* TUX_READY_H */
