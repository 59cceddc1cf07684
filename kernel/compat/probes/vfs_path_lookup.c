// SPDX-License-Identifier: GPL-2.0-only
/* Since 6.6 a public header declares it; 6.1 exports it without. */
#include <linux/namei.h>

int probe(struct dentry *dentry, struct vfsmount *mnt, struct path *path);
int probe(struct dentry *dentry, struct vfsmount *mnt, struct path *path)
{
	return vfs_path_lookup(dentry, mnt, "", 0, path);
}
