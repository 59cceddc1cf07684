/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user space wants done with the requests that it gives back.
 */
#ifndef TUX_ORDER_H
#define TUX_ORDER_H

#include "context.h"

enum tux_step tux_order_step(struct tux_context *context, struct tux_conn *conn);
enum tux_step tux_order_got(struct tux_context *context, struct tux_conn *conn);
enum tux_step tux_order_sent(struct tux_context *context, struct tux_conn *conn);

#endif /* TUX_ORDER_H */
