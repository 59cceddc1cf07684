// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many clients at once.
 *
 *	crowd PORT CONNECTIONS ROUNDS TARGET BYTES
 *
 * Opens all connections, then asks ROUNDS times on each of them for TARGET: first all ask, then all
 * listen.  Each answer must be 200 with a body of BYTES bytes.  All connections stay open to the
 * end.  Prints "N answers".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX 65536
#define TIMEOUT_MS 60000

static char answer[ANSWER_MAX + 1];

static void die(int number, const char *what)
{
	fprintf(stderr, "crowd: connection %d: %s\n", number, what);
	exit(1);
}

static int open_connection(int number, int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int connection = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof(address)))
		die(number, strerror(errno));
	return connection;
}

static void listen_to(int number, int connection, size_t bytes)
{
	struct pollfd polled = { .fd = connection, .events = POLLIN };
	size_t length = 0;
	char *body = NULL;

	while (!body || length < body - answer + bytes) {
		ssize_t got;

		if (poll(&polled, 1, TIMEOUT_MS) <= 0)
			die(number, "no answer");
		got = recv(connection, answer + length, ANSWER_MAX - length, 0);
		if (got <= 0)
			die(number, got ? strerror(errno) : "unexpected end");
		length += got;
		answer[length] = '\0';
		body = memmem(answer, length, "\r\n\r\n", 4);
		if (body)
			body += 4;
		/* Another body may be shorter than the one that is waited for. */
		if (body && strncmp(answer, "HTTP/1.1 200 OK\r\n", 17))
			die(number, "not 200");
	}
	if (length != body - answer + bytes)
		die(number, "more than the answer");
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	int count, rounds, i, round;
	int *connections;
	size_t bytes;

	if (argc != 6) {
		fprintf(stderr, "usage: crowd PORT CONNECTIONS ROUNDS TARGET BYTES\n");
		return 2;
	}
	count = atoi(argv[2]);
	rounds = atoi(argv[3]);
	bytes = strtoul(argv[5], NULL, 10);
	limit.rlim_cur = count + 16;
	limit.rlim_max = count + 16;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die(0, strerror(errno));
	connections = calloc(count, sizeof(*connections));
	for (i = 0; i < count; i++)
		connections[i] = open_connection(i, atoi(argv[1]));
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < count; i++)
			if (dprintf(connections[i], "GET %s HTTP/1.1\r\nHost: tux\r\n\r\n",
				    argv[4]) < 0)
				die(i, strerror(errno));
		for (i = 0; i < count; i++)
			listen_to(i, connections[i], bytes);
	}
	printf("%d answers\n", count * rounds);
	fflush(stdout);
	/* Until the caller has looked at the server: it closes our standard input then. */
	while (read(0, answer, sizeof(answer)) > 0)
		;
	free(connections);
	return 0;
}
