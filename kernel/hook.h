/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting a system call in place whose number the kernel has reserved.
 */
#ifndef TUX_HOOK_H
#define TUX_HOOK_H

/* What the system call does, as a function of its first two arguments. */
typedef long tux_hook_function(unsigned long first, unsigned long second);

void tux_hook_init(tux_hook_function *function);
void tux_hook_exit(void);
const char *tux_hook_state(void);

#endif /* TUX_HOOK_H */
