/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system call tux(2).
 */
#ifndef TUX_SYSCALL_H
#define TUX_SYSCALL_H

void tux_syscall_init(void);

#endif /* TUX_SYSCALL_H */
