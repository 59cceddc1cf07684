// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user module that answers each request with the actions that its query names, for the sweeps of
 * fault injection: one call of it may fail at any point, and the client has to get the right answer
 * all the same, or a clear one.
 *
 *	tux-steps worker|batch NUMBER	a worker of that number, calling one by one, or BATCH
 *	tux-steps process NAME		a process of its own that registers NAME
 *
 * Its module has the index REQUESTS, but TUX/redirect REDIRECTIONS: that takes connections over.  A
 * call that fails for want of memory, or with EFAULT, is repeated once.  Any other failure is
 * printed and ends it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tux.h>

enum { REQUESTS = 1, REDIRECTIONS = 2 };
enum { LARGE = 64 << 10, ENTRIES = 2 };

struct script {
	const char *query;
	/* What is done, in this order; 0 ends it. */
	unsigned int actions[5];
};

static const struct script scripts[] = {
	{ "reply", { TUX_ACTION_REPLY } },
	{ "large", { TUX_ACTION_REPLY } },
	{ "request", { TUX_ACTION_GET_REQUEST, TUX_ACTION_REPLY } },
	{ "headers", { TUX_ACTION_READ_HEADERS, TUX_ACTION_REPLY } },
	{ "buffer", { TUX_ACTION_SEND_BUFFER, TUX_ACTION_FINISH_REQ } },
	{ "close", { TUX_ACTION_SEND_BUFFER, TUX_ACTION_FINISH_CLOSE_REQ } },
	{ "object", { TUX_ACTION_GET_OBJECT, TUX_ACTION_SEND_BUFFER, TUX_ACTION_SEND_OBJECT,
		      TUX_ACTION_FINISH_REQ } },
	{ "read", { TUX_ACTION_GET_OBJECT, TUX_ACTION_READ_OBJECT, TUX_ACTION_REPLY } },
	{ "body", { TUX_ACTION_READ_POST_DATA, TUX_ACTION_REPLY } },
	{ "postpone", { TUX_ACTION_POSTPONE_REQ, TUX_ACTION_REPLY } },
	{ "watch", { TUX_ACTION_WATCH_PROXY_SOCKET, TUX_ACTION_WAIT_PROXY_SOCKET,
		     TUX_ACTION_REPLY } },
	{ "redirect", { TUX_ACTION_REDIRECT_REQ } },
};

/* One request is answered at a time, so its content can be kept here. */
static char content[LARGE];
static size_t content_length;
static char answer[LARGE + 1024];
/* A socket that is readable. */
static int watched;

static void die(unsigned int action, int error)
{
	printf("%s: %s\n", tux_action_name(action), strerrorname_np(error));
	fflush(stdout);
	_exit(1);
}

static bool is_fault(int error)
{
	return error == ENOMEM || error == EFAULT || error == ENOBUFS;
}

static bool is_moving(unsigned int action)
{
	switch (action) {
	case TUX_ACTION_READ_HEADERS:
	case TUX_ACTION_READ_OBJECT:
	case TUX_ACTION_READ_POST_DATA:
	case TUX_ACTION_WATCH_PROXY_SOCKET:
	case TUX_ACTION_POSTPONE_REQ:
	case TUX_ACTION_DETACH_REQ:
	case TUX_ACTION_GET_REQUEST:
		return false;
	default:
		return true;
	}
}

static void compose(user_req_t *req, const char *status, size_t length, bool with_content)
{
	int head = snprintf(answer, 1024, "HTTP/1.1 %s\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
			    "Connection: close\r\nContent-Length: %zu\r\n\r\n", status, length);

	if (with_content)
		memcpy(answer + head, content, length);
	req->object_addr = (uintptr_t)answer;
	req->objectlen = head + (with_content ? length : 0);
	req->http_status = atoi(status);
}

static const struct script *script_of(const user_req_t *req)
{
	size_t i;

	for (i = 0; i < sizeof(scripts) / sizeof(*scripts); i++)
		if (!strcmp(req->query, scripts[i].query))
			return &scripts[i];
	die(0, EINVAL);
	return NULL;
}

/* What the content is before anything is read. */
static void begin(const struct script *script)
{
	content_length = sprintf(content, "steps\n");
	if (!strcmp(script->query, "large")) {
		content_length = sizeof(content);
		memset(content, 'l', content_length);
	}
	if (!strcmp(script->query, "body"))
		content_length = 0;
}

