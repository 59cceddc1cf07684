// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load: connections that ask for a file again and again, and look at every answer.
 *
 *	tux-load ADDRESS PORT CONNECTIONS PATH BYTES [close | PIPELINED]
 *
 * Each answer must have status 200 and a body of BYTES bytes.  With "close" every request has a
 * connection of its own; with a number, so many requests are sent at a time.  It prints the line
 * "begun"; on SIGTERM it lets every request be answered, and prints
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
static char *requests;
static size_t requests_length;
static size_t body_bytes;
static int one_request_each;
static int pipelined = 1;
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

/* What has come on a connection and has not been looked at. */
struct input {
	char *bytes;
	size_t size;
	size_t used;
};

/* Reads one answer.  Return: 1 if it is right, 0 if not, -1 if the connection ended before. */
static int read_answer(int fd, struct input *input)
{
	size_t length;
	char *body;

	for (;;) {
		ssize_t got;

		input->bytes[input->used] = '\0';
		body = strstr(input->bytes, "\r\n\r\n");
		/* An error has another length: do not wait for the rest. */
		if (body && strncmp(input->bytes, "HTTP/1.1 200 ", 13))
			return 0;
		length = body ? body + 4 - input->bytes + body_bytes : 0;
		if (body && input->used >= length)
			break;
		got = recv(fd, input->bytes + input->used, input->size - 1 - input->used, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		input->used += got;
	}
	input->used -= length;
	memmove(input->bytes, input->bytes + length, input->used);
	return 1;
}

/* Where nobody serves, asking at full speed would keep a slow guest from what is waited for. */
static void hesitate(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
}

/* Sends as many requests as belong together, and reads the answers.  Return: as read_answer(). */
static int ask(struct client *own, int fd, struct input *input)
{
	int right = 1;
	int i;

	if (send(fd, requests, requests_length, MSG_NOSIGNAL) < 0)
		right = -1;
	for (i = 0; i < pipelined && right > 0; i++) {
		right = read_answer(fd, input);
		own->answered += right > 0;
	}
	own->wrong += right == 0 || (right > 0 && input->used);
	own->broken += right < 0;
	return right;
}

static void run_client(struct client *own, struct input *input)
{
	int fd = open_connection();

	if (fd < 0) {
		own->refused++;
		hesitate();
		return;
	}
	input->used = 0;
	for (;;) {
		if (ask(own, fd, input) <= 0) {
			hesitate();
			break;
		}
		if (ending || one_request_each)
			break;
	}
	close(fd);
}

static void *client(void *argument)
{
	struct input input = { .size = (body_bytes + 4096) * (pipelined < 4 ? pipelined : 4) };

	input.bytes = malloc(input.size);
	while (input.bytes && !ending)
		run_client(argument, &input);
	free(input.bytes);
	return NULL;
}

static void make_requests(const char *path)
{
	char request[512];
	int i;

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: load\r\n%s\r\n", path,
		 one_request_each ? "Connection: close\r\n" : "");
	requests = calloc(pipelined, strlen(request) + 1);
	for (i = 0; requests && i < pipelined; i++)
		requests_length = stpcpy(requests + requests_length, request) - requests;
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
	one_request_each = words[6] && !strcmp(words[6], "close");
	if (words[6] && !one_request_each)
		pipelined = atoi(words[6]);
	if (pipelined < 1)
		return 2;
	make_requests(words[4]);
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
