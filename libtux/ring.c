// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Rings: the process's side of the memory that it shares with the kernel.
 */
#include <stddef.h>
#include <stdint.h>

#include <tux.h>

#include "internal.h"

int tux_ring_open(struct tux_ring *ring, int handle, unsigned int capacity)
{
	struct tux_ring_setup setup = { .size = sizeof(setup), .capacity = capacity };
	char *memory;
	int result = tux_call(handle, TUX_ACTION_RING, &setup);

	if (result < 0)
		return -1;
	memory = (char *)(uintptr_t)setup.address;
	ring->handle = handle;
	ring->capacity = capacity;
	ring->control = (struct tux_ring_control *)memory;
	ring->submissions = (__u32 *)(memory + setup.submissions);
	ring->completions = (const __u32 *)(memory + setup.completions);
	ring->entries = (struct tux_batch_entry *)(memory + setup.entries);
	return 0;
}

int tux_ring_enter(const struct tux_ring *ring)
{
	return tux_call(ring->handle, TUX_ACTION_RING_ENTER, NULL);
}

int tux_ring_next(struct tux_ring *ring)
{
	__u32 head = ring->control->completion_head;
	__u32 index;

	/* Pairs with the release of the kernel: the indices up to there are written. */
	if (head == __atomic_load_n(&ring->control->completion_tail, __ATOMIC_ACQUIRE))
		return -1;
	index = ring->completions[head & (ring->capacity - 1)];
	ring->control->completion_head = head + 1;
	return index;
}

void tux_ring_submit(struct tux_ring *ring, unsigned int index)
{
	__u32 tail = ring->control->submission_tail;

	ring->submissions[tail & (ring->capacity - 1)] = index;
	/* Pairs with the acquire of the kernel: the index and its entry are written. */
	__atomic_store_n(&ring->control->submission_tail, tail + 1, __ATOMIC_RELEASE);
}
