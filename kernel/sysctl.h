/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/sys/net/tux/: the values of a network namespace as files.
 */
#ifndef TUX_SYSCTL_H
#define TUX_SYSCTL_H

int tux_sysctl_module_init(void);
void tux_sysctl_module_exit(void);

#endif /* TUX_SYSCTL_H */
