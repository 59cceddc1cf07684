/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MIME types by extension: those that REGISTER_MIMETYPE added, over the built-in table of
 * http/mime.c.
 *
 * One table per server.  Readers are under RCU; a type, once registered, lives until the server
 * ends, so a worker of that server may keep the pointer.  A later registration of the same
 * extension wins.
 */
#ifndef TUX_MIME_H
#define TUX_MIME_H

#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

#define TUX_MIME_TYPE_MAX	128
#define TUX_MIME_EXTENSION_MAX	32
#define TUX_MIME_ENTRIES_MAX	8192

/**
 * struct tux_mime_type - What a file is called on the wire.
 */
struct tux_mime_type {
	/** @type: Content-Type, not terminated.  Constant after init. */
	const char *type;
	/** @length: Bytes of @type.  Constant after init. */
	u8 length;
	/** @is_module: The file is a stub of a user module, if it belongs to root. */
	bool is_module;
	/** @is_redirect: Another server answers for such files, if they belong to root. */
	bool is_redirect;
	/** @is_default: The extension was unknown.  Constant after init. */
	bool is_default;
	/** @max_age: Cache-Control: max-age in seconds, or -1.  Constant after init. */
	s32 max_age;
};

/**
 * struct tux_mime_table - The types of one server.
 */
struct tux_mime_table {
	/** @types: Registered types by lower-case extension.  Readers: RCU; writers: @lock. */
	struct rhashtable types;
	/** @lock: Protects @retired and the order of registrations. */
	struct mutex lock;
	/** @count: Registrations so far, bounded by TUX_MIME_ENTRIES_MAX.  Protected by @lock. */
	unsigned int count;
	/**
	 * @generation: Counts registrations; read with READ_ONCE(): what was built before is stale.
	 */
	unsigned int generation;
	/**
	 * @order_ends: Which characters (modulo 32, for any case) extensions end in whose files can
	 * be stubs.  Read with READ_ONCE().
	 */
	u32 order_ends;
	/**
	 * @fallback: What a file with an unknown extension is; points to @default_type.  Constant
	 * after init.
	 */
	struct tux_mime_type fallback;
	/** @default_type: Text of @fallback.  Constant after init. */
	char default_type[TUX_MIME_TYPE_MAX];
	/**
	 * @retired: Entries that were replaced, kept until the server ends.  Protected by @lock.
	 */
	struct list_head retired;
};

int tux_mime_init(struct tux_mime_table *table, const char *default_type);
void tux_mime_exit(struct tux_mime_table *table);
int tux_mime_register(struct tux_mime_table *table, const char *extension, const char *type,
		      const char *max_age);
bool tux_mime_may_be_order(const struct tux_mime_table *table, const char *name, size_t length);
void tux_mime_find(struct tux_mime_table *table, const char *name, size_t length,
		   struct tux_mime_type *found);

#endif /* TUX_MIME_H */
