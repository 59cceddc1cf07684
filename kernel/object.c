// SPDX-License-Identifier: GPL-2.0-only
/*
 * The object cache: head fields of files, ready to be copied, and the knowledge that this worker
 * could open them.
 *
 * An entry is found by what the file is and believed only if size, times, version and mode are what
 * they were.  It never decides whether a file exists, may be read, or which bytes it has: the walk
 * and the page cache do that for each request.  So the worst that a wrong entry could do is to
 * describe a file as it was a moment ago, and that is what "settled" is about.
 *
 * Called by reply.c; calls http/condition.c and http/head.c.  Locks: a worker finds entries without
 * any, under RCU.  The lock of a cache serialises its worker with the shrinker; the lock of the
 * list of caches is taken outside of it.
 */
#include "object.h"

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "compat/compat.h"
#include "config.h"
#include "mime.h"
#include "stat.h"

/*
 * Entries that the clock hand passes, because they were used lately, before it takes the next one
 * anyway.
 */
#define HAND_STEPS	64

/* The clock of a server on the network is not ours. */
#define STEP_ELSEWHERE	(2 * NSEC_PER_SEC)

static LIST_HEAD(all_caches);
/* Protects all_caches; nests outside the lock of a cache. */
static DEFINE_SPINLOCK(all_caches_lock);
static struct shrinker *shrinker;

static const struct rhashtable_params by_key = {
	.key_len = sizeof(struct tux_object_key),
	.key_offset = offsetof(struct tux_object, key),
	.head_offset = offsetof(struct tux_object, node),
	.automatic_shrinking = true,
};

static size_t object_bytes(const struct tux_object *object)
{
	return struct_size(object, fields, object->entity.end);
}

static void remove_object(struct tux_object_cache *cache, struct tux_object *object)
{
	lockdep_assert_held(&cache->lock);
	rhashtable_remove_fast(&cache->table, &object->node, by_key);
	list_del(&object->clock);
	cache->bytes -= object_bytes(object);
	WRITE_ONCE(cache->count, cache->count - 1);
	kfree_rcu(object, rcu);
}

/* One turn of the clock: what was used since the last turn gets another one. */
static void evict_object(struct tux_object_cache *cache)
{
	struct tux_object *object;
	unsigned int steps;

	for (steps = 0; steps < HAND_STEPS; steps++) {
		object = list_first_entry(&cache->ring, struct tux_object, clock);
		if (!READ_ONCE(object->used))
			break;
		WRITE_ONCE(object->used, false);
		list_move_tail(&object->clock, &cache->ring);
	}
	object = list_first_entry(&cache->ring, struct tux_object, clock);
	remove_object(cache, object);
	tux_stat_inc(cache->stats, TUX_STAT_objects_evicted);
}

static unsigned long count_objects(struct shrinker *unused, struct shrink_control *control)
{
	struct tux_object_cache *cache;
	unsigned long count = 0;

	spin_lock(&all_caches_lock);
	list_for_each_entry(cache, &all_caches, caches)
		count += READ_ONCE(cache->count);
	spin_unlock(&all_caches_lock);
	return count ? count : SHRINK_EMPTY;
}

static unsigned long scan_cache(struct tux_object_cache *cache, unsigned long wanted)
{
	unsigned long evicted = 0;

	spin_lock(&cache->lock);
	for (; evicted < wanted && cache->count; evicted++)
		evict_object(cache);
	spin_unlock(&cache->lock);
	return evicted;
}

static unsigned long scan_objects(struct shrinker *unused, struct shrink_control *control)
{
	struct tux_object_cache *cache;
	unsigned long evicted = 0;

	spin_lock(&all_caches_lock);
	list_for_each_entry(cache, &all_caches, caches) {
		evicted += scan_cache(cache, control->nr_to_scan - evicted);
		if (evicted >= control->nr_to_scan)
			break;
	}
	/* Another one is the first to be asked next time. */
	list_rotate_left(&all_caches);
	spin_unlock(&all_caches_lock);
	control->nr_scanned = evicted;
	return evicted ? evicted : SHRINK_STOP;
}

/**
 * tux_object_module_init() - Offer the memory of all caches to the kernel.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int tux_object_module_init(void)
{
	shrinker = tux_compat_shrinker_register("tux-objects", count_objects, scan_objects);
	return PTR_ERR_OR_ZERO(shrinker);
}

/**
 * tux_object_module_exit() - Undo tux_object_module_init(); no cache is left.
 *
 * Context: May sleep.
 */
