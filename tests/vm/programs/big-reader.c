// SPDX-License-Identifier: GPL-2.0-only
/*
 * Download a huge sparse file and check every byte of it.
 *
 *	big-reader PORT TARGET SIZE
 *
 * The file must be SIZE bytes long and consist of zeroes, but for a mark "mark at OFFSET\n" at each
 * of the offsets 0, 2 GiB, 4 GiB and SIZE - 64, as far as they lie in it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MARK_MAX 64

static char buffer[1 << 20];
static unsigned long long size;

static void die(const char *what)
{
	fprintf(stderr, "big-reader: %s\n", what);
	exit(1);
}

/* What byte does the file have there?  Only asked where there may be a mark. */
static char expected(unsigned long long offset)
{
	const unsigned long long marks[] = { 0, 1ull << 31, 1ull << 32, size - MARK_MAX };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		char mark[MARK_MAX] = "";

		if (offset < marks[i] || offset - marks[i] >= MARK_MAX)
			continue;
		snprintf(mark, sizeof(mark), "mark at %llu\n", marks[i]);
		return mark[offset - marks[i]];
	}
	return 0;
}

static void check(const char *bytes, size_t length, unsigned long long offset)
{
	size_t i;

	if (length && !bytes[0] && !memcmp(bytes, bytes + 1, length - 1)) {
		/* Zeroes: right unless a mark lies in here. */
		for (i = 0; i < length; i += MARK_MAX / 2)
			if (expected(offset + i))
				break;
		if (i >= length && !expected(offset + length - 1))
			return;
	}
	for (i = 0; i < length; i++) {
		if (bytes[i] == expected(offset + i))
			continue;
		fprintf(stderr, "big-reader: wrong byte at %llu\n", offset + i);
		exit(1);
	}
}

static int ask(int port, const char *target)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int connection = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(connection, (struct sockaddr *)&address, sizeof(address)))
		die("cannot connect");
	if (dprintf(connection, "GET %s HTTP/1.1\r\nHost: tux\r\nConnection: close\r\n\r\n",
		    target) < 0)
		die("cannot send");
	return connection;
}

/*
 * Receives the head; returns how many bytes of the body came with it, moved to the beginning of the
 * buffer.
 */
static size_t receive_head(int connection)
{
	size_t length = 0;
	char *end, *field;

	do {
		ssize_t got = recv(connection, buffer + length, 4096, 0);

		if (got <= 0)
			die("no head");
		length += got;
		buffer[length] = '\0';
		end = memmem(buffer, length, "\r\n\r\n", 4);
	} while (!end && length < sizeof(buffer) / 2);
	if (!end || strncmp(buffer, "HTTP/1.1 200 OK\r\n", 17))
		die("not 200");
	field = strstr(buffer, "\r\nContent-Length: ");
	if (!field || field > end || strtoull(field + 18, NULL, 10) != size)
		die("wrong Content-Length");
	end += 4;
	length -= end - buffer;
	memmove(buffer, end, length);
	return length;
}

int main(int argc, char **argv)
{
	unsigned long long offset;
	ssize_t length;
	int connection;

	if (argc != 4) {
		fprintf(stderr, "usage: big-reader PORT TARGET SIZE\n");
		return 2;
	}
	size = strtoull(argv[3], NULL, 10);
	connection = ask(atoi(argv[1]), argv[2]);
	length = receive_head(connection);
	check(buffer, length, 0);
	offset = length;
	while ((length = recv(connection, buffer, sizeof(buffer), 0)) > 0) {
		check(buffer, length, offset);
		offset += length;
	}
	if (length < 0)
		die(strerror(errno));
	if (offset != size) {
		fprintf(stderr, "big-reader: %llu bytes of %llu\n", offset, size);
		return 1;
	}
	printf("%llu bytes\n", offset);
	return 0;
}
