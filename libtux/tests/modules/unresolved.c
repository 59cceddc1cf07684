// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A module that needs what is not there.
 */
#include <tuxmodule.h>

void nobody_has_this(void);

void TUXAPI_init(void)
{
	nobody_has_this();
}

int TUXAPI_handle_events(user_req_t *req)
{
	return tux(TUX_ACTION_FINISH_REQ, req);
}
