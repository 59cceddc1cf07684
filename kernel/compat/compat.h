/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the supported kernels, under names of our own.
 *
 * All other files are written for the newest kernel and call these wrappers where an older one
 * needs something else.  The HAVE_ answers come from Kbuild.include; nothing else in the tree may
 * ask what kernel it is built for.  Each wrapper says which kernel needs it, so that it can go when
 * that kernel goes.
 */
#ifndef TUX_COMPAT_H
#define TUX_COMPAT_H

#include <linux/bvec.h>
#include <linux/cgroup.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/net.h>
#include <linux/shrinker.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "features.h"

#ifdef HAVE_FOLIO_BATCH
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "TUX needs Linux 6.1 or newer"
#endif

/* --- sockets --- */

/**
 * tux_compat_bind() - Bind a socket to an address.
 * @socket: The socket.
 * @address: Address of the socket's family.
 * @length: Bytes of the address.
 *
 * Needed for kernels before 7.0.
 *
 * Context: May sleep.
 * Return: 0 or what bind() returns.
 */
static inline int tux_compat_bind(struct socket *socket, struct sockaddr_storage *address,
				  int length)
{
#ifdef HAVE_SOCKADDR_UNSIZED
	return kernel_bind(socket, (struct sockaddr_unsized *)address, length);
#else
	return kernel_bind(socket, (struct sockaddr *)address, length);
#endif
}

/**
 * tux_compat_skb_readable() - Can the CPU read the bytes of a packet?
 * @skb: The packet.
 *
 * Needed for kernels before 6.12, where it always can.
 *
 * Context: Any context.
 * Return: True if skb_copy_bits() may be used.
 */
static inline bool tux_compat_skb_readable(const struct sk_buff *skb)
{
#ifdef HAVE_SKB_FRAGS_READABLE
	return skb_frags_readable(skb);
#else
	return true;
#endif
}

#ifdef HAVE_TCP_SENDPAGE_LOCKED
/* The first page by the front door, the others by what is behind it. */
static inline int tux_compat_send_page(struct sock *sk, struct page *page, unsigned int offset,
				       unsigned int size, int flags, bool first)
{
	if (first || !(sk->sk_route_caps & NETIF_F_SG))
		return tcp_sendpage_locked(sk, page, offset, size, flags);
	return do_tcp_sendpages(sk, page, offset, size, flags);
}

/* One page at a time, because that is what the callers of ->sendpage have always given it. */
static inline int tux_compat_send_pages_locked(struct sock *sk, const struct bio_vec *bvec,
					       unsigned int count, size_t skip, size_t bytes,
					       bool more)
{
	const int middle = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE | MSG_SENDPAGE_NOTLAST;
	const int last = MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0);
	unsigned int offset;
	size_t left = bytes;

	for (; skip >= bvec->bv_len; bvec++)
		skip -= bvec->bv_len;
	offset = bvec->bv_offset + skip;
	for (;;) {
		unsigned int size = min_t(unsigned int, bvec->bv_offset + bvec->bv_len - offset,
					  PAGE_SIZE - offset_in_page(offset));
		int sent = tux_compat_send_page(sk, nth_page(bvec->bv_page, offset >> PAGE_SHIFT),
						offset_in_page(offset), size,
						left == size ? last : middle, left == bytes);

		if (sent <= 0)
			return left == bytes ? sent : bytes - left;
		left -= sent;
		if (!left || sent < size)
			return bytes - left;
		offset += size;
		if (offset == bvec->bv_offset + bvec->bv_len)
			offset = (++bvec)->bv_offset;
	}
}
#else
static inline int tux_compat_send_pages_locked(struct sock *sk, const struct bio_vec *bvec,
					       unsigned int count, size_t skip, size_t bytes,
					       bool more)
{
	struct msghdr message = {
		.msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_SPLICE_PAGES | (more ? MSG_MORE : 0),
	};

	iov_iter_bvec(&message.msg_iter, ITER_SOURCE, bvec, count, skip + bytes);
	iov_iter_advance(&message.msg_iter, skip);
	return tcp_sendmsg_locked(sk, &message, bytes);
}
#endif

