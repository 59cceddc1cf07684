/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system call tux(2).
 */
#ifndef TUX_SYSCALL_H
#define TUX_SYSCALL_H

void tux_syscall_init(void);
void tux_syscall_exit(void);
const char *tux_syscall_state(void);

#endif /* TUX_SYSCALL_H */
