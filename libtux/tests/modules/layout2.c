// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A module for the layout of TUX 2.
 */
#define TUX_API 2
#include <tuxmodule.h>

void TUXAPI_init(void)
{
}

int TUXAPI_handle_events(user_req_t *req)
{
	req->http_status = sizeof(*req);
	req->priv = req->objectname;
	return TUX_CONTINUE_EVENTLOOP;
}
