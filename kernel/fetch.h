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
 * A fetch runs with the credentials of the task that started it and charges its memory to that
 * task's memory cgroup.
 */
#ifndef TUX_FETCH_H
#define TUX_FETCH_H

#include <linux/atomic.h>
#include <linux/workqueue.h>

#include "lookup.h"

struct cgroup_subsys_state;
struct cred;
struct mem_cgroup;
struct tux_config;

/**
 * struct tux_fetch_pool - How many helpers one worker may keep busy.
 */
struct tux_fetch_pool {
	/** @busy: Fetches under way.  Atomic; only misses touch it. */
	atomic_t busy;
	/** @limit: Bound of @busy.  Constant after init. */
	int limit;
};

/**
 * struct tux_fetch - One piece of blocking work.
 */
struct tux_fetch {
	/** @work: Place in the workqueue. */
	struct work_struct work;
	/** @pool: Counted in while under way. */
	struct tux_fetch_pool *pool;
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
	/** @docroot: Where the walk begins; referenced while under way. */
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

void tux_fetch_init(struct tux_fetch *fetch, struct tux_fetch_pool *pool,
		    const struct tux_config *config, void (*done)(struct tux_fetch *fetch));
int tux_fetch_lookup(struct tux_fetch *fetch, const struct path *docroot, const char *name);
int tux_fetch_pages(struct tux_fetch *fetch, struct tux_file *file, loff_t position, size_t length);
void tux_fetch_release(struct tux_fetch *fetch);

#endif /* TUX_FETCH_H */
