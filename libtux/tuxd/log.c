// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Messages of tuxd.
 *
 * Each is one line and one write, so that those of several processes do not mix.
 */
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

static bool use_syslog;

/**
 * log_open() - Say where messages go.
 * @to_syslog: To syslog; else to standard error.
 */
void log_open(bool to_syslog)
{
	use_syslog = to_syslog;
}

/**
 * log_close() - Close the connection to syslog; the next message opens it again.
 */
void log_close(void)
{
	if (use_syslog)
		closelog();
}

/**
 * log_connect() - Find now whatever is needed for messages: the socket of syslog, and the time
 * zone.
 *
 * For a process that will not find them later.  Without syslog, its messages are lost.
 */
void log_connect(void)
{
	tzset();
	if (use_syslog)
		openlog("tuxd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

static void write_line(int priority, const char *format, va_list arguments)
{
	char line[1200];
	int length;

	if (use_syslog) {
		openlog("tuxd", LOG_PID, LOG_DAEMON);
		vsyslog(priority, format, arguments);
		return;
	}
	length = snprintf(line, sizeof(line), "tuxd: ");
	length += vsnprintf(line + length, sizeof(line) - length - 1, format, arguments);
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}

/**
 * log_error() - Something did not work, and somebody must do something.
 * @format: As for printf(3), without a newline.
 */
void log_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(LOG_ERR, format, arguments);
	va_end(arguments);
}

/**
 * log_warning() - Something did not work, and tuxd goes on without.
 * @format: As for printf(3), without a newline.
 */
void log_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(LOG_WARNING, format, arguments);
	va_end(arguments);
}

/**
 * log_info() - Something worth knowing happened.
 * @format: As for printf(3), without a newline.
 */
void log_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(LOG_INFO, format, arguments);
	va_end(arguments);
}
