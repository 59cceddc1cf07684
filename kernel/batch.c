// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many requests and answers in one call, see batch.h and <linux/tux.h>.
 *
 * Called by action.c; calls user_action.c.  A handle has one current request; here it may hold many
 * more, each in a slot of the same number as user space's entry.  For an action of an entry the
 * slot's request becomes the current one, so every action is done by the same code as outside.
 * Numbers are copied before they are judged; what user space writes into an entry meanwhile changes
 * nothing but what that action reads.
 */
#include "batch.h"

#include <linux/sched.h>
#include <linux/tux.h>
#include <linux/uaccess.h>

#include "action.h"
#include "handle.h"
#include "user_action.h"
#include "user_request.h"

/**
 * struct batch - A call.
 */
struct batch {
	/** @handle: On which handle; claimed. */
	struct tux_handle *handle;
	/** @slots: What it holds. */
	struct tux_user_slots *slots;
	/** @given: Copy of what user space gave. */
	struct tux_batch given;
	/** @entries: User space's entries. */
	struct tux_batch_entry __user *entries;
	/** @indices: User space's indices. */
	u32 __user *indices;
	/** @waits: Whether to wait for requests: no action has failed, or left its request. */
	bool waits;
};

static bool is_sane(const struct tux_batch *given)
{
	return !given->flags && !given->__reserved && given->capacity &&
	       given->capacity <= TUX_BATCH_MAX && given->submitted <= given->capacity;
}

static int begin(struct batch *batch, struct tux_recipient *recipient, void __user *argument)
{
	int error = tux_action_copy_sized(&batch->given, sizeof(batch->given), argument);

	if (error)
		return error;
	if (!is_sane(&batch->given) || recipient->current_request)
		return -EINVAL;
	batch->slots = tux_user_slots_get(recipient);
	if (!batch->slots)
		return -ENOMEM;
	batch->entries = u64_to_user_ptr(batch->given.entries);
	batch->indices = u64_to_user_ptr(batch->given.indices);
	if (copy_from_user(batch->slots->indices, batch->indices,
			   batch->given.submitted * sizeof(u32)))
		return -EFAULT;
	return 0;
}

/* --- answers */

static int run_held(struct batch *batch, u32 slot, tux_batch_run run)
{
	struct tux_batch_entry __user *entry = &batch->entries[slot];
	u32 action;
	int result;

	if (get_user(action, &entry->action))
		return -EFAULT;
	if (!tux_user_slots_release(batch->slots, slot))
		return -EINVAL;
	if (tux_user_forget_ended(batch->handle))
		return -ENOTCONN;
	result = run(batch->handle, action, &entry->req);
	if (tux_user_current(batch->handle)) {
		tux_user_slots_hold(batch->slots, slot);
		batch->waits = false;
	}
	return result;
}

/* Return: 0; -EINVAL for an index that is too large; -EFAULT if a result cannot be told. */
static int submit(struct batch *batch, tux_batch_run run, u32 *done)
{
	u32 i;

	for (i = 0; i < batch->given.submitted; i++) {
		u32 slot = batch->slots->indices[i];
		int result;

		if (slot >= batch->given.capacity)
			return -EINVAL;
		result = run_held(batch, slot, run);
		batch->waits &= result >= 0;
		*done = i + 1;
		if (put_user(result, &batch->entries[slot].result))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/* --- requests */

static void hold(struct batch *batch, u32 slot, u32 *delivered)
{
	tux_user_slots_hold(batch->slots, slot);
	batch->slots->indices[(*delivered)++] = slot;
}

/* Return: as EVENTLOOP, or 1 if there is none and user space has something to do. */
static int first(struct batch *batch, u32 slot)
{
	user_req_t __user *to = &batch->entries[slot].req;

	return batch->waits ? tux_user_loop(batch->handle, to) : tux_user_poll(batch->handle, to);
}

/*
 * Waits for one, and takes what else is there.  Return: as EVENTLOOP; unless it is 0 the worker may
 * be gone, and its slots with it.
 */
static int collect(struct batch *batch, u32 *delivered)
{
	const u32 capacity = batch->given.capacity;
	u32 slot = tux_user_slots_free(batch->slots, capacity, 0);
	int result;

	if (slot == capacity)
		return 0;
	result = first(batch, slot);
	while (!result) {
		hold(batch, slot, delivered);
		slot = tux_user_slots_free(batch->slots, capacity, slot + 1);
		if (slot == capacity ||
		    tux_user_poll(batch->handle, &batch->entries[slot].req))
			break;
	}
	if (*delivered || (!batch->waits && result == 1))
		return 0;
	return result;
}

/* User space could not be told of them: they are delivered once more. */
static void take_back(struct batch *batch, struct tux_recipient *recipient, u32 delivered)
{
	while (delivered--) {
		tux_user_slots_release(batch->slots, batch->slots->indices[delivered]);
		tux_user_queue_put_back(&recipient->ready, recipient->current_request);
		recipient->current_request = NULL;
	}
}

/**
 * tux_batch() - BATCH: carry out what entries ask for, then deliver requests into free ones.
 * @handle: The claimed handle.
 * @argument: A struct tux_batch.
 * @run: Does one action.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; -EINVAL, -EFAULT, -ENOMEM.
 */
int tux_batch(struct tux_handle *handle, void __user *argument, tux_batch_run run)
{
	struct tux_recipient *recipient = tux_user_recipient(handle);
	struct tux_batch __user *to = argument;
	struct batch batch = { .handle = handle, .waits = true };
	u32 done = 0, delivered = 0;
	int result;

	if (!recipient)
		return handle->was_worker ? TUX_RETURN_EXIT : -EINVAL;
	result = begin(&batch, recipient, argument);
	if (result)
		return result;
	handle->in_batch = true;
	result = submit(&batch, run, &done);
	handle->in_batch = false;
	tux_user_slots_return(batch.slots);
	if (!result)
		result = collect(&batch, &delivered);
	if (put_user(done, &to->submitted) || put_user(delivered, &to->delivered) ||
	    (delivered && copy_to_user(batch.indices, batch.slots->indices,
				       delivered * sizeof(u32)))) {
		take_back(&batch, recipient, delivered);
		return -EFAULT;
	}
	return result;
}
