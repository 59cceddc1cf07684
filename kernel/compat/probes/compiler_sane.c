// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control: must compile on every kernel.  If it does not, the flags are wrong, every other
 * answer would be a quiet "no", and the build stops.
 */
#include <linux/module.h>
#include <net/tcp.h>

int probe(struct sock *sk);
int probe(struct sock *sk)
{
	return tcp_sk(sk)->copied_seq;
}
