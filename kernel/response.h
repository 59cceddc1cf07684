/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second half of a request: sending its response, and what comes after.
 */
#ifndef TUX_RESPONSE_H
#define TUX_RESPONSE_H

#include "reply.h"

enum tux_step tux_response_begin(struct tux_conn *conn, enum tux_reply reply);
enum tux_step tux_response_finish(struct tux_context *context, struct tux_conn *conn);
enum tux_step tux_response_refuse(struct tux_context *context, struct tux_conn *conn,
				  unsigned int status);
enum tux_step tux_response_linger_on(struct tux_context *context, struct tux_conn *conn);
enum tux_step tux_response_step(struct tux_context *context, struct tux_conn *conn, size_t *budget);

#endif /* TUX_RESPONSE_H */
