/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file to answer with: what lookup.c found, as it was at that moment, with the references that
 * keep it.
 *
 * It belongs to one request.  While a fetch (fetch.h) is under way it belongs to the fetch; else to
 * the worker. tux_file_put() drops everything and may be called in any state; it can be the last
 * reference of a file, so it may sleep and must not be called under a socket lock.
 */
#ifndef TUX_FILE_H
#define TUX_FILE_H

#include <linux/bvec.h>
#include <linux/path.h>
#include <linux/time64.h>
#include <linux/types.h>

struct file;
struct inode;

/* How the bytes of a file get out. */
enum tux_source {
	TUX_SOURCE_PAGE_CACHE,	/* pages of the page cache, not copied */
	TUX_SOURCE_COPY,	/* kernel_read() into pages of our own, by a helper */
};

/**
 * struct tux_file - A regular file that may be sent.
 */
struct tux_file {
	/** @path: Where it was found; holds a reference if path.dentry is set. */
	struct path path;
	/** @file: Opened by a helper, or NULL: a file in the object cache is not opened again. */
	struct file *file;
	/** @inode: The inode whose pages are sent (on an overlay the one below); kept by @path. */
	struct inode *inode;
	/** @size: Bytes, when looked up. */
	loff_t size;
	/** @mtime: Last change of the content, when looked up. */
	struct timespec64 mtime;
	/** @ctime: Last change of content or attributes, when looked up. */
	struct timespec64 ctime;
	/** @version: i_version where the filesystem keeps one, else 0. */
	u64 version;
	/** @mode: Type and permission bits. */
	umode_t mode;
	/** @source: How its bytes are sent. */
	enum tux_source source;
};

/* Most pieces in one tux_pages. */
#define TUX_PAGES_MAX	16

/**
 * struct tux_pages - Some consecutive bytes of a file, in referenced pages.
 */
struct tux_pages {
	/**
	 * @bvec: The pieces.  Each lies within one folio, of which it may be several pages, and
	 * holds one reference to it, through bv_page.
	 */
	struct bio_vec bvec[TUX_PAGES_MAX];
	/** @count: Entries in use. */
	unsigned int count;
	/** @bytes: Bytes in all entries. */
	unsigned int bytes;
};

/* life cycle */
int tux_file_module_init(void);
void tux_file_module_exit(void);
void tux_file_put(struct tux_file *file);

/* use */
int tux_file_pages(const struct tux_file *file, loff_t position, size_t length,
		   struct tux_pages *pages);
void tux_pages_trim(struct tux_pages *pages, unsigned int bytes);
void tux_pages_put(struct tux_pages *pages);

#endif /* TUX_FILE_H */
