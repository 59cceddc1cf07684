// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers: work that may block, in an unbound workqueue, so that nobody waits for it but the client
 * who asked.
 *
 * A helper acts for the worker: with its credentials, and memory and disk reads count to its
 * cgroups.
 *
 * Called by find.c, order.c and response.c; calls lookup.c and file.c.  A fetch belongs to the
 * helper until done() is called, and the workqueue orders both hand-overs; the pool's lock protects
 * who waits for a helper.
 */
#include "fetch.h"

#include <linux/cred.h>
#include <linux/fadvise.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "compat/compat.h"

/* What is asked of the disk at once; the device's own limit of a read holds, too. */
#define READAHEAD_BYTES	(512 * 1024)

static struct workqueue_struct *fetch_queue;

/**
 * tux_fetch_module_init() - Set up the helpers.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int tux_fetch_module_init(void)
{
	int err = tux_file_module_init();

	if (err)
		return err;
	/*
	 * The pools bound each worker; a filesystem that hangs must not stop those that use another
	 * one.
	 */
	fetch_queue = alloc_workqueue("tux_fetch", WQ_UNBOUND, WQ_UNBOUND_MAX_ACTIVE);
	if (!fetch_queue) {
		tux_file_module_exit();
		return -ENOMEM;
	}
	return 0;
}

/**
 * tux_fetch_module_exit() - Wait for the last instructions of the last helper.
 *
 * No fetch is under way, because each holds a reference of the module.
 *
 * Context: May sleep.
 */
void tux_fetch_module_exit(void)
{
	destroy_workqueue(fetch_queue);
	tux_file_module_exit();
}

/**
 * tux_fetch_pool_init() - Set up a worker's pool.
 * @pool: The pool; must outlive every fetch that uses it.
 * @limit: Helpers that may be busy at once, at least 1.
 *
 * Context: Any context.
 */
void tux_fetch_pool_init(struct tux_fetch_pool *pool, unsigned int limit)
{
	spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->waiting);
	pool->busy = 0;
	pool->limit = limit;
}

/**
 * tux_fetch_init() - Prepare a fetch.
 * @fetch: The fetch; nothing is under way.
 * @pool: The worker's pool.
 * @config: Mode bits.
 * @done: Called by the helper, at the end of each fetch that was started; must not sleep.
 *
 * Context: Any context.
 */
void tux_fetch_init(struct tux_fetch *fetch, struct tux_fetch_pool *pool,
		    const struct tux_config *config, void (*done)(struct tux_fetch *fetch))
{
	memset(fetch, 0, sizeof(*fetch));
	INIT_LIST_HEAD(&fetch->place);
	fetch->pool = pool;
	fetch->config = config;
	fetch->done = done;
}

/* Takes a free helper; false if there is none, and the fetch waits for one. */
static bool enter_pool(struct tux_fetch *fetch)
{
	struct tux_fetch_pool *pool = fetch->pool;
	bool entered;

	spin_lock(&pool->lock);
	entered = pool->busy < pool->limit;
	if (entered)
		pool->busy++;
	else
		list_add_tail(&fetch->place, &pool->waiting);
	spin_unlock(&pool->lock);
	return entered;
}

/* A helper is free: it goes to the fetch that has waited for longest, if one waits. */
static void leave_pool(struct tux_fetch_pool *pool)
{
	struct tux_fetch *next;

	spin_lock(&pool->lock);
	next = list_first_entry_or_null(&pool->waiting, struct tux_fetch, place);
	if (next)
		list_del_init(&next->place);
	else
		pool->busy--;
	spin_unlock(&pool->lock);
	if (next)
		queue_work(fetch_queue, &next->work);
}

/*
 * From here on the fetch is the helper's.  Return: 0, or 1 if it waits for one.
 */
static int start(struct tux_fetch *fetch, work_func_t work)
{
	__module_get(THIS_MODULE);
	fetch->cred = get_current_cred();
	fetch->memcg = get_mem_cgroup_from_mm(current->mm);
	fetch->io_cgroup = tux_compat_io_cgroup();
	fetch->error = 0;
	INIT_WORK(&fetch->work, work);
	if (!enter_pool(fetch))
		return 1;
	queue_work(fetch_queue, &fetch->work);
	return 0;
}

