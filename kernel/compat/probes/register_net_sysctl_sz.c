// SPDX-License-Identifier: GPL-2.0-only
/* Since 6.6 a table comes with its size; before, an empty entry ends it. */
#include <net/net_namespace.h>

struct ctl_table_header *probe(struct net *net, struct ctl_table *table);
struct ctl_table_header *probe(struct net *net, struct ctl_table *table)
{
	return register_net_sysctl_sz(net, "net/probe", table, 1);
}
