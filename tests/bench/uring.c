// SPDX-License-Identifier: GPL-2.0-only
/*
 * An HTTP server on io_uring, to compare user modules with: one thread that answers every GET with
 * the bytes that tests/bench/module.c sends.
 *
 *	uring ADDRESS PORT SIZE
 *
 * One multishot accept, one multishot receive for each connection into a ring of buffers that the
 * kernel picks from, one send for whatever a receive has brought; and one system call for all that
 * has come and all that is to be done.  Ends with SIGTERM.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <liburing.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n"
#define HEAD_MAX 256
#define REQUEST_MAX 8192
#define QUEUE_ENTRIES 512
#define CONNECTIONS_MAX 1024
#define BUFFERS 256
#define BUFFER_SIZE 4096
#define BUFFER_GROUP 0

enum operation { ACCEPT, RECEIVE, SEND };

/**
 * struct connection - A client, by the number of its descriptor.
 */
struct connection {
	/** @generation: Tells it from others of that number. */
	unsigned int generation;
	/** @request: What has come of its request. */
	char request[REQUEST_MAX];
	/** @used: Bytes of @request. */
	size_t used;
	/** @answer: What is being sent. */
	char *answer;
	/** @left: Bytes of it that are not out yet. */
	size_t left;
	/** @length: Bytes of @answer. */
	size_t length;
};

static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char memory[BUFFERS][BUFFER_SIZE];
static struct connection *connections[CONNECTIONS_MAX];
static size_t size;
static int listener;

/* --- orders */

static struct io_uring_sqe *next_order(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe) {
		io_uring_submit(&ring);
		sqe = io_uring_get_sqe(&ring);
	}
	if (!sqe)
		errx(1, "the queue is full");
	return sqe;
}

/*
 * Says what an order was for; after it has been prepared, which clears that.  A number of a
 * descriptor may be another connection's by the time its result comes.
 */
static void tag(struct io_uring_sqe *sqe, enum operation operation, int fd)
{
	uint64_t generation = connections[fd] ? connections[fd]->generation : 0;

	io_uring_sqe_set_data64(sqe, (uint64_t)operation << 60 | generation << 32 | (uint32_t)fd);
}

static void order_accept(void)
{
	struct io_uring_sqe *sqe = next_order();

	io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
	tag(sqe, ACCEPT, listener);
}

static void order_receive(int fd)
{
	struct io_uring_sqe *sqe = next_order();

	io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = BUFFER_GROUP;
	tag(sqe, RECEIVE, fd);
}

static void order_send(int fd, const struct connection *connection)
{
	struct io_uring_sqe *sqe = next_order();

	io_uring_prep_send(sqe, fd, connection->answer + connection->length - connection->left,
			   connection->left, MSG_NOSIGNAL);
	tag(sqe, SEND, fd);
}

/* --- connections */

static void end(int fd)
{
	struct connection *connection = connections[fd];

	if (!connection)
		return;
	connections[fd] = NULL;
	free(connection->answer);
	free(connection);
	close(fd);
}

static void begin(int fd)
{
	static unsigned int generation;
	struct connection *connection;

	if (fd >= CONNECTIONS_MAX) {
		close(fd);
		return;
	}
	connection = calloc(1, sizeof(*connection));
	if (!connection)
		err(1, "a connection");
	connection->answer = malloc(HEAD_MAX + size);
	if (!connection->answer)
		err(1, "an answer");
	connection->generation = ++generation & 0xffffff;
	connections[fd] = connection;
	order_receive(fd);
}

/* Answers the first request that is there as a whole, if no answer is on its way. */
static void answer(int fd)
{
	static const char get[] = "GET ";
	struct connection *connection = connections[fd];
	char *head_end = memmem(connection->request, connection->used, "\r\n\r\n", 4);
	size_t head;

	if (connection->left)
		return;
	if (!head_end) {
		if (connection->used == REQUEST_MAX)
			end(fd);
		return;
	}
	if (memcmp(connection->request, get, sizeof(get) - 1) != 0) {
		end(fd);
		return;
	}
	head = head_end + 4 - connection->request;
	connection->used -= head;
	memmove(connection->request, head_end + 4, connection->used);
	connection->length = snprintf(connection->answer, HEAD_MAX, HEAD, size);
	memset(connection->answer + connection->length, 'x', size);
	connection->length += size;
	connection->left = connection->length;
	order_send(fd, connection);
}