/* Drops what start() and tux_fetch_lookup() took, but for the reference of the module. */
static void drop_identity(struct tux_fetch *fetch)
{
	path_put(&fetch->docroot);
	memset(&fetch->docroot, 0, sizeof(fetch->docroot));
	put_cred(fetch->cred);
	mem_cgroup_put(fetch->memcg);
	if (fetch->io_cgroup)
		css_put(fetch->io_cgroup);
}

/**
 * struct disguise - What a helper was before it acted for a worker.
 */
struct disguise {
	/** @cred: Its own credentials. */
	const struct cred *cred;
	/** @memcg: Its own memory cgroup. */
	struct mem_cgroup *memcg;
};

static void put_on(struct disguise *disguise, const struct tux_fetch *fetch)
{
	disguise->cred = override_creds(fetch->cred);
	disguise->memcg = set_active_memcg(fetch->memcg);
	kthread_associate_blkcg(fetch->io_cgroup);
}

static void take_off(const struct disguise *disguise)
{
	kthread_associate_blkcg(NULL);
	set_active_memcg(disguise->memcg);
	revert_creds(disguise->cred);
}

/* The fetch, and with it perhaps all that it points to, is gone when done() has been called. */
static void finish(struct tux_fetch *fetch)
{
	drop_identity(fetch);
	leave_pool(fetch->pool);
	fetch->done(fetch);
	/* The module's exit waits for the queue, and so for what remains to be executed here. */
	module_put(THIS_MODULE);
}

static void lookup_work(struct work_struct *work)
{
	struct tux_fetch *fetch = container_of(work, struct tux_fetch, work);
	struct disguise disguise;

	put_on(&disguise, fetch);
	fetch->lookup = tux_lookup_blocking(&fetch->docroot, fetch->name, fetch->config,
					    &fetch->file);
	take_off(&disguise);
	finish(fetch);
}

/**
 * tux_fetch_lookup() - Let a helper walk a path and open the file.
 * @fetch: The fetch, nothing under way; released since it was last used.
 * @docroot: Document root; the fetch takes a reference of its own.
 * @name: Path, copied.
 *
 * Afterwards fetch->lookup is the result and fetch->file the open file.
 *
 * Context: The worker; may sleep for memory only.
 * Return: 0, or 1 if it waits for a helper: done() will be called once, unless tux_fetch_cancel()
 *         takes it back; -ENOMEM: nothing happens.
 */
int tux_fetch_lookup(struct tux_fetch *fetch, const struct path *docroot, const char *name)
{
	char *copy = kstrdup(name, GFP_KERNEL_ACCOUNT);

	if (!copy)
		return -ENOMEM;
	fetch->name = copy;
	fetch->docroot = *docroot;
	path_get(&fetch->docroot);
	return start(fetch, lookup_work);
}

/*
 * Gets the first byte, and what the disk gives along with it, into the page cache.  Through the
 * file's own read function, which knows how to keep out of the way of truncation and holes.
 */
static int fill_page_cache(struct tux_fetch *fetch)
{
	loff_t position = fetch->position;
	loff_t ahead = min_t(loff_t, READAHEAD_BYTES, fetch->file.size - position);
	ssize_t length;
	char byte;

	if (ahead > 0)
		vfs_fadvise(fetch->file.file, position, ahead, POSIX_FADV_WILLNEED);
	length = kernel_read(fetch->file.file, &byte, 1, &position);
	if (length < 0)
		return length;
	return length ? 0 : -ENODATA;
}

static int allocate_pages(struct tux_fetch *fetch)
{
	struct tux_pages *pages = &fetch->pages;
	size_t left = fetch->length;

	while (left && pages->count < TUX_PAGES_MAX) {
		struct bio_vec *piece = &pages->bvec[pages->count];

		piece->bv_page = alloc_page(GFP_KERNEL_ACCOUNT);
		if (!piece->bv_page)
			break;
		piece->bv_offset = 0;
		piece->bv_len = min_t(size_t, left, PAGE_SIZE);
		left -= piece->bv_len;
		pages->bytes += piece->bv_len;
		pages->count++;
	}
	return pages->count ? 0 : -ENOMEM;
}

