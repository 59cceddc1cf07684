/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The thread of the redirector that connects to the other server and copies.
 *
 * Each redirected connection has a ticket, from copier_reserve() until it has ended or was dropped.
 * The calls are for the thread that speaks with the kernel, and made in this order.
 */
#ifndef TUXD_COPIER_H
#define TUXD_COPIER_H

#include <stdint.h>

#include "target.h"

/* How many connections may be redirected at a time. */
#define COPIER_MAX 1024

int copier_start(const struct target *target, int handle);
uint64_t copier_reserve(int client);
void copier_connect(uint64_t ticket);
int copier_outcome(uint64_t ticket);
void copier_copy(uint64_t ticket);
void copier_drop(uint64_t ticket);
void copier_finish(void);

#endif /* TUXD_COPIER_H */
