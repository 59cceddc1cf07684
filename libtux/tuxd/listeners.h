/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The listening sockets of the server: made here, or taken over from the service manager, and handed to the kernel.
 */
#ifndef TUXD_LISTENERS_H
#define TUXD_LISTENERS_H

#include "options.h"

#define LISTENERS_MAX (TUXD_ADDRESSES_MAX * TUXD_WORKERS_MAX)

/**
 * struct listener - A socket on its way to the kernel.
 */
struct listener {
	/** @fd: The socket. */
	int fd;
	/** @worker: The worker that normally accepts from it, or TUX_LISTEN_ANY. */
	unsigned int worker;
};

/**
 * struct listeners - All of them, and what to call them.
 */
struct listeners {
	/** @sockets: @count of them. */
	struct listener sockets[LISTENERS_MAX];
	/** @count: Elements of @sockets. */
	unsigned int count;
	/** @text: The addresses, separated by blanks, for messages. */
	char text[512];
};

int listeners_collect(struct listeners *listeners, const struct tuxd_options *options, unsigned int workers);
int listeners_hand_in(struct listeners *listeners);
void listeners_close(struct listeners *listeners);

#endif /* TUXD_LISTENERS_H */