/* --- what has come of orders */

static void give_buffer(unsigned int number)
{
	io_uring_buf_ring_add(buffers, memory[number], BUFFER_SIZE, number,
			      io_uring_buf_ring_mask(BUFFERS), 0);
	io_uring_buf_ring_advance(buffers, 1);
}

static void received(int fd, struct connection *connection, const struct io_uring_cqe *cqe)
{
	unsigned int number = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
	size_t length = cqe->res > 0 ? cqe->res : 0;

	if (connection && length && length <= REQUEST_MAX - connection->used) {
		memcpy(connection->request + connection->used, memory[number], length);
		connection->used += length;
	} else if (connection && cqe->res != -ENOBUFS) {
		end(fd);
		connection = NULL;
	}
	if (cqe->flags & IORING_CQE_F_BUFFER)
		give_buffer(number);
	if (!connection)
		return;
	if (!(cqe->flags & IORING_CQE_F_MORE))
		order_receive(fd);
	answer(fd);
}

static void sent(int fd, struct connection *connection, int result)
{
	if (!connection)
		return;
	if (result <= 0) {
		end(fd);
		return;
	}
	connection->left -= result;
	if (connection->left)
		order_send(fd, connection);
	else
		answer(fd);
}

static void take(const struct io_uring_cqe *cqe)
{
	int fd = (uint32_t)cqe->user_data;
	struct connection *connection = connections[fd];

	if (connection && connection->generation != (cqe->user_data >> 32 & 0xffffff))
		connection = NULL;
	switch ((enum operation)(cqe->user_data >> 60)) {
	case ACCEPT:
		if (cqe->res >= 0)
			begin(cqe->res);
		if (!(cqe->flags & IORING_CQE_F_MORE))
			order_accept();
		break;
	case RECEIVE:
		received(fd, connection, cqe);
		break;
	case SEND:
		sent(fd, connection, cqe->res);
		break;
	}
}

/* --- the server */

static void listen_on(const char *address, const char *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int one = 1;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!inet_pton(AF_INET, address, &in.sin_addr) ||
	    bind(listener, (struct sockaddr *)&in, sizeof(in)) || listen(listener, 4096))
		err(1, "%s:%s", address, port);
}

static void set_up(void)
{
	struct io_uring_params parameters = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	};
	struct io_uring_buf_reg registration = {
		.ring_entries = BUFFERS,
		.bgid = BUFFER_GROUP,
	};
	int error = io_uring_queue_init_params(QUEUE_ENTRIES, &ring, &parameters);

	if (error)
		errx(1, "io_uring: %s", strerror(-error));
	buffers = aligned_alloc(4096, BUFFERS * sizeof(struct io_uring_buf));
	if (!buffers)
		err(1, "buffers");
	registration.ring_addr = (uintptr_t)buffers;
	error = io_uring_register_buf_ring(&ring, &registration, 0);
	if (error)
		errx(1, "buffers: %s", strerror(-error));
	io_uring_buf_ring_init(buffers);
	for (unsigned int i = 0; i < BUFFERS; i++)
		give_buffer(i);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		errx(2, "usage: uring ADDRESS PORT SIZE");
	size = strtoul(argv[3], NULL, 10);
	listen_on(argv[1], argv[2]);
	set_up();
	order_accept();
	for (;;) {
		struct io_uring_cqe *cqe;
		unsigned int count = 0;
		unsigned int head;
		int result = io_uring_submit_and_wait(&ring, 1);

		if (result < 0 && result != -EINTR)
			errx(1, "io_uring: %s", strerror(-result));
		io_uring_for_each_cqe(&ring, head, cqe) {
			take(cqe);
			count++;
		}
		io_uring_cq_advance(&ring, count);
	}
}
