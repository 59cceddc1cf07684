// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user module that cannot be loaded: it needs a function that is nowhere.
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
