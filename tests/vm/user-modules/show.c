// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user module for the cases of the tools: says where and as whom it runs, and does what the query
 * tells it to.
 *
 *	crash		ends its worker
 *	fail		returns an error
 *	redirect	gives the connection away
 *	slow		takes half a second
 *	log		writes to the file that its TUXAPI_init() has opened
 */
#include <tuxmodule.h>

static char body[2048];
static char answer[2560];
static char seen[512];
static int log_file;
static int counter;

void TUXAPI_init(void)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/../init.log", TUXAPI_docroot);
	log_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dprintf(log_file, "init uid %d\n", geteuid());
	snprintf(seen, sizeof(seen), "version %s\ndocroot %s\nservername %s\n", TUXAPI_version,
		 TUXAPI_docroot, TUXAPI_servername);
}

static void describe(const user_req_t *req)
{
	snprintf(body, sizeof(body),
		 "%sname %s\nmarker %s\nuid %d\npid %d\ncount %d\npage %s\npasswd %s\n", seen,
		 CGI_SCRIPT_NAME, MARKER, geteuid(), getpid(), ++counter,
		 access("/a.txt", R_OK) ? "absent" : "there",
		 access("/etc/passwd", R_OK) ? "absent" : "there");
}

int TUXAPI_handle_events(user_req_t *req)
{
	if (!strcmp((char *)req->query, "crash"))
		abort();
	if (!strcmp((char *)req->query, "redirect"))
		return tux(TUX_ACTION_REDIRECT_REQ, req);
	if (!strcmp((char *)req->query, "slow"))
		usleep(500000);
	if (!strcmp((char *)req->query, "log"))
		dprintf(log_file, "request uid %d\n", geteuid());
	if (!strcmp((char *)req->query, "fail")) {
		errno = EIO;
		return -1;
	}
	describe(req);
	snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
		 "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
	req->object_addr = (uintptr_t)answer;
	req->objectlen = strlen(answer);
	req->http_status = 200;
	return tux(TUX_ACTION_REPLY, req);
}
