/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting a system call in place whose number the kernel has reserved.
 */
#ifndef TUX_HOOK_H
#define TUX_HOOK_H

void tux_hook_init(long (*call)(unsigned long first, unsigned long second));
void tux_hook_exit(void);
const char *tux_hook_state(void);

#endif /* TUX_HOOK_H */
