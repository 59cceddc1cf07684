// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker's scratch memory, see context.h.
 *
 * Called by worker.c, find.c and order.c; calls conn.c and fetch.c.  No locks: it belongs to the
 * worker; only copying strings of the configuration takes its lock, and only after they have
 * changed.
 */
#include "context.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "stat.h"

/* Memory that one worker's object cache may take; an object is about half a KiB. */
#define OBJECT_BYTES_MAX (8 << 20)

/* Helpers that one worker may keep busy; beyond it requests wait for one. */
#define HELPERS_MAX 64

#define SERVER_NAME "TUX/" TUX_SERVER_VERSION " (Linux)"
#define TUX_SERVER_VERSION "4.0"

static void make_stamp(struct tux_context *context)
{
	context->noid = READ_ONCE(context->config->noid);
	http_stamp_init(&context->stamp, context->noid ? NULL : SERVER_NAME,
			context->noid ? 0 : sizeof(SERVER_NAME) - 1, ktime_get_real_seconds());
}

static void copy_strings(struct tux_context *context)
{
	struct tux_config *config = context->config;

	mutex_lock(&config->lock);
	context->generation = config->generation;
	strscpy(context->default_type, config->default_type, sizeof(context->default_type));
	strscpy(context->page_404, config->page_404, sizeof(context->page_404));
	mutex_unlock(&config->lock);
}

/**
 * tux_context_init() - Allocate the scratch memory.
 * @context: Zeroed, with @config, @docroot and @mime set, and @set initialised.
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM, with nothing to undo.
 */
int tux_context_init(struct tux_context *context)
{
	int error = tux_object_cache_init(&context->objects, OBJECT_BYTES_MAX, context->set.stats);

	if (error)
		return error;
	context->input = kvmalloc(HTTP_HEAD_MAX, GFP_KERNEL_ACCOUNT);
	context->name = kmalloc(PATH_MAX, GFP_KERNEL_ACCOUNT);
	context->target = kmalloc(TUX_TARGET_SIZE, GFP_KERNEL_ACCOUNT);
	context->object =
		kzalloc(sizeof(*context->object) + TUX_OBJECT_FIELDS_MAX, GFP_KERNEL_ACCOUNT);
	if (!context->input || !context->name || !context->target || !context->object) {
		tux_context_exit(context);
		return -ENOMEM;
	}
	tux_fetch_pool_init(&context->helpers, HELPERS_MAX);
	tux_user_queue_init(&context->recipient.ready);
	INIT_LIST_HEAD(&context->roused);
	copy_strings(context);
	make_stamp(context);
	return 0;
}

/**
 * tux_context_exit() - Free the scratch memory.
 * @context: After tux_context_init(), successful or not.
 *
 * Context: Process context.
 */
void tux_context_exit(struct tux_context *context)
{
	if (context->spare)
		tux_user_request_free(context->spare);
	if (context->frag.page)
		put_page(context->frag.page);
	kfree(context->object);
	kfree(context->target);
	kfree(context->name);
	kvfree(context->input);
	tux_object_cache_exit(&context->objects);
}

/**
 * tux_context_configure() - Bring what depends on the configuration up to date.
 * @context: The worker's context.
 *
 * A setting that was changed before a request was sent holds for its answer, so this is done when a
 * request has been read, however long the round has gone on.
 *
 * Context: The worker.  May sleep, but only after the configuration was changed.
 */
void tux_context_configure(struct tux_context *context)
{
	if (READ_ONCE(context->config->generation) != context->generation)
		copy_strings(context);
	if (READ_ONCE(context->config->noid) != context->noid)
		make_stamp(context);
}

/**
 * tux_context_refresh() - Bring what depends on time and configuration up to date.
 * @context: The worker's context.
 *
 * Context: The worker, once a round.  May sleep, but only after the configuration was changed.
 */
void tux_context_refresh(struct tux_context *context)
{
	tux_conn_set_clock(&context->set);
	tux_context_configure(context);
	http_stamp_update(&context->stamp, ktime_get_real_seconds());
}

/**
 * tux_context_keeps_alive() - Can the connection be used again after the request at hand?
 * @context: The worker's context, with the parsed head.
 *
 * Context: The worker.
 * Return: True if client and server want it.
 */
bool tux_context_keeps_alive(const struct tux_context *context)
{
	return context->parsed.keep_alive && !context->draining &&
	       READ_ONCE(context->config->max_keepalives) > 0;
}

/**
 * tux_context_fetch_limit() - How long may a connection wait for a helper?
 * @context: The worker's context.
 *
 * A helper may hang in a filesystem that does not answer.  Nobody but its client waits for it,
 * except a server that is to shut down.
 *
 * Context: The worker.
 * Return: Seconds, or 0 for ever; as tux_conn_timer() takes it.
 */
unsigned int tux_context_fetch_limit(const struct tux_context *context)
{
	return context->draining ? READ_ONCE(context->config->send_timeout) : 0;
}

/**
 * tux_context_look_up() - A helper looks up a file for a connection.
 * @context: The worker's context.
 * @conn: A connection that no helper works for.
 * @name: Name below the document root; it is copied.
 *
 * If all of the worker's helpers are busy, the lookup waits for one, TUX_HELPER_WAIT_SECONDS at
 * most.  The connection's timer is set.  The helper has the rights of whoever calls this.
 *
 * Context: The worker.  May allocate.
 * Return: False if no helper can be asked; then the connection's fetch is as before.
 */
bool tux_context_look_up(struct tux_context *context, struct tux_conn *conn, const char *name)
{
	int waits;

	/* First, as the helper may be done before this returns. */
	atomic_set(&conn->fetching, TUX_FETCHING_BUSY);
	waits = tux_fetch_lookup(&conn->request.fetch, context->docroot, name);
	if (waits < 0) {
		atomic_set(&conn->fetching, TUX_FETCHING_NONE);
		return false;
	}
	conn->request.queued = waits;
	tux_stat_inc(conn->set->stats, TUX_STAT_lookups_blocking);
	tux_conn_timer(conn, waits ? TUX_HELPER_WAIT_SECONDS : tux_context_fetch_limit(context));
	return true;
}
