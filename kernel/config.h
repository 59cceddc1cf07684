/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The values that net.tux.* sets: one struct per network namespace, written by sysctl.c and read by everybody.
 *
 * Numbers are read with READ_ONCE() where they are used, so a change holds from the next use on.  Strings are read only at
 * STARTUP or under @lock.  Every default and every limit stands in config.c and nowhere else.
 */
#ifndef TUX_CONFIG_H
#define TUX_CONFIG_H

#include <linux/mutex.h>
#include <linux/types.h>

#define TUX_CONFIG_PATH_MAX	1024
#define TUX_CONFIG_LISTEN_MAX	512
#define TUX_CONFIG_TYPE_MAX	128
#define TUX_CONFIG_PAGE_MAX	256
#define TUX_THREADS_MAX		64

/**
 * struct tux_config - What net.tux.* says in one network namespace.
 */
struct tux_config {
	/** @lock: Protects the strings; outermost, may sleep. */
	struct mutex lock;
	/** @documentroot: Path, resolved at STARTUP with the caller's rights.  Protected by @lock. */
	char documentroot[TUX_CONFIG_PATH_MAX];
	/** @listen: Addresses for STARTUP, separated by blanks: ADDR, ADDR:PORT, [ADDR6], [ADDR6]:PORT.  Protected by @lock. */
	char listen[TUX_CONFIG_LISTEN_MAX];
	/** @default_type: Content-Type of a file with an unknown extension.  Protected by @lock. */
	char default_type[TUX_CONFIG_TYPE_MAX];
	/** @page_404: File under the document root that is sent with status 404.  Protected by @lock. */
	char page_404[TUX_CONFIG_PAGE_MAX];
	/** @generation: Counts changes of @default_type and @page_404; written under @lock, read with READ_ONCE(). */
	unsigned int generation;
	/** @threads: Workers, 1 to TUX_THREADS_MAX; read at STARTUP. */
	int threads;
	/** @serverport: Port of the addresses in @listen that name none; read at STARTUP. */
	int serverport;
	/** @max_backlog: Length of a listening socket's accept queue; read at STARTUP. */
	int max_backlog;
	/** @max_connect: Connections per worker; beyond it the worker does not accept. */
	int max_connect;
	/** @max_keepalives: Idle connections per worker; 0 switches persistent connections off. */
	int max_keepalives;
	/** @keepalive_timeout: Seconds that a connection may be idle between requests. */
	int keepalive_timeout;
	/** @header_timeout: Seconds in which a request's head and body must have arrived. */
	int header_timeout;
	/** @send_timeout: Seconds in which the client must acknowledge something of a response. */
	int send_timeout;
	/** @max_header_len: Bytes of a request's head. */
	int max_header_len;
	/** @max_body_len: Bytes of a request body that are read and dropped for a static resource. */
	int max_body_len;
	/** @mode_allowed: At least one of these permission bits must be set (octal in sysctl's text as TUX had it: decimal). */
	int mode_allowed;
	/** @mode_forbidden: None of these permission bits may be set. */
	int mode_forbidden;
	/** @generate_etags: 1 sends ETag and honours If-None-Match. */
	int generate_etags;
	/** @generate_last_mod: 1 sends Last-Modified and honours If-Modified-Since. */
	int generate_last_mod;
	/** @noid: 1 sends no Server field, and no Content-Type for the default type. */
	int noid;
};

void tux_config_init(struct tux_config *config);

#endif /* TUX_CONFIG_H */
