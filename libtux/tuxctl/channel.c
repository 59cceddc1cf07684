// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Speaking with the master process of the server, through its control channel.
 *
 * The channel is a socket of the network namespace, as the server is.  Anybody might have made one
 * of that name while there was no server, so whose it is counts: root's, or nobody's.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tuxctl.h"

#define CHANNEL_NAME "tux-control"

static int is_of_root(int channel)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return !getsockopt(channel, SOL_SOCKET, SO_PEERCRED, &peer, &size) && !peer.uid;
}

static int open_channel(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int channel = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (channel < 0)
		return -1;
	memcpy(address.sun_path + 1, CHANNEL_NAME, sizeof(CHANNEL_NAME) - 1);
	if (!connect(channel, (struct sockaddr *)&address,
		     offsetof(struct sockaddr_un, sun_path) + sizeof(CHANNEL_NAME))) {
		if (is_of_root(channel))
			return channel;
		errno = EPERM;
	}
	close(channel);
	return -1;
}

static char *read_answer(int channel)
{
	FILE *input = fdopen(channel, "r");
	char *text = NULL;
	size_t size = 0;

	if (!input) {
		close(channel);
		return NULL;
	}
	errno = 0;
	if (getdelim(&text, &size, '\0', input) < 0) {
		free(text);
		text = NULL;
		errno = errno ? errno : ECONNRESET;
	}
	fclose(input);
	return text;
}

/**
 * ask_master() - Have the master process carry out a command.
 * @command: A line, with its newline; see tuxd/control.c.
 *
 * Return: Its answer, to be freed; or NULL with errno set, ECONNREFUSED if nobody listens.
 */
char *ask_master(const char *command)
{
	size_t length = strlen(command);
	int channel = open_channel();

	if (channel < 0)
		return NULL;
	/* A master that refuses at once may have closed before it has read. */
	if (send(channel, command, length, MSG_NOSIGNAL) < 0 && errno != EPIPE) {
		close(channel);
		return NULL;
	}
	return read_answer(channel);
}
