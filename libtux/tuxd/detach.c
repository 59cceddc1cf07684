// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Becoming a daemon: fork twice, and let the first process wait on a pipe until the server serves.
 *
 * The pipe carries the one line that says why the start failed, or a single "+".  The waiting
 * process prints the line and takes its exit status from it, so a script that runs "tuxd --daemon"
 * knows the outcome when it returns.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "detach.h"
#include "log.h"

/* The writing end, or -1 in the foreground and after the report. */
static int report_pipe = -1;

/* The first process: waits, prints, ends. */
static void __attribute__((noreturn)) wait_for_report(int input, pid_t child)
{
	char text[1200];
	size_t used = 0;
	ssize_t got;

	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	while (used < sizeof(text) - 1) {
		got = read(input, text + used, sizeof(text) - 1 - used);
		if (!got || (got < 0 && errno != EINTR))
			break;
		if (got > 0)
			used += got;
	}
	text[used] = '\0';
	if (!strcmp(text, "+"))
		_exit(0);
	fprintf(stderr, "tuxd: %s\n",
		used ? text : "ended before it served; the system log says more");
	_exit(1);
}

static int use_null_device(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return -1;
	if (null > STDERR_FILENO)
		close(null);
	return 0;
}

/**
 * detach_from_terminal() - Go on in the background.
 *
 * Returns in a new process, in a session of its own, whose standard streams are /dev/null.  The
 * calling process ends when report_ready() or report_failure() is called there, or when it dies.
 *
 * Return: 0, or -1 with errno set.
 */
int detach_from_terminal(void)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	child = fork();
	if (child < 0)
		return -1;
	if (child) {
		close(ends[1]);
		wait_for_report(ends[0], child);
	}
	close(ends[0]);
	report_pipe = ends[1];
	setsid();
	child = fork();
	if (child)
		_exit(child < 0);
	return use_null_device() || chdir("/") ? -1 : 0;
}

static void send_report(const char *text)
{
	if (report_pipe < 0)
		return;
	if (write(report_pipe, text, strlen(text)) < 0)
		log_warning("nobody waits for the start any more");
	descriptor_close(report_pipe);
	report_pipe = -1;
}

/**
 * report_ready() - Tell whoever waits that the server serves.
 */
void report_ready(void)
{
	send_report("+");
}

/**
 * report_failure() - Log why the start failed, and tell whoever waits.
 * @format: As for printf(3), one line without a newline.
 *
 * Return: -1, so that the caller can return it.
 */
int report_failure(const char *format, ...)
{
	va_list arguments;
	char text[1100];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_error("%s", text);
	send_report(text);
	return -1;
}
