/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests between the worker of their connection and user space.
 */
#ifndef TUX_HANDOVER_H
#define TUX_HANDOVER_H

#include "reply.h"

/* How often the worker looks whether the process that has a request still lives. */
#define TUX_LOOK_SECONDS 1

enum tux_step tux_handover_first(struct tux_context *context, struct tux_conn *conn);
enum tux_step tux_handover(struct tux_context *context, struct tux_conn *conn);
enum tux_step tux_handover_result(struct tux_context *context, struct tux_conn *conn, int error);
enum tux_step tux_handover_end(struct tux_context *context, struct tux_conn *conn);
enum tux_step tux_handover_answer(struct tux_context *context, struct tux_conn *conn,
				  unsigned int status);
enum tux_step tux_handover_revoke(struct tux_context *context, struct tux_conn *conn,
				  unsigned int status);
bool tux_handover_is_private(const struct tux_conn *conn);

#endif /* TUX_HANDOVER_H */
