/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The listening sockets of the server: made here, or taken over from the service manager, and
 * handed to the kernel.
 */
#ifndef TUXD_LISTENERS_H
#define TUXD_LISTENERS_H

#include <stdbool.h>

#include "address.h"
#include "options.h"

/* Room for the longest address, and a blank, of each. */
#define LISTENERS_TEXT_MAX (TUXD_ADDRESSES_MAX * ADDRESS_TEXT_MAX)
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
	char text[LISTENERS_TEXT_MAX];
	/** @passed: They are the service manager's. */
	bool passed;
};

int listeners_collect(struct listeners *listeners, const struct tuxd_options *options,
		      unsigned int workers);
int listeners_start(struct listeners *listeners);
void listeners_close(struct listeners *listeners);

#endif /* TUXD_LISTENERS_H */
