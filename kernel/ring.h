/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory with entries and indices of batches that the kernel shares with a process (RING).
 *
 * The process may write anything anywhere in it at any time.  So the kernel copies what it reads
 * before it judges it, once, and keeps its own numbers outside.
 */
#ifndef TUX_RING_H
#define TUX_RING_H

#include <linux/refcount.h>
#include <linux/types.h>

struct page;
struct tux_batch_entry;
struct tux_ring_control;
struct tux_ring_setup;

/**
 * struct tux_ring - A ring.
 */
struct tux_ring {
	/** @refs: One of the handle, one of the file that is mapped.  Atomic. */
	refcount_t refs;
	/** @capacity: Entries, a power of two.  Constant. */
	u32 capacity;
	/** @submission_head: Where the next submission is.  Owned by whoever is busy. */
	u32 submission_head;
	/** @completion_tail: Where the next completion goes.  Owned by whoever is busy. */
	u32 completion_tail;
	/** @control: The shared memory, as the kernel sees it.  Constant. */
	struct tux_ring_control *control;
	/** @submissions: In it, @capacity indices that the process writes.  Constant. */
	const u32 *submissions;
	/** @completions: In it, @capacity indices that the kernel writes.  Constant. */
	u32 *completions;
	/** @entries: The entries, as the process sees them.  Constant once it is mapped. */
	struct tux_batch_entry __user *entries;
	/** @page_count: Entries of @pages that are there. */
	unsigned int page_count;
	/** @pages: The pages of the memory; owned. */
	struct page *pages[];
};

struct tux_ring *tux_ring_create(u32 capacity);
void tux_ring_put(struct tux_ring *ring);
int tux_ring_map(struct tux_ring *ring, struct tux_ring_setup *setup);
void tux_ring_unmap(const struct tux_ring_setup *setup);
int tux_ring_submitted(const struct tux_ring *ring, u32 *indices);
void tux_ring_publish(struct tux_ring *ring, u32 done, const u32 *indices, u32 delivered);

#endif /* TUX_RING_H */
