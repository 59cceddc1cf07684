// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ready list, see ready.h.
 *
 * Called by sock.c and conn.c (push) and by worker.c (take).  No locks but the wait queue's own,
 * and that only when the worker sleeps.
 */
#include "ready.h"

#include <linux/bitops.h>
#include <linux/sched.h>

/**
 * tux_ready_list_init() - Set up an empty list.
 * @list: The list; must stay valid for an RCU grace period after its last use by the owner.
 *
 * Context: Any context.
 */
void tux_ready_list_init(struct tux_ready_list *list)
{
	init_llist_head(&list->list);
	init_waitqueue_head(&list->wait);
}

/**
 * tux_ready_list_wake() - Wake the worker if it sleeps.
 * @list: Its list.
 *
 * The caller has made the reason visible before.
 *
 * Context: Any context, also with interrupts off and under a listening socket's wait queue lock.
 */
void tux_ready_list_wake(struct tux_ready_list *list)
{
	/* The barrier in wq_has_sleeper() pairs with the one in prepare_to_wait(). */
	if (wq_has_sleeper(&list->wait))
		wake_up(&list->wait);
}

/**
 * tux_ready_push() - Put an entry on the list, unless it is there already, and wake the worker.
 * @list: The worker's list.
 * @ready: The entry.
 *
 * Context: Any context.  The caller keeps both alive, by RCU or by a reference.
 */
void tux_ready_push(struct tux_ready_list *list, struct tux_ready *ready)
{
	/*
	 * Pairs with the barrier in tux_ready_taken(): what happened before this push is seen by
	 * the step after.
	 */
	if (test_and_set_bit(TUX_READY_QUEUED, &ready->flags))
		return;
	/* Only the first entry wakes: behind it the worker has not slept since. */
	if (llist_add(&ready->node, &list->list))
		tux_ready_list_wake(list);
}

/**
 * tux_ready_take() - Take all entries, oldest first.
 * @list: The worker's list.
 *
 * Context: The worker, or whoever ends it.
 * Return: The entries, or NULL.  Each stays QUEUED until tux_ready_taken().
 */
struct llist_node *tux_ready_take(struct tux_ready_list *list)
{
	return llist_reverse_order(llist_del_all(&list->list));
}

/**
 * tux_ready_taken() - Allow an entry to be pushed again, just before it is stepped.
 * @ready: An entry from tux_ready_take().
 *
 * Context: The worker.
 */
void tux_ready_taken(struct tux_ready *ready)
{
	clear_bit(TUX_READY_QUEUED, &ready->flags);
	/*
	 * An event after this pushes the entry again; an event before it is seen by the step that
	 * follows.
	 */
	smp_mb__after_atomic();
}

/**
 * tux_ready_retire() - Keep an entry from ever being pushed again.
 * @ready: The entry.
 *
 * Context: The worker, or whoever ends it.
 * Return: True if it is on no list now; false if it is still on one: it will come out of
 *          tux_ready_take(), and then must not be given to tux_ready_taken().
 */
bool tux_ready_retire(struct tux_ready *ready)
{
	return !test_and_set_bit(TUX_READY_QUEUED, &ready->flags);
}
