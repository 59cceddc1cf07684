// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tux() for modules of layout 2: each call converts its request to layout 3 and back.
 *
 * In a worker of the daemon the request of layout 3 is the one that the worker's loop has, so that
 * the loop sees what the handler's last call has delivered.  A program of its own has no other
 * request than the one of layout 2.
 *
 * Locks: none; what a handler is about belongs to the thread that runs it.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "module_layout.h"

/* The request of the handler that runs in this thread, in both layouts. */
static __thread struct tux_req_layout2 view;
static __thread user_req_t *delivered;

/* Whether the handler has given its request back, or parked it. */
static __thread int handed_over;

static int is_moving(unsigned int action)
{
	switch (action) {
	case TUX_ACTION_EVENTLOOP ... TUX_ACTION_SEND_OBJECT:
	case TUX_ACTION_FINISH_REQ:
	case TUX_ACTION_FINISH_CLOSE_REQ:
	case TUX_ACTION_REDIRECT_REQ:
	case TUX_ACTION_SEND_BUFFER:
	case TUX_ACTION_WAIT_PROXY_SOCKET:
	case TUX_ACTION_REPLY ... TUX_ACTION_WAIT_POST_DATA:
		return 1;
	default:
		return 0;
	}
}

/* The request is over. */
static int is_last(unsigned int action)
{
	switch (action) {
	case TUX_ACTION_EVENTLOOP:
	case TUX_ACTION_FINISH_REQ:
	case TUX_ACTION_FINISH_CLOSE_REQ:
	case TUX_ACTION_REDIRECT_REQ:
	case TUX_ACTION_REPLY:
	case TUX_ACTION_DETACH_REQ:
		return 1;
	default:
		return 0;
	}
}

/* The argument is no request. */
static int has_other_argument(unsigned int action)
{
	return action == TUX_ACTION_CONTINUE_REQ || action >= TUX_ACTION_BATCH ||
	       (action >= TUX_ACTION_LISTEN_FD && action <= TUX_ACTION_RELOAD);
}

static int call(unsigned int action, struct tux_req_layout2 *req, user_req_t *converted)
{
	uint64_t id;
	int result;

	tux_layout2_import(req, converted);
	id = converted->id;
	if (action == TUX_ACTION_READ_POST_DATA && tux_body_read(converted))
		result = 0;
	else
		result = tux(action, converted);
	tux_layout2_export(converted, req);
	if (result == -1)
		return -1;
	if (is_last(action))
		tux_body_drop(id);
	if (is_moving(action))
		req->post_data = tux_no_body;
	return result;
}

/* The kernel knows the interface by the number that its request has, which is 3 by now. */
static int register_module(const struct tux_req_layout2 *req)
{
	user_req_t converted;

	tux_layout2_import(req, &converted);
	if (req->version_major == 2) {
		converted.version_major = TUX_MAJOR_VERSION;
		converted.version_minor = TUX_MINOR_VERSION;
		converted.version_patch = TUX_PATCHLEVEL_VERSION;
	}
	return tux(TUX_ACTION_REGISTER_MODULE, &converted);
}

int tux_v2(unsigned int action, struct tux_req_layout2 *req)
{
	user_req_t converted;
	int result;

	if (!req || has_other_argument(action))
		return tux(action, (user_req_t *)req);
	if (action == TUX_ACTION_REGISTER_MODULE)
		return register_module(req);
	if (delivered && req == &view) {
		result = call(action, req, delivered);
		if (result != -1 && (is_moving(action) || action == TUX_ACTION_POSTPONE_REQ))
			handed_over = 1;
		return result;
	}
	result = call(action, req, &converted);
	if (result == TUX_RETURN_USERSPACE_REQUEST && is_moving(action))
		req->post_data = tux_body_find(&converted);
	return result;
}

int tux_v2_handle(int (*handler)(void *req), user_req_t *req)
{
	uint64_t id = req->id;
	int result;

	delivered = req;
	handed_over = 0;
	tux_layout2_export(req, &view);
	view.post_data = tux_body_find(req);
	result = handler(&view);
	delivered = NULL;
	/* What the handler has set is for the loop's next call, as it would be in layout 3. */
	tux_layout2_import(&view, req);
	/* The loop will call EVENTLOOP, which drops a request that is still here. */
	if (!handed_over && result != TUX_RETURN_USERSPACE_REQUEST)
		tux_body_drop(id);
	return result;
}
