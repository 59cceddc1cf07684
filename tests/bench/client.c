// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client of the bench: connections that ask for one file, as fast as the server answers.
 *
 *	client ADDRESS PORT PATH BYTES CONNECTIONS WARM-UP REQUESTS keep-alive|close
 *
 * It runs on the guest's second processor and lets the first be measured (mark.h), from the answer
 * number WARM-UP on until REQUESTS more have come; all the time each connection has one request on
 * its way.  Each answer must have status 200 and BYTES bytes, which are thrown away in the kernel.
 * With keep-alive no connection may be ended by the server; with close each request has a
 * connection of its own, which the server ends.  It prints
 *
 *	NANOSECONDS P99
 *
 * the time taken, and the microseconds that 99 of 100 requests took at most, from the first byte
 * sent (with close: from connect) to the last byte received.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"

#define CONNECTIONS_MAX 1024
#define HEAD_MAX 4096
#define SECONDS_MAX 60

struct connection {
	int fd;
	bool connecting;
	bool head_done;
	size_t head_length;
	uint64_t begin;
	uint64_t body_left;
	char head[HEAD_MAX];
};

static struct sockaddr_in server = { .sin_family = AF_INET };
static char request[1024];
static uint64_t body_bytes;
static bool closes;

static long answers, warm_up, wanted;
static uint64_t measured_from, measured_until;
static uint32_t *latencies;

static struct connection connections[CONNECTIONS_MAX];
static int poll_fd;

static void fail(const char *what)
{
	fprintf(stderr, "client: %s (errno: %s) after %ld answers\n", what, strerror(errno),
		answers);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void send_request(struct connection *connection)
{
	ssize_t length = strlen(request);

	if (!closes)
		connection->begin = now();
	connection->head_done = false;
	connection->head_length = 0;
	if (send(connection->fd, request, length, MSG_NOSIGNAL) != length)
		fail("cannot send a request");
}

static void open_connection(struct connection *connection)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };

	connection->begin = now();
	connection->connecting = true;
	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	event.data.ptr = connection;
	if (connection->fd < 0 || epoll_ctl(poll_fd, EPOLL_CTL_ADD, connection->fd, &event))
		fail("cannot make a socket");
	if (connect(connection->fd, (struct sockaddr *)&server, sizeof(server)) &&
	    errno != EINPROGRESS)
		fail("cannot connect");
}

/* Looks at a head that is complete; used are the bytes behind it that have been read with it. */
static void take_head(struct connection *connection, const char *end)
{
	const char *length = strcasestr(connection->head, "\r\nContent-Length:");
	uint64_t used = connection->head_length - (end - connection->head);

	if (strncmp(connection->head, "HTTP/1.1 200 ", 13))
		fail("an answer has another status than 200");
	if (!length || length > end || strtoull(length + 17, NULL, 10) != body_bytes)
		fail("an answer has another length than expected");
	if (used > body_bytes)
		fail("there is something behind an answer");
	connection->head_done = true;
	connection->body_left = body_bytes - used;
}

/* Reads what there is of an answer; returns whether that ended it. */
static bool read_answer(struct connection *connection)
{
	ssize_t got;

	while (!connection->head_done || connection->body_left) {
		if (connection->head_done)
			got = recv(connection->fd, NULL, connection->body_left, MSG_TRUNC);
		else
			got = recv(connection->fd, connection->head + connection->head_length,
				   HEAD_MAX - 1 - connection->head_length, 0);
		if (got < 0 && errno == EAGAIN)
			return false;
		if (got <= 0)
			fail("a connection has ended within an answer");
		if (connection->head_done) {
			connection->body_left -= got;
		} else {
			char *end;

			connection->head_length += got;
			connection->head[connection->head_length] = '\0';
			end = strstr(connection->head, "\r\n\r\n");
			if (end)
				take_head(connection, end + 4);
		}
	}
	return true;
}

/* With close, an answer counts when the server has ended the connection; returns whether it has. */
static bool has_ended(struct connection *connection)
{
	char byte;
	ssize_t got = recv(connection->fd, &byte, 1, 0);

	if (got > 0 || (got < 0 && errno != EAGAIN))
		fail("a connection has not ended in order");
	return got == 0;
}

/* Counts an answer, and begins and ends the measurement. */
static void count_answer(const struct connection *connection)
{
	uint64_t time = now();

	if (answers >= warm_up)
		latencies[answers - warm_up] = (time - connection->begin) / 1000;
	answers++;
	if (answers == warm_up) {
		measured_from = time;
		MARK(MARK_BEGIN);
	} else if (answers == warm_up + wanted) {
		measured_until = time;
		MARK(MARK_END);
	}
}

static void handle(struct connection *connection, uint32_t events)
{
	if (connection->connecting) {
		if (events & (EPOLLERR | EPOLLHUP))
			fail("a connection is refused");
		if (!(events & EPOLLOUT))
			return;
		connection->connecting = false;
		send_request(connection);
		return;
	}
	if (!(events & (EPOLLIN | EPOLLERR | EPOLLHUP)) || !read_answer(connection))
		return;
	if (closes && !has_ended(connection))
		return;
	count_answer(connection);
	if (!closes) {
		send_request(connection);
		return;
	}
	close(connection->fd);
	open_connection(connection);
}

static int by_size(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static void run_on(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("cannot choose a processor");
}

static void read_arguments(char **argv)
{
	if (inet_pton(AF_INET, argv[1], &server.sin_addr) != 1)
		fail("the address is none");
	server.sin_port = htons(atoi(argv[2]));
	body_bytes = strtoull(argv[4], NULL, 10);
	warm_up = atol(argv[6]);
	wanted = atol(argv[7]);
	closes = !strcmp(argv[8], "close");
	snprintf(request, sizeof(request),
		 "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: tux-bench\r\nAccept: */*\r\n%s\r\n",
		 argv[3], argv[1], closes ? "Connection: close\r\n" : "");
	latencies = calloc(wanted, sizeof(*latencies));
	if (!latencies || warm_up < 1 || wanted < 1)
		fail("there is nothing to do");
}

int main(int argc, char **argv)
{
	struct epoll_event events[CONNECTIONS_MAX];
	int count;

	if (argc != 9 || atoi(argv[5]) < 1 || atoi(argv[5]) > CONNECTIONS_MAX) {
		fprintf(stderr, "usage: client ADDRESS PORT PATH BYTES CONNECTIONS WARM-UP "
			"REQUESTS keep-alive|close\n");
		return 2;
	}
	alarm(SECONDS_MAX);
	read_arguments(argv);
	run_on(0);
	MARK(MARK_PROCESSOR);
	run_on(1);
	poll_fd = epoll_create1(0);
	for (int i = 0; i < atoi(argv[5]); i++)
		open_connection(&connections[i]);
	while (answers < warm_up + wanted) {
		count = epoll_wait(poll_fd, events, CONNECTIONS_MAX, -1);
		for (int i = 0; i < count && answers < warm_up + wanted; i++)
			handle(events[i].data.ptr, events[i].events);
	}
	qsort(latencies, wanted, sizeof(*latencies), by_size);
	printf("%llu %u\n", (unsigned long long)(measured_until - measured_from),
	       latencies[(wanted * 99 - 1) / 100]);
	return 0;
}
