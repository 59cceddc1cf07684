// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a file is called on the wire: registered types, then the built-in ones, then the default.
 *
 * Only the last extension of a name counts ("gz" of "linux.tar.gz").  TUX compared the ends of
 * names instead, so that "html" also matched "fooxhtml" and overlapping ends depended on their
 * order.
 *
 * Called by action.c and server.c to register, by request.c to look up; calls config.c and
 * http/mime.c.  Readers take no lock; see mime.h for how long an entry lives.
 */
#include "mime.h"

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "config.h"
#include "http/mime.h"

#define MAX_AGE_MAX	(365 * 24 * 3600)

/**
 * struct tux_mime_entry - A registered type.
 */
struct tux_mime_entry {
	/** @node: Place in the table.  RCU. */
	struct rhash_head node;
	/** @retired: Place in the list of replaced entries.  Protected by the table's lock. */
	struct list_head retired;
	/** @extension: Lower case, filled up with zeroes.  Constant after init. */
	char extension[TUX_MIME_EXTENSION_MAX];
	/** @found: What a reader gets; its type points to @type.  Constant after init. */
	struct tux_mime_type found;
	/** @type: Content-Type.  Constant after init. */
	char type[TUX_MIME_TYPE_MAX];
};

static const struct rhashtable_params by_extension = {
	.key_len = TUX_MIME_EXTENSION_MAX,
	.key_offset = offsetof(struct tux_mime_entry, extension),
	.head_offset = offsetof(struct tux_mime_entry, node),
	.automatic_shrinking = false,
};

static struct tux_mime_entry *new_entry(const char *type, s32 max_age)
{
	struct tux_mime_entry *entry;
	size_t length = strnlen(type, TUX_MIME_TYPE_MAX);

	if (length == TUX_MIME_TYPE_MAX || !tux_config_type_valid(type, length))
		return ERR_PTR(-EINVAL);
	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	memcpy(entry->type, type, length);
	entry->found.type = entry->type;
	entry->found.length = length;
	entry->found.max_age = max_age;
	return entry;
}

/* Types that begin so are orders to the server, not names of formats. */
static bool is_special(const struct tux_mime_type *type)
{
	return type->length >= 4 && !strncasecmp(type->type, "TUX/", 4);
}

/* Case counts, as it did in TUX. */
static bool is_order(const struct tux_mime_entry *entry, const char *order)
{
	return entry->found.length == strlen(order) &&
	       !memcmp(entry->type, order, entry->found.length);
}

/**
 * tux_mime_init() - Set up the types of a server.
 * @table: The table.
 * @default_type: Type of names with an unknown extension, terminated.
 *
 * Context: May sleep.
 * Return: 0, -EINVAL if the default type is not one, or -ENOMEM.
 */
int tux_mime_init(struct tux_mime_table *table, const char *default_type)
{
	size_t length = strnlen(default_type, TUX_MIME_TYPE_MAX);

	if (length == TUX_MIME_TYPE_MAX || !tux_config_type_valid(default_type, length))
		return -EINVAL;
	memcpy(table->default_type, default_type, length + 1);
	table->fallback.type = table->default_type;
	table->fallback.length = length;
	table->fallback.is_default = true;
	table->fallback.max_age = -1;
	mutex_init(&table->lock);
	INIT_LIST_HEAD(&table->retired);
	table->count = 0;
	table->generation = 0;
	table->order_ends = 0;
	return rhashtable_init(&table->types, &by_extension);
}

static void free_entry(void *entry, void *unused)
{
	kfree(entry);
}

/**
 * tux_mime_exit() - Free all types of a server.
 * @table: The table; nobody reads it any more, nor what it gave out.
 *
 * Context: May sleep.
 */
void tux_mime_exit(struct tux_mime_table *table)
{
	struct tux_mime_entry *entry, *next;

	rhashtable_free_and_destroy(&table->types, free_entry, NULL);
	list_for_each_entry_safe(entry, next, &table->retired, retired)
		kfree(entry);
	mutex_destroy(&table->lock);
}

/* Writes the key that readers will look for; false if no name can have such an extension. */
static bool make_key(char key[TUX_MIME_EXTENSION_MAX], const char *extension, size_t length)
{
	size_t i;

	if (!length || length > TUX_MIME_EXTENSION_MAX)
		return false;
	memset(key, 0, TUX_MIME_EXTENSION_MAX);
	for (i = 0; i < length; i++) {
		char c = extension[i];

		if (!c || c == '.' || c == '/')
			return false;
		key[i] = c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
	}
	return true;
}

static int parse_max_age(const char *text, s32 *max_age)
{
	int value;

	*max_age = -1;
	if (!text || !text[0])
		return 0;
	if (!isdigit(text[0]) || kstrtoint(text, 10, &value) || value > MAX_AGE_MAX)
		return -EINVAL;
	*max_age = value;
	return 0;
}

