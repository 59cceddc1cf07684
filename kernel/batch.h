/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many requests and answers in one call (BATCH, RING_ENTER).
 */
#ifndef TUX_BATCH_H
#define TUX_BATCH_H

#include <linux/types.h>

struct tux_handle;

/**
 * typedef tux_batch_run - Does one action of a batch on the handle's current request.
 * @handle: The claimed handle.
 * @action: Number of the action, as user space gave it.
 * @argument: Its user_req_t.
 *
 * Context: The owner's task.
 * Return: As the action.
 */
typedef int (*tux_batch_run)(struct tux_handle *handle, u32 action, void __user *argument);

int tux_batch(struct tux_handle *handle, void __user *argument, tux_batch_run run);
int tux_batch_ring(struct tux_handle *handle, tux_batch_run run);

#endif /* TUX_BATCH_H */
