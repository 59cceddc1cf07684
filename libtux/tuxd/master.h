/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The master process of tuxd: starts the server and its workers, looks after them, and stops them.
 */
#ifndef TUXD_MASTER_H
#define TUXD_MASTER_H

#include "options.h"

int master_run(const struct tuxd_options *options);

#endif /* TUXD_MASTER_H */
