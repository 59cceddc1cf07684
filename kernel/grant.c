// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants, see grant.h.
 *
 * Called by module.c under its lock.
 */
#include "grant.h"

#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tux.h>

#define GRANTS_MAX 1024

/**
 * struct grant - A user may register a name.
 */
struct grant {
	/** @node: Place in the list. */
	struct list_head node;
	/** @uid: The user. */
	kuid_t uid;
	/** @name: The name. */
	char name[MAX_URI_LEN];
};

/**
 * tux_grants_init() - Set up an empty list.
 * @grants: The grants.
 *
 * Context: Any context.
 */
void tux_grants_init(struct tux_grants *grants)
{
	INIT_LIST_HEAD(&grants->list);
	grants->count = 0;
}

/**
 * tux_grants_exit() - Forget all grants.
 * @grants: The grants; afterwards empty.
 *
 * Context: Process context.
 */
void tux_grants_exit(struct tux_grants *grants)
{
	struct grant *grant, *next;

	list_for_each_entry_safe(grant, next, &grants->list, node)
		kfree(grant);
	tux_grants_init(grants);
}

static struct grant *find(const struct tux_grants *grants, const char *name, kuid_t uid)
{
	struct grant *grant;

	list_for_each_entry(grant, &grants->list, node)
		if (uid_eq(grant->uid, uid) && !strcmp(grant->name, name))
			return grant;
	return NULL;
}

/**
 * tux_grants_have() - May a user register a name?
 * @grants: The grants.
 * @name: The name, terminated.
 * @uid: The user.
 *
 * Context: Process context.
 * Return: True if so.
 */
bool tux_grants_have(const struct tux_grants *grants, const char *name, kuid_t uid)
{
	return find(grants, name, uid);
}

/**
 * tux_grants_add() - Let a user register a name.
 * @grants: The grants.
 * @name: The name, terminated, less than MAX_URI_LEN bytes.
 * @uid: The user.
 *
 * Context: Process context.
 * Return: 0, also if it is there already; -ENOSPC, -ENOMEM.
 */
int tux_grants_add(struct tux_grants *grants, const char *name, kuid_t uid)
{
	struct grant *grant;

	if (find(grants, name, uid))
		return 0;
	if (grants->count >= GRANTS_MAX)
		return -ENOSPC;
	grant = kzalloc(sizeof(*grant), GFP_KERNEL_ACCOUNT);
	if (!grant)
		return -ENOMEM;
	grant->uid = uid;
	strscpy(grant->name, name, sizeof(grant->name));
	list_add(&grant->node, &grants->list);
	grants->count++;
	return 0;
}

/**
 * tux_grants_remove() - Take a grant back.
 * @grants: The grants.
 * @name: The name, terminated.
 * @uid: The user.
 *
 * Context: Process context.
 * Return: 0 or -ENOENT.
 */
int tux_grants_remove(struct tux_grants *grants, const char *name, kuid_t uid)
{
	struct grant *grant = find(grants, name, uid);

	if (!grant)
		return -ENOENT;
	list_del(&grant->node);
	grants->count--;
	kfree(grant);
	return 0;
}
