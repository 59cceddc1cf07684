// SPDX-License-Identifier: MIT
/*
 * Files that clients send, of any size that net.tux.max_body_len allows; nothing of them is held in
 * memory but what is being written.
 *
 *   curl -T picture.png http://HOST/upload/picture.png
 *
 * For the prefix /upload: "tuxctl module add /upload .../upload.tux".  Files go to the directory
 * that the environment variable UPLOADS names, else /var/lib/tux-uploads, which the workers' user
 * must be able to write to.  TUXAPI_init() opens it, before the document root becomes the root
 * directory.  A file gets its name when it is complete, and before that one with a dot in front;
 * one that is there is not replaced.
 */
#include <tuxmodule.h>

enum { NEW, RECEIVING };

struct upload {
	int file;
	char temporary[64];
	char name[128];
};

static int directory = -1;

void TUXAPI_init(void)
{
	const char *name = getenv("UPLOADS");

	directory = open(name && *name ? name : "/var/lib/tux-uploads",
			 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		perror("upload");
}

/* What follows the prefix is a name without directories, and hides nothing. */
static int find_name(char *name, size_t size)
{
	struct tux_get_request *request = tux_read_request();
	struct tux_string path = { NULL, 0 };
	int good = 0;

	if (request)
		path = tux_get_part(request, request->path_info);
	if (path.length > 1 && path.length <= size && path.text[1] != '.') {
		memcpy(name, path.text + 1, path.length - 1);
		name[path.length - 1] = '\0';
		good = strlen(name) == path.length - 1 && !strchr(name, '/');
	}
	free(request);
	return good;
}

static int end(user_req_t *req, unsigned int status, const char *text)
{
	struct upload *upload = (struct upload *)(uintptr_t)req->priv;

	if (upload->file >= 0) {
		close(upload->file);
		unlinkat(directory, upload->temporary, 0);
	}
	free(upload);
	return tux_send_text(req, status, "text/plain", text);
}

static int complete(user_req_t *req)
{
	struct upload *upload = (struct upload *)(uintptr_t)req->priv;

	if (!linkat(directory, upload->temporary, directory, upload->name, 0))
		return end(req, 201, "Thank you.\n");
	if (errno == EEXIST)
		return end(req, 409, "There is such a file already.\n");
	return end(req, 500, "The file cannot be named.\n");
}

static int receive(user_req_t *req)
{
	static char piece[65536];
	struct upload *upload = (struct upload *)(uintptr_t)req->priv;

	if (req->error)
		return end(req, 400, "The file did not come.\n");
	for (;;) {
		req->object_addr = (uintptr_t)piece;
		req->objectlen = sizeof(piece);
		if (tux(TUX_ACTION_READ_POST_DATA, req) == -1)
			break;
		if (!req->objectlen)
			return complete(req);
		if (write(upload->file, piece, req->objectlen) != (ssize_t)req->objectlen)
			return end(req, 507, "There is no room.\n");
	}
	if (errno == EFBIG)
		return end(req, 413, "That is too much.\n");
	if (errno != EAGAIN)
		return end(req, 400, "The file cannot be read.\n");
	req->event = RECEIVING;
	return tux(TUX_ACTION_WAIT_POST_DATA, req);
}

static void create(struct upload *upload)
{
	static unsigned long count;

	snprintf(upload->temporary, sizeof(upload->temporary), ".upload-%d-%lu", getpid(), count++);
	upload->file = openat(directory, upload->temporary,
			      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
}

static int begin(user_req_t *req)
{
	struct upload *upload;

	if (req->http_method != METHOD_PUT)
		return tux_send_reply(req, &(struct tux_reply){ .status = 405,
							    .fields = "Allow: PUT\r\n" });
	upload = calloc(1, sizeof(*upload));
	if (!upload)
		return tux_send_text(req, 503, "text/plain", "There is no memory.\n");
	req->priv = (uintptr_t)upload;
	upload->file = -1;
	if (!find_name(upload->name, sizeof(upload->name)))
		return end(req, 400, "That is no name for a file.\n");
	create(upload);
	if (upload->file < 0)
		return end(req, 500, "The directory cannot be written to.\n");
	return receive(req);
}

int TUXAPI_handle_events(user_req_t *req)
{
	return req->event == NEW ? begin(req) : receive(req);
}
