// SPDX-License-Identifier: MIT
/*
 * A counter in memory that all workers share, beside one that is each worker's own.
 *
 *   /counter.tux    "7 of 42": the 42nd request, and the 7th that this worker has answered
 *
 * One worker is one process that does one thing at a time, so what is its own needs no lock.
 */
#include <stdatomic.h>
#include <tuxmodule.h>

static _Atomic unsigned long *all;
static unsigned long own;

void TUXAPI_init(void)
{
	all = TUXAPI_malloc_shared(sizeof(*all));
	if (!all)
		BUG();
}

int TUXAPI_handle_events(user_req_t *req)
{
	char text[64];

	snprintf(text, sizeof(text), "%lu of %lu\n", ++own, atomic_fetch_add(all, 1) + 1);
	return tux_send_text(req, 200, "text/plain", text);
}
