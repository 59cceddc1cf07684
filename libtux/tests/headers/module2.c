// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A module as they were for TUX 2: pointers in the request, and the body of a POST.
 */
#include <sys/tuxmodule.h>

static char answer[1024];

void TUXAPI_init(void)
{
}

int TUXAPI_handle_events(user_req_t *req)
{
	struct user_req_s *same = req;
	char *body = req->post_data;
	char *object;

	switch (same->event) {
	case 0:
		req->event = -1;
		req->priv = body;
		strcpy(req->objectname, "page.html");
		return tux(TUX_ACTION_GET_OBJECT, req);
	case -1:
		object = TUXAPI_alloc_read_objectbuf(req, -1);
		snprintf(answer, sizeof(answer), "HTTP/1.0 200 OK\r\n\r\n%s %s %s",
			 object ? object : "", (char *)req->priv, body);
		TUXAPI_free_objectbuf(req, object);
		req->object_addr = answer;
		req->objectlen = strlen(answer);
		req->event = -2;
		return tux(TUX_ACTION_SEND_BUFFER, req);
	default:
		return tux(TUX_ACTION_FINISH_CLOSE_REQ, req);
	}
}
