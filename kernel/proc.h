/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/net/tux/: the server and the counters of a network namespace, for people and tuxctl.
 */
#ifndef TUX_PROC_H
#define TUX_PROC_H

struct tux_namespace;

int tux_proc_init(struct tux_namespace *namespace);
void tux_proc_exit(struct tux_namespace *namespace);

#endif /* TUX_PROC_H */