static int copy_pages(struct tux_fetch *fetch)
{
	loff_t position = fetch->position;
	struct iov_iter to;
	ssize_t length;
	int err = allocate_pages(fetch);

	if (err)
		return err;
	iov_iter_bvec(&to, ITER_DEST, fetch->pages.bvec, fetch->pages.count, fetch->pages.bytes);
	length = vfs_iter_read(fetch->file.file, &to, &position, 0);
	if (length <= 0) {
		tux_pages_put(&fetch->pages);
		return length ? length : -ENODATA;
	}
	tux_pages_trim(&fetch->pages, length);
	fetch->copied = true;
	return 0;
}

/*
 * Ends with bytes in hand, whatever the page cache does: it may have none of a hole in tmpfs, and
 * may lose under pressure what was just read.  An overlay that has copied the file up meanwhile is
 * read through, since the lower file is not the truth any more.
 */
static int read_file(struct tux_fetch *fetch)
{
	struct tux_file *file = &fetch->file;
	int result = file->file ? 0 : tux_lookup_open(file);

	if (result)
		return result;
	if (file->source == TUX_SOURCE_PAGE_CACHE && d_real_inode(file->path.dentry) != file->inode)
		file->source = TUX_SOURCE_COPY;
	if (file->source == TUX_SOURCE_PAGE_CACHE) {
		result = fill_page_cache(fetch);
		if (result)
			return result;
		result = tux_file_pages(file, fetch->position, fetch->length, &fetch->pages);
		if (result)
			return min(result, 0);
	}
	return copy_pages(fetch);
}

static void pages_work(struct work_struct *work)
{
	struct tux_fetch *fetch = container_of(work, struct tux_fetch, work);
	struct disguise disguise;

	put_on(&disguise, fetch);
	fetch->error = read_file(fetch);
	take_off(&disguise);
	finish(fetch);
}

/**
 * tux_fetch_pages() - Let a helper bring bytes of a file.
 * @fetch: The fetch, nothing under way; released since it was last used.
 * @file: The file; its references go to fetch->file, from where the owner may take them back
 * afterwards.
 * @position: First byte wanted.
 * @length: Bytes wanted, not 0; fewer may come.
 *
 * Afterwards fetch->error is 0 and fetch->pages has at least one byte, or fetch->error is an error:
 * -ENODATA if the file has become too short, else what opening or reading it returned.  done() will
 * be called once, unless tux_fetch_cancel() takes it back.
 *
 * Context: The worker.
 */
void tux_fetch_pages(struct tux_fetch *fetch, struct tux_file *file, loff_t position, size_t length)
{
	fetch->file = *file;
	memset(file, 0, sizeof(*file));
	fetch->position = position;
	fetch->length = length;
	fetch->pages.count = 0;
	fetch->pages.bytes = 0;
	fetch->copied = false;
	start(fetch, pages_work);
}

/**
 * tux_fetch_cancel() - Take a fetch back that still waits for a helper.
 * @fetch: A fetch that was started, and whose done() may have been called.
 *
 * Context: The owner; may sleep.
 * Return: True if it is the owner's again, without a result and without done(); false if a helper
 *         has begun it.
 */
bool tux_fetch_cancel(struct tux_fetch *fetch)
{
	struct tux_fetch_pool *pool = fetch->pool;
	bool waited;

	spin_lock(&pool->lock);
	waited = !list_empty(&fetch->place);
	list_del_init(&fetch->place);
	spin_unlock(&pool->lock);
	if (!waited)
		return false;
	drop_identity(fetch);
	module_put(THIS_MODULE);
	return true;
}

/**
 * tux_fetch_release() - Drop what a finished fetch holds.
 * @fetch: The fetch, nothing under way; afterwards as after tux_fetch_init().
 *
 * Context: May sleep; not under a socket lock.
 */
void tux_fetch_release(struct tux_fetch *fetch)
{
	kfree(fetch->name);
	fetch->name = NULL;
	tux_file_put(&fetch->file);
	tux_pages_put(&fetch->pages);
}
