// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The loop of a module that is a program of its own: register, then EVENTLOOP and handlers in turn.
 */
#include <errno.h>
#include <string.h>

#include <tux.h>

int tux_register_module(const char *name, unsigned int index)
{
	user_req_t req = {
		.version_major = TUX_MAJOR_VERSION,
		.version_minor = TUX_MINOR_VERSION,
		.version_patch = TUX_PATCHLEVEL_VERSION,
		.module_index = index,
	};
	size_t length = strlen(name);

	if (length >= sizeof(req.objectname)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(req.objectname, name, length);
	return tux(TUX_ACTION_REGISTER_MODULE, &req);
}

static const struct tux_route *find_route(const struct tux_route *routes, unsigned int index)
{
	for (unsigned int i = 1; routes->name; i++, routes++)
		if (i == index)
			return routes;
	return NULL;
}

int tux_dispatch(const struct tux_route *routes, user_req_t *req, int result)
{
	const struct tux_route *route;

	if (result != TUX_RETURN_USERSPACE_REQUEST)
		return tux(TUX_ACTION_EVENTLOOP, req);
	route = find_route(routes, req->module_index);
	if (!route)
		return TUX_CONTINUE_EVENTLOOP;
	result = route->handler(req);
	return result == -1 ? TUX_CONTINUE_EVENTLOOP : result;
}

int tux_serve(const struct tux_route *routes)
{
	user_req_t req = { 0 };
	int result = TUX_CONTINUE_EVENTLOOP;

	for (unsigned int i = 0; routes[i].name; i++)
		if (tux_register_module(routes[i].name, i + 1))
			return -1;
	do {
		result = tux_dispatch(routes, &req, result);
	} while (result != TUX_RETURN_EXIT && result != -1);
	return result == TUX_RETURN_EXIT ? 0 : -1;
}