void tux_object_module_exit(void)
{
	tux_compat_shrinker_unregister(shrinker);
}

/**
 * tux_object_cache_init() - Set up an empty cache.
 * @cache: The cache.
 * @bytes_max: Most memory of its objects.
 * @stats: Counters.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int tux_object_cache_init(struct tux_object_cache *cache, size_t bytes_max,
			  struct tux_stats __percpu *stats)
{
	int err = rhashtable_init(&cache->table, &by_key);

	if (err)
		return err;
	spin_lock_init(&cache->lock);
	INIT_LIST_HEAD(&cache->ring);
	cache->count = 0;
	cache->bytes = 0;
	cache->bytes_max = bytes_max;
	cache->stats = stats;
	spin_lock(&all_caches_lock);
	list_add_tail(&cache->caches, &all_caches);
	spin_unlock(&all_caches_lock);
	return 0;
}

/**
 * tux_object_cache_flush() - Forget everything, because the worker's rights have changed.
 * @cache: The cache.
 *
 * Context: The worker.
 */
void tux_object_cache_flush(struct tux_object_cache *cache)
{
	struct tux_object *object, *next;

	spin_lock(&cache->lock);
	list_for_each_entry_safe(object, next, &cache->ring, clock)
		remove_object(cache, object);
	spin_unlock(&cache->lock);
}

/**
 * tux_object_cache_exit() - Free a cache with all it holds.
 * @cache: The cache; its worker has ended.
 *
 * Context: May sleep.
 */
void tux_object_cache_exit(struct tux_object_cache *cache)
{
	spin_lock(&all_caches_lock);
	list_del(&cache->caches);
	spin_unlock(&all_caches_lock);
	tux_object_cache_flush(cache);
	rhashtable_destroy(&cache->table);
}

static void make_key(struct tux_object_key *key, const struct tux_file *file)
{
	const struct inode *inode = file->inode;

	key->device = inode->i_sb->s_dev | (u64)hash_ptr(inode->i_sb, 32) << 32;
	key->inode = inode->i_ino;
	key->generation = inode->i_generation;
	key->pad = 0;
}

/* How long after a change can another one get the same time stamp? */
static u32 stamp_step(const struct tux_file *file)
{
	u32 step = 2 * TICK_NSEC;

	if (file->source != TUX_SOURCE_PAGE_CACHE)
		return STEP_ELSEWHERE;
	if (file->inode->i_sb->s_time_gran > TICK_NSEC)
		step += file->inode->i_sb->s_time_gran;
	return step;
}

/*
 * Validators promise that the bytes are the same, so they are given only when a further change must
 * show.  Not while time stamps could repeat, and not while somebody has the file open for writing:
 * the stamp is set before the bytes are, and stores through a mapping set it only once.
 *
 * What is given in the meantime differs from all that is given later, or a client could ask later
 * with the old ETag of bytes that were gone a moment after, and be told that they are good.
 */
static void make_validators(struct http_validators *validators, const struct tux_file *file)
{
	bool written = inode_is_open_for_write(file->inode);
	struct http_file state = {
		.size = file->size,
		.identity = file->inode->i_ino ^ (u64)file->inode->i_generation << 32 ^
			    (u64)file->inode->i_sb->s_dev << 40 ^ file->version * GOLDEN_RATIO_64,
		.modified = file->mtime.tv_sec,
		.modified_nsec = file->mtime.tv_nsec,
		.changed = file->ctime.tv_sec,
		.changed_nsec = file->ctime.tv_nsec,
	};
	u32 step = stamp_step(file);
	struct timespec64 now;

	/* The clock by which files are stamped. */
	ktime_get_coarse_real_ts64(&now);
	http_validators_make(validators, &state, now.tv_sec, now.tv_nsec, step);
	if (!validators->fresh && !written)
		return;
	if (written) {
		state.changed = now.tv_sec;
		state.changed_nsec = now.tv_nsec;
	}
	state.identity ^= ktime_get_ns() * GOLDEN_RATIO_64;
	http_validators_make(validators, &state, now.tv_sec, now.tv_nsec, step);
}

/**
 * tux_object_compose() - Describe a file as it must be described now.
 * @object: Scratch object with TUX_OBJECT_FIELDS_MAX bytes of fields.
 * @file: The file.
 * @type: Its type.
 * @config: What to send.
 * @stamp: Kept for tux_object_find().
 *
 * Context: The worker.
 */