/**
 * tux_compat_send_pages() - Give pages to TCP without copying them.
 * @sk: A TCP socket without a foreign ULP or protocol table.
 * @bvec: The pages.  An entry may cross page borders within one folio.  TCP takes references of its
 * own.
 * @count: Entries of @bvec.
 * @skip: Bytes at the front of @bvec that are left out.
 * @bytes: Bytes to send, not 0: all that @bvec holds behind @skip.
 * @more: More will be sent at once, so a last short segment may wait.
 *
 * TCP copies by itself where the route cannot gather pages.  If not everything was taken,
 * SOCK_NOSPACE is set and sk_write_space will be called.
 *
 * Up to 6.4 this is one call for each page, from 6.5 on one call.
 *
 * Context: Task context, the socket is locked.  May allocate, never waits for room in the socket.
 * Return: Bytes taken, which may be less than @bytes but is not 0; -EAGAIN if there is no room at
 *         all; another error, -EPIPE above all, if the connection is gone and nothing was taken.
 */
static inline int tux_compat_send_pages(struct sock *sk, const struct bio_vec *bvec,
					unsigned int count, size_t skip, size_t bytes, bool more)
{
	/* Accounted for in one step, as far as it fits; else TCP does it once for each page. */
	if (sk_stream_memory_free(sk))
		sk_wmem_schedule(sk, min_t(size_t, bytes, SZ_64K));
	return tux_compat_send_pages_locked(sk, bvec, count, skip, bytes, more);
}

/**
 * tux_compat_push() - Have everything sent that TCP holds back for more to come.
 * @sk: A TCP socket, locked.
 *
 * Not a difference between kernels: none exports a call for this that leaves the lock alone.
 * release_sock() does it when this bit says that it was put off.
 *
 * Context: Task context, the socket is locked.
 */
static inline void tux_compat_push(struct sock *sk)
{
	if (tcp_send_head(sk) && !test_and_set_bit(TCP_TSQ_DEFERRED, &sk->sk_tsq_flags))
		sock_hold(sk);
}

/* --- sysctl --- */

#ifdef HAVE_CONST_CTL_TABLE
typedef const struct ctl_table tux_compat_ctl_table;
#else
typedef struct ctl_table tux_compat_ctl_table;
#endif

/**
 * tux_compat_register_sysctl() - Register a table of sysctls of a network namespace.
 * @net: The network namespace.
 * @path: Directory, "net/tux".
 * @table: The table, with one entry of zeroes behind the last.  Lives until it is unregistered.
 * @size: Entries, without that last one.
 *
 * Needed for kernels before 6.6.  Unregistered with unregister_net_sysctl_table().
 *
 * Context: May sleep.
 * Return: A handle, or NULL.
 */
static inline struct ctl_table_header *tux_compat_register_sysctl(struct net *net, const char *path,
								  struct ctl_table *table,
								  size_t size)
{
#ifdef HAVE_REGISTER_NET_SYSCTL_SZ
	return register_net_sysctl_sz(net, path, table, size);
#else
	return register_net_sysctl(net, path, table);
#endif
}

/* --- files --- */

#ifndef HAVE_VFS_PATH_LOOKUP
/* Exported by 6.1, but declared by no header that modules get. */
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt, const char *name,
		    unsigned int flags, struct path *path);
#endif

/**
 * tux_compat_permission() - May the current task do this with a file?
 * @path: The file.
 * @mask: MAY_READ, MAY_EXEC...; with MAY_NOT_BLOCK the caller is in an RCU read section.
 *
 * Needed for kernels before 6.3.
 *
 * Context: May sleep without MAY_NOT_BLOCK.
 * Return: 0, -EACCES or another error; -ECHILD if it would have to sleep.
 */
static inline int tux_compat_permission(const struct path *path, int mask)
{
#ifdef HAVE_MNT_IDMAP
	return inode_permission(mnt_idmap(path->mnt), d_inode(path->dentry), mask);
#else
	return inode_permission(mnt_user_ns(path->mnt), d_inode(path->dentry), mask);
#endif
}

