/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything between the command line and the first worker: checks, settings, sockets, STARTUP,
 * MIME types.
 */
#ifndef TUXD_START_H
#define TUXD_START_H

#include "identity.h"
#include "listeners.h"
#include "options.h"

/**
 * struct server - The server that was started; constant after server_start().
 */
struct server {
	/** @workers: Number of workers it is to have. */
	unsigned int workers;
	/** @identity: Whom the workers become. */
	struct identity identity;
	/** @root: Descriptor of the root directory of the workers, or -1 for the present one. */
	int root;
	/** @document_root: What is served, for messages. */
	char document_root[1100];
	/** @addresses: Where, for messages. */
	char addresses[LISTENERS_TEXT_MAX];
};

int server_start(struct server *server, const struct tuxd_options *options);

#endif /* TUXD_START_H */
