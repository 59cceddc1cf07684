/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The values that net.tux.* sets: one struct per network namespace, written by sysctl.c and read by
 * everybody.
 *
 * Numbers are read with READ_ONCE() where they are used, so a change holds from the next use on.
 * Strings are read only at STARTUP or under @lock.  Every default and every limit stands in
 * config.c and nowhere else.
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
	/**
	 * @documentroot: Path, resolved at STARTUP with the caller's rights.  Protected by @lock.
	 */
	char documentroot[TUX_CONFIG_PATH_MAX];
	/**
	 * @listen: Addresses for STARTUP, separated by blanks: ADDR, ADDR:PORT, [ADDR6],
	 * [ADDR6]:PORT.  Protected by @lock.
	 */
	char listen[TUX_CONFIG_LISTEN_MAX];
	/** @default_type: Content-Type of a file with an unknown extension.  Protected by @lock. */
	char default_type[TUX_CONFIG_TYPE_MAX];
	/**
	 * @page_404: File under the document root that is sent with status 404.  Protected by
	 * @lock.
	 */
	char page_404[TUX_CONFIG_PAGE_MAX];
	/** @generation: Counts changes of any value; written under @lock, read with READ_ONCE(). */
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
	/**
	 * @keepalive_timeout: Seconds that a connection may be idle between requests; 0 for ever.
	 */
	int keepalive_timeout;
	/** @header_timeout: Seconds in which a request's head and body must have arrived. */
	int header_timeout;
	/** @send_timeout: Seconds in which the client must acknowledge something of a response. */
	int send_timeout;
	/** @max_header_len: Bytes of a request's head. */
	int max_header_len;
	/**
	 * @max_body_len: Bytes of a request body that are read and dropped for a static resource.
	 */
	int max_body_len;
	/**
	 * @mode_allowed: At least one of these permission bits must be set.  Decimal in the text of
	 * the sysctl, as in TUX.
	 */
	int mode_allowed;
	/** @mode_forbidden: None of these permission bits may be set. */
	int mode_forbidden;
	/** @generate_etags: 1 sends ETag and honours If-None-Match. */
	int generate_etags;
	/** @generate_last_mod: 1 sends Last-Modified and honours If-Modified-Since. */
	int generate_last_mod;
	/** @all_userspace: 1 gives every request to the user module that was registered last. */
	int all_userspace;
	/** @ignore_query: 1 takes "?" for part of the path, 2 ignores what follows it. */
	int ignore_query;
	/** @clientport: Port to which tuxd's redirector connects; the kernel does not use it. */
	int clientport;
	/** @module_timeout: Seconds that a module process may keep a request; 0 for ever. */
	int module_timeout;
	/** @module_queue: Requests that may wait for a module's processes. */
	int module_queue;
	/** @noid: 1 sends no Server field, and no Content-Type for the default type. */
	int noid;
};

/**
 * struct tux_config_number - One number of net.tux.*, in the table of config.c.
 */
struct tux_config_number {
	/** @name: Name of the sysctl. */
	const char *name;
	/** @offset: Where it stands in struct tux_config. */
	size_t offset;
	/** @value: Default; 0 for those that tux_config_init() computes. */
	int value;
	/** @min: Least value allowed. */
	int min;
	/** @max: Greatest value allowed. */
	int max;
};

/**
 * struct tux_config_string - One text of net.tux.*, in the table of config.c.
 */
struct tux_config_string {
	/** @name: Name of the sysctl. */
	const char *name;
	/** @offset: Where it stands in struct tux_config. */
	size_t offset;
	/** @size: Bytes there, with the NUL at the end. */
	size_t size;
	/** @value: Default. */
	const char *value;
	/** @valid: May it be set to this text (terminated, printable ASCII, @length bytes)? */
	bool (*valid)(const char *text, size_t length);
};

#define TUX_CONFIG_NUMBERS	20
#define TUX_CONFIG_STRINGS	4

extern const struct tux_config_number tux_config_numbers[TUX_CONFIG_NUMBERS];
extern const struct tux_config_string tux_config_strings[TUX_CONFIG_STRINGS];

void tux_config_init(struct tux_config *config);
int *tux_config_number(struct tux_config *config, unsigned int index);
char *tux_config_text(struct tux_config *config, unsigned int index);
int tux_config_set_text(struct tux_config *config, unsigned int index, const char *text,
			size_t length);
void tux_config_changed(struct tux_config *config);
bool tux_config_type_valid(const char *type, size_t length);

#endif /* TUX_CONFIG_H */