/* Sets what an action takes. */
static void prepare(user_req_t *req, unsigned int action)
{
	bool with_object = !strcmp(req->query, "object");
	const char *file = with_object ? "middle" : "index.html";

	switch (action) {
	case TUX_ACTION_GET_OBJECT:
		strcpy(req->objectname, file);
		break;
	case TUX_ACTION_READ_OBJECT:
	case TUX_ACTION_READ_HEADERS:
		req->object_addr = (uintptr_t)content;
		break;
	case TUX_ACTION_READ_POST_DATA:
		req->object_addr = (uintptr_t)content + content_length;
		req->objectlen = sizeof(content) - content_length;
		break;
	case TUX_ACTION_WATCH_PROXY_SOCKET:
		req->object_addr = (unsigned int)watched;
		break;
	case TUX_ACTION_SEND_BUFFER:
	case TUX_ACTION_REPLY:
		compose(req, "200 OK", with_object ? req->objectlen : content_length, !with_object);
		break;
	default:
		break;
	}
}

/*
 * The next action for a request; @result is what the last one came to that did not move.  The event
 * is the number of the next step, from 1.
 */
static unsigned int step(user_req_t *req, int result)
{
	const struct script *script;
	unsigned int action;

	if (req->module_index == REDIRECTIONS)
		return TUX_ACTION_DETACH_REQ;
	script = script_of(req);
	if (!req->event) {
		begin(script);
		req->event = 1;
	}
	if (req->error) {
		req->error = 0;
		compose(req, "500 Internal Server Error", 0, true);
		return TUX_ACTION_REPLY;
	}
	action = req->event > 1 ? script->actions[req->event - 2] : 0;
	if (action == TUX_ACTION_READ_POST_DATA && result == -EAGAIN) {
		req->event--;
		return TUX_ACTION_WAIT_POST_DATA;
	}
	if (action == TUX_ACTION_READ_POST_DATA && req->objectlen) {
		content_length += req->objectlen;
		req->event--;
	}
	if (action == TUX_ACTION_READ_OBJECT || action == TUX_ACTION_READ_HEADERS)
		content_length = req->objectlen;
	action = script->actions[req->event++ - 1];
	prepare(req, action);
	return action;
}

/* The connection is this process's now. */
static void take_over(user_req_t *req)
{
	char head[1024];
	ssize_t length = read(req->sock, head, sizeof(head));

	if (length < 0 && is_fault(errno))
		length = read(req->sock, head, sizeof(head));
	if (length <= 0)
		die(TUX_ACTION_DETACH_REQ, errno);
	content_length = sprintf(content, "steps\n");
	compose(req, "200 OK", content_length, true);
	length = write(req->sock, answer, req->objectlen);
	/* TCP says EAGAIN when it gets no memory. */
	if (length < 0 && (is_fault(errno) || errno == EAGAIN))
		length = write(req->sock, answer, req->objectlen);
	if (length != (ssize_t)req->objectlen)
		die(TUX_ACTION_DETACH_REQ, errno);
	close(req->sock);
}

static void get_request(void)
{
	struct tux_get_request request = {
		.size = sizeof(request),
		.buffer = (uintptr_t)content,
		.buffer_size = sizeof(content),
	};
	int result = tux_get_request(-1, &request);

	if (result < 0 && is_fault(errno))
		result = tux_get_request(-1, &request);
	if (result < 0)
		die(TUX_ACTION_GET_REQUEST, errno);
	content_length = request.head.length;
}

/* --- one by one */

/* Returns what the action does, or a negative errno. */
static int call(unsigned int action, user_req_t *req)
{
	int result = tux(action, req);

	if (result < 0 && is_fault(errno)) {
		result = tux(action, req);
		/* All was done but that the next request could not be written. */
		if (result < 0 && errno == EINVAL && is_moving(action))
			result = tux(TUX_ACTION_EVENTLOOP, req);
	}
	return result < 0 ? -errno : result;
}

/* Let a request that is parked come back at once. */
static void go_on(const user_req_t *req)
{
	if (tux(TUX_ACTION_CONTINUE_REQ, (user_req_t *)(uintptr_t)req->sock) < 0 &&
	    (!is_fault(errno) ||
	     tux(TUX_ACTION_CONTINUE_REQ, (user_req_t *)(uintptr_t)req->sock) < 0))
		die(TUX_ACTION_CONTINUE_REQ, errno);
}

