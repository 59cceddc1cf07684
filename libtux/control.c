// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The actions of TUX 4 that have structures of their own: filled in here, sent by tux_call().
 */
#include <errno.h>
#include <string.h>

#include <tux.h>

#include "internal.h"

int tux_listen_fd(int handle, int fd, unsigned int worker)
{
	struct tux_listen_fd listen = { .size = sizeof(listen), .fd = fd, .worker = worker };

	return tux_call(handle, TUX_ACTION_LISTEN_FD, &listen);
}

int tux_adopt_fd(int handle, int fd, unsigned int worker)
{
	struct tux_adopt_fd adopt = { .size = sizeof(adopt), .fd = fd, .worker = worker };

	return tux_call(handle, TUX_ACTION_ADOPT_FD, &adopt);
}

int tux_grant(int handle, const char *name, uid_t uid, unsigned int flags)
{
	struct tux_grant grant = { .size = sizeof(grant), .flags = flags, .uid = uid };
	size_t length = strlen(name);

	if (length >= sizeof(grant.name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(grant.name, name, length);
	return tux_call(handle, TUX_ACTION_GRANT, &grant);
}

int tux_get_request(int handle, struct tux_get_request *request)
{
	return tux_call(handle, TUX_ACTION_GET_REQUEST, request);
}

int tux_batch(int handle, struct tux_batch *batch)
{
	return tux_call(handle, TUX_ACTION_BATCH, batch);
}
