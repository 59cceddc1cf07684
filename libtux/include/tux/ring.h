/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A ring: batches whose entries and indices are in memory that the kernel shares with the process.
 *
 * <linux/tux.h> says what is in that memory.  The calls below know where, and are for one thread.
 */
#ifndef _TUX_RING_H
#define _TUX_RING_H

#ifndef _TUX_H
#error "include <tux.h>"
#endif

/**
 * struct tux_ring - A ring, and where things are in it.
 */
struct tux_ring {
	/** @handle: Whose it is, or -1 for the handle that tux() uses. */
	int handle;
	/** @capacity: Entries, a power of two. */
	__u32 capacity;
	/** @control: The numbers of the next places. */
	struct tux_ring_control *control;
	/** @submissions: @capacity indices that go to the kernel. */
	__u32 *submissions;
	/** @completions: @capacity indices that come from it. */
	const __u32 *completions;
	/** @entries: The entries. */
	struct tux_batch_entry *entries;
};

/**
 * tux_ring_open() - Make the ring of a handle.
 * @ring: Filled in.
 * @handle: From tux_open(), or -1 for the handle that tux() uses.
 * @capacity: Entries, a power of two up to TUX_BATCH_MAX.
 *
 * The handle must be a worker's, or have a module.  Its ring stays until it is closed.
 *
 * Return: 0, or -1 with errno set.
 */
int tux_ring_open(struct tux_ring *ring, int handle, unsigned int capacity);

/**
 * tux_ring_enter() - Have everything done that was submitted, and wait for requests.
 * @ring: The ring.
 *
 * Return: As tux(TUX_ACTION_EVENTLOOP); tux_ring_next() has the requests.
 */
int tux_ring_enter(const struct tux_ring *ring);

/**
 * tux_ring_next() - Take the next request.
 * @ring: The ring.
 *
 * Return: The index of its entry, or -1 if there is no more.
 */
int tux_ring_next(struct tux_ring *ring);

/**
 * tux_ring_submit() - Submit an entry: the next tux_ring_enter() does its action.
 * @ring: The ring.
 * @index: The entry, which has a request; below the capacity.
 */
void tux_ring_submit(struct tux_ring *ring, unsigned int index);

#endif /* _TUX_RING_H */