/* One action of a request; returns what a moving one does. */
static int handle(user_req_t *req)
{
	int result = 0;

	for (;;) {
		unsigned int action = step(req, result);

		if (action == TUX_ACTION_GET_REQUEST) {
			get_request();
			continue;
		}
		result = call(action, req);
		if (result < 0 && (action != TUX_ACTION_READ_POST_DATA || result != -EAGAIN))
			die(action, -result);
		if (is_moving(action))
			return result;
		if (action == TUX_ACTION_DETACH_REQ)
			take_over(req);
		else if (action == TUX_ACTION_POSTPONE_REQ)
			go_on(req);
		else
			continue;
		result = call(TUX_ACTION_EVENTLOOP, req);
		if (result < 0)
			die(TUX_ACTION_EVENTLOOP, -result);
		return result;
	}
}

static int one_by_one(void)
{
	user_req_t req = { 0 };
	int result = call(TUX_ACTION_EVENTLOOP, &req);

	while (result != TUX_RETURN_EXIT) {
		if (result < 0)
			die(TUX_ACTION_EVENTLOOP, -result);
		result = result == TUX_RETURN_USERSPACE_REQUEST ?
			handle(&req) : call(TUX_ACTION_EVENTLOOP, &req);
	}
	return 0;
}

/* --- BATCH */

static struct tux_batch_entry entries[ENTRIES];
static uint32_t indices[ENTRIES];

static void submit(struct tux_batch *batch, uint32_t slot, int result)
{
	struct tux_batch_entry *entry = &entries[slot];

	entry->action = step(&entry->req, result);
	indices[batch->submitted++] = slot;
}

/* What has been submitted and is not finished is submitted again, for its next step. */
static void after_actions(struct tux_batch *next, const uint32_t *submitted, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct tux_batch_entry *entry = &entries[submitted[i]];
		int result = entry->result;

		if (is_fault(-result)) {
			indices[next->submitted++] = submitted[i];
			continue;
		}
		/* A second try, and the first had done it; or the client has gone. */
		if (result == -EINVAL || result == -ENOTCONN)
			continue;
		if (result < 0 && result != -EAGAIN)
			die(entry->action, -result);
		if (!is_moving(entry->action))
			submit(next, submitted[i], result);
	}
}

static int in_batches(void)
{
	struct tux_batch batch = {
		.size = sizeof(batch),
		.entries = (uintptr_t)entries,
		.indices = (uintptr_t)indices,
		.capacity = ENTRIES,
	};
	int result;

	do {
		uint32_t submitted[ENTRIES], delivered[ENTRIES];
		uint32_t count = batch.submitted, i;

		memcpy(submitted, indices, sizeof(submitted));
		result = tux_batch(-1, &batch);
		if (result < 0 && is_fault(errno)) {
			memcpy(indices, submitted, sizeof(submitted));
			batch.submitted = count;
			result = tux_batch(-1, &batch);
		}
		if (result < 0)
			die(TUX_ACTION_BATCH, errno);
		memcpy(delivered, indices, sizeof(delivered));
		batch.submitted = 0;
		after_actions(&batch, submitted, count);
		for (i = 0; i < batch.delivered; i++)
			submit(&batch, delivered[i], 0);
	} while (result != TUX_RETURN_EXIT);
	return 0;
}

int main(int argc, char **argv)
{
	user_req_t req = {
		.version_major = TUX_MAJOR_VERSION,
		.version_minor = TUX_MINOR_VERSION,
		.module_index = REQUESTS,
	};
	unsigned int action = TUX_ACTION_STARTTHREAD;
	int ends[2];

	if (argc != 3 || strlen(argv[2]) >= sizeof(req.objectname))
		return 2;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || write(ends[1], "x", 1) != 1)
		return 1;
	watched = ends[0];
	if (!strcmp(argv[1], "process")) {
		strcpy(req.objectname, argv[2]);
		if (!strcmp(argv[2], TUX_REDIRECT_MODULE))
			req.module_index = REDIRECTIONS;
		action = TUX_ACTION_REGISTER_MODULE;
	} else {
		req.thread_nr = atoi(argv[2]);
	}
	if (tux(action, &req) < 0)
		die(action, errno);
	puts("ready");
	fflush(stdout);
	return !strcmp(argv[1], "batch") ? in_batches() : one_by_one();
}
