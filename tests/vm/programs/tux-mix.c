// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thousands of requests that all differ, and a user module that looks at every byte of each of them
 * at every step: what belongs to one client must never be seen with another's.
 *
 *	tux-mix files DIRECTORY		writes the files that the module sends
 *	tux-mix worker NUMBER		a worker of that number
 *	tux-mix process NAME		a process of its own that registers NAME
 *	tux-mix client PREFIX CONNECTIONS REQUESTS
 *
 * All of a request follows from its seed, which is its query: header fields, body, the steps that
 * answer it, and the answer.  The module ends with a line that says what is wrong; the client
 * prints "right N", or such a line.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tux.h>

#define FILES 8
#define FILE_STEP 5000UL
#define BODY_MAX 12000
#define ANSWER_MAX (FILES * FILE_STEP)
#define HEAD_MAX 1024
#define CONNECTIONS_MAX 128

enum kind { REPLY, BUFFERS, OBJECT, READ_OBJECT, POSTPONED, POSTED, KINDS };

/* Where a request is, in the low byte of its event. */
enum step { FRESH, FOUND, CONTINUED, READING, HALF_SENT, HEAD_SENT, SENT };

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{ "Cookie", offsetof(user_req_t, cookies) },
	{ "Content-Type", offsetof(user_req_t, content_type) },
	{ "User-Agent", offsetof(user_req_t, user_agent) },
	{ "Accept", offsetof(user_req_t, accept) },
	{ "Accept-Language", offsetof(user_req_t, accept_language) },
	{ "Cache-Control", offsetof(user_req_t, cache_control) },
	{ "Referer", offsetof(user_req_t, referer) },
};

#define FIELD_COUNT (sizeof(fields) / sizeof(*fields))

/* --- what follows from a seed */

