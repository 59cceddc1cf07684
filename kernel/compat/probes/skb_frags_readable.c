// SPDX-License-Identifier: GPL-2.0-only
/* Since 6.12 the memory of a packet can be out of the CPU's reach (device memory TCP). */
#include <linux/skbuff.h>

bool probe(const struct sk_buff *skb);
bool probe(const struct sk_buff *skb)
{
	return skb_frags_readable(skb);
}
