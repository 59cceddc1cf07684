/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The worker's side of requests that user space answers.
 */
#ifndef TUX_DYNAMIC_H
#define TUX_DYNAMIC_H

#include "module.h"
#include "reply.h"

enum tux_step tux_dynamic_begin(struct tux_context *context, struct tux_conn *conn,
				const struct tux_binding *binding, const char *name, size_t length);
enum tux_step tux_dynamic_step(struct tux_context *context, struct tux_conn *conn);
enum tux_step tux_dynamic_timeout(struct tux_context *context, struct tux_conn *conn);

#endif /* TUX_DYNAMIC_H */
