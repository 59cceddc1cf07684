// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every name that sources of modules take from the header, once.
 */
#include <tuxmodule.h>

TUXAPI_declare;

int uses_all(user_req_t *req);

static const int numbers[] = {
	HTTP_1_0, HTTP_1_1, METHOD_NONE, METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT,
	NR_METHODS, MAX_TUX_ACTION, MAX_URI_LEN, MAX_COOKIE_LEN, MAX_FIELD_LEN, DATE_LEN,
	TUX_ERROR, TUX_RETURN_USERSPACE_REQUEST, TUX_RETURN_EXIT, TUX_RETURN_SIGNAL,
	TUX_CONTINUE_EVENTLOOP, CGI_SERVER_PORT,
};

static void print_variables(user_req_t *req)
{
	const char *const texts[] = {
		TUXAPI_version, TUXAPI_docroot, TUXAPI_servername,
		TUXAPI_modulename_array[req->module_index], CGI_SERVER_NAME, CGI_SERVER_SOFTWARE,
		CGI_GATEWAY_INTERFACE, CGI_SERVER_PROTOCOL, CGI_REQUEST_METHOD, CGI_HTTP_ACCEPT,
		CGI_HTTP_USER_AGENT, CGI_HTTP_REFERER, CGI_PATH_TRANSLATED, CGI_DOCUMENT_ROOT,
		CGI_PATH_INFO, CGI_QUERY_STRING, CGI_SCRIPT_NAME, CGI_REMOTE_USER,
		CGI_REMOTE_AUTH_TYPE, CGI_ANNOTATION_SERVER, CGI_CONTENT_TYPE,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		Dprintk("%s\n", texts[i]);
	Dprintk("%lu %lu %lu %lu %lu\n", TUXAPI_version_len, TUXAPI_docroot_len,
		TUXAPI_servername_len, CGI_SERVER_NAME_LEN, CGI_SERVER_SOFTWARE_LEN);
}

int uses_all(user_req_t *req)
{
	int *lock = TUXAPI_malloc_shared(sizeof(int));
	void *addr = lock;
	char *buffer;

	HTTP_TRACE();
	TUXAPI_down(lock);
	TUXAPI_up(lock);
	barrier();
	if (test_and_set_bit(0, lock) || !TUX_DEBUG || !LOCK_PREFIX[0] || ADDR != 1)
		BUG();
	print_variables(req);
	buffer = TUXAPI_alloc_read_objectbuf(req, -1);
	TUXAPI_free_objectbuf(req, buffer);
	return numbers[req->http_method % 2];
}
