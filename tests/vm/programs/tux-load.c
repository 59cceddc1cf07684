// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load: connections that ask for a file again and again, and look at every answer.
 *
 *	tux-load ADDRESS PORT CONNECTIONS PATH BYTES [close]
 *
 * Each answer must have status 200 and a body of BYTES bytes.  With "close" every request has a
 * connection of its own.  It prints the line "begun"; on SIGTERM it lets every request be answered,
 * and prints
 *
 *	answered N wrong N refused N broken N
 *
 * "refused" counts connections that did not come about, "broken" those that ended with a request
 * unanswered.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 256
#define PATIENCE_SECONDS 60

static struct sockaddr_in server = { .sin_family = AF_INET };
static char request[512];
static size_t body_bytes;
static int one_request_each;
static atomic_int ending;

struct client {
	pthread_t thread;
	long answered;
	long wrong;
	long refused;
	long broken;
};

static int open_connection(void)
{
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&server, sizeof(server)))
		return fd;
	close(fd);
	return -1;
}

/* Reads one answer.  Return: 1 if it is right, 0 if not, -1 if the connection ended before. */
static int read_answer(int fd, char *buffer, size_t size)
{
	size_t used = 0;
	char *body = NULL;

	while (!body || used - (body - buffer) < body_bytes) {
		ssize_t got = recv(fd, buffer + used, size - 1 - used, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		used += got;
		buffer[used] = '\0';
		if (body || !(body = strstr(buffer, "\r\n\r\n")))
			continue;
		body += 4;
		/* An error has another length: do not wait for the rest. */
		if (strncmp(buffer, "HTTP/1.1 200 ", 13))
			return 0;
	}
	return used == (body - buffer) + body_bytes;
}

/* Where nobody serves, asking at full speed would keep the machine from what is waited for. */
static void hesitate(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
}

static void run_client(struct client *own, char *buffer, size_t size)
{
	int fd = open_connection();

	if (fd < 0) {
		own->refused++;
		hesitate();
		return;
	}
	do {
		int right = -1;

		if (send(fd, request, strlen(request), MSG_NOSIGNAL) > 0)
			right = read_answer(fd, buffer, size);
		own->answered += right > 0;
		own->wrong += right == 0;
		own->broken += right < 0;
		if (right <= 0) {
			hesitate();
			break;
		}
	} while (!ending && !one_request_each);
	close(fd);
}

static void *client(void *argument)
{
	size_t size = body_bytes + 4096;
	char *buffer = malloc(size);

	while (buffer && !ending)
		run_client(argument, buffer, size);
	free(buffer);
	return NULL;
}

int main(int count, char **words)
{
	static struct client clients[CLIENTS_MAX], sum;
	sigset_t set;
	int signal_number, clients_count, i;

	if (count < 6 || inet_pton(AF_INET, words[1], &server.sin_addr) != 1)
		return 2;
	server.sin_port = htons(atoi(words[2]));
	clients_count = atoi(words[3]);
	if (clients_count < 1 || clients_count > CLIENTS_MAX)
		return 2;
	body_bytes = atol(words[5]);
	one_request_each = !!words[6];
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: load\r\n%s\r\n", words[4],
		 one_request_each ? "Connection: close\r\n" : "");
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (i = 0; i < clients_count; i++)
		if (pthread_create(&clients[i].thread, NULL, client, &clients[i]))
			return 1;
	puts("begun");
	fflush(stdout);
	sigwait(&set, &signal_number);
	ending = 1;
	for (i = 0; i < clients_count; i++) {
		pthread_join(clients[i].thread, NULL);
		sum.answered += clients[i].answered;
		sum.wrong += clients[i].wrong;
		sum.refused += clients[i].refused;
		sum.broken += clients[i].broken;
	}
	printf("answered %ld wrong %ld refused %ld broken %ld\n", sum.answered, sum.wrong,
	       sum.refused, sum.broken);
	return 0;
}
