/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/tux, and files like it.
 */
#ifndef TUX_CHARDEV_H
#define TUX_CHARDEV_H

struct file;
struct tux_handle;

int tux_chardev_init(void);
void tux_chardev_exit(void);
struct file *tux_chardev_file(struct tux_handle *handle);

#endif /* TUX_CHARDEV_H */
