// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A module without TUXAPI_handle_events().
 */
#include <tuxmodule.h>

void TUXAPI_init(void)
{
}
