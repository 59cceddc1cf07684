/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The object cache: what a worker knows about files it has opened before, so that it need not open
 * them again and need not compose their head fields again.
 *
 * One cache per worker, and with it per credential: an entry says "this worker was allowed to open
 * this very file". An entry is keyed by value (super block's id, inode number, generation) and
 * valid only while size, times, i_version, mode and the MIME type are what they were; it holds no
 * path, dentry, inode or file, so nothing is kept busy by it.
 */
#ifndef TUX_OBJECT_H
#define TUX_OBJECT_H

#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/shrinker.h>
#include <linux/spinlock.h>

#include "file.h"
#include "http/condition.h"
#include "http/head.h"

struct tux_config;
struct tux_mime_type;
struct tux_stats;

#define TUX_OBJECT_FIELDS_MAX	384

/**
 * struct tux_object_key - Which file, by value; compared as bytes, so without holes.
 */
struct tux_object_key {
	/**
	 * @device: The super block's s_dev, and bits of its address, since numbers of devices are
	 * used again.
	 */
	u64 device;
	/** @inode: Inode number. */
	u64 inode;
	/** @generation: i_generation. */
	u32 generation;
	/** @pad: Zero. */
	u32 pad;
};

/**
 * struct tux_object - One file, ready to be answered with.
 */
struct tux_object {
	/** @node: Place in the cache.  Protected by the cache's lock. */
	struct rhash_head node;
	/** @clock: Place in the eviction ring.  Protected by the cache's lock. */
	struct list_head clock;
	/** @key: Constant after insertion. */
	struct tux_object_key key;
	/**
	 * @size: Bytes of the file.  Constant after insertion, as is all that follows but @used.
	 */
	loff_t size;
	/** @mtime: As in struct tux_file. */
	struct timespec64 mtime;
	/** @ctime: As in struct tux_file. */
	struct timespec64 ctime;
	/** @version: As in struct tux_file. */
	u64 version;
	/** @mode: As in struct tux_file. */
	umode_t mode;
	/**
	 * @used: Looked up since the clock hand passed; READ_ONCE(), WRITE_ONCE(), a lost update
	 * only costs a miss.
	 */
	bool used;
	/**
	 * @type: Text of the Content-Type that the fields were composed with; compared by pointer
	 * and length.
	 */
	const char *type;
	/** @type_length: Bytes of @type. */
	u8 type_length;
	/**
	 * @stamp: Configuration and MIME generation that @fields were composed under, as the caller
	 * counts them.
	 */
	u64 stamp;
	/** @validators: ETag and modification time. */
	struct http_validators validators;
	/** @entity: Where the parts of @fields are; its text points there. */
	struct http_entity entity;
	/** @rcu: For freeing it after readers have gone. */
	struct rcu_head rcu;
	/**
	 * @fields: Head fields that depend on the file only, ready to be copied into a response.
	 */
	char fields[];
};

/**
 * struct tux_object_cache - The objects of one worker.
 */
struct tux_object_cache {
	/** @caches: Place in the list that the shrinker walks.  Protected by that list's lock. */
	struct list_head caches;
	/**
	 * @lock: Protects everything below; taken by the worker and by the shrinker; innermost,
	 * never sleeps under it.
	 */
	spinlock_t lock;
	/** @table: By key.  Protected by @lock. */
	struct rhashtable table;
	/** @ring: Eviction order; the hand is its head.  Protected by @lock. */
	struct list_head ring;
	/** @count: Objects.  Protected by @lock, read with READ_ONCE() by the shrinker. */
	unsigned long count;
	/** @bytes: Memory of all objects.  Protected by @lock. */
	size_t bytes;
	/** @bytes_max: Bound of @bytes.  Constant after init. */
	size_t bytes_max;
	/** @stats: Counters.  Constant after init. */
	struct tux_stats __percpu *stats;
};

/* the shrinker over all caches */
int tux_object_module_init(void);
void tux_object_module_exit(void);

/* life cycle */
int tux_object_cache_init(struct tux_object_cache *cache, size_t bytes_max,
			  struct tux_stats __percpu *stats);
void tux_object_cache_exit(struct tux_object_cache *cache);
void tux_object_cache_flush(struct tux_object_cache *cache);

/* use */
void tux_object_compose(struct tux_object *object, const struct tux_file *file,
			const struct tux_mime_type *type, const struct tux_config *config,
			u64 stamp);
const struct tux_object *tux_object_find(struct tux_object_cache *cache,
					 const struct tux_file *file,
					 const struct tux_mime_type *type, u64 stamp, bool *opened);
void tux_object_add(struct tux_object_cache *cache, const struct tux_object *object);

#endif /* TUX_OBJECT_H */
