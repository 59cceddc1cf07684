// SPDX-License-Identifier: MIT
/*
 * A log of POSTs: each appends a line, with its time, client, type, length and what was sent.
 *
 * The file is the one that the environment variable POSTLOG names, else /var/log/tux-post.log.  It
 * is opened by TUXAPI_init(), that is, as root and before the document root becomes the root
 * directory; the workers inherit it.  A line is one write, so those of several workers do not mix.
 */
#include <tuxmodule.h>

TUXAPI_declare;

static int log_file = -1;

/* What a line must not have would end it, or hide in it. */
static void make_printable(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isprint((unsigned char)text[i]))
			text[i] = '.';
}

static int write_line(const user_req_t *req, char *body, size_t length)
{
	static char line[TUX_POST_BUFFERED + 256];
	char type[MAX_FIELD_LEN];
	int used;

	memcpy(type, req->content_type, sizeof(type));
	make_printable(type, strlen(type));
	make_printable(body, length);
	used = snprintf(line, sizeof(line), "%lld %08x %s %zu %.*s\n", (long long)time(NULL),
			ntohl(req->client_host), *type ? type : "-", length, (int)length, body);
	return write(log_file, line, used) == used;
}

void TUXAPI_init(void)
{
	const char *name = getenv("POSTLOG");

	log_file = open(name && *name ? name : "/var/log/tux-post.log",
			O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (log_file < 0)
		perror("postlog");
}

int TUXAPI_handle_events(user_req_t *req)
{
	static char body[TUX_POST_BUFFERED];
	uint32_t length = req->objectlen;

	if (req->http_method != METHOD_POST)
		return tux_send_reply(req, &(struct tux_reply){ .status = 405,
							    .fields = "Allow: POST\r\n" });
	/* Up to this size a body has arrived as a whole. */
	if (length > sizeof(body))
		return tux_send_text(req, 413, "text/plain", "That is too long for a line.\n");
	req->object_addr = (uintptr_t)body;
	if (length && tux(TUX_ACTION_READ_POST_DATA, req))
		return tux_send_text(req, 400, "text/plain", "The body cannot be read.\n");
	if (log_file < 0 || !write_line(req, body, length ? req->objectlen : 0))
		return tux_send_text(req, 500, "text/plain", "The log cannot be written.\n");
	return tux_send_text(req, 200, "text/plain", "Logged.\n");
}
