// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Handles: descriptors of /dev/tux, and the one that tux() keeps for the calling process.
 *
 * A handle belongs to the process that used it first, so a forked child must not use its parent's.
 * The child closes its copy at once, in a fork handler: later it could not know whether the number
 * still means the same file.  Closing it there does not end the parent's handle, because the child
 * is not its owner.
 *
 * Locks: handle_lock is held while the handle is opened or forgotten, and across fork(), so that no
 * child is born in between. Calls themselves take no lock; the descriptor is one atomic integer.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tux.h>

#include "internal.h"

static pthread_mutex_t handle_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_handlers_once = PTHREAD_ONCE_INIT;
static atomic_int process_handle = -1;

static void before_fork(void)
{
	pthread_mutex_lock(&handle_lock);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&handle_lock);
}

static void after_fork_in_child(void)
{
	int handle = atomic_exchange(&process_handle, -1);

	if (handle >= 0)
		close(handle);
	pthread_mutex_unlock(&handle_lock);
}

static void install_fork_handlers(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/**
 * tux_process_handle() - The handle of this process, opened if it is not yet there.
 *
 * Context: Any thread; takes handle_lock the first time.
 * Return: A descriptor that stays the library's, or -1 with errno set.
 */
int tux_process_handle(void)
{
	int handle = atomic_load_explicit(&process_handle, memory_order_acquire);

	if (handle >= 0)
		return handle;
	pthread_once(&fork_handlers_once, install_fork_handlers);
	pthread_mutex_lock(&handle_lock);
	handle = atomic_load_explicit(&process_handle, memory_order_relaxed);
	if (handle < 0) {
		handle = tux_open();
		if (handle >= 0)
			atomic_store_explicit(&process_handle, handle, memory_order_release);
	}
	pthread_mutex_unlock(&handle_lock);
	return handle;
}

/*
 * Whether the number still means the device: a program may close descriptors that it does not know,
 * and reuse their numbers.
 */
static int is_device(int handle)
{
	struct stat opened;
	struct stat device;

	return !fstat(handle, &opened) && S_ISCHR(opened.st_mode) &&
	       !stat(TUX_DEVICE, &device) && opened.st_rdev == device.st_rdev;
}

/**
 * tux_forget_handle() - Give up a handle whose descriptor was closed behind the library's back.
 * @handle: What tux_process_handle() returned.
 *
 * Keeps errno.  Closes nothing: the number means nothing now, or somebody else's file.
 *
 * Context: Any thread; takes handle_lock.
 * Return: 1 if the handle was stale and the call is worth repeating, 0 if it is good.
 */
int tux_forget_handle(int handle)
{
	int error = errno;
	int stale;

	pthread_mutex_lock(&handle_lock);
	stale = !is_device(handle);
	if (stale)
		atomic_compare_exchange_strong(&process_handle, &handle, -1);
	pthread_mutex_unlock(&handle_lock);
	errno = error;
	return stale;
}

int tux_open(void)
{
	return open(TUX_DEVICE, O_RDWR | O_CLOEXEC);
}
