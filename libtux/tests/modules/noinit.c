// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A module without TUXAPI_init().
 */
#include <tuxmodule.h>

int TUXAPI_handle_events(user_req_t *req)
{
	return tux(TUX_ACTION_FINISH_REQ, req);
}
