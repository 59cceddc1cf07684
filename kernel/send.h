/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output: the head of a response and collected pages of its file to the socket, without copying.
 */
#ifndef TUX_SEND_H
#define TUX_SEND_H

#include "conn.h"

enum tux_step tux_send(struct tux_conn *conn, size_t *budget);

#endif /* TUX_SEND_H */
