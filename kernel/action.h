/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The actions of tux(2): one table for both ways in.
 */
#ifndef TUX_ACTION_H
#define TUX_ACTION_H

#include <linux/types.h>

struct tux_handle;

int tux_action_copy_sized(void *to, size_t size, const void __user *from);
bool tux_action_makes_handle(unsigned int action);
int tux_action(struct tux_handle *handle, unsigned int action, void __user *argument);

#endif /* TUX_ACTION_H */
