// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/tux: the actions of tux(2) as ioctls.
 *
 * Calls action.c.  The open file is the handle; .flush is how it learns that its owner closes it or
 * ends, while others may still hold the file.
 */
#include "chardev.h"

#include <linux/anon_inodes.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/tux.h>

#include "action.h"
#include "handle.h"

static int open_handle(struct inode *inode, struct file *file)
{
	struct tux_handle *handle = tux_handle_create(current->nsproxy->net_ns);

	if (IS_ERR(handle))
		return PTR_ERR(handle);
	file->private_data = handle;
	return nonseekable_open(inode, file);
}

static int flush_handle(struct file *file, fl_owner_t id)
{
	struct tux_handle *handle = file->private_data;

	if (tux_handle_is_owner(handle, id))
		tux_handle_close(handle);
	return 0;
}

static int release_handle(struct inode *inode, struct file *file)
{
	struct tux_handle *handle = file->private_data;

	tux_handle_close(handle);
	tux_handle_put(handle);
	return 0;
}

static bool has_user_req(unsigned int action)
{
	return action < MAX_TUX_ACTION ||
	       (action >= TUX_ACTION_REPLY && action <= TUX_ACTION_LEAVE);
}

static long do_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	unsigned int action = _IOC_NR(command);

	if (_IOC_TYPE(command) != TUX_IOC_MAGIC)
		return -ENOTTY;
	/* The struct of TUX 3 has one size; those of newer actions tell theirs. */
	if (has_user_req(action) && command != TUX_IOC(action))
		return -ENOTTY;
	return tux_action(file->private_data, action, (void __user *)argument);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = open_handle,
	.flush = flush_handle,
	.release = release_handle,
	.unlocked_ioctl = do_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tux",
	.fops = &operations,
	.mode = 0660,
};

/**
 * tux_chardev_init() - Make /dev/tux.
 *
 * Context: Module load.
 * Return: 0 or a negative errno.
 */
int tux_chardev_init(void)
{
	return misc_register(&device);
}

/**
 * tux_chardev_exit() - Remove /dev/tux; nobody has it open.
 *
 * Context: Module unload.
 */
void tux_chardev_exit(void)
{
	misc_deregister(&device);
}

/**
 * tux_chardev_file() - Make a file for a handle that came into being by the system call.
 * @handle: The handle; the reference is the file's on success.
 *
 * Context: Process context.
 * Return: The file, which behaves like an open /dev/tux, or ERR_PTR().
 */
struct file *tux_chardev_file(struct tux_handle *handle)
{
	return anon_inode_getfile("[tux]", &operations, handle, O_RDWR);
}
