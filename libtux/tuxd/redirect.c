// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The redirector's side of the kernel: a module in a process of its own, by the name of
 * TUX_REDIRECT_MODULE.
 *
 * A request is delivered twice.  The first time it is parked, and the copier connects to the other
 * server; then it is continued, and either leaves TUX with its connection (DETACH_REQ), or is
 * answered 502, 503 or 504.  What the client has sent is read from the socket only after that, so
 * it reaches the other server as it was.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tux.h>

#include "copier.h"
#include "redirect.h"

enum { EVENT_NEW, EVENT_CONNECTED };

static int reply(user_req_t *req, unsigned int status, const char *reason)
{
	static char head[128];
	int result;

	req->objectlen = snprintf(head, sizeof(head), "HTTP/1.1 %u %s\r\nContent-Length: 0\r\n\r\n",
				  status, reason);
	req->object_addr = (uintptr_t)head;
	req->http_status = status;
	req->bytes_sent = 0;
	result = tux(TUX_ACTION_REPLY, req);
	/* EVENTLOOP drops what is still there. */
	return result < 0 ? TUX_CONTINUE_EVENTLOOP : result;
}

static int take_new(user_req_t *req)
{
	uint64_t ticket = copier_reserve(req->sock);

	if (!ticket)
		return reply(req, 503, "Service Unavailable");
	req->event = EVENT_CONNECTED;
	req->priv = ticket;
	if (tux(TUX_ACTION_POSTPONE_REQ, req) < 0) {
		copier_drop(ticket);
		return reply(req, 502, "Bad Gateway");
	}
	copier_connect(ticket);
	return TUX_CONTINUE_EVENTLOOP;
}

static int take_connected(user_req_t *req)
{
	uint64_t ticket = req->priv;
	int error = copier_outcome(ticket);

	if (error) {
		copier_drop(ticket);
		if (error == ETIMEDOUT)
			return reply(req, 504, "Gateway Timeout");
		return reply(req, 502, "Bad Gateway");
	}
	if (tux(TUX_ACTION_DETACH_REQ, req) < 0) {
		copier_drop(ticket);
		return reply(req, 502, "Bad Gateway");
	}
	copier_copy(ticket);
	/* The copier has a descriptor of its own. */
	close(req->sock);
	return TUX_CONTINUE_EVENTLOOP;
}

static void __attribute__((noreturn)) run_event_loop(void)
{
	static user_req_t req;

	for (;;) {
		int result = tux(TUX_ACTION_EVENTLOOP, &req);

		if (result < 0 && errno != ESRCH && errno != EINTR)
			worker_fail(-1, "the redirector's event loop failed: %s",
				    tux_error_text(TUX_ACTION_EVENTLOOP, errno));
		if (result < 0 && errno == ESRCH)
			result = TUX_RETURN_EXIT;
		while (result == TUX_RETURN_USERSPACE_REQUEST)
			result = req.event == EVENT_NEW ? take_new(&req) : take_connected(&req);
		if (result == TUX_RETURN_EXIT) {
			copier_finish();
			_exit(WORKER_EXIT_DONE);
		}
	}
}

static void register_as_module(int report)
{
	user_req_t req = {
		.version_major = TUX_MAJOR_VERSION,
		.version_minor = TUX_MINOR_VERSION,
		.version_patch = TUX_PATCHLEVEL_VERSION,
		.module_index = 1,
		.objectname = TUX_REDIRECT_MODULE,
	};

	if (tux(TUX_ACTION_REGISTER_MODULE, &req) >= 0)
		return;
	if (errno == EOPNOTSUPP)
		_exit(WORKER_EXIT_UNSUPPORTED);
	if (errno == ESRCH)
		_exit(WORKER_EXIT_NO_SERVER);
	worker_fail(report, "the redirector cannot be registered: %s",
		    tux_error_text(TUX_ACTION_REGISTER_MODULE, errno));
}

static void __attribute__((noreturn)) run_redirector(int report, const void *argument)
{
	const struct redirector *redirector = argument;
	int handle;
	int error;

	worker_settle("tuxd/redirect");
	register_as_module(report);
	handle = tux_open();
	if (handle < 0)
		worker_fail(report, "the redirector cannot open " TUX_DEVICE ": %s",
			    strerror(errno));
	if (identity_assume(redirector->identity))
		worker_fail(report, "the redirector cannot become the user %s: %s",
			    redirector->identity->name, strerror(errno));
	/* A change of user takes the tie away. */
	worker_tie();
	error = copier_start(redirector->target, handle);
	if (error)
		worker_fail(report, "the redirector cannot start its thread: %s", strerror(error));
	if (write(report, "+", 1) != 1)
		_exit(WORKER_EXIT_FAILED);
	run_event_loop();
}

/**
 * redirector_start() - Start the process.
 * @redirector: What it is to do.
 *
 * Return: 0, or -1 with errno set.
 */
int redirector_start(struct redirector *redirector)
{
	return worker_spawn(&redirector->process, run_redirector, redirector);
}