/**
 * tux_compat_real_dentry() - Below an overlay: where the bytes of a file are.
 * @dentry: A regular file; elsewhere than on an overlay it is the answer itself.
 *
 * Needed for kernels before 6.8.
 *
 * Context: May sleep, once for each file in a data-only layer of an overlay.
 * Return: The dentry of the layer below; the overlay's keeps it.
 */
static inline struct dentry *tux_compat_real_dentry(struct dentry *dentry)
{
#ifdef HAVE_D_REAL_TYPE
	return d_real(dentry, D_REAL_DATA);
#else
	return d_real(dentry, NULL);
#endif
}

/**
 * tux_compat_mtime() - When was the content of a file changed?
 * @inode: The file.
 *
 * Needed for kernels before 6.7.
 *
 * Context: Any context.
 * Return: The time stamp.
 */
static inline struct timespec64 tux_compat_mtime(const struct inode *inode)
{
#ifdef HAVE_INODE_GET_MTIME
	return inode_get_mtime(inode);
#else
	return inode->i_mtime;
#endif
}

/**
 * tux_compat_ctime() - When was a file changed, attributes included?
 * @inode: The file.
 *
 * Needed for kernels before 6.6.
 *
 * Context: Any context.
 * Return: The time stamp.
 */
static inline struct timespec64 tux_compat_ctime(const struct inode *inode)
{
#ifdef HAVE_INODE_GET_MTIME
	return inode_get_ctime(inode);
#else
	return inode->i_ctime;
#endif
}

/* --- memory --- */

typedef unsigned long tux_compat_shrinker_function(struct shrinker *shrinker,
						   struct shrink_control *control);

/**
 * tux_compat_shrinker_register() - Offer memory to the kernel when it is short of it.
 * @name: Name to show.
 * @count: Says how many objects there are.
 * @scan: Frees some.
 *
 * Needed for kernels before 6.7.
 *
 * Context: May sleep.
 * Return: The shrinker, to be given to tux_compat_shrinker_unregister(), or an error pointer.
 */
static inline struct shrinker *tux_compat_shrinker_register(const char *name,
							    tux_compat_shrinker_function *count,
							    tux_compat_shrinker_function *scan)
{
#ifdef HAVE_SHRINKER_ALLOC
	struct shrinker *shrinker = shrinker_alloc(0, "%s", name);

	if (!shrinker)
		return ERR_PTR(-ENOMEM);
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker_register(shrinker);
	return shrinker;
#else
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);
	int err;

	if (!shrinker)
		return ERR_PTR(-ENOMEM);
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
	err = register_shrinker(shrinker, "%s", name);
	if (err) {
		kfree(shrinker);
		return ERR_PTR(err);
	}
	return shrinker;
#endif
}

/**
 * tux_compat_shrinker_unregister() - Undo tux_compat_shrinker_register().
 * @shrinker: The shrinker.  Its functions do not run any more when this returns.
 *
 * Context: May sleep.
 */
static inline void tux_compat_shrinker_unregister(struct shrinker *shrinker)
{
#ifdef HAVE_SHRINKER_ALLOC
	shrinker_free(shrinker);
#else
	unregister_shrinker(shrinker);
	kfree(shrinker);
#endif
}

/**
 * tux_compat_vm_flags_set() - Set flags of a mapping that is being made.
 * @vma: The mapping.
 * @flags: VM_DONTCOPY...
 *
 * Needed for kernels before 6.3.
 *
 * Context: .mmap of a file.
 */
static inline void tux_compat_vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
#ifdef HAVE_VM_FLAGS_SET
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/**
 * tux_compat_io_cgroup() - Get the cgroup to which the current task's disk reads count.
 *
 * Not a difference between kernels but between configurations: the names below exist only with
 * CONFIG_BLK_CGROUP.
 *
 * Context: Task context.
 * Return: A reference, to be dropped with css_put(), or NULL.
 */
static inline struct cgroup_subsys_state *tux_compat_io_cgroup(void)
{
#ifdef CONFIG_BLK_CGROUP
	return task_get_css(current, io_cgrp_id);
#else
	return NULL;
#endif
}

#endif /* TUX_COMPAT_H */
