// SPDX-License-Identifier: GPL-2.0-only
/*
 * Download many files, several at a time, and compare each with the file itself.
 *
 *	tree-reader PORT DIRECTORY CONNECTIONS < NAMES
 *
 * NAMES are paths relative to DIRECTORY, the document root, each ended by NUL.  Every connection
 * has one request under way and is used until it ends.  A file is read only after its bytes have
 * come, so that reading it does not bring it into the page cache for the server.  Prints "N files,
 * M bytes".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECTIONS_MAX 256
#define HEAD_MAX 4096
#define TIMEOUT_MS 120000

/*
 * One connection and the file that comes through it.
 */
struct download {
	int socket;
	int file;		/* -1: no request is under way */
	bool in_body;
	bool closes;
	char *name;
	off_t offset;		/* bytes of the body so far */
	off_t size;
	size_t head_length;
	char head[HEAD_MAX + 1];
};

static struct download downloads[CONNECTIONS_MAX];
static struct pollfd polled[CONNECTIONS_MAX];
static int port;
static int directory;
static unsigned long long files, bytes;
static char received[1 << 18], wanted[1 << 18];

static void die(const char *name, const char *what)
{
	fprintf(stderr, "tree-reader: %s: %s\n", name, what);
	exit(1);
}

static void connect_to_server(struct download *download)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	download->socket = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(download->socket, (struct sockaddr *)&address, sizeof(address)))
		die("connect", strerror(errno));
	polled[download - downloads] = (struct pollfd){ .fd = download->socket, .events = POLLIN };
}

static void ask(struct download *download)
{
	size_t room = 3 * strlen(download->name) + 64;
	char *request = malloc(room), *at = request;
	const unsigned char *byte;

	at += sprintf(at, "GET /");
	for (byte = (const unsigned char *)download->name; *byte; byte++)
		at += *byte == '/' ? sprintf(at, "/") : sprintf(at, "%%%02x", *byte);
	at += sprintf(at, " HTTP/1.1\r\nHost: tux\r\n\r\n");
	if (send(download->socket, request, at - request, MSG_NOSIGNAL) != at - request)
		die(download->name, "cannot send");
	free(request);
}

/* Begins with the next name; false if there is none. */
static bool next_file(struct download *download)
{
	struct stat stat;
	size_t size = 0;

	free(download->name);
	download->name = NULL;
	if (getdelim(&download->name, &size, 0, stdin) <= 0) {
		polled[download - downloads].fd = -1;
		return false;
	}
	download->file = openat(directory, download->name, O_RDONLY);
	if (download->file < 0 || fstat(download->file, &stat))
		die(download->name, strerror(errno));
	download->size = stat.st_size;
	download->offset = 0;
	download->head_length = 0;
	download->in_body = false;
	ask(download);
	return true;
}

static void read_head(struct download *download)
{
	char *field;

	if (strncmp(download->head, "HTTP/1.1 200 OK\r\n", 17)) {
		fprintf(stderr, "%.60s\n", download->head);
		die(download->name, "not 200");
	}
	field = strcasestr(download->head, "\r\nContent-Length: ");
	if (!field || strtoll(field + 18, NULL, 10) != download->size)
		die(download->name, "wrong Content-Length");
	download->closes = strcasestr(download->head, "\r\nConnection: close\r\n");
	download->in_body = true;
}

static void compare(struct download *download, const char *data, size_t length)
{
	if ((off_t)length > download->size - download->offset)
		die(download->name, "more than its bytes");
	if (length && pread(download->file, wanted, length, download->offset) != (ssize_t)length)
		die(download->name, "cannot be read");
	if (length && memcmp(wanted, data, length))
		die(download->name, "other bytes");
	download->offset += length;
}

/* Bytes of the head, up to its end; returns how many of them belong to the body. */
static size_t take_head(struct download *download, const char *data, size_t length)
{
	size_t before = download->head_length;
	size_t piece = length < HEAD_MAX - before ? length : HEAD_MAX - before;
	char *end;

	memcpy(download->head + before, data, piece);
	download->head_length += piece;
	download->head[download->head_length] = '\0';
	end = strstr(download->head, "\r\n\r\n");
	if (!end) {
		if (download->head_length == HEAD_MAX)
			die(download->name, "head without end");
		return 0;
	}
	end[2] = '\0';
	read_head(download);
	return length - (end + 4 - download->head - before);
}

static void finish(struct download *download)
{
	files++;
	bytes += download->size;
	close(download->file);
	download->file = -1;
	if (download->closes) {
		close(download->socket);
		connect_to_server(download);
	}
}

static void receive(struct download *download)
{
	ssize_t length = recv(download->socket, received, sizeof(received), 0);
	size_t of_body = length;

	if (length <= 0)
		die(download->name, length ? strerror(errno) : "unexpected end");
	if (!download->in_body)
		of_body = take_head(download, received, length);
	if (!download->in_body)
		return;
	compare(download, received + length - of_body, of_body);
	if (download->offset == download->size) {
		finish(download);
		next_file(download);
	}
}

int main(int argc, char **argv)
{
	int count, i, active = 0;

	if (argc != 4 || atoi(argv[3]) < 1 || atoi(argv[3]) > CONNECTIONS_MAX) {
		fprintf(stderr, "usage: tree-reader PORT DIRECTORY CONNECTIONS < NAMES\n");
		return 2;
	}
	port = atoi(argv[1]);
	directory = open(argv[2], O_RDONLY | O_DIRECTORY);
	if (directory < 0)
		die(argv[2], strerror(errno));
	count = atoi(argv[3]);
	for (i = 0; i < count; i++) {
		downloads[i].file = -1;
		connect_to_server(&downloads[i]);
		active += next_file(&downloads[i]);
	}
	while (active) {
		if (poll(polled, count, TIMEOUT_MS) <= 0)
			die("poll", "nothing comes any more");
		active = 0;
		for (i = 0; i < count; i++) {
			if (polled[i].fd >= 0 && polled[i].revents)
				receive(&downloads[i]);
			active += downloads[i].file >= 0;
		}
	}
	printf("%llu files, %llu bytes\n", files, bytes);
	return 0;
}