static uint64_t scramble(uint64_t value)
{
	value += 0x9e3779b97f4a7c15;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

static void fill(char *to, size_t length, uint64_t seed)
{
	for (size_t i = 0; i < length; i++)
		to[i] = scramble(seed + i / 8) >> 8 * (i % 8);
}

static enum kind kind_of(uint64_t seed)
{
	return scramble(seed ^ 1) % KINDS;
}

static unsigned int file_of(uint64_t seed)
{
	return scramble(seed ^ 2) % FILES;
}

static size_t file_length(unsigned int file)
{
	return (file + 1) * FILE_STEP;
}

static size_t body_length(uint64_t seed)
{
	return kind_of(seed) == POSTED ? scramble(seed ^ 3) % BODY_MAX : 0;
}

/* Two seeds are as far apart as no body is long. */
static void fill_body(char *to, uint64_t seed)
{
	fill(to, body_length(seed), scramble(seed ^ 4));
}

/* Returns its length. */
static size_t fill_answer(char *to, uint64_t seed)
{
	size_t length = scramble(seed ^ 5) % ANSWER_MAX;

	if (kind_of(seed) == OBJECT) {
		length = file_length(file_of(seed));
		fill(to, length, file_of(seed));
	} else {
		fill(to, length, scramble(seed ^ 6));
	}
	return length;
}

static void field_value(char text[17], uint64_t seed, size_t field)
{
	snprintf(text, 17, "%016" PRIx64, scramble(seed + 100 + field));
}

static void die(const char *what, uint64_t seed)
{
	printf("%016" PRIx64 ", kind %d: %s: %s\n", seed, kind_of(seed), what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

/* --- the module */

static char answer[HEAD_MAX + ANSWER_MAX];
static char content[ANSWER_MAX];
static char expected[ANSWER_MAX];

static uint64_t look_at(const user_req_t *req)
{
	uint64_t seed = strtoull((const char *)req->query, NULL, 16);
	char text[17];

	errno = 0;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		field_value(text, seed, i);
		if (strcmp((const char *)req + fields[i].offset, text))
			die(fields[i].name, seed);
	}
	if (req->priv != (req->event ? scramble(seed) : 0))
		die("priv", seed);
	if (req->error)
		die("error", seed);
	return seed;
}

/* Makes the answer, of which a part is to be sent. */
static void point_to(user_req_t *req, uint64_t seed, enum step part)
{
	size_t length = fill_answer(content, seed);
	size_t head = sprintf(answer, "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
			      "Connection: Keep-Alive\r\nContent-Length: %zu\r\n\r\n", length);

	memcpy(answer + head, content, length);
	length += head;
	req->object_addr = (uintptr_t)answer;
	req->objectlen = length;
	if (part == HEAD_SENT)
		req->objectlen = head;
	if (part == HALF_SENT)
		req->objectlen = length / 2;
	if (part == SENT) {
		req->object_addr = (uintptr_t)answer + length / 2;
		req->objectlen = length - length / 2;
	}
	req->http_status = 200;
}

static int get_object(user_req_t *req, uint64_t seed)
{
	snprintf((char *)req->objectname, sizeof(req->objectname), "file-%u", file_of(seed));
	req->event = FOUND;
	return tux(TUX_ACTION_GET_OBJECT, req);
}

static int postpone(user_req_t *req, uint64_t seed)
{
	int sock = req->sock;

	req->event = CONTINUED;
	if (tux(TUX_ACTION_POSTPONE_REQ, req) ||
	    tux(TUX_ACTION_CONTINUE_REQ, (user_req_t *)(uintptr_t)sock))
		die("POSTPONE_REQ", seed);
	return tux(TUX_ACTION_EVENTLOOP, req);
}

/* How much has been read is in the event, so that it is the request's own, too. */
static int read_body(user_req_t *req, uint64_t seed)
{
	size_t done = req->event >> 8;
	size_t length = body_length(seed);

	fill_body(expected, seed);
	for (;;) {
		req->object_addr = (uintptr_t)content;
		req->objectlen = BODY_MAX;
		if (tux(TUX_ACTION_READ_POST_DATA, req) < 0) {
			if (errno != EAGAIN)
				die("READ_POST_DATA", seed);
			req->event = READING | done << 8;
			return tux(TUX_ACTION_WAIT_POST_DATA, req);
		}
		if (!req->objectlen)
			break;
		if (req->objectlen > length - done ||
		    memcmp(content, expected + done, req->objectlen))
			die("body", seed);
		done += req->objectlen;
	}
	if (done != length)
		die("length of the body", seed);
	point_to(req, seed, FRESH);
	return tux(TUX_ACTION_REPLY, req);
}

static int read_object(user_req_t *req, uint64_t seed)
{
	req->object_addr = (uintptr_t)content;
	if (req->objectlen != file_length(file_of(seed)) || tux(TUX_ACTION_READ_OBJECT, req) < 0)
		die("READ_OBJECT", seed);
	fill(expected, req->objectlen, file_of(seed));
	if (memcmp(content, expected, req->objectlen))
		die("file", seed);
	point_to(req, seed, FRESH);
	return tux(TUX_ACTION_REPLY, req);
}

static int send_part(user_req_t *req, uint64_t seed, enum step part)
{
	point_to(req, seed, part);
	req->event = part;
	return tux(TUX_ACTION_SEND_BUFFER, req);
}

static int begin(user_req_t *req, uint64_t seed)
{
	req->priv = scramble(seed);
	switch (kind_of(seed)) {
	case BUFFERS:
		return send_part(req, seed, HALF_SENT);
	case OBJECT:
	case READ_OBJECT:
		return get_object(req, seed);
	case POSTPONED:
		return postpone(req, seed);
	case POSTED:
		return read_body(req, seed);
	default:
		point_to(req, seed, FRESH);
		return tux(TUX_ACTION_REPLY, req);
	}
}

static int handle(user_req_t *req)
{
	uint64_t seed = look_at(req);

	switch (req->event & 0xff) {
	case FRESH:
		return begin(req, seed);
	case FOUND:
		if (kind_of(seed) == READ_OBJECT)
			return read_object(req, seed);
		return send_part(req, seed, HEAD_SENT);
	case CONTINUED:
		point_to(req, seed, FRESH);
		return tux(TUX_ACTION_REPLY, req);
	case READING:
		return read_body(req, seed);
	case HALF_SENT:
		return send_part(req, seed, SENT);
	case HEAD_SENT:
		req->event = SENT;
		return tux(TUX_ACTION_SEND_OBJECT, req);
	default:
		return tux(TUX_ACTION_FINISH_REQ, req);
	}
}

static int serve(unsigned int action, const char *text)
{
	user_req_t req = {
		.version_major = TUX_MAJOR_VERSION,
		.version_minor = TUX_MINOR_VERSION,
		.module_index = 1,
	};
	int result;

	req.thread_nr = atoi(text);
	if (action == TUX_ACTION_REGISTER_MODULE)
		strncpy((char *)req.objectname, text, sizeof(req.objectname) - 1);
	if (tux(action, &req) < 0)
		die(tux_action_name(action), 0);
	puts("ready");
	fflush(stdout);
	result = tux(TUX_ACTION_EVENTLOOP, &req);
	while (result >= 0 && result != TUX_RETURN_EXIT)
		result = result == TUX_RETURN_USERSPACE_REQUEST ? handle(&req) :
								  tux(TUX_ACTION_EVENTLOOP, &req);
	if (result < 0)
		die("an action", strtoull((const char *)req.query, NULL, 16));
	return 0;
}

/* --- the clients */

static const char *prefix;
static unsigned int requests;

static size_t compose(char *to, uint64_t seed)
{
	size_t body = body_length(seed);
	size_t length = sprintf(to, "%s %s?%016" PRIx64 " HTTP/1.1\r\nHost: tux\r\n",
				kind_of(seed) == POSTED ? "POST" : "GET", prefix, seed);
	char text[17];

	for (size_t i = 0; i < FIELD_COUNT; i++) {
		field_value(text, seed, i);
		length += sprintf(to + length, "%s: %s\r\n", fields[i].name, text);
	}
	if (kind_of(seed) == POSTED)
		length += sprintf(to + length, "Content-Length: %zu\r\n", body);
	length += sprintf(to + length, "\r\n");
	fill_body(to + length, seed);
	return length + body;
}

/* In two pieces, so that bodies and heads come late. */
static void send_request(int connection, const char *text, size_t length, uint64_t seed)
{
	size_t first = scramble(seed ^ 7) % length;

	if (send(connection, text, first, MSG_NOSIGNAL) != (ssize_t)first ||
	    send(connection, text + first, length - first, MSG_NOSIGNAL) !=
		    (ssize_t)(length - first))
		die("sending", seed);
}

/* Reads exactly one answer. */
static void check_answer(int connection, uint64_t seed)
{
	static __thread char got[HEAD_MAX + ANSWER_MAX + 1], wanted[ANSWER_MAX];
	size_t wanted_length = fill_answer(wanted, seed), length = 0;
	char *body = NULL, *announced;
	ssize_t count;

	while (!body || length < (size_t)(body - got) + wanted_length) {
		count = recv(connection, got + length, sizeof(got) - 1 - length, 0);
		if (count <= 0)
			die("receiving", seed);
		length += count;
		got[length] = 0;
		if (body)
			continue;
		body = strstr(got, "\r\n\r\n");
		if (body)
			body += 4;
	}
	announced = strstr(got, "Content-Length: ");
	errno = 0;
	if (strncmp(got, "HTTP/1.1 200 ", 13) || !announced ||
	    strtoul(announced + 16, NULL, 10) != wanted_length ||
	    length != (body - got) + wanted_length || memcmp(body, wanted, wanted_length))
		die("the answer", seed);
}

static void *be_client(void *argument)
{
	static __thread char text[HEAD_MAX + BODY_MAX];
	struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(80) };
	uint64_t number = (uintptr_t)argument;
	int connection = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connection < 0 || connect(connection, (struct sockaddr *)&server, sizeof(server)) ||
	    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		die("connecting", number);
	for (unsigned int i = 0; i < requests; i++) {
		uint64_t seed = scramble(number << 32 | i);

		send_request(connection, text, compose(text, seed), seed);
		check_answer(connection, seed);
	}
	close(connection);
	return NULL;
}

static int be_clients(unsigned int connections)
{
	pthread_t threads[CONNECTIONS_MAX];

	for (unsigned int i = 0; i < connections; i++)
		if (pthread_create(&threads[i], NULL, be_client, (void *)(uintptr_t)(i + 1)))
			return 1;
	for (unsigned int i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	printf("right %u\n", connections * requests);
	return 0;
}

static int write_files(const char *directory)
{
	for (unsigned int file = 0; file < FILES; file++) {
		char path[256];
		int fd;

		snprintf(path, sizeof(path), "%s/file-%u", directory, file);
		fill(content, file_length(file), file);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		if (fd < 0 || write(fd, content, file_length(file)) != (ssize_t)file_length(file))
			die(path, 0);
		close(fd);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "files"))
		return write_files(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "worker"))
		return serve(TUX_ACTION_STARTTHREAD, argv[2]);
	if (argc == 3 && !strcmp(argv[1], "process"))
		return serve(TUX_ACTION_REGISTER_MODULE, argv[2]);
	if (argc == 5 && !strcmp(argv[1], "client") && atoi(argv[3]) <= CONNECTIONS_MAX) {
		prefix = argv[2];
		requests = atoi(argv[4]);
		return be_clients(atoi(argv[3]));
	}
	return 2;
}
