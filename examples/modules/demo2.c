// SPDX-License-Identifier: MIT
/*
 * Demo in the style of TUX 2: pointers in the request, the body of a POST in post_data, and a state
 * machine with negative events.  A response goes out in two buffers, which stay allocated until the
 * request comes back, as TUX 2 needed it.
 *
 *   GET /demo2.tux?text      the text, backwards
 *   POST /demo2.tux          the body, backwards
 *   any other method         405
 */
#define TUX_API 2
#include <tuxmodule.h>

enum { NEW = 0, HEAD_SENT = 1, BODY_SENT = 2, REFUSE = -1, REFUSED = -2 };

static char refusal[] =
	"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST\r\n"
	"Content-Length: 0\r\nConnection: close\r\n\r\n";

static char *turn_around(const char *text)
{
	size_t length = strlen(text);
	char *turned = malloc(length + 1);

	if (!turned)
		return NULL;
	for (size_t i = 0; i < length; i++)
		turned[i] = text[length - 1 - i];
	turned[length] = '\0';
	return turned;
}

static int send_text(user_req_t *req, char *text, int event)
{
	req->object_addr = text;
	req->objectlen = strlen(text);
	req->event = event;
	return tux(TUX_ACTION_SEND_BUFFER, req);
}

static int send_head(user_req_t *req)
{
	static char head[256];
	char *body = turn_around(req->http_method == METHOD_POST ? req->post_data : req->query);

	if (!body)
		return TUX_CONTINUE_EVENTLOOP;
	req->priv = body;
	req->http_status = 200;
	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n%s\r\n",
		 strlen(body), req->keep_alive ? "" : "Connection: close\r\n");
	return send_text(req, head, HEAD_SENT);
}

static int send_body(user_req_t *req)
{
	char *body = req->priv;

	if (req->http_method == METHOD_HEAD || !*body) {
		free(body);
		return tux(TUX_ACTION_FINISH_REQ, req);
	}
	return send_text(req, body, BODY_SENT);
}

void TUXAPI_init(void)
{
}

int TUXAPI_handle_events(user_req_t *req)
{
	if (req->event == NEW && req->http_method == METHOD_PUT)
		req->event = REFUSE;
	switch (req->event) {
	case NEW:
		return send_head(req);
	case HEAD_SENT:
		return send_body(req);
	case BODY_SENT:
		free(req->priv);
		return tux(TUX_ACTION_FINISH_REQ, req);
	case REFUSE:
		req->http_status = 405;
		return send_text(req, refusal, REFUSED);
	case REFUSED:
	default:
		return tux(TUX_ACTION_FINISH_CLOSE_REQ, req);
	}
}
