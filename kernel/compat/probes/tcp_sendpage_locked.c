// SPDX-License-Identifier: GPL-2.0-only
/*
 * Removed in 6.5.  Preferred while it exists: 6.1 defines MSG_SPLICE_PAGES too, but its TCP never
 * looks at the flag and would copy.
 */
#include <net/tcp.h>

int probe(struct sock *sk, struct page *page);
int probe(struct sock *sk, struct page *page)
{
	return tcp_sendpage_locked(sk, page, 0, 1, MSG_DONTWAIT);
}
