/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who answers a request: a user module, or a file.
 */
#ifndef TUX_ROUTE_H
#define TUX_ROUTE_H

#include "context.h"

enum tux_step tux_route(struct tux_context *context, struct tux_conn *conn);

#endif /* TUX_ROUTE_H */
