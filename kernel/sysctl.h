/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/sys/net/tux/: the values of a network namespace as files.
 */
#ifndef TUX_SYSCTL_H
#define TUX_SYSCTL_H

struct ctl_table_header;
struct net;
struct tux_config;

int tux_sysctl_init(struct net *net, struct tux_config *config, struct ctl_table_header **header);
void tux_sysctl_exit(struct ctl_table_header *header);

#endif /* TUX_SYSCTL_H */
