/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who the workers are: an unprivileged user, without capabilities and without a way back.
 */
#ifndef TUXD_IDENTITY_H
#define TUXD_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#define IDENTITY_GROUPS_MAX 256

/**
 * struct identity - A user with its groups; constant after identity_find().
 */
struct identity {
	/** @name: Login name. */
	char name[64];
	/** @uid: User. */
	uid_t uid;
	/** @gid: Primary group. */
	gid_t gid;
	/** @groups: Supplementary groups; @group_count of them. */
	gid_t groups[IDENTITY_GROUPS_MAX];
	/** @group_count: Elements of @groups. */
	int group_count;
};

int identity_check_admin(void);
bool identity_may_change_root(void);
int identity_find(const char *name, const char *group, struct identity *identity);
int identity_assume(const struct identity *identity);
int identity_check_directory(const struct identity *identity, const char *path);

#endif /* TUXD_IDENTITY_H */
