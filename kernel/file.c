// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a file: what the page cache has of them, without blocking; and the end of a file.
 *
 * A page may be given to TCP if it was, at one moment, part of the file and up to date.  What
 * happens to it afterwards is beyond us and everybody else who sends from the page cache: TCP looks
 * at it when it transmits.  A page that has left the file keeps its bytes as long as it is
 * referenced; but nothing is kept that TCP has not taken, see wait_for_space().
 *
 * Called by request steps, fetch.c and lookup.c; calls nothing of ours.  No locks: a struct
 * tux_file belongs to one request.
 */
#include "file.h"

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/workqueue.h>

#include "compat/compat.h"

/*
 * Drops references that may be the last ones.  Apart from the fetches, so that a drop never waits
 * for a hanging read.
 */
static struct workqueue_struct *drop_queue;

/**
 * struct drop - References on their way to a helper.
 */
struct drop {
	/** @work: Place in the queue. */
	struct work_struct work;
	/** @path: Constant after init. */
	struct path path;
	/** @file: Or NULL.  Constant after init. */
	struct file *file;
};

/**
 * tux_file_module_init() - Set up the helpers that close files.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int tux_file_module_init(void)
{
	drop_queue = alloc_workqueue("tux_drop", WQ_UNBOUND, 0);
	return drop_queue ? 0 : -ENOMEM;
}

/**
 * tux_file_module_exit() - Wait until every file is closed.
 *
 * Context: May sleep.
 */
void tux_file_module_exit(void)
{
	destroy_workqueue(drop_queue);
}

static void drop_now(struct work_struct *work)
{
	struct drop *drop = container_of(work, struct drop, work);

	/*
	 * A helper would leave fput() to yet another one, and the file would outlive the module's
	 * wait for its helpers.
	 */
	if (drop->file)
		__fput_sync(drop->file);
	path_put(&drop->path);
	kfree(drop);
}

static bool drop_later(const struct tux_file *file)
{
	struct drop *drop = kmalloc(sizeof(*drop), GFP_KERNEL);

	if (!drop)
		return false;
	INIT_WORK(&drop->work, drop_now);
	drop->path = file->path;
	drop->file = file->file;
	queue_work(drop_queue, &drop->work);
	return true;
}

/*
 * To close a file can mean to free gigabytes of an unlinked one.  In a worker it would also be put
 * off until the worker returns to user space, which may be never, and so keep the disk space and
 * the mount.
 */
static bool may_be_heavy(const struct tux_file *file)
{
	return file->file || d_unlinked(file->path.dentry);
}

static void drop_file(struct tux_file *file)
{
	if (may_be_heavy(file) && !(current->flags & PF_KTHREAD) && drop_later(file))
		return;
	if (file->file)
		fput(file->file);
	path_put(&file->path);
}

/**
 * tux_file_put() - Drop everything that a file holds.
 * @file: The file, in any state; afterwards it holds nothing.
 *
 * Context: May sleep; not under a socket lock.
 */
void tux_file_put(struct tux_file *file)
{
	if (file->path.dentry)
		drop_file(file);
	file->path.dentry = NULL;
	file->path.mnt = NULL;
	file->file = NULL;
	file->inode = NULL;
}

/*
 * Have these bytes of a folio come in?  Where blocks are smaller than folios some can be there
 * while others are not, those behind the end of a file that was just written for instance.
 *
 * Orders what follows, the look at i_size above all, after the bytes.
 */
static bool is_uptodate(struct folio *folio, struct address_space *mapping,
			const struct bio_vec *piece, size_t offset)
{
	bool result;

	if (folio_test_uptodate(folio))
		return true;
	if (!mapping->a_ops->is_partially_uptodate ||
	    mapping->host->i_blkbits >= folio_shift(folio) || !folio_trylock(folio))
		return false;
	result = folio->mapping == mapping &&
		 mapping->a_ops->is_partially_uptodate(folio, offset, piece->bv_len);
	folio_unlock(folio);
	return result;
}

/* Where hardware has lost bytes, reading them would kill the machine; kernel_read() answers EIO. */
static bool is_poisoned(struct folio *folio)
{
	return folio_test_hwpoison(folio) ||
	       (folio_test_large(folio) && folio_test_has_hwpoisoned(folio));
}

