/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the command line of tuxd says.
 */
#ifndef TUXD_OPTIONS_H
#define TUXD_OPTIONS_H

#include <stdbool.h>

#include "target.h"

#define TUXD_ADDRESSES_MAX 16
#define TUXD_WORKERS_MAX 64

/* The descriptors of a socket activation start here. */
#define FIRST_PASSED_FD 3

/**
 * struct tuxd_options - The command line; constant after options_parse().
 */
struct tuxd_options {
	/** @document_root: Absolute path, or NULL for net.tux.documentroot. */
	const char *document_root;
	/** @addresses: The --listen options; @address_count of them. */
	const char *addresses[TUXD_ADDRESSES_MAX];
	/** @address_count: 0 for net.tux.listen. */
	unsigned int address_count;
	/** @port: For addresses that name none; 0 for net.tux.serverport. */
	unsigned int port;
	/**
	 * @passed_sockets: Sockets that the service manager passed; then no other addresses count.
	 */
	unsigned int passed_sockets;
	/** @threads: Number of workers, 0 for net.tux.threads. */
	unsigned int threads;
	/** @user: Whom the workers become, or NULL for www-data or nobody. */
	const char *user;
	/** @group: Their primary group, or NULL for that of the user. */
	const char *group;
	/** @names: Modules to be loaded, from the command line; @name_count of them. */
	char **names;
	/** @name_count: Elements of @names. */
	unsigned int name_count;
	/** @module_directory: Where the files of modules are. */
	const char *module_directory;
	/** @module_lists: Directory of the files that list more modules. */
	const char *module_lists;
	/** @module_lists_named: It was named, and so must be there. */
	bool module_lists_named;
	/** @keep_root: Workers do not enter the document root as their root directory. */
	bool keep_root;
	/** @redirect: Where redirected connections go. */
	struct target redirect;
	/** @mime_types: The file with the MIME types. */
	const char *mime_types;
	/** @stop: Stop the server that runs, and do nothing else. */
	bool stop;
	/** @stop_timeout: Seconds that responses in flight have after SIGTERM. */
	unsigned int stop_timeout;
	/** @foreground: Do not detach. */
	bool foreground;
	/** @syslog: Log there, and not to standard error. */
	bool syslog;
};

void options_parse(int argc, char **argv, struct tuxd_options *options);

#endif /* TUXD_OPTIONS_H */
