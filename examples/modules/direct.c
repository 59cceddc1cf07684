// SPDX-License-Identifier: MIT
/*
 * Writing to the connection itself, as PHP's module for TUX does: head and body leave with one
 * writev() on req->sock.  The descriptor does not block, so the kernel is asked to send what it did
 * not take.
 *
 *   /direct.tux?SIZE    so many bytes (at most 1 MiB)
 */
#include <sys/uio.h>
#include <tuxmodule.h>

TUXAPI_declare;

#define MOST (1 << 20)

enum { NEW, REST_SENT };

static char body[MOST];

static int finish(user_req_t *req)
{
	return tux(req->keep_alive ? TUX_ACTION_FINISH_REQ : TUX_ACTION_FINISH_CLOSE_REQ, req);
}

/* Sends what is behind the first bytes of both parts. */
static int send_rest(user_req_t *req, const struct iovec *parts, size_t done)
{
	size_t length = parts[0].iov_len + parts[1].iov_len - done;
	char *rest = malloc(length);
	size_t head_left = done < parts[0].iov_len ? parts[0].iov_len - done : 0;
	size_t body_done = done > parts[0].iov_len ? done - parts[0].iov_len : 0;
	int result;

	if (!rest)
		return TUX_CONTINUE_EVENTLOOP;
	memcpy(rest, (char *)parts[0].iov_base + parts[0].iov_len - head_left, head_left);
	memcpy(rest + head_left, (char *)parts[1].iov_base + body_done,
	       parts[1].iov_len - body_done);
	req->object_addr = (uintptr_t)rest;
	req->objectlen = length;
	req->event = REST_SENT;
	result = tux(TUX_ACTION_SEND_BUFFER, req);
	free(rest);
	return result;
}

static int answer(user_req_t *req)
{
	unsigned long size = strtoul(req->query, NULL, 10);
	char head[256];
	struct iovec parts[2] = { { .iov_base = head }, { .iov_base = body } };
	ssize_t done;

	if (size > MOST)
		size = MOST;
	parts[0].iov_len = snprintf(head, sizeof(head),
				    "%s 200 OK\r\nContent-Type: text/plain\r\n"
				    "Content-Length: %lu\r\nConnection: %s\r\n\r\n",
				    CGI_SERVER_PROTOCOL, size,
				    req->keep_alive ? "keep-alive" : "close");
	parts[1].iov_len = req->http_method == METHOD_HEAD ? 0 : size;
	done = writev((int)req->sock, parts, 2);
	if (done < 0 && errno != EAGAIN && errno != EINTR)
		return tux(TUX_ACTION_FINISH_CLOSE_REQ, req);
	if (done < 0)
		done = 0;
	req->http_status = 200;
	req->bytes_sent = done;
	if ((size_t)done < parts[0].iov_len + parts[1].iov_len)
		return send_rest(req, parts, done);
	return finish(req);
}

void TUXAPI_init(void)
{
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = i % 64 == 63 ? '\n' : 'a' + i % 26;
}

int TUXAPI_handle_events(user_req_t *req)
{
	return req->event == NEW ? answer(req) : finish(req);
}
