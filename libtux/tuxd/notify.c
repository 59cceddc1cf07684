// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Telling the service manager what goes on: one datagram of "NAME=value" lines to the socket that
 * NOTIFY_SOCKET names.
 *
 * The protocol is that of sd_notify(3); speaking it here saves a dependency.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"

static int notify_socket = -1;

/**
 * notify_open() - Connect to the service manager, if there is one.
 *
 * Takes NOTIFY_SOCKET out of the environment, so that no child of ours speaks in our name.
 */
void notify_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;

	if (!length)
		return;
	if ((*path != '/' && *path != '@') || length >= sizeof(address.sun_path)) {
		log_warning("cannot notify the service manager: NOTIFY_SOCKET is not a path: %s",
			    path);
		return;
	}
	memcpy(address.sun_path, path, length);
	if (*path == '@')
		address.sun_path[0] = '\0';
	notify_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify_socket < 0 || connect(notify_socket, (struct sockaddr *)&address,
					 offsetof(struct sockaddr_un, sun_path) + length)) {
		log_warning("cannot notify the service manager at %s: %s", path, strerror(errno));
		if (notify_socket >= 0)
			close(notify_socket);
		notify_socket = -1;
	}
	unsetenv("NOTIFY_SOCKET");
}

/**
 * notify_send() - Tell the service manager.
 * @format: As for printf(3): lines of the form NAME=value.
 */
void notify_send(const char *format, ...)
{
	va_list arguments;
	char text[1400];
	int length;

	if (notify_socket < 0)
		return;
	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof(text))
		length = sizeof(text) - 1;
	if (send(notify_socket, text, length, MSG_NOSIGNAL) < 0)
		log_warning("cannot notify the service manager: %s", strerror(errno));
}
