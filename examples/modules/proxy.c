// SPDX-License-Identifier: MIT
/*
 * A reverse proxy for GET: another server answers, and its answer is passed on as it comes.  While
 * it takes its time, the worker serves others (WATCH_PROXY_SOCKET, WAIT_PROXY_SOCKET).
 *
 * For a prefix: "tuxctl module add /app .../proxy.tux" asks http://127.0.0.1:PORT/app/...; the
 * environment variable PROXY_PORT says which port, 8081 if it is not set.  The other server is on
 * this machine, so connecting takes no time.
 */
#include <netinet/in.h>
#include <sys/socket.h>
#include <tuxmodule.h>

enum { NEW, WAITING, SENT };

static in_port_t port;

void TUXAPI_init(void)
{
	const char *text = getenv("PROXY_PORT");

	port = htons(text ? atoi(text) : 8081);
}

static int connect_to_backend(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = port,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct timeval limit = { .tv_sec = 1 };
	int backend = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (backend < 0)
		return -1;
	setsockopt(backend, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (!connect(backend, (struct sockaddr *)&address, sizeof(address)))
		return backend;
	close(backend);
	return -1;
}

/* HTTP/1.0, so that the answer ends with the connection. */
static int send_request(int backend)
{
	struct tux_get_request *request = tux_read_request();
	struct tux_string target;
	struct tux_string host;
	int result;

	if (!request)
		return -1;
	target = tux_get_part(request, request->target);
	host = tux_get_part(request, request->host);
	result = dprintf(backend, "GET %.*s HTTP/1.0\r\nHost: %.*s\r\nConnection: close\r\n\r\n",
			 (int)target.length, target.text, (int)host.length,
			 host.text ? host.text : "");
	free(request);
	return result < 0 ? -1 : 0;
}

static int wait_for_backend(user_req_t *req)
{
	req->event = WAITING;
	return tux(TUX_ACTION_WAIT_PROXY_SOCKET, req);
}

static int begin(user_req_t *req)
{
	int backend;

	if (req->http_method != METHOD_GET)
		return tux_send_reply(req, &(struct tux_reply){ .status = 405,
							    .fields = "Allow: GET\r\n" });
	backend = connect_to_backend();
	if (backend < 0)
		return tux_send_text(req, 502, "text/plain", "The other server is not there.\n");
	req->priv = backend;
	req->object_addr = backend;
	if (send_request(backend) || tux(TUX_ACTION_WATCH_PROXY_SOCKET, req)) {
		close(backend);
		return tux_send_text(req, 502, "text/plain", "The other server cannot be asked.\n");
	}
	return wait_for_backend(req);
}

/* What has been passed on says nothing about its length but its end. */
static int end(user_req_t *req, unsigned int status, const char *text)
{
	close(req->priv);
	if (!req->bytes_sent)
		return tux_send_text(req, status, "text/plain", text);
	if (req->error)
		/* The client must not take a part for the whole: this resets it. */
		return TUX_CONTINUE_EVENTLOOP;
	return tux(TUX_ACTION_FINISH_CLOSE_REQ, req);
}

static int pass_on(user_req_t *req)
{
	static char piece[65536];
	ssize_t length;

	if (req->error)
		return end(req, 504, "The other server does not answer.\n");
	length = recv(req->priv, piece, sizeof(piece), MSG_DONTWAIT);
	if (length < 0 && errno == EAGAIN)
		return wait_for_backend(req);
	if (length <= 0)
		return end(req, 502, "The other server said nothing.\n");
	req->http_status = 200;
	req->object_addr = (uintptr_t)piece;
	req->objectlen = length;
	req->event = SENT;
	return tux(TUX_ACTION_SEND_BUFFER, req);
}

int TUXAPI_handle_events(user_req_t *req)
{
	switch (req->event) {
	case NEW:
		return begin(req);
	case SENT:
		return wait_for_backend(req);
	default:
		return pass_on(req);
	}
}
