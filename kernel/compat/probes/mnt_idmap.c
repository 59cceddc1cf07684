// SPDX-License-Identifier: GPL-2.0-only
/* Since 6.3 a mount's mapping of owners is a struct mnt_idmap; before, a struct user_namespace. */
#include <linux/fs.h>
#include <linux/mount.h>

int probe(struct vfsmount *mnt, struct inode *inode);
int probe(struct vfsmount *mnt, struct inode *inode)
{
	return inode_permission(mnt_idmap(mnt), inode, MAY_READ);
}
