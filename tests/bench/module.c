// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user module for the bench: a server of one worker in one process that answers by itself, in
 * user space, what tests/bench/measure.py asks for, each request with one call.
 *
 *	module ADDRESS:PORT DOCUMENT-ROOT PATH SIZE
 *
 * The module tux.ko is loaded.  Ends with SIGTERM.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tux.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n"
#define HEAD_MAX 256

static void check(int result, unsigned int action)
{
	if (result >= 0)
		return;
	fprintf(stderr, "module: %s failed: %m\n", tux_action_name(action));
	exit(1);
}

static void write_setting(const char *name, const char *value)
{
	if (!tux_write_setting(name, value))
		return;
	fprintf(stderr, "module: cannot set net.tux.%s: %m\n", name);
	exit(1);
}

/* The server, and its only worker on a handle of its own. */
static int start(const char *address, const char *root, const char *path)
{
	user_req_t req = { .version_major = TUX_MAJOR_VERSION, .module_index = 1 };
	int master = tux_open();
	int worker = tux_open();

	write_setting("listen", address);
	write_setting("documentroot", root);
	write_setting("threads", "1");
	check(tux_action(master, TUX_ACTION_STARTUP, NULL), TUX_ACTION_STARTUP);
	snprintf(req.objectname, sizeof(req.objectname), "%s", path);
	check(tux_action(master, TUX_ACTION_REGISTER_MODULE, &req), TUX_ACTION_REGISTER_MODULE);
	check(tux_action(worker, TUX_ACTION_STARTTHREAD, &req), TUX_ACTION_STARTTHREAD);
	return worker;
}

int main(int argc, char **argv)
{
	user_req_t req = { 0 };
	size_t size, length;
	char *answer;
	int worker;
	int result;

	if (argc != 5) {
		fprintf(stderr, "usage: module ADDRESS:PORT DOCUMENT-ROOT PATH SIZE\n");
		return 2;
	}
	size = strtoul(argv[4], NULL, 10);
	answer = malloc(HEAD_MAX + size);
	if (!answer)
		return 1;
	worker = start(argv[1], argv[2], argv[3]);
	result = tux_action(worker, TUX_ACTION_EVENTLOOP, &req);
	while (result == TUX_RETURN_USERSPACE_REQUEST || result == TUX_RETURN_SIGNAL) {
		if (result == TUX_RETURN_SIGNAL) {
			result = tux_action(worker, TUX_ACTION_EVENTLOOP, &req);
			continue;
		}
		length = snprintf(answer, HEAD_MAX, HEAD, size);
		memset(answer + length, 'x', size);
		req.http_status = 200;
		req.object_addr = (uintptr_t)answer;
		req.objectlen = length + size;
		result = tux_action(worker, TUX_ACTION_REPLY, &req);
	}
	free(answer);
	check(result, TUX_ACTION_EVENTLOOP);
	return 0;
}
