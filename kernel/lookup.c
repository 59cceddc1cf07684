// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a path under the document root to a file that may be sent, with the rights of the current
 * task.
 *
 * Nothing is remembered here.  Every request walks the path, asks for permission and reads the
 * attributes, so that whatever was changed before a request came, by rename, unlink, chmod, mount
 * or a write, holds for that request.  The walk is the kernel's own, over its own cache of names.
 *
 * Called by request steps (hot) and fetch.c (blocking); calls file.c.  No locks of ours; the hot
 * walk takes none at all.
 */
#define pr_fmt(format) KBUILD_MODNAME ": " format

#include "lookup.h"

#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/iversion.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/stat.h>

#include "compat/compat.h"
#include "config.h"

/*
 * Without links there is no way out of the document root; that is the common case and the cheapest
 * walk.
 */
#define WALK_HOT	(LOOKUP_FOLLOW | LOOKUP_CACHED | LOOKUP_NO_SYMLINKS | LOOKUP_NO_MAGICLINKS)
/* With links the document root is their "/", whatever is renamed meanwhile. */
#define WALK_LINKS	(LOOKUP_FOLLOW | LOOKUP_CACHED | LOOKUP_IN_ROOT | LOOKUP_NO_MAGICLINKS)
#define WALK_BLOCKING	(LOOKUP_FOLLOW | LOOKUP_AUTOMOUNT | LOOKUP_IN_ROOT | LOOKUP_NO_MAGICLINKS)

/*
 * A scoped walk through ".." fails with EAGAIN while somebody renames; so often it is tried again.
 */
#define WALK_TRIES	8

/* What follows is not a regular file, or the walk failed: which answer is that? */
static enum tux_lookup answer_to(int err)
{
	switch (err) {
	case -ENOENT:
	case -ENOTDIR:
	case -ENAMETOOLONG:
	case -EINVAL:		/* a name that this filesystem cannot have */
	case -EILSEQ:
		return TUX_LOOKUP_ABSENT;
	case -EACCES:
	case -EPERM:
	case -ELOOP:
	case -EXDEV:
		return TUX_LOOKUP_FORBIDDEN;
	default:
		return TUX_LOOKUP_FAILED;
	}
}

static enum tux_lookup answer_without_blocking(int err)
{
	if (err == -EAGAIN || err == -ECHILD)
		return TUX_LOOKUP_WOULD_BLOCK;
	return answer_to(err);
}

static bool mode_is_sendable(umode_t mode, const struct tux_config *config)
{
	return !(mode & READ_ONCE(config->mode_forbidden)) &&
	       (mode & READ_ONCE(config->mode_allowed));
}

/*
 * Type, mode bits and permission of what a walk found.  FIFOs, sockets and devices are refused
 * here, that is, unopened.
 * Return: TUX_LOOKUP_FOUND, _DIRECTORY, _FORBIDDEN or _FAILED; _WOULD_BLOCK only with MAY_NOT_BLOCK
 *         in @how.
 */
static enum tux_lookup judge(const struct path *path, const struct tux_config *config, int how)
{
	umode_t mode = READ_ONCE(d_inode(path->dentry)->i_mode);
	int err;

	if (S_ISDIR(mode)) {
		err = tux_compat_permission(path, MAY_EXEC | how);
	} else {
		if (!S_ISREG(mode) || !mode_is_sendable(mode, config))
			return TUX_LOOKUP_FORBIDDEN;
		err = tux_compat_permission(path, MAY_READ | how);
	}
	if (err)
		return answer_without_blocking(err);
	return S_ISDIR(mode) ? TUX_LOOKUP_DIRECTORY : TUX_LOOKUP_FOUND;
}

static bool is_in_memory(const struct super_block *sb)
{
	return sb->s_magic == TMPFS_MAGIC || sb->s_magic == RAMFS_MAGIC;
}

/*
 * May others change files without this kernel's page cache knowing?  That is what d_revalidate() is
 * for, clusters and FUSE on a block device have it; but that of an encryption-capable filesystem
 * only says whether a name is still the encrypted one.
 */
static bool is_shared(const struct dentry *dentry)
{
	if (!(dentry->d_flags & DCACHE_OP_REVALIDATE))
		return false;
#ifdef CONFIG_FS_ENCRYPTION
	if (dentry->d_op->d_revalidate == fscrypt_d_revalidate)
		return false;
#endif
	return true;
}

/*
 * May pages of the page cache be sent as the bytes of this file?  Only where the page cache, and
 * the attributes in the inode, are the truth: on local disks and in memory.  With DAX there are no
 * pages.
 *
 * On an overlay the layer below is asked: the overlay itself revalidates for reasons of its own.
 */
