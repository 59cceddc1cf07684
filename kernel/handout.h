/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handing a client's socket to user space, which may be hostile.
 *
 * A socket that user space has, or ever had, a descriptor of is *shared*: somebody may hold its
 * lock for as long as he likes, and may change its state.  Before the first descriptor is given
 * away the socket gets an upper-layer protocol (ULP) of ours; from then on the kernel refuses
 * another ULP, a sockmap and listen(), and the socket keeps the module loaded as long as it lives.
 */
#ifndef TUX_HANDOUT_H
#define TUX_HANDOUT_H

#include <linux/types.h>

#include "sock.h"

int tux_handout_module_init(void);
void tux_handout_module_exit(void);

int tux_handout_prepare(struct tux_sock *sock);
int tux_handout_adopt(struct tux_sock *sock, struct file *file);
bool tux_handout_check(struct tux_sock *sock);
void tux_handout_end(struct tux_sock *sock, bool abort);

struct file *tux_handout_get(unsigned int fd);
bool tux_handout_is_ours(unsigned long fd);
int tux_handout_continue(unsigned int fd);
void tux_handout_let_go(struct file *file);

int tux_handout_install(struct file *file);
bool tux_handout_is_installed(int fd, const struct file *file);
void tux_handout_withdraw(int fd, const struct file *file);

#endif /* TUX_HANDOUT_H */
