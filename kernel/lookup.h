/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a path under the document root to a file that may be sent.
 *
 * The hot walk runs in the worker and never blocks; what it cannot decide is walked again by a
 * helper (fetch.c) with tux_lookup_blocking().  Both check with the credentials of the current task
 * (helpers run under the worker's).
 */
#ifndef TUX_LOOKUP_H
#define TUX_LOOKUP_H

#include "file.h"

struct tux_config;

enum tux_lookup {
	TUX_LOOKUP_FOUND,	/* a regular file that may be read; the tux_file is filled */
	TUX_LOOKUP_DIRECTORY,	/* a directory that may be searched; nothing is held */
	TUX_LOOKUP_ABSENT,	/* no such file: 404 */
	TUX_LOOKUP_FORBIDDEN,	/* permission, mode bits, not a regular file, magic link: 403 */
	TUX_LOOKUP_WOULD_BLOCK,	/* hot walk only: ask a helper */
	TUX_LOOKUP_FAILED,	/* EIO, ENOMEM, ESTALE...: 500 */
};

int tux_lookup_selftest(void);
enum tux_lookup tux_lookup_cached(const struct path *docroot, const char *name,
				  const struct tux_config *config, struct tux_file *file);
enum tux_lookup tux_lookup_blocking(const struct path *docroot, const char *name,
				    const struct tux_config *config, struct tux_file *file);
int tux_lookup_open(struct tux_file *file);

#endif /* TUX_LOOKUP_H */
