// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tuxctl shutdown: asks the kernel to stop the server, and waits until it and its master process
 * have gone.
 *
 * SHUTDOWN blocks until the responses in flight are done, so a child calls it.  When the time is
 * over, the master is told to end at once, and killed if it does not: its workers are taken down
 * with it, and with them their connections.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tux.h>

#include "tuxctl.h"

#define DEFAULT_TIMEOUT 30
#define FORCE_MS 3000

static const struct command_option options[] = {
	{ "timeout", "SECONDS", "time for responses in flight, then they are cut off (default: 30)",
	  't' },
	{ NULL, NULL, NULL, 0 },
};

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int open_process(pid_t pid)
{
	return pid > 0 ? syscall(SYS_pidfd_open, pid, 0) : -1;
}

/* Waits for the end of a process, until a point in time; true if it has ended. */
static int wait_for_end(int process, long until)
{
	struct pollfd polled = { .fd = process, .events = POLLIN };

	for (;;) {
		long left = until - now_ms();
		int ready = poll(&polled, 1, left > 0 ? left : 0);

		if (ready > 0)
			return 1;
		if (!ready || errno != EINTR)
			return 0;
	}
}

static void send_signal(int process, int signal)
{
	if (process >= 0)
		syscall(SYS_pidfd_send_signal, process, signal, NULL, 0);
}

/* The child: its exit status is the errno of SHUTDOWN. */
static pid_t start_shutdown(void)
{
	pid_t self = getpid();
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != self)
		_exit(EINTR);
	while (tux(TUX_ACTION_SHUTDOWN, NULL) < 0)
		if (errno != EINTR)
			_exit(errno & 0xff);
	_exit(0);
}

static void stop_by_force(int owner)
{
	send_signal(owner, SIGQUIT);
	if (owner >= 0 && !wait_for_end(owner, now_ms() + FORCE_MS))
		send_signal(owner, SIGKILL);
}

static int report_shutdown(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status))
		return fail("TUX did not stop in time; see tuxctl status and the kernel log");
	if (WEXITSTATUS(status) == ESRCH)
		return fail("TUX is not running");
	if (WEXITSTATUS(status))
		return fail("cannot stop TUX: %s",
			    tux_error_text(TUX_ACTION_SHUTDOWN, WEXITSTATUS(status)));
	return EXIT_OK;
}

/* @owner may be -1: a master that cannot be seen from here, or a server that has lost it. */
static int stop_server(int owner, unsigned int timeout)
{
	pid_t child = start_shutdown();
	int process = open_process(child);
	long until = now_ms() + timeout * 1000L;
	int result;

	if (process < 0)
		return fail("cannot start a process: %s", strerror(errno));
	if (!wait_for_end(process, until)) {
		/* Who gave no time has not waited, and knows of none. */
		if (timeout)
			fail("responses were still in flight after %u s and are cut off", timeout);
		stop_by_force(owner);
		if (!wait_for_end(process, now_ms() + FORCE_MS))
			kill(child, SIGKILL);
	}
	result = report_shutdown(child);
	if (result)
		return result;
	if (owner >= 0 && !wait_for_end(owner, until + FORCE_MS))
		return fail("TUX has stopped, but its master process has not ended; "
			    "see tuxctl status");
	return EXIT_OK;
}

/*
 * The process is looked up again after it was opened, so that a number that was used anew does no
 * harm.
 */
static int open_owner(const struct tux_status *status)
{
	int owner = open_process(status->owner);
	struct tux_status *again = owner < 0 ? NULL : tux_read_status();

	if (owner >= 0 && (!again || again->owner != status->owner)) {
		close(owner);
		owner = -1;
	}
	tux_free_status(again);
	return owner;
}

static int run_shutdown(const struct command *command, int argc, char **argv)
{
	unsigned int timeout = DEFAULT_TIMEOUT;
	struct tux_status *status;
	int result;

	while (next_option(command, argc, argv) != -1)
		timeout = number_option("timeout", 0, 86400);
	status = tux_read_status();
	if (!status && errno != ENOENT)
		return fail("cannot read the state of TUX: %s", strerror(errno));
	if (!status || !strcmp(status->state, "stopped"))
		result = fail("TUX is not running");
	else
		result = stop_server(open_owner(status), timeout);
	tux_free_status(status);
	return result;
}

const struct command command_shutdown = {
	"shutdown", "stop the server when the responses in flight are done", options, run_shutdown,
	NULL,
};