static u32 end_bit(u8 c)
{
	return BIT(c % 32);
}

static void note_order(struct tux_mime_table *table, const struct tux_mime_entry *entry)
{
	size_t length = strnlen(entry->extension, TUX_MIME_EXTENSION_MAX);

	if (is_special(&entry->found))
		WRITE_ONCE(table->order_ends,
			   table->order_ends | end_bit(entry->extension[length - 1]));
}

static int insert_entry(struct tux_mime_table *table, struct tux_mime_entry *entry)
{
	struct tux_mime_entry *old;
	int err;

	lockdep_assert_held(&table->lock);
	if (table->count >= TUX_MIME_ENTRIES_MAX)
		return -ENOSPC;
	note_order(table, entry);
	rcu_read_lock();
	old = rhashtable_lookup_fast(&table->types, entry->extension, by_extension);
	rcu_read_unlock();
	/* The lock keeps @old in the table. */
	if (old)
		err = rhashtable_replace_fast(&table->types, &old->node, &entry->node,
					      by_extension);
	else
		err = rhashtable_insert_fast(&table->types, &entry->node, by_extension);
	if (err)
		return err;
	if (old)
		list_add(&old->retired, &table->retired);
	table->count++;
	WRITE_ONCE(table->generation, table->generation + 1);
	return 0;
}

/**
 * tux_mime_register() - Give an extension a type.
 * @table: The types of a server.
 * @extension: Extension, with or without a leading dot, in any case, terminated.
 * @type: Content-Type, terminated.  Types that begin with "TUX/" are orders and never sent: such
 * files have the default type.
 * @max_age: Seconds for Cache-Control in decimal, or empty, terminated.
 *
 * Context: May sleep.
 * Return: 0; -EINVAL if one of the texts is not what it should be; -ENOSPC after
 *         TUX_MIME_ENTRIES_MAX registrations; -ENOMEM.
 */
int tux_mime_register(struct tux_mime_table *table, const char *extension, const char *type,
		      const char *max_age)
{
	char key[TUX_MIME_EXTENSION_MAX];
	struct tux_mime_entry *entry;
	s32 seconds;
	int err;

	if (*extension == '.')
		extension++;
	if (!make_key(key, extension, strnlen(extension, TUX_MIME_EXTENSION_MAX + 1)))
		return -EINVAL;
	err = parse_max_age(max_age, &seconds);
	if (err)
		return err;
	entry = new_entry(type, seconds);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	memcpy(entry->extension, key, sizeof(key));
	mutex_lock(&table->lock);
	err = insert_entry(table, entry);
	mutex_unlock(&table->lock);
	if (err)
		kfree(entry);
	return err;
}

/**
 * tux_mime_may_be_order() - Could a file be a stub, going by its name?
 * @table: The types of a server.
 * @name: Name of the file, directories before it allowed, not terminated.
 * @length: Bytes of @name.
 *
 * Cheaper than tux_mime_find(), for which every file would have to be looked up.
 *
 * Context: Any context.
 * Return: False if it cannot be one.
 */
bool tux_mime_may_be_order(const struct tux_mime_table *table, const char *name, size_t length)
{
	return length && READ_ONCE(table->order_ends) & end_bit(name[length - 1]);
}

static bool find_registered(struct tux_mime_table *table, const char *extension, size_t length,
			    struct tux_mime_type *found)
{
	const struct tux_mime_entry *entry;
	char key[TUX_MIME_EXTENSION_MAX];

	if (!make_key(key, extension, length))
		return false;
	entry = rhashtable_lookup(&table->types, key, by_extension);
	if (!entry)
		return false;
	*found = is_special(&entry->found) ? table->fallback : entry->found;
	found->is_module = is_order(entry, "TUX/module");
	found->is_redirect = is_order(entry, "TUX/redirect");
	return true;
}

static bool find_builtin(const char *extension, size_t length, struct tux_mime_type *found)
{
	const struct http_mime *row = http_mime_find(extension, length);

	if (!row)
		return false;
	found->type = row->type;
	found->length = row->type_length;
	found->is_default = false;
	found->is_module = false;
	found->is_redirect = false;
	found->max_age = -1;
	return true;
}

/**
 * tux_mime_find() - Say what a file is called on the wire.
 * @table: The types of a server.
 * @name: Name of the file, directories before it allowed, not terminated.
 * @length: Bytes of @name.
 * @found: Set to the type; its text lives until the server ends.
 *
 * Context: Any context.  Takes and releases the RCU read lock.
 */
void tux_mime_find(struct tux_mime_table *table, const char *name, size_t length,
		   struct tux_mime_type *found)
{
	size_t extension_length;
	const char *extension = http_mime_extension(name, length, &extension_length);

	rcu_read_lock();
	if (!extension || (!find_registered(table, extension, extension_length, found) &&
			   !find_builtin(extension, extension_length, found)))
		*found = table->fallback;
	rcu_read_unlock();
}
