// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who the workers are.
 *
 * TUX checks each file with the rights of the worker that is asked for it, so a worker must be
 * somebody who may read what is to be published and nothing else.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "detach.h"
#include "identity.h"

static bool has_capability(unsigned int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct mine[_LINUX_CAPABILITY_U32S_3];

	return !syscall(SYS_capget, &header, mine) && mine[0].effective & (1U << capability);
}

/**
 * identity_check_admin() - Whether this process may run a server.
 *
 * Return: 0, or -1 after the failure was reported.
 */
int identity_check_admin(void)
{
	if (has_capability(CAP_NET_ADMIN))
		return 0;
	return report_failure("not permitted to start TUX; run this as root (CAP_NET_ADMIN)");
}

/**
 * identity_may_change_root() - Whether this process may change its root directory.
 */
bool identity_may_change_root(void)
{
	return has_capability(CAP_SYS_CHROOT);
}

/* The number that a text is, or -1. */
static long parse_number(const char *text)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	return errno || !*text || strspn(text, "0123456789") != strlen(text) ||
		       number >= UINT32_MAX ? -1 : number;
}

static const struct passwd *find_user(const char *name)
{
	const struct passwd *user = getpwnam(name);

	return user || parse_number(name) < 0 ? user : getpwuid(parse_number(name));
}

static int find_group(const char *name, gid_t *gid)
{
	const struct group *group = getgrnam(name);

	if (!group && parse_number(name) < 0)
		return report_failure("there is no group \"%s\"; name another with --gid", name);
	*gid = group ? group->gr_gid : (gid_t)parse_number(name);
	return 0;
}

static const struct passwd *find_default_user(void)
{
	const struct passwd *user = getpwnam("www-data");

	return user ? user : getpwnam("nobody");
}

/* Without root there is only one user to be: the present one. */
static int check_privilege(const struct passwd *user)
{
	if (!geteuid() || user->pw_uid == geteuid())
		return 0;
	return report_failure("cannot become the user %s: only root can; "
			      "start this as root, or without --user", user->pw_name);
}

/**
 * identity_find() - Look up a user and its groups.
 * @name: Login name or number, or NULL for the default: www-data, else nobody, or the present user
 *   if that is not root.
 * @group: Name or number of the primary group, or NULL for that of the user.
 * @identity: Filled in.
 *
 * Return: 0, or -1 after the failure was reported.
 */
int identity_find(const char *name, const char *group, struct identity *identity)
{
	const struct passwd *user;

	if (name)
		user = find_user(name);
	else
		user = geteuid() ? getpwuid(geteuid()) : find_default_user();
	if (!user)
		return report_failure("there is no user \"%s\"; name another with --user",
				      name ? name : "nobody");
	if (check_privilege(user))
		return -1;
	snprintf(identity->name, sizeof(identity->name), "%s", user->pw_name);
	identity->uid = user->pw_uid;
	identity->gid = user->pw_gid;
	if (group && find_group(group, &identity->gid))
		return -1;
	identity->group_count = IDENTITY_GROUPS_MAX;
	if (getgrouplist(identity->name, identity->gid, identity->groups,
			 &identity->group_count) < 0)
		return report_failure("the user %s is in more than %d groups", identity->name,
				      IDENTITY_GROUPS_MAX);
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) && errno != EINVAL)
		return -1;
	return syscall(SYS_capset, &header, none);
}

/**
 * identity_assume() - Become that user for good: no other groups, no capabilities, and no new ones
 * by exec.
 * @identity: From identity_find().
 *
 * Return: 0, or -1 with errno set; then the process must end.
 */
int identity_assume(const struct identity *identity)
{
	if (!geteuid()) {
		if (setgroups(identity->group_count, identity->groups) ||
		    setresgid(identity->gid, identity->gid, identity->gid) ||
		    setresuid(identity->uid, identity->uid, identity->uid))
			return -1;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || drop_capabilities())
		return -1;
	return 0;
}

/* Runs in a child that ends: the errno that the user meets at the directory. */
static int try_directory(const struct identity *identity, const char *path)
{
	struct stat info;

	if (identity_assume(identity))
		return errno;
	if (stat(path, &info))
		return errno;
	return access(path, X_OK) ? errno : 0;
}

/**
 * identity_check_directory() - Whether the user may look up files in a directory.
 * @identity: The user.
 * @path: The directory.
 *
 * Return: 0 if so, else an errno.
 */
int identity_check_directory(const struct identity *identity, const char *path)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		return errno;
	if (!child)
		_exit(try_directory(identity, path) & 0xff);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}