/* Takes the folio over if it is, at this moment, part of the file and up to date. */
static bool add_folio(struct tux_pages *pages, struct address_space *mapping, struct folio *folio,
		      loff_t position, size_t length)
{
	struct bio_vec *piece = &pages->bvec[pages->count];
	loff_t offset = position - folio_pos(folio);
	size_t size = folio_size(folio);

	if (pages->count == TUX_PAGES_MAX || !length || offset < 0 || offset >= size)
		return false;
	piece->bv_page = folio_page(folio, offset >> PAGE_SHIFT);
	piece->bv_offset = offset_in_page(offset);
	piece->bv_len = min_t(size_t, size - offset, length);
	if (!is_uptodate(folio, mapping, piece, offset) || is_poisoned(folio) ||
	    READ_ONCE(folio->mapping) != mapping)
		return false;
	pages->bytes += piece->bv_len;
	pages->count++;
	return true;
}

static void collect_folios(struct address_space *mapping, loff_t position, size_t length,
			   struct tux_pages *pages)
{
	pgoff_t first = position >> PAGE_SHIFT;
	pgoff_t last = (position + length - 1) >> PAGE_SHIFT;
	struct folio_batch batch;
	unsigned int i;

	folio_batch_init(&batch);
	last = min_t(pgoff_t, last, first + TUX_PAGES_MAX - 1);
	filemap_get_folios_contig(mapping, &first, last, &batch);
	for (i = 0; i < folio_batch_count(&batch); i++) {
		if (!add_folio(pages, mapping, batch.folios[i], position + pages->bytes,
			       length - pages->bytes))
			break;
		folio_mark_accessed(batch.folios[i]);
	}
	for (; i < folio_batch_count(&batch); i++)
		folio_put(batch.folios[i]);
}

/**
 * tux_pages_trim() - Drop bytes at the end.
 * @pages: The pages.
 * @bytes: How many bytes stay; not more than there are.
 *
 * Context: Any context but hard interrupts.
 */
void tux_pages_trim(struct tux_pages *pages, unsigned int bytes)
{
	while (pages->bytes > bytes) {
		struct bio_vec *piece = &pages->bvec[pages->count - 1];
		unsigned int excess = pages->bytes - bytes;

		if (piece->bv_len > excess) {
			piece->bv_len -= excess;
			pages->bytes = bytes;
		} else {
			pages->bytes -= piece->bv_len;
			pages->count--;
			put_page(piece->bv_page);
		}
	}
}

/**
 * tux_file_pages() - Take what the page cache has of a file.
 * @file: The file; if it must be copied there never is anything.
 * @position: First byte wanted, not negative.
 * @length: Bytes wanted, not 0.
 * @pages: Filled, whatever was in it; the caller puts it when 1 is returned.
 *
 * The length of the file is looked at last.  A truncation shortens it before it touches any page,
 * so every byte up to the length seen here comes from pages that were looked at while they still
 * were the file's.
 *
 * Context: Task context.  Does not block.
 * Return: 1 with at least one byte in @pages; 0 if the first byte is not in the page cache, a fetch
 *         must bring it; -ENODATA if the file is not longer than @position any more.
 */
int tux_file_pages(const struct tux_file *file, loff_t position, size_t length,
		   struct tux_pages *pages)
{
	loff_t size;

	pages->count = 0;
	pages->bytes = 0;
	if (file->source != TUX_SOURCE_PAGE_CACHE)
		return 0;
	size = i_size_read(file->inode);
	if (size > position) {
		length = min_t(u64, length, min_t(u64, size - position, MAX_RW_COUNT));
		collect_folios(file->inode->i_mapping, position, length, pages);
		size = i_size_read(file->inode);
	}
	if (size <= position) {
		tux_pages_put(pages);
		return -ENODATA;
	}
	if (pages->bytes > size - position)
		tux_pages_trim(pages, size - position);
	return pages->count ? 1 : 0;
}

/**
 * tux_pages_put() - Drop the references of some pages.
 * @pages: The pages, or none; afterwards none.
 *
 * Context: Any context but hard interrupts.
 */
void tux_pages_put(struct tux_pages *pages)
{
	unsigned int i;

	for (i = 0; i < pages->count; i++)
		put_page(pages->bvec[i].bv_page);
	pages->count = 0;
	pages->bytes = 0;
}
