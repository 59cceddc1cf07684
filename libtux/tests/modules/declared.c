// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A module that was compiled against another header, and says what it takes.
 */
int TUXAPI_protocol_version = 3;

void TUXAPI_init(void);
int TUXAPI_handle_events(void *req);

void TUXAPI_init(void)
{
}

int TUXAPI_handle_events(void *req)
{
	(void)req;
	return 3;
}
