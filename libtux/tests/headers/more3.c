// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A second file of a module.
 */
#include <tuxmodule.h>

int more_of_the_module(user_req_t *req);

int more_of_the_module(user_req_t *req)
{
	return tux(TUX_ACTION_FINISH_REQ, req);
}
