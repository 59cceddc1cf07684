// SPDX-License-Identifier: MIT
/*
 * Advertisements that rotate: a page is a template of the document root, in which "<!-- ad -->" is
 * replaced, each time by another text for the same visitor.  A cookie counts the visits; memory
 * that all workers share counts what was shown.
 *
 *   /adrotate.tux?page=NAME    the template NAME (READ_OBJECT), with its advertisement
 *   /adrotate.tux?file=NAME    the file NAME as it is (SEND_OBJECT), with a head of our own
 *   /adrotate.tux              how often each advertisement was shown
 */
#include <tuxmodule.h>

TUXAPI_declare;

#define MARK "<!-- ad -->"

static const char *const ads[] = {
	"Penguins wear black tie. Do you?",
	"Fish: the taste of the south.",
	"Ice, freshly broken.",
};

#define ADS (sizeof(ads) / sizeof(ads[0]))

enum { NEW, PAGE_FOUND, FILE_FOUND, HEAD_SENT, ALL_SENT };

static struct {
	int lock;
	unsigned long shown[ADS];
} *shared;

static unsigned long count_visits(const char *cookies)
{
	static const char name[] = "visits=";

	for (const char *at = cookies; at; at = strchr(at, ';')) {
		at += strspn(at, "; ");
		if (!strncmp(at, name, sizeof(name) - 1))
			return strtoul(at + sizeof(name) - 1, NULL, 10);
	}
	return 0;
}

static unsigned int next_ad(unsigned long visits)
{
	unsigned int ad = visits % ADS;

	TUXAPI_down(&shared->lock);
	shared->shown[ad]++;
	TUXAPI_up(&shared->lock);
	return ad;
}

/* Sends a head and so much text behind it; the kernel copies both. */
static int send_all(user_req_t *req, const char *text, size_t text_length, size_t length)
{
	size_t room = text_length + 512;
	char *response = malloc(room);
	int result;
	int used;

	if (!response)
		return TUX_CONTINUE_EVENTLOOP;
	used = snprintf(response, room,
			"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %zu\r\n"
			"Cache-Control: no-store\r\nSet-Cookie: visits=%llu\r\n%s\r\n", length,
			(unsigned long long)req->priv + 1,
			req->keep_alive ? "" : "Connection: close\r\n");
	if (text_length)
		memcpy(response + used, text, text_length);
	req->object_addr = (uintptr_t)response;
	req->objectlen = used + text_length;
	req->http_status = 200;
	result = tux(TUX_ACTION_SEND_BUFFER, req);
	free(response);
	return result;
}

static int send_page(user_req_t *req, const char *template, size_t length)
{
	const char *mark = strstr(template, MARK);
	const char *ad = ads[next_ad(req->priv)];
	size_t before = mark ? (size_t)(mark - template) : length;
	size_t behind = mark ? length - before - strlen(MARK) : 0;
	size_t whole = before + strlen(ad) + behind;
	char *page = malloc(whole);
	int result;

	if (!page)
		return TUX_CONTINUE_EVENTLOOP;
	memcpy(page, template, before);
	memcpy(page + before, ad, strlen(ad));
	if (behind)
		memcpy(page + before + strlen(ad), mark + strlen(MARK), behind);
	req->event = ALL_SENT;
	result = send_all(req, page, req->http_method == METHOD_HEAD ? 0 : whole, whole);
	free(page);
	return result;
}

static int read_template(user_req_t *req)
{
	char *template = TUXAPI_alloc_read_objectbuf(req, -1);
	int result;

	if (!template)
		return TUX_CONTINUE_EVENTLOOP;
	result = send_page(req, template, req->objectlen);
	TUXAPI_free_objectbuf(req, template);
	return result;
}

static int send_head_of_file(user_req_t *req)
{
	int whole = req->http_method == METHOD_HEAD || !req->objectlen;

	req->event = whole ? ALL_SENT : HEAD_SENT;
	return send_all(req, NULL, 0, req->objectlen);
}

static int send_counters(user_req_t *req)
{
	char text[512] = "";
	int used = 0;

	for (size_t i = 0; i < ADS; i++)
		used += snprintf(text + used, sizeof(text) - used, "%lu %s\n", shared->shown[i],
				 ads[i]);
	req->event = ALL_SENT;
	return send_all(req, text, req->http_method == METHOD_HEAD ? 0 : used, used);
}

static int start(user_req_t *req)
{
	struct tux_string query = tux_make_string(req->query);

	req->priv = count_visits(req->cookies);
	if (tux_find_query(query, "page", req->objectname, sizeof(req->objectname)) > 0)
		req->event = PAGE_FOUND;
	else if (tux_find_query(query, "file", req->objectname, sizeof(req->objectname)) > 0)
		req->event = FILE_FOUND;
	else
		return send_counters(req);
	return tux(TUX_ACTION_GET_OBJECT, req);
}

void TUXAPI_init(void)
{
	shared = TUXAPI_malloc_shared(sizeof(*shared));
	if (!shared)
		BUG();
}

int TUXAPI_handle_events(user_req_t *req)
{
	if (req->error)
		return tux_send_text(req, 404, "text/plain", "There is no such page.\n");
	switch (req->event) {
	case NEW:
		return start(req);
	case PAGE_FOUND:
		return read_template(req);
	case FILE_FOUND:
		return send_head_of_file(req);
	case HEAD_SENT:
		req->event = ALL_SENT;
		return tux(TUX_ACTION_SEND_OBJECT, req);
	default:
		return tux(TUX_ACTION_FINISH_REQ, req);
	}
}
