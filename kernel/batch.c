// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many requests and answers in one call, see batch.h and <linux/tux.h>.
 *
 * Called by action.c; calls user_action.c and ring.c.  A handle has one current request; here it
 * may hold many more, each in a slot of the same number as user space's entry.  For an action of an
 * entry the slot's request becomes the current one, so every action is done by the same code as
 * outside.  Numbers are copied before they are judged; what user space writes into an entry
 * meanwhile changes nothing but what that action reads.
 */
#include "batch.h"

#include <linux/sched.h>
#include <linux/tux.h>
#include <linux/uaccess.h>

#include "action.h"
#include "handle.h"
#include "ring.h"
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
	/** @capacity: How many entries there are. */
	u32 capacity;
	/** @submitted: How many indices @slots has copies of. */
	u32 submitted;
	/** @entries: User space's entries. */
	struct tux_batch_entry __user *entries;
	/** @waits: Whether to wait for requests: no action has failed, or left its request. */
	bool waits;
};

static bool is_sane(const struct tux_batch *given)
{
	return !given->flags && !given->__reserved && given->capacity &&
	       given->capacity <= TUX_BATCH_MAX && given->submitted <= given->capacity;
}

static int begin(struct batch *batch, struct tux_recipient *recipient)
{
	if (recipient->current_request)
		return -EINVAL;
	batch->slots = tux_user_slots_get(recipient);
	return batch->slots ? 0 : -ENOMEM;
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

	for (i = 0; i < batch->submitted; i++) {
		u32 slot = batch->slots->indices[i];
		int result;

		if (slot >= batch->capacity)
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
	const u32 capacity = batch->capacity;
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

/* --- calls */

/* Carries out what has been copied into the slots' indices, and leaves there what is delivered. */
static int carry_out(struct batch *batch, tux_batch_run run, u32 *done, u32 *delivered)
{
	int result;

	batch->handle->in_batch = true;
	result = submit(batch, run, done);
	batch->handle->in_batch = false;
	tux_user_slots_return(batch->slots);
	return result ?: collect(batch, delivered);
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
	struct batch batch = { .handle = handle, .waits = true };
	struct tux_batch __user *to = argument;
	u32 done = 0, delivered = 0;
	struct tux_batch given;
	u32 __user *indices;
	int result;

	if (!recipient)
		return tux_user_no_recipient(handle);
	result = tux_action_copy_sized(&given, sizeof(given), argument);
	if (!result && !is_sane(&given))
		result = -EINVAL;
	result = result ?: begin(&batch, recipient);
	if (result)
		return result;
	batch.capacity = given.capacity;
	batch.submitted = given.submitted;
	batch.entries = u64_to_user_ptr(given.entries);
	indices = u64_to_user_ptr(given.indices);
	if (copy_from_user(batch.slots->indices, indices, given.submitted * sizeof(u32)))
		return -EFAULT;
	result = carry_out(&batch, run, &done, &delivered);
	if (put_user(done, &to->submitted) || put_user(delivered, &to->delivered) ||
	    (delivered &&
	     copy_to_user(indices, batch.slots->indices, delivered * sizeof(u32)))) {
		take_back(&batch, recipient, delivered);
		return -EFAULT;
	}
	return result;
}

/**
 * tux_batch_ring() - RING_ENTER: the same with the handle's ring.
 * @handle: The claimed handle.
 * @run: Does one action.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; -EINVAL, -ENOMEM; -EFAULT if the ring is not mapped where it was.
 */
int tux_batch_ring(struct tux_handle *handle, tux_batch_run run)
{
	struct tux_recipient *recipient = tux_user_recipient(handle);
	struct batch batch = { .handle = handle, .waits = true };
	struct tux_ring *ring = handle->ring;
	u32 done = 0, delivered = 0;
	int result;

	if (!recipient)
		return tux_user_no_recipient(handle);
	result = ring ? begin(&batch, recipient) : -EINVAL;
	if (result)
		return result;
	result = tux_ring_submitted(ring, batch.slots->indices);
	if (result < 0)
		return result;
	batch.submitted = result;
	batch.capacity = ring->capacity;
	batch.entries = ring->entries;
	result = carry_out(&batch, run, &done, &delivered);
	tux_ring_publish(ring, done, batch.slots->indices, delivered);
	return result;
}
