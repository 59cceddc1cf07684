/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a decoded path to an answer.
 */
#ifndef TUX_FIND_H
#define TUX_FIND_H

#include "context.h"

enum tux_step tux_find_step(struct tux_context *context, struct tux_conn *conn);

#endif /* TUX_FIND_H */
