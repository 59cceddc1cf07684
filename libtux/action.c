// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Actions: tux() and what it stands on, the two ways into the kernel.
 *
 * Both lead to the same table of actions.  The ioctl is the first choice: it works on every
 * architecture and needs no help of kprobes.  The system call is taken when TUX_TRANSPORT asks for
 * it, or when there is no /dev/tux (a container without the device) and the call answers.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <tux.h>

#include "internal.h"

enum transport { TRANSPORT_UNSET, TRANSPORT_IOCTL, TRANSPORT_SYSCALL };

static atomic_int transport = TRANSPORT_UNSET;

static enum transport get_transport(void)
{
	enum transport now = atomic_load_explicit(&transport, memory_order_relaxed);
	const char *wish;

	if (now != TRANSPORT_UNSET)
		return now;
	wish = secure_getenv("TUX_TRANSPORT");
	now = wish && !strcmp(wish, "syscall") ? TRANSPORT_SYSCALL : TRANSPORT_IOCTL;
	atomic_store_explicit(&transport, now, memory_order_relaxed);
	return now;
}

/*
 * The number means something else on other architectures (capget on i386), so it is only ever used
 * on x86-64.
 */
static int call_by_syscall(unsigned int action, void *argument)
{
#if defined(__x86_64__) && !defined(__ILP32__)
	return syscall(__NR_tux, action, argument);
#else
	(void)action;
	(void)argument;
	errno = ENOSYS;
	return -1;
#endif
}

/* The number carries the size of the structure, which some actions have of their own. */
static unsigned long get_ioctl_number(unsigned int action)
{
	switch (action) {
	case TUX_ACTION_LISTEN_FD:
		return TUX_IOC_LISTEN_FD;
	case TUX_ACTION_ADOPT_FD:
		return TUX_IOC_ADOPT_FD;
	case TUX_ACTION_GRANT:
		return TUX_IOC_GRANT;
	case TUX_ACTION_GET_REQUEST:
		return TUX_IOC_GET_REQUEST;
	case TUX_ACTION_BATCH:
		return TUX_IOC_BATCH;
	case TUX_ACTION_RING:
		return TUX_IOC_RING;
	case TUX_ACTION_RING_ENTER:
		return TUX_IOC_RING_ENTER;
	default:
		return TUX_IOC(action);
	}
}

/* CONTINUE_REQ has a descriptor for an argument, which passes through as it is. */
static int call_by_ioctl(int handle, unsigned int action, void *argument)
{
	/*
	 * An ioctl number has eight bits for the action; a larger one would be taken for another
	 * action.
	 */
	if (action > 255) {
		errno = EINVAL;
		return -1;
	}
	return ioctl(handle, get_ioctl_number(action), argument);
}

static int is_absent(int error)
{
	return error == ENOENT || error == ENODEV || error == ENXIO;
}

/*
 * A process without /dev/tux: stays with the system call if that answers, and else looks for the
 * device again next time.
 */
static int call_without_device(unsigned int action, void *argument)
{
	int result = call_by_syscall(action, argument);

	if (result != -1 || errno != ENOSYS)
		atomic_store_explicit(&transport, TRANSPORT_SYSCALL, memory_order_relaxed);
	return result;
}

static int call_kernel(unsigned int action, void *argument)
{
	int handle;
	int result;

	if (get_transport() == TRANSPORT_SYSCALL)
		return call_by_syscall(action, argument);
	handle = tux_process_handle();
	if (handle < 0)
		return is_absent(errno) ? call_without_device(action, argument) : -1;
	result = call_by_ioctl(handle, action, argument);
	if (result == -1 && (errno == EBADF || errno == ENOTTY) && tux_forget_handle(handle)) {
		handle = tux_process_handle();
		if (handle >= 0)
			result = call_by_ioctl(handle, action, argument);
	}
	return result;
}

int tux(unsigned int action, user_req_t *req)
{
	return call_kernel(action, req);
}

const char *tux_transport(void)
{
	return get_transport() == TRANSPORT_SYSCALL ? "syscall" : "ioctl";
}

int tux_action(int handle, unsigned int action, user_req_t *req)
{
	return call_by_ioctl(handle, action, req);
}

/**
 * tux_call() - Ask for an action, on a given handle or on that of the process.
 * @handle: From tux_open(), or -1 for the handle that tux() uses.
 * @action: One of enum tux_action.
 * @argument: The structure that the action takes.
 *
 * Return: As tux().
 */
int tux_call(int handle, unsigned int action, void *argument)
{
	if (handle < 0)
		return call_kernel(action, argument);
	return call_by_ioctl(handle, action, argument);
}
