/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of one request, in the order in which they happen.
 */
#ifndef TUX_REQUEST_H
#define TUX_REQUEST_H

#include "context.h"

void tux_request_init(struct tux_context *context, struct tux_conn *conn);
enum tux_step tux_request_step(struct tux_context *context, struct tux_conn *conn, size_t *budget);
enum tux_step tux_request_timeout(struct tux_context *context, struct tux_conn *conn);
void tux_request_limit_fetch(struct tux_context *context, struct tux_conn *conn);
bool tux_request_is_partial(const struct tux_conn *conn);

#endif /* TUX_REQUEST_H */
