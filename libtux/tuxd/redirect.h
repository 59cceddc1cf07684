/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The redirector: a process that takes the connections that TUX gives up, and passes them to
 * another web server.
 */
#ifndef TUXD_REDIRECT_H
#define TUXD_REDIRECT_H

#include "identity.h"
#include "target.h"
#include "workers.h"

/**
 * struct redirector - What there is to know about it; owned by the master.
 */
struct redirector {
	/** @process: The process. */
	struct worker process;
	/** @identity: Whom it becomes. */
	const struct identity *identity;
	/** @target: Where connections go. */
	const struct target *target;
	/** @is_wanted: There is to be one. */
	bool is_wanted;
};

int redirector_start(struct redirector *redirector);

#endif /* TUXD_REDIRECT_H */
