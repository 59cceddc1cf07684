// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: its parts in the order in which they are set up.  They are taken down in the opposite
 * order.
 *
 * Nothing in here can be in use when the module is unloaded: every open handle, every fetch under
 * way and with them every server, worker and connection holds a reference to the module.
 */
#define pr_fmt(format) KBUILD_MODNAME ": " format

#include <linux/init.h>
#include <linux/module.h>
#include <linux/tux.h>

#include "chardev.h"
#include "conn.h"
#include "fetch.h"
#include "handle.h"
#include "handout.h"
#include "hook.h"
#include "listen.h"
#include "lookup.h"
#include "namespace.h"
#include "object.h"
#include "proc.h"
#include "syscall.h"
#include "sysctl.h"

/**
 * struct part - A part of the module.
 */
struct part {
	/** @name: For the log. */
	const char *name;
	/** @init: Sets it up: 0 or a negative errno; NULL if there is nothing to do. */
	int (*init)(void);
	/** @exit: Takes it down, or NULL. */
	void (*exit)(void);
};

static int init_syscall(void)
{
	tux_syscall_init();
	return 0;
}

static const struct part parts[] = {
	{ "path lookup", tux_lookup_selftest, NULL },
	{ "sockets", tux_handout_module_init, tux_handout_module_exit },
	{ "listeners", tux_listen_module_init, tux_listen_module_exit },
	{ "connections", tux_conn_module_init, tux_conn_module_exit },
	{ "object cache", tux_object_module_init, tux_object_module_exit },
	{ "helpers", tux_fetch_module_init, tux_fetch_module_exit },
	{ "network namespaces", tux_namespace_module_init, tux_namespace_module_exit },
	{ "sysctl", tux_sysctl_module_init, tux_sysctl_module_exit },
	{ "proc", tux_proc_module_init, tux_proc_module_exit },
	{ "handles", NULL, tux_handle_module_exit },
	{ TUX_DEVICE, tux_chardev_init, tux_chardev_exit },
	{ "system call", init_syscall, tux_hook_exit },
};

static void exit_parts(size_t count)
{
	while (count--)
		if (parts[count].exit)
			parts[count].exit();
}

static int __init tux_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		int error = parts[i].init ? parts[i].init() : 0;

		if (error) {
			pr_err("cannot load: %s: error %d\n", parts[i].name, error);
			exit_parts(i);
			return error;
		}
	}
	return 0;
}

static void __exit tux_exit(void)
{
	exit_parts(ARRAY_SIZE(parts));
}

module_init(tux_init);
module_exit(tux_exit);
MODULE_DESCRIPTION("TUX, a web server in the kernel");
MODULE_AUTHOR("The TUX maintainers");
MODULE_VERSION(TUX_RELEASE);
MODULE_LICENSE("GPL");
