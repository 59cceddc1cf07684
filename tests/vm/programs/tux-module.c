// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module in a process of its own: registers a name or prefix and answers with its user and its
 * process number.
 *
 *	tux-module NAME
 *
 * Prints "registered", or why not; exit status 1 if not.  Ends when the server does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tux.h>

static int reply(user_req_t *req)
{
	static char answer[256];
	char body[64];

	snprintf(body, sizeof(body), "uid %d pid %d\n", geteuid(), getpid());
	req->objectlen = snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\n"
				  "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
				  strlen(body), body);
	req->object_addr = (uintptr_t)answer;
	req->http_status = 200;
	return tux(TUX_ACTION_REPLY, req);
}

int main(int argc, char **argv)
{
	user_req_t req = {
		.version_major = TUX_MAJOR_VERSION,
		.version_minor = TUX_MINOR_VERSION,
		.module_index = 1,
	};
	int result;

	if (argc != 2 || strlen(argv[1]) >= sizeof(req.objectname))
		return 2;
	strcpy(req.objectname, argv[1]);
	if (tux(TUX_ACTION_REGISTER_MODULE, &req) < 0) {
		printf("%s: %s\n", strerrorname_np(errno),
		       tux_error_text(TUX_ACTION_REGISTER_MODULE, errno));
		return 1;
	}
	puts("registered");
	fflush(stdout);
	do {
		result = tux(TUX_ACTION_EVENTLOOP, &req);
		while (result == TUX_RETURN_USERSPACE_REQUEST)
			result = reply(&req);
	} while (result == TUX_RETURN_SIGNAL || result == TUX_CONTINUE_EVENTLOOP ||
		 (result < 0 && errno == EINTR));
	return result == TUX_RETURN_EXIT ? 0 : 1;
}
