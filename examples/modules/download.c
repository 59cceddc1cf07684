// SPDX-License-Identifier: MIT
/*
 * A file of the document root with a head of our own, which makes a browser save it.  The bytes of
 * the file go from the page cache to the client; this module never sees them.
 *
 *   /download.tux?file=NAME
 */
#include <tuxmodule.h>

void TUXAPI_init(void)
{
}

/* The name that browsers suggest: the last part of the path, in characters that need no quoting. */
static void print_fields(const char *name, char *fields, size_t size)
{
	const char *slash = strrchr(name, '/');
	char plain[64];
	size_t length = 0;

	for (name = slash ? slash + 1 : name; *name && length < sizeof(plain) - 1; name++)
		plain[length++] = isalnum((unsigned char)*name) || *name == '.' ? *name : '_';
	plain[length] = '\0';
	snprintf(fields, size, "Content-Disposition: attachment; filename=\"%s\"\r\n", plain);
}

int TUXAPI_handle_events(user_req_t *req)
{
	char name[MAX_URI_LEN];
	char fields[128];
	struct tux_reply reply = {
		.status = 200,
		.type = "application/octet-stream",
		.fields = fields,
	};

	if (tux_find_query(tux_make_string(req->query), "file", name, sizeof(name)) <= 0)
		return tux_send_text(req, 400, "text/plain", "Say ?file=NAME.\n");
	print_fields(name, fields, sizeof(fields));
	return tux_send_file(req, name, &reply);
}