static bool is_page_cached(const struct dentry *real)
{
	const struct inode *inode = d_inode(real);
	const struct super_block *sb = inode->i_sb;

	if (is_shared(real))
		return false;
	if (!(sb->s_type->fs_flags & FS_REQUIRES_DEV) && !is_in_memory(sb))
		return false;
	return !IS_DAX(inode) && S_ISREG(inode->i_mode);
}

/* The inode is asked anew for each request: a write to an overlay can put another one below. */
static void describe(struct tux_file *file)
{
	struct dentry *real = tux_compat_real_dentry(file->path.dentry);
	struct inode *inode = d_inode(real);

	file->inode = inode;
	file->source = TUX_SOURCE_COPY;
	if (is_page_cached(real))
		file->source = TUX_SOURCE_PAGE_CACHE;
	/* The mode of the overlay's own inode: it may stand in a layer above the bytes. */
	file->mode = READ_ONCE(d_inode(file->path.dentry)->i_mode);
	/* Before size and times: whatever changes them later also changes the version then. */
	file->version = IS_I_VERSION(inode) ? inode_query_iversion(inode) : 0;
	file->size = i_size_read(inode);
	file->mtime = tux_compat_mtime(inode);
	file->ctime = tux_compat_ctime(inode);
}

/* Where the inode is not the truth the filesystem is asked. */
static int describe_by_asking(struct tux_file *file)
{
	struct kstat stat;
	int err = vfs_getattr(&file->path, &stat, STATX_BASIC_STATS, AT_STATX_SYNC_AS_STAT);

	if (err)
		return err;
	file->mode = stat.mode;
	file->version = 0;
	file->size = stat.size;
	file->mtime = stat.mtime;
	file->ctime = stat.ctime;
	return 0;
}

static void clear(struct tux_file *file)
{
	memset(file, 0, sizeof(*file));
}

/**
 * tux_lookup_cached() - Walk a path without blocking.
 * @docroot: The document root: the walk begins there and cannot leave it.
 * @name: Path relative to it, terminated; "" is the document root itself; one that ends in "/" can
 * only be a directory.
 * @config: Mode bits.
 * @file: Filled for TUX_LOOKUP_FOUND, else it holds nothing.
 *
 * Finds only files whose bytes can be sent from the page cache, and does not open them: file->file
 * is NULL.
 *
 * Context: Task context, with the credentials to check.  Does not block.
 * Return: What was found; TUX_LOOKUP_WOULD_BLOCK if tux_lookup_blocking() must decide.
 */
enum tux_lookup tux_lookup_cached(const struct path *docroot, const char *name,
				  const struct tux_config *config, struct tux_file *file)
{
	enum tux_lookup result;
	int err;

	clear(file);
	err = vfs_path_lookup(docroot->dentry, docroot->mnt, name, WALK_HOT, &file->path);
	if (err == -ELOOP)
		err = vfs_path_lookup(docroot->dentry, docroot->mnt, name, WALK_LINKS, &file->path);
	if (err) {
		clear(file);
		return answer_without_blocking(err);
	}
	rcu_read_lock();
	result = judge(&file->path, config, MAY_NOT_BLOCK);
	rcu_read_unlock();
	if (result == TUX_LOOKUP_FOUND) {
		describe(file);
		if (file->source == TUX_SOURCE_PAGE_CACHE)
			return TUX_LOOKUP_FOUND;
		result = TUX_LOOKUP_WOULD_BLOCK;
	}
	tux_file_put(file);
	return result;
}

static int walk(const struct path *docroot, const char *name, struct path *path)
{
	int tries = WALK_TRIES;
	int err;

	do {
		err = vfs_path_lookup(docroot->dentry, docroot->mnt, name, WALK_BLOCKING, path);
	} while (err == -EAGAIN && --tries);
	return err;
}

/**
 * tux_lookup_open() - Open a file that was found.
 * @file: The file, not open; on success it is.
 *
 * Somebody may hold a lease on the file: then the first try, which does not wait, has asked for it,
 * and the second one waits until it is given back, at most the time that the administrator allows
 * (fs.lease-break-time).
 *
 * Context: Task context, with the credentials to check.  May sleep.
 * Return: 0 or what opening the file returned.
 */
