// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user module for the bench: a server of one worker that answers by itself, in user space, what
 * tests/bench/measure.py asks for.
 *
 *	module worker|process one|batch|ring DEPTH ADDRESS:PORT ROOT PATH SIZE
 *
 * The module runs in the worker, or in a process of its own beside it.  It answers each request
 * with one call, or up to DEPTH of them with one call, by BATCH or with a ring.  tux.ko is loaded.
 * Ends with SIGTERM.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <tux.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n"
#define HEAD_MAX 256

static size_t size;
static uint32_t depth;

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

/* Return: the handle. */
static int start_server(const char *address, const char *root)
{
	int master = tux_open();

	write_setting("listen", address);
	write_setting("documentroot", root);
	write_setting("threads", "1");
	check(tux_action(master, TUX_ACTION_STARTUP, NULL), TUX_ACTION_STARTUP);
	return master;
}

static int start_worker(void)
{
	user_req_t req = { .thread_nr = 0 };
	int worker = tux_open();

	check(tux_action(worker, TUX_ACTION_STARTTHREAD, &req), TUX_ACTION_STARTTHREAD);
	return worker;
}

static void register_module(int handle, const char *path)
{
	user_req_t req = { .version_major = TUX_MAJOR_VERSION, .module_index = 1 };

	snprintf(req.objectname, sizeof(req.objectname), "%s", path);
	check(tux_action(handle, TUX_ACTION_REGISTER_MODULE, &req), TUX_ACTION_REGISTER_MODULE);
}

/* --- answers */

static char *make_buffers(uint32_t count)
{
	char *buffers = calloc(count, HEAD_MAX + size);

	if (buffers)
		return buffers;
	fprintf(stderr, "module: out of memory\n");
	exit(1);
}

static void compose(user_req_t *req, char *answer)
{
	size_t length = snprintf(answer, HEAD_MAX, HEAD, size);

	memset(answer + length, 'x', size);
	req->http_status = 200;
	req->object_addr = (uintptr_t)answer;
	req->objectlen = length + size;
}

static void serve_one_by_one(int handle)
{
	char *answer = make_buffers(1);
	user_req_t req = { 0 };
	int result = tux_action(handle, TUX_ACTION_EVENTLOOP, &req);

	while (result == TUX_RETURN_USERSPACE_REQUEST || result == TUX_RETURN_SIGNAL) {
		unsigned int action = TUX_ACTION_EVENTLOOP;

		if (result == TUX_RETURN_USERSPACE_REQUEST) {
			compose(&req, answer);
			action = TUX_ACTION_REPLY;
		}
		result = tux_action(handle, action, &req);
	}
	free(answer);
	check(result, TUX_ACTION_EVENTLOOP);
}

static void serve_in_batches(int handle)
{
	static struct tux_batch_entry entries[TUX_BATCH_MAX];
	static uint32_t indices[TUX_BATCH_MAX];
	struct tux_batch batch = {
		.size = sizeof(batch),
		.entries = (uintptr_t)entries,
		.indices = (uintptr_t)indices,
		.capacity = depth,
	};
	char *answers = make_buffers(depth);
	int result;

	do {
		result = tux_batch(handle, &batch);
		for (uint32_t i = 0; i < batch.delivered; i++) {
			struct tux_batch_entry *entry = &entries[indices[i]];

			entry->action = TUX_ACTION_REPLY;
			compose(&entry->req, answers + indices[i] * (HEAD_MAX + size));
		}
		batch.submitted = batch.delivered;
	} while (result == TUX_RETURN_USERSPACE_REQUEST || result == TUX_RETURN_SIGNAL);
	free(answers);
	check(result, TUX_ACTION_BATCH);
}

static void serve_with_ring(int handle)
{
	char *answers = make_buffers(depth);
	struct tux_ring ring;
	int result;

	check(tux_ring_open(&ring, handle, depth), TUX_ACTION_RING);
	do {
		int index;

		result = tux_ring_enter(&ring);
		while ((index = tux_ring_next(&ring)) >= 0) {
			struct tux_batch_entry *entry = &ring.entries[index];

			entry->action = TUX_ACTION_REPLY;
			compose(&entry->req, answers + index * (HEAD_MAX + size));
			tux_ring_submit(&ring, index);
		}
	} while (result == TUX_RETURN_USERSPACE_REQUEST || result == TUX_RETURN_SIGNAL);
	free(answers);
	check(result, TUX_ACTION_RING_ENTER);
}

static const struct {
	const char *name;
	void (*serve)(int handle);
} ways[] = {
	{ "one", serve_one_by_one },
	{ "batch", serve_in_batches },
	{ "ring", serve_with_ring },
};

static void (*serve)(int handle);

static void find_way(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(name, ways[i].name))
			serve = ways[i].serve;
}

/* --- where it runs */

static void serve_in_worker(int master, const char *path)
{
	register_module(master, path);
	serve(start_worker());
}

/* The worker starts when the module is there, so that nobody gets the file. */
static void serve_in_process(const char *path)
{
	user_req_t req = { 0 };
	char ready;
	int ends[2];
	int handle;

	if (pipe(ends)) {
		perror("module: pipe");
		exit(1);
	}
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		handle = tux_open();
		register_module(handle, path);
		if (write(ends[1], "+", 1) == 1)
			serve(handle);
		exit(0);
	}
	close(ends[1]);
	if (read(ends[0], &ready, 1) != 1)
		exit(1);
	handle = start_worker();
	while (tux_action(handle, TUX_ACTION_EVENTLOOP, &req) == TUX_RETURN_SIGNAL)
		;
}

int main(int argc, char **argv)
{
	int master;

	if (argc == 8)
		find_way(argv[2]);
	if (!serve || (strcmp(argv[1], "worker") != 0 && strcmp(argv[1], "process") != 0)) {
		fprintf(stderr, "usage: module worker|process one|batch|ring DEPTH ADDRESS:PORT "
			"ROOT PATH SIZE\n");
		return 2;
	}
	depth = strtoul(argv[3], NULL, 10);
	size = strtoul(argv[7], NULL, 10);
	if (!depth || depth > TUX_BATCH_MAX) {
		fprintf(stderr, "module: DEPTH is 1 to %d\n", TUX_BATCH_MAX);
		return 2;
	}
	master = start_server(argv[4], argv[5]);
	if (strcmp(argv[1], "worker") == 0)
		serve_in_worker(master, argv[6]);
	else
		serve_in_process(argv[6]);
	return 0;
}
