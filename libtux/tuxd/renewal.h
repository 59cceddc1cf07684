/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replacing workers by new ones, one after the other, without losing a request.
 */
#ifndef TUXD_RENEWAL_H
#define TUXD_RENEWAL_H

#include <stdbool.h>

#include "workers.h"

int renewal_begin(struct workers *workers);
bool renewal_is_over(const struct workers *workers);
uint64_t renewal_step(struct workers *workers, unsigned int limit);
void renewal_retire(struct workers *workers, unsigned int number);
bool renewal_take_end(struct workers *workers, pid_t pid);

#endif /* TUXD_RENEWAL_H */
