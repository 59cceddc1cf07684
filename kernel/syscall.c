// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system call tux(2): finds the caller's handle, or makes one.
 *
 * Called by hook.c, which puts it in place; calls action.c.  Who has no handle and no right to one
 * is told what everybody is told where TUX is not: ENOSYS, before anything of his memory is looked
 * at.
 */
#include "syscall.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/tux.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "action.h"
#include "chardev.h"
#include "handle.h"
#include "handout.h"
#include "hook.h"

static int gid = -1;
module_param(gid, int, 0644);
MODULE_PARM_DESC(gid, "group that may use the system call without CAP_NET_ADMIN (default: none)");

/* May somebody who has no handle know that we are here? */
static bool may_enter(void)
{
	kgid_t group = make_kgid(&init_user_ns, READ_ONCE(gid));

	if (ns_capable_noaudit(&init_user_ns, CAP_NET_ADMIN))
		return true;
	return gid_valid(group) && in_egroup_p(group);
}

/* An action that makes a handle: the descriptor appears only if it succeeds. */
static long act_and_install(struct tux_handle *handle, unsigned int action, void __user *argument)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;
	long result;

	if (fd < 0) {
		tux_handle_put(handle);
		return fd;
	}
	file = tux_chardev_file(handle);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		tux_handle_put(handle);
		/* The module is being unloaded, so it is not there for this caller any more. */
		return file == ERR_PTR(-ENOENT) ? -ENOSYS : PTR_ERR(file);
	}
	result = tux_action(handle, action, argument);
	if (result < 0) {
		put_unused_fd(fd);
		fput(file);
	} else {
		fd_install(fd, file);
	}
	return result;
}

static long act_without_handle(unsigned int action, void __user *argument)
{
	struct tux_handle *handle;
	long result;

	/* Whoever holds such a descriptor knows that we are here. */
	if (action == TUX_ACTION_CONTINUE_REQ && tux_handout_is_ours((unsigned long)argument))
		return tux_handout_continue((unsigned long)argument);
	if (!may_enter())
		return -ENOSYS;
	/* There is nothing that could keep the socket until STARTUP. */
	if (action == TUX_ACTION_LISTEN_FD)
		return -EINVAL;
	handle = tux_handle_create(current->nsproxy->net_ns);
	if (IS_ERR(handle))
		return PTR_ERR(handle);
	if (tux_action_makes_handle(action))
		return act_and_install(handle, action, argument);
	result = tux_action(handle, action, argument);
	tux_handle_put(handle);
	return result;
}

static long act(unsigned long first, unsigned long second)
{
	struct tux_handle *handle = tux_handle_find();
	void __user *argument = (void __user *)second;
	unsigned int action = first;
	long result;

	if (!handle)
		return act_without_handle(action, argument);
	result = tux_action(handle, action, argument);
	tux_handle_put(handle);
	return result;
}

/**
 * tux_syscall_init() - Put the system call in place, if it is wanted and can be.
 *
 * Context: Module load.
 */
void tux_syscall_init(void)
{
	tux_hook_init(act);
}
