// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A module as they were for TUX 3: numbers of fixed size in the request.
 */
#include <tuxmodule.h>

TUXAPI_declare;

static const char answer[] = "HTTP/1.0 200 OK\r\n\r\nhello";

void TUXAPI_init(void)
{
}

int TUXAPI_handle_events(user_req_t *req)
{
	struct user_req_s *same = req;

	switch ((int)same->event) {
	case 0:
		req->event = (u_int32_t)-1;
		req->priv = (u_int64_t)(unsigned long)answer;
		req->object_addr = (u_int64_t)(unsigned long)answer;
		req->objectlen = strlen(answer);
		return tux(TUX_ACTION_SEND_BUFFER, req);
	default:
		return tux(TUX_ACTION_FINISH_CLOSE_REQ, req);
	}
}
