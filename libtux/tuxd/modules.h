/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The modules of this server: which there are, and who gets a request.
 *
 * There is one table in each process.  The master changes its own; a worker has the one that was
 * there when it was forked.
 */
#ifndef TUXD_MODULES_H
#define TUXD_MODULES_H

#include <stddef.h>
#include <stdio.h>

#include <tux.h>

#include "options.h"

/* Room for the reason why something did not work. */
#define MODULES_WHY_MAX 512

int modules_load(const struct tuxd_options *options);
int modules_register_types(void);
int modules_register(void);
int modules_add(const char *name, const char *file, char *why);
int modules_publish(int index, char *why);
void modules_drop(int index);
int modules_remove(const char *name, char *why);
void modules_list(FILE *output);
const char *modules_name(unsigned int index);
int modules_answer(user_req_t *req);

#endif /* TUXD_MODULES_H */
