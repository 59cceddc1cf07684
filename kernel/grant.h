/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grants: which users may register which modules without being administrators.
 *
 * Protected by the lock of struct tux_modules.
 */
#ifndef TUX_GRANT_H
#define TUX_GRANT_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/uidgid.h>

/**
 * struct tux_grants - The grants of a server.
 */
struct tux_grants {
	/** @list: The grants. */
	struct list_head list;
	/** @count: Entries of @list. */
	unsigned int count;
};

void tux_grants_init(struct tux_grants *grants);
void tux_grants_exit(struct tux_grants *grants);
bool tux_grants_have(const struct tux_grants *grants, const char *name, kuid_t uid);
int tux_grants_add(struct tux_grants *grants, const char *name, kuid_t uid);
int tux_grants_remove(struct tux_grants *grants, const char *name, kuid_t uid);

#endif /* TUX_GRANT_H */
