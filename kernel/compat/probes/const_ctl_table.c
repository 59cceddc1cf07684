// SPDX-License-Identifier: GPL-2.0-only
/* Since 6.11 the handler of a sysctl gets a constant table. */
#include <linux/sysctl.h>

proc_handler *probe(void);

static int handler(const struct ctl_table *table, int write, void *buffer, size_t *length,
		   loff_t *position)
{
	return proc_dointvec(table, write, buffer, length, position);
}

proc_handler *probe(void)
{
	return handler;
}
