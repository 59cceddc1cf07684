// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * drive MODULE METHOD QUERY [COOKIES [BODY]]: give one request to a module, without a kernel.
 *
 * Its tux() is the one here, which does what the kernel would do as far as one request needs it:
 * files come from the current directory, and the response goes to standard output, which is also
 * req->sock.  The last line on standard error says how the request ended.
 */
#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module_layout.h"

static const char *body = "";
static size_t body_given;
static int object = -1;
static off_t object_length;
static int is_over;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t continued = PTHREAD_COND_INITIALIZER;
static int is_parked;
static user_req_t parked;

static void send_all(const char *bytes, size_t length)
{
	struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (length) {
		ssize_t done = write(STDOUT_FILENO, bytes, length);

		if (done < 0 && errno != EAGAIN)
			err(1, "standard output");
		if (done < 0)
			poll(&room, 1, -1);
		bytes += done < 0 ? 0 : done;
		length -= done < 0 ? 0 : done;
	}
}

static int look_up(user_req_t *req)
{
	struct stat status;

	if (object >= 0)
		close(object);
	object = open(req->objectname, O_RDONLY | O_CLOEXEC);
	req->error = object < 0 || fstat(object, &status) ? (uint32_t)-ENOENT : 0;
	object_length = req->error ? 0 : status.st_size;
	req->objectlen = (uint32_t)object_length;
	return 0;
}

static int read_object(user_req_t *req, int send)
{
	char *bytes = malloc(object_length + 1);

	if (object < 0 || !bytes || pread(object, bytes, object_length, 0) != object_length)
		errx(1, "there is no object");
	if (send)
		send_all(bytes, object_length);
	else
		memcpy((void *)(uintptr_t)req->object_addr, bytes, req->objectlen);
	free(bytes);
	return 0;
}

static int read_body(user_req_t *req)
{
	size_t rest = strlen(body) - body_given;

	if (req->objectlen > rest)
		req->objectlen = rest;
	memcpy((void *)(uintptr_t)req->object_addr, body + body_given, req->objectlen);
	body_given += req->objectlen;
	return 0;
}

static int send_buffer(user_req_t *req)
{
	if (!req->objectlen)
		errx(1, "an empty buffer");
	send_all((void *)(uintptr_t)req->object_addr, req->objectlen);
	req->bytes_sent += req->objectlen;
	return 0;
}

static int finish(const user_req_t *req, const char *how)
{
	fprintf(stderr, "%s %u\n", how, req->http_status);
	is_over = 1;
	return TUX_RETURN_EXIT;
}

static int set_parked(int value, const user_req_t *req)
{
	pthread_mutex_lock(&lock);
	if (value)
		parked = *req;
	is_parked = value;
	pthread_cond_signal(&continued);
	pthread_mutex_unlock(&lock);
	return 0;
}

/* With nothing parked, the request that is current is dropped. */
static int wait_for_event(user_req_t *req, int was_parked)
{
	if (!was_parked)
		return finish(req, "dropped");
	pthread_mutex_lock(&lock);
	while (is_parked)
		pthread_cond_wait(&continued, &lock);
	pthread_mutex_unlock(&lock);
	*req = parked;
	return 0;
}

int tux(unsigned int action, user_req_t *req)
{
	static int was_parked;

	switch (action) {
	case TUX_ACTION_EVENTLOOP:
		return wait_for_event(req, was_parked);
	case TUX_ACTION_GET_OBJECT:
		return look_up(req);
	case TUX_ACTION_SEND_OBJECT:
		return read_object(req, 1);
	case TUX_ACTION_READ_OBJECT:
		return read_object(req, 0);
	case TUX_ACTION_READ_POST_DATA:
		return read_body(req);
	case TUX_ACTION_SEND_BUFFER:
		return send_buffer(req);
	case TUX_ACTION_REPLY:
		send_buffer(req);
		return finish(req, "finished");
	case TUX_ACTION_FINISH_REQ:
		return finish(req, "finished");
	case TUX_ACTION_FINISH_CLOSE_REQ:
		return finish(req, "closed");
	case TUX_ACTION_POSTPONE_REQ:
		was_parked = 1;
		return set_parked(1, req);
	case TUX_ACTION_CONTINUE_REQ:
		return set_parked(0, NULL);
	default:
		errx(1, "action %u", action);
	}
}

static uint32_t method_number(const char *name)
{
	static const char *const names[] = { "NONE", "GET", "HEAD", "POST", "PUT" };

	for (uint32_t i = 0; i < TUX_NR_METHODS; i++)
		if (!strcmp(name, names[i]))
			return i;
	errx(2, "there is no method %s", name);
}

static int handle(void *module, user_req_t *req)
{
	const int *layout = dlsym(module, "TUXAPI_layout");
	void *handler = dlsym(module, "TUXAPI_handle_events");

	if (!layout || !handler)
		errx(1, "this is no module");
	if (*layout == 2)
		return tux_v2_handle((int (*)(void *))handler, req);
	return ((int (*)(user_req_t *))handler)(req);
}

int main(int argc, char **argv)
{
	user_req_t req = { .id = 1, .http_version = 1, .keep_alive = 1, .sock = STDOUT_FILENO,
			   .module_index = 1 };
	void *module;
	int result = 0;

	if (argc < 4)
		errx(2, "usage: drive MODULE METHOD QUERY [COOKIES [BODY]]");
	module = dlopen(argv[1], RTLD_NOW);
	if (!module)
		errx(1, "%s", dlerror());
	((void (*)(void))dlsym(module, "TUXAPI_init"))();
	req.http_method = method_number(argv[2]);
	snprintf(req.query, sizeof(req.query), "%s", argv[3]);
	snprintf(req.cookies, sizeof(req.cookies), "%s", argc > 4 ? argv[4] : "");
	body = argc > 5 ? argv[5] : "";
	req.objectlen = strlen(body);
	fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
	while (!is_over)
		result = result ? tux(TUX_ACTION_EVENTLOOP, &req) : handle(module, &req);
	return 0;
}
