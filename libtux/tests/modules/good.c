// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A module as it should be.  It has a function of a name that tuxd has, too.
 */
#include <tuxmodule.h>

static int initialised;

void log_error(const char *format, ...);

void log_error(const char *format, ...)
{
	(void)format;
	initialised += 100;
}

void TUXAPI_init(void)
{
	initialised++;
	log_error("hello");
}

/* Says in the request what it sees. */
int TUXAPI_handle_events(user_req_t *req)
{
	req->priv = (uintptr_t)TUXAPI_docroot;
	req->http_status = initialised;
	snprintf(req->query, sizeof(req->query), "%s", CGI_SCRIPT_NAME);
	return TUX_RETURN_SIGNAL;
}
