// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for a socket of a module's own, see watch.h.
 *
 * Called by user_action.c (which socket?) and dynamic.c (is it readable?); calls sock.c.  An entry
 * in the socket's wait queue wakes the connection's worker; the watched file is referenced, so the
 * wait queue lives as long as the entry is in it.
 */
#include "watch.h"

#include <linux/file.h>
#include <linux/net.h>
#include <linux/poll.h>

#include "sock.h"

/**
 * struct arming - What poll is asked with.
 */
struct arming {
	/** @table: As vfs_poll() wants it. */
	poll_table table;
	/** @watch: Whose entry to put into the wait queue. */
	struct tux_user_watch *watch;
};

static int woken(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	struct tux_user_watch *watch = container_of(entry, struct tux_user_watch, entry);

	tux_sock_notify(watch->sock);
	return 1;
}

/* A socket has one wait queue; should a file have more, the first is enough to be honest about. */
static void arm(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct tux_user_watch *watch = container_of(table, struct arming, table)->watch;

	if (!head || watch->head)
		return;
	watch->head = head;
	add_wait_queue(head, &watch->entry);
}

/**
 * tux_watch_set() - Choose what to wait for.
 * @watch: Nothing is waited for just now.
 * @fd: A socket's descriptor of the current task; negative for nothing any more.
 *
 * Context: Process context.
 * Return: 0, -EBADF or -ENOTSOCK.
 */
int tux_watch_set(struct tux_user_watch *watch, int fd)
{
	struct file *file = NULL;

	if (fd >= 0) {
		file = fget(fd);
		if (!file)
			return -EBADF;
		if (!sock_from_file(file)) {
			fput(file);
			return -ENOTSOCK;
		}
	}
	if (watch->file)
		fput(watch->file);
	watch->file = file;
	return 0;
}

/**
 * tux_watch_begin() - Begin or go on to wait.
 * @watch: The watch.
 * @sock: The connection to wake; must live until tux_watch_end().
 *
 * Context: The worker.
 * Return: True if there is something to read, or an error to be told.
 */
bool tux_watch_begin(struct tux_user_watch *watch, struct tux_sock *sock)
{
	struct arming arming = { .watch = watch };
	__poll_t events;

	if (watch->head) {
		events = vfs_poll(watch->file, NULL);
	} else {
		watch->sock = sock;
		init_waitqueue_func_entry(&watch->entry, woken);
		init_poll_funcptr(&arming.table, arm);
		events = vfs_poll(watch->file, &arming.table);
	}
	return events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP);
}

/**
 * tux_watch_end() - Stop waiting.
 * @watch: The watch; what it is for stays chosen.
 *
 * Context: The worker.
 */
void tux_watch_end(struct tux_user_watch *watch)
{
	if (!watch->head)
		return;
	/* Takes the queue's lock: woken() does not run any more afterwards. */
	remove_wait_queue(watch->head, &watch->entry);
	watch->head = NULL;
}