int tux_lookup_open(struct tux_file *file)
{
	int flags = O_RDONLY | O_LARGEFILE;
	struct file *opened = dentry_open(&file->path, flags | O_NONBLOCK, current_cred());

	if (opened == ERR_PTR(-EWOULDBLOCK))
		opened = dentry_open(&file->path, flags, current_cred());
	if (IS_ERR(opened))
		return PTR_ERR(opened);
	file->file = opened;
	return 0;
}

/* Return: TUX_LOOKUP_FOUND, or why not. */
static enum tux_lookup open_found(struct tux_file *file, const struct tux_config *config)
{
	int err = tux_lookup_open(file);

	if (err)
		return answer_to(err);
	/* kernel_read() can read nothing else, and complains in the log. */
	if (!file->file->f_op->read_iter || file->file->f_op->read)
		return TUX_LOOKUP_FORBIDDEN;
	describe(file);
	if (file->source == TUX_SOURCE_PAGE_CACHE)
		return TUX_LOOKUP_FOUND;
	err = describe_by_asking(file);
	if (err)
		return answer_to(err);
	return mode_is_sendable(file->mode, config) ? TUX_LOOKUP_FOUND : TUX_LOOKUP_FORBIDDEN;
}

/**
 * tux_lookup_blocking() - Walk a path and open what is there.
 * @docroot: As for tux_lookup_cached().
 * @name: As for tux_lookup_cached().
 * @config: Mode bits.
 * @file: Filled and open for TUX_LOOKUP_FOUND, else it holds nothing.
 *
 * Context: Task context, with the credentials to check.  May sleep, for as long as the filesystem
 * likes.
 * Return: What was found; never TUX_LOOKUP_WOULD_BLOCK.
 */
enum tux_lookup tux_lookup_blocking(const struct path *docroot, const char *name,
				    const struct tux_config *config, struct tux_file *file)
{
	enum tux_lookup result;
	int err;

	clear(file);
	err = walk(docroot, name, &file->path);
	if (err) {
		clear(file);
		return answer_to(err);
	}
	result = judge(&file->path, config, 0);
	if (result == TUX_LOOKUP_FOUND)
		result = open_found(file, config);
	if (result != TUX_LOOKUP_FOUND)
		tux_file_put(file);
	return result == TUX_LOOKUP_WOULD_BLOCK ? TUX_LOOKUP_FAILED : result;
}

static int try_walk(struct vfsmount *mnt, const char *name, unsigned int flags)
{
	struct path path;
	int err = vfs_path_lookup(mnt->mnt_root, mnt, name, flags, &path);

	if (!err)
		path_put(&path);
	return err;
}

/* 0 if a walk ended as it must; one that found no memory says nothing about the flags. */
static int judge_walk(int result, bool as_wanted)
{
	if (as_wanted)
		return 0;
	return result == -ENOMEM ? -ENOMEM : -EOPNOTSUPP;
}

/*
 * On a procfs of our own.  It wants to look at every name again, so a cached walk must give up
 * there.  "mounts" is a link, "exe" a magic one; in an empty PID namespace there is no "self",
 * hence ENOENT.
 */
static int check_flags(struct vfsmount *proc)
{
	int result = try_walk(proc, "self/exe", WALK_BLOCKING);
	int err = judge_walk(result, result == -ELOOP || result == -ENOENT);

	if (err)
		return err;
	result = try_walk(proc, "version", WALK_HOT);
	err = judge_walk(result, result == -EAGAIN);
	if (err)
		return err;
	result = try_walk(proc, "version", WALK_BLOCKING);
	err = judge_walk(result, !result);
	if (err)
		return err;
	result = try_walk(proc, "mounts", LOOKUP_FOLLOW | LOOKUP_NO_SYMLINKS);
	return judge_walk(result, result == -ELOOP);
}

/**
 * tux_lookup_selftest() - Does this kernel honour the flags on which the safety of the walk rests?
 *
 * Unknown bits are ignored silently by vfs_path_lookup(), and their values differ between kernels,
 * so this is tried once at load and not believed.
 *
 * Context: May sleep.
 * Return: 0; -EOPNOTSUPP, with a message in the log, if not; another error if it could not be
 *         tried.
 */
int tux_lookup_selftest(void)
{
	struct file_system_type *type = get_fs_type("proc");
	struct vfsmount *proc;
	int err;

	if (!type)
		return -ENODEV;
	proc = kern_mount(type);
	module_put(type->owner);
	if (IS_ERR(proc))
		return PTR_ERR(proc);
	err = check_flags(proc);
	kern_unmount(proc);
	if (err == -EOPNOTSUPP)
		pr_err("this kernel does not honour the flags of path walks: refusing to serve\n");
	return err;
}
