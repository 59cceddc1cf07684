// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings, see ring.h and <linux/tux.h>.
 *
 * Called by action.c, batch.c and handle.c.  The pages are the kernel's and stay where they are, so
 * numbers and indices are read and written without faults; what an entry says is left to the code
 * that serves tux(2) without a ring, which finds it at the process's address.  Nobody has a
 * descriptor of the file that is mapped, and a child does not get the mapping.
 */
#include "ring.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/tux.h>
#include <linux/vmalloc.h>

#include "compat/compat.h"

/* Where things are in a ring. */
static u32 submissions_at(void)
{
	return sizeof(struct tux_ring_control);
}

static u32 completions_at(u32 capacity)
{
	return submissions_at() + capacity * sizeof(u32);
}

static u32 entries_at(u32 capacity)
{
	return completions_at(capacity) + capacity * sizeof(u32);
}

static u32 pages_of(u32 capacity)
{
	return DIV_ROUND_UP(entries_at(capacity) + capacity * sizeof(struct tux_batch_entry),
			    PAGE_SIZE);
}

static void free_ring(struct tux_ring *ring)
{
	vunmap(ring->control);
	while (ring->page_count)
		__free_page(ring->pages[--ring->page_count]);
	kfree(ring);
}

static bool fill_ring(struct tux_ring *ring)
{
	const u32 count = pages_of(ring->capacity);

	while (ring->page_count < count) {
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);

		if (!page)
			return false;
		ring->pages[ring->page_count++] = page;
	}
	ring->control = vmap(ring->pages, count, VM_MAP, PAGE_KERNEL);
	if (!ring->control)
		return false;
	ring->submissions = (void *)ring->control + submissions_at();
	ring->completions = (void *)ring->control + completions_at(ring->capacity);
	return true;
}

/**
 * tux_ring_create() - Make a ring that is not mapped.
 * @capacity: Entries, a power of two up to TUX_BATCH_MAX.
 *
 * Context: Process context.
 * Return: A reference, or NULL if there is no memory.
 */
struct tux_ring *tux_ring_create(u32 capacity)
{
	struct tux_ring *ring;

	ring = kzalloc(struct_size(ring, pages, pages_of(capacity)), GFP_KERNEL_ACCOUNT);
	if (!ring)
		return NULL;
	refcount_set(&ring->refs, 1);
	ring->capacity = capacity;
	if (fill_ring(ring))
		return ring;
	free_ring(ring);
	return NULL;
}

/**
 * tux_ring_put() - Drop a reference.
 * @ring: The ring.
 *
 * Context: Process context.
 */
void tux_ring_put(struct tux_ring *ring)
{
	if (refcount_dec_and_test(&ring->refs))
		free_ring(ring);
}

/* --- the mapping */

static int map(struct file *file, struct vm_area_struct *vma)
{
	struct tux_ring *ring = file->private_data;

	tux_compat_vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND);
	return vm_map_pages(vma, ring->pages, ring->page_count);
}

static int release(struct inode *inode, struct file *file)
{
	tux_ring_put(file->private_data);
	return 0;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.mmap = map,
	.release = release,
};

static struct file *open_ring(struct tux_ring *ring)
{
	struct file *file;

	refcount_inc(&ring->refs);
	file = anon_inode_getfile("[tux-ring]", &operations, ring, O_RDWR);
	if (IS_ERR(file))
		tux_ring_put(ring);
	return file;
}

/**
 * tux_ring_map() - Map a ring into the current process.
 * @ring: The ring, which is not mapped.
 * @setup: Where to say where; the members that are out.
 *
 * Context: Process context.
 * Return: 0, -ENOMEM, -ENFILE or what mmap() returns.
 */
int tux_ring_map(struct tux_ring *ring, struct tux_ring_setup *setup)
{
	const unsigned long length = ring->page_count * PAGE_SIZE;
	struct file *file = open_ring(ring);
	unsigned long address;

	if (IS_ERR(file))
		return PTR_ERR(file);
	address = vm_mmap(file, 0, length, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	fput(file);
	if (IS_ERR_VALUE(address))
		return address;
	setup->address = address;
	setup->length = length;
	setup->submissions = submissions_at();
	setup->completions = completions_at(ring->capacity);
	setup->entries = entries_at(ring->capacity);
	ring->entries = u64_to_user_ptr(setup->address + setup->entries);
	return 0;
}

/**
 * tux_ring_unmap() - Undo tux_ring_map().
 * @setup: What that said.
 *
 * Context: The same process.
 */
void tux_ring_unmap(const struct tux_ring_setup *setup)
{
	vm_munmap(setup->address, setup->length);
}

/* --- the queues */

/**
 * tux_ring_submitted() - Copy the indices that the process has submitted.
 * @ring: The ring.
 * @indices: Where to; has room for the capacity.
 *
 * Context: Any; the caller is busy with the handle.
 * Return: How many, or -EINVAL if there are more than a ring can hold.
 */
int tux_ring_submitted(const struct tux_ring *ring, u32 *indices)
{
	/* Pairs with the release of the process: the indices up to there are written. */
	const u32 tail = smp_load_acquire(&ring->control->submission_tail);
	const u32 count = tail - ring->submission_head;
	u32 i;

	if (count > ring->capacity)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		u32 place = (ring->submission_head + i) & (ring->capacity - 1);

		indices[i] = READ_ONCE(ring->submissions[place]);
	}
	return count;
}

/**
 * tux_ring_publish() - Tell the process what a batch has come to.
 * @ring: The ring.
 * @done: How many submissions have been worked on.
 * @indices: The indices of entries with new requests.
 * @delivered: How many; up to the capacity.
 *
 * Context: Any; the caller is busy with the handle.
 */
void tux_ring_publish(struct tux_ring *ring, u32 done, const u32 *indices, u32 delivered)
{
	u32 i;

	for (i = 0; i < delivered; i++)
		WRITE_ONCE(ring->completions[ring->completion_tail++ & (ring->capacity - 1)],
			   indices[i]);
	ring->submission_head += done;
	/* Pairs with an acquire of the process: the results of these submissions are written. */
	smp_store_release(&ring->control->submission_head, ring->submission_head);
	/* Pairs with an acquire of the process: the indices up to there are written. */
	smp_store_release(&ring->control->completion_tail, ring->completion_tail);
}
