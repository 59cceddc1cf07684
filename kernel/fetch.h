/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work that may block, done by helpers (an unbound workqueue) so that a worker never waits for a
 * disk: a cold path walk, opening a file, reading pages, dropping a last reference.
 *
 * A fetch is embedded in its owner (the connection).  From tux_fetch_*() until the owner's done()
 * is called it belongs to the helper, with the tux_file it works on; done() is called exactly once,
 * from the helper, and may not sleep (it queues and wakes).  The owner keeps itself and the pool
 * alive meanwhile.  Each fetch under way holds a module reference.
 *
 * Each worker keeps only so many helpers busy (its pool).  Beyond that, fetches wait in the order
 * in which they came, and the owner may take back what no helper has begun (tux_fetch_cancel()).
 *
 * A fetch runs with the credentials of the task that started it and charges its memory to that
 * task's memory cgroup.
 */
#ifndef TUX_FETCH_H
#define TUX_FETCH_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "lookup.h"

struct cgroup_subsys_state;
struct cred;
struct mem_cgroup;
struct tux_config;

/**
 * struct tux_fetch_pool - The helpers that one worker may keep busy, and who waits for one.
 */
struct tux_fetch_pool {
	/** @lock: Protects @busy and @waiting.  Innermost; only misses take it. */
	spinlock_t lock;
	/** @busy: Helpers at work. */
	unsigned int busy;
	/** @limit: Bound of @busy.  Constant after init. */
	unsigned int limit;
	/** @waiting: Fetches, the oldest first; empty while @busy is less than @limit. */
	struct list_head waiting;
};

/**
 * struct tux_fetch - One piece of blocking work.
 */
struct tux_fetch {
	/** @work: Place in the workqueue. */
	struct work_struct work;
	/** @pool: Whose helpers do it.  Constant after init. */
	struct tux_fetch_pool *pool;
	/** @place: Place in @tux_fetch_pool.waiting, or empty. */
	struct list_head place;
	/**
	 * @done: Set once by the owner: called by the helper when the fetch is the owner's again.
	 */
	void (*done)(struct tux_fetch *fetch);
	/** @cred: Whose rights; referenced while under way. */
	const struct cred *cred;
	/** @memcg: Whose memory; referenced while under way, NULL if none. */
	struct mem_cgroup *memcg;
	/** @io_cgroup: Whose disk reads; referenced while under way, NULL if none. */
	struct cgroup_subsys_state *io_cgroup;
	/** @config: Mode bits; outlives the fetch. */
	const struct tux_config *config;
	/** @docroot: Where a walk begins; referenced while under way. */
	struct path docroot;
	/** @name: Path that was walked, until tux_fetch_release(); NULL if none. */
	char *name;
	/** @file: What is worked on; the owner takes it back in done() or later. */
	struct tux_file file;
	/** @lookup: Result of a walk. */
	enum tux_lookup lookup;
	/** @position: First byte wanted. */
	loff_t position;
	/** @length: Bytes wanted. */
	size_t length;
	/** @pages: Result of a read: without an error at least one byte from @position. */
	struct tux_pages pages;
	/** @copied: The bytes in @pages are copies. */
	bool copied;
	/** @error: Result of a read: 0, -ENODATA (the file has become shorter), -EIO, -ENOMEM... */
	int error;
};

int tux_fetch_module_init(void);
void tux_fetch_module_exit(void);

void tux_fetch_pool_init(struct tux_fetch_pool *pool, unsigned int limit);
void tux_fetch_init(struct tux_fetch *fetch, struct tux_fetch_pool *pool,
		    const struct tux_config *config, void (*done)(struct tux_fetch *fetch));
int tux_fetch_lookup(struct tux_fetch *fetch, const struct path *docroot, const char *name);
void tux_fetch_pages(struct tux_fetch *fetch, struct tux_file *file, loff_t position,
		     size_t length);
bool tux_fetch_cancel(struct tux_fetch *fetch);
void tux_fetch_release(struct tux_fetch *fetch);

#endif /* TUX_FETCH_H */