void tux_object_compose(struct tux_object *object, const struct tux_file *file,
			const struct tux_mime_type *type, const struct tux_config *config,
			u64 stamp)
{
	struct http_content content = {
		.type = type->type,
		.type_length = type->length,
		.size = file->size,
		.validators = &object->validators,
	};
	int length;

	make_key(&object->key, file);
	object->size = file->size;
	object->mtime = file->mtime;
	object->ctime = file->ctime;
	object->version = file->version;
	object->mode = file->mode;
	object->type = type->type;
	object->type_length = type->length;
	object->stamp = stamp;
	make_validators(&object->validators, file);
	if (!READ_ONCE(config->generate_etags))
		object->validators.has_etag = false;
	if (!READ_ONCE(config->generate_last_mod))
		object->validators.has_modified = false;
	if (READ_ONCE(config->noid) && type->is_default)
		content.type_length = 0;
	BUILD_BUG_ON(HTTP_ENTITY_FIXED + TUX_MIME_TYPE_MAX > TUX_OBJECT_FIELDS_MAX);
	/* Cannot fail by the line above; an entity without text would be harmless. */
	length = http_entity_make(&object->entity, object->fields, TUX_OBJECT_FIELDS_MAX, &content);
	if (WARN_ON_ONCE(length < 0))
		memset(&object->entity, 0, sizeof(object->entity));
}

static bool is_same_version(const struct tux_object *object, const struct tux_file *file)
{
	return object->size == file->size && object->version == file->version &&
	       object->mode == file->mode && timespec64_equal(&object->mtime, &file->mtime) &&
	       timespec64_equal(&object->ctime, &file->ctime);
}

/**
 * tux_object_find() - Look for the description of a file.
 * @cache: The worker's cache.
 * @file: The file, as the walk has just found it.
 * @type: Its type.
 * @stamp: The present stamp.
 * @opened: Set to whether this version of the file was opened before with success, also when NULL
 * is returned: then only the description is out of date, because of another type or stamp, or
 * because validators could be better by now.
 *
 * Context: The worker, in an RCU read section.
 * Return: The entry, valid until the end of the section, or NULL.
 */
const struct tux_object *tux_object_find(struct tux_object_cache *cache,
					 const struct tux_file *file,
					 const struct tux_mime_type *type, u64 stamp, bool *opened)
{
	struct tux_object_key key;
	struct tux_object *object;

	make_key(&key, file);
	object = rhashtable_lookup(&cache->table, &key, by_key);
	*opened = object && is_same_version(object, file);
	if (!*opened)
		return NULL;
	if (!READ_ONCE(object->used))
		WRITE_ONCE(object->used, true);
	if (!object->validators.settled || object->stamp != stamp || object->type != type->type ||
	    object->type_length != type->length)
		return NULL;
	return object;
}

static struct tux_object *copy_object(const struct tux_object *object)
{
	struct tux_object *copy = kmalloc(object_bytes(object), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);

	if (!copy)
		return NULL;
	memcpy(copy, object, object_bytes(object));
	copy->entity.text = copy->fields;
	copy->used = false;
	return copy;
}

static int insert_object(struct tux_object_cache *cache, struct tux_object *object)
{
	struct tux_object *old;
	int err;

	lockdep_assert_held(&cache->lock);
	/* The lock keeps it alive. */
	rcu_read_lock();
	old = rhashtable_lookup(&cache->table, &object->key, by_key);
	rcu_read_unlock();
	if (old)
		remove_object(cache, old);
	while (cache->count && cache->bytes + object_bytes(object) > cache->bytes_max)
		evict_object(cache);
	err = rhashtable_insert_fast(&cache->table, &object->node, by_key);
	if (err)
		return err;
	list_add_tail(&object->clock, &cache->ring);
	cache->bytes += object_bytes(object);
	WRITE_ONCE(cache->count, cache->count + 1);
	return 0;
}

/**
 * tux_object_add() - Remember a description.
 * @cache: The worker's cache.
 * @object: From tux_object_compose(), for a file that is or was open; it is copied and replaces
 * what is there for this file.
 *
 * A failure only costs the next request time.
 *
 * Context: The worker; may sleep.
 */
void tux_object_add(struct tux_object_cache *cache, const struct tux_object *object)
{
	struct tux_object *copy;
	int err;

	if (object_bytes(object) > cache->bytes_max)
		return;
	copy = copy_object(object);
	if (!copy)
		return;
	spin_lock(&cache->lock);
	err = insert_object(cache, copy);
	spin_unlock(&cache->lock);
	if (err)
		kfree(copy);
}
