/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a worker lends to the requests that it steps: scratch memory, the text of the present
 * second, and where files, types and limits are found.  One per worker, owned by it; nothing in it
 * belongs to a single request.
 */
#ifndef TUX_CONTEXT_H
#define TUX_CONTEXT_H

#include <linux/limits.h>
#include <linux/mm_types_task.h>

#include "config.h"
#include "conn.h"
#include "http/head.h"
#include "mime.h"
#include "module.h"
#include "object.h"

/* A name, with a slash in front and one behind. */
#define TUX_TARGET_SIZE (PATH_MAX + 2)

/**
 * struct tux_context - A worker's scratch memory and views.  Owned by the worker.
 */
struct tux_context {
	/** @set: The worker's connections. */
	struct tux_conn_set set;
	/**
	 * @frag: Memory that heads of responses are cut from; what has been cut is never written
	 * again.
	 */
	struct page_frag frag;
	/** @input: HTTP_HEAD_MAX bytes for the head that is being parsed. */
	char *input;
	/** @parsed: What the head in @input says. */
	struct http_request parsed;
	/** @name: PATH_MAX bytes: the file name of the URL, without a leading slash. */
	char *name;
	/** @name_length: Bytes of @name. */
	size_t name_length;
	/** @is_directory: The URL ends in a slash. */
	bool is_directory;
	/**
	 * @target: TUX_TARGET_SIZE bytes: the name that is looked up in the present stage, or the
	 * path as modules see it.
	 */
	char *target;
	/** @stamp: Date and Server fields of this second. */
	struct http_stamp stamp;
	/** @noid: Value of net.tux.noid that @stamp was made with. */
	bool noid;
	/** @generation: Value of config->generation that the next two were copied at. */
	unsigned int generation;
	/** @default_type: Copy of net.tux.default_type. */
	char default_type[TUX_CONFIG_TYPE_MAX];
	/** @page_404: Copy of net.tux.404_page. */
	char page_404[TUX_CONFIG_PAGE_MAX];
	/** @objects: What this worker knows about files. */
	struct tux_object_cache objects;
	/**
	 * @object: Scratch for an object that is not in the cache; TUX_OBJECT_FIELDS_MAX bytes of
	 * fields follow.
	 */
	struct tux_object *object;
	/** @helpers: Bound of this worker's fetches. */
	struct tux_fetch_pool helpers;
	/** @config: net.tux of the namespace; outlives the worker. */
	struct tux_config *config;
	/** @docroot: The server's document root; outlives the worker's connections. */
	const struct path *docroot;
	/** @mime: The server's types; outlive the worker's connections. */
	struct tux_mime_table *mime;
	/** @modules: The server's user modules; outlive the worker's connections. */
	struct tux_modules *modules;
	/** @recipient: What this worker's task has of requests for user space. */
	struct tux_recipient recipient;
	/** @roused: Processes that are to be woken (struct tux_process). */
	struct list_head roused;
	/** @spare: Memory for the next request for user space, or NULL. */
	struct tux_user_request *spare;
	/** @draining: The server is shutting down: no connection is kept. */
	bool draining;
};

int tux_context_init(struct tux_context *context);
void tux_context_exit(struct tux_context *context);
void tux_context_configure(struct tux_context *context);
void tux_context_refresh(struct tux_context *context);
bool tux_context_keeps_alive(const struct tux_context *context);
unsigned int tux_context_fetch_limit(const struct tux_context *context);
bool tux_context_look_up(struct tux_context *context, struct tux_conn *conn, const char *name);

/* Seconds that a lookup waits at most until one of the worker's helpers is free. */
#define TUX_HELPER_WAIT_SECONDS 5

#endif /* TUX_CONTEXT_H */
