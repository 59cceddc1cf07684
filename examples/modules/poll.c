// SPDX-License-Identifier: MIT
/*
 * Long polling: who asks is answered when somebody has something to say.
 *
 *   poll PREFIX                                 a program; needs a grant of the prefix
 *   curl http://HOST/poll                       waits
 *   curl -d hello http://HOST/poll              "hello" for all who wait
 *
 * In a process of its own, so that everybody meets here whichever worker they came to.
 */
#include <err.h>
#include <tuxmodule.h>

enum { NEW, DUE };

#define WAITING_MAX 1000

static int waiting[WAITING_MAX];
static unsigned int waiting_count;
static char message[4096];
static size_t message_length;

void TUXAPI_init(void)
{
}

static int wait_for_message(user_req_t *req)
{
	if (waiting_count == WAITING_MAX)
		return tux_send_text(req, 503, "text/plain", "Too many are waiting.\n");
	req->event = DUE;
	if (tux(TUX_ACTION_POSTPONE_REQ, req))
		return -1;
	/* The number stays this client's until the request is given back for good. */
	waiting[waiting_count++] = req->sock;
	return TUX_CONTINUE_EVENTLOOP;
}

static int tell(user_req_t *req)
{
	char text[32];

	if (req->objectlen > sizeof(message))
		return tux_send_text(req, 413, "text/plain", "That is too long.\n");
	req->object_addr = (uintptr_t)message;
	if (req->objectlen && tux(TUX_ACTION_READ_POST_DATA, req))
		return tux_send_text(req, 400, "text/plain", "The message cannot be read.\n");
	message_length = req->objectlen;
	snprintf(text, sizeof(text), "%u have been told.\n", waiting_count);
	while (waiting_count)
		tux(TUX_ACTION_CONTINUE_REQ, (user_req_t *)(intptr_t)waiting[--waiting_count]);
	return tux_send_text(req, 200, "text/plain", text);
}

static int answer(user_req_t *req)
{
	/* The client has gone. */
	if (req->error)
		return tux(TUX_ACTION_FINISH_CLOSE_REQ, req);
	return tux_send_reply(req, &(struct tux_reply){ .status = 200, .type = "text/plain",
						    .fields = "Cache-Control: no-store\r\n",
						    .body = message, .length = message_length });
}

int TUXAPI_handle_events(user_req_t *req)
{
	if (req->event == DUE)
		return answer(req);
	return req->http_method == METHOD_POST ? tell(req) : wait_for_message(req);
}

int main(int argc, char **argv)
{
	const char *prefix = argc > 1 ? argv[1] : "/poll";
	const struct tux_route routes[] = { { prefix, TUXAPI_handle_events }, { NULL, NULL } };

	if (tux_serve(routes))
		errx(1, "%s: %s", prefix, tux_error_text(TUX_ACTION_REGISTER_MODULE, errno));
	return 0;
}
