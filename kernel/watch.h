/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for a socket of a module's own (WATCH_PROXY_SOCKET).
 */
#ifndef TUX_WATCH_H
#define TUX_WATCH_H

#include "user_request.h"

int tux_watch_set(struct tux_user_watch *watch, int fd);
bool tux_watch_begin(struct tux_user_watch *watch, struct tux_sock *sock);
void tux_watch_end(struct tux_user_watch *watch);

#endif /* TUX_WATCH_H */
