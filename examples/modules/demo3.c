// SPDX-License-Identifier: MIT
/*
 * Demo in the style of TUX 3: a state machine over req->event that answers with SEND_BUFFER, and
 * shows every field of the request.  Nothing of libtux but tux() itself.
 *
 *   in tuxd          /demo3.tux?anything
 *   on its own       demo3 PREFIX registers the prefix, which needs a grant, and loops by itself
 */
#include <tuxmodule.h>

TUXAPI_declare;

enum { NEW = 0, SENT = -1 };

/* A worker does one thing at a time, so one buffer is enough: SEND_BUFFER copies. */
static char page[4096];

static int print_numbers(const user_req_t *req, char *text, size_t size)
{
	return snprintf(text, size,
			"http_version %u\nhttp_method %u\nsock %u\nevent %d\nerror %d\n"
			"thread_nr %u\nclient_host %08x\nobjectlen %u\nmodule_index %u\n"
			"keep_alive %u\ncookies_len %u\nbytes_sent %u\nid %llx\npriv %llx\n",
			req->http_version, req->http_method, req->sock, (int)req->event,
			(int)req->error, req->thread_nr, ntohl(req->client_host), req->objectlen,
			req->module_index, req->keep_alive, req->cookies_len,
			req->bytes_sent, (unsigned long long)req->id,
			(unsigned long long)req->priv);
}

static int print_texts(const user_req_t *req, char *text, size_t size)
{
	return snprintf(text, size,
			"query %s\nobjectname %s\ncookies %s\ncontent_type %s\nuser_agent %s\n"
			"accept %s\naccept_charset %s\naccept_encoding %s\naccept_language %s\n"
			"cache_control %s\nif_modified_since %s\nnegotiate %s\npragma %s\n"
			"referer %s\nnew_date %s\n",
			req->query, req->objectname, req->cookies, req->content_type,
			req->user_agent, req->accept, req->accept_charset, req->accept_encoding,
			req->accept_language, req->cache_control, req->if_modified_since,
			req->negotiate, req->pragma, req->referer, req->new_date);
}

static int send_page(user_req_t *req)
{
	char body[3072];
	int length = print_numbers(req, body, sizeof(body));

	length += print_texts(req, body + length, sizeof(body) - length);
	length = snprintf(page, sizeof(page),
			  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			  "Content-Length: %d\r\n%s\r\n%s", length,
			  req->keep_alive ? "" : "Connection: close\r\n",
			  req->http_method == METHOD_HEAD ? "" : body);
	req->object_addr = (uintptr_t)page;
	req->objectlen = length;
	req->http_status = 200;
	/* Both come back with the request. */
	req->priv = length;
	req->event = SENT;
	return tux(TUX_ACTION_SEND_BUFFER, req);
}

void TUXAPI_init(void)
{
}

int TUXAPI_handle_events(user_req_t *req)
{
	switch ((int)req->event) {
	case NEW:
		return send_page(req);
	case SENT:
		if (req->priv)
			return tux(TUX_ACTION_FINISH_REQ, req);
		/* fallthrough */
	default:
		return tux(TUX_ACTION_FINISH_CLOSE_REQ, req);
	}
}

int main(int argc, char **argv)
{
	user_req_t req = {
		.version_major = TUX_MAJOR_VERSION,
		.version_minor = TUX_MINOR_VERSION,
		.version_patch = TUX_PATCHLEVEL_VERSION,
		.module_index = 1,
	};
	int result = TUX_CONTINUE_EVENTLOOP;

	snprintf(req.objectname, sizeof(req.objectname), "%s", argc > 1 ? argv[1] : "/demo3");
	if (tux(TUX_ACTION_REGISTER_MODULE, &req)) {
		fprintf(stderr, "demo3: %s: %s\n", req.objectname,
			tux_error_text(TUX_ACTION_REGISTER_MODULE, errno));
		return 1;
	}
	while (result != TUX_RETURN_EXIT && result != -1) {
		result = tux(TUX_ACTION_EVENTLOOP, &req);
		while (result == TUX_RETURN_USERSPACE_REQUEST)
			result = TUXAPI_handle_events(&req);
	}
	return result == -1;
}
