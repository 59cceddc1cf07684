// SPDX-License-Identifier: GPL-2.0-only
/* Since 7.0 kernel_bind() takes a struct sockaddr_unsized. */
#include <linux/net.h>

int probe(struct socket *socket, struct sockaddr_unsized *address);
int probe(struct socket *socket, struct sockaddr_unsized *address)
{
	return kernel_bind(socket, address, 0);
}
