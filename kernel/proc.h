/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/net/tux/: the server and the counters of a network namespace, for people and tuxctl.
 */
#ifndef TUX_PROC_H
#define TUX_PROC_H

int tux_proc_module_init(void);
void tux_proc_module_exit(void);

#endif /* TUX_PROC_H */
