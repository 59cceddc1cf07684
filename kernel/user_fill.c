// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request says, written into a user_req_t; see user_request.h.
 *
 * Called by worker.c and process.c.  Everything is put together first, then written in one go,
 * since nothing may be called while memory of user space is open.
 */
#include "user_request.h"

#include <linux/tux.h>
#include <linux/uaccess.h>
#include <net/ipv6.h>

/* Where a text goes in a user_req_t. */
struct place {
	/** @offset: Bytes from its beginning. */
	u16 offset;
	/** @size: Bytes there. */
	u16 size;
	/** @header: Of a header field: enum http_header. */
	u16 header;
};

#define PLACE(member, header) \
	{ offsetof(user_req_t, member), sizeof_field(user_req_t, member), header }

static const struct place places[] = {
	PLACE(query, HTTP_HEADER_COUNT),
	PLACE(objectname, HTTP_HEADER_COUNT),
	PLACE(cookies, HTTP_HEADER_COOKIE),
	PLACE(content_type, HTTP_HEADER_CONTENT_TYPE),
	PLACE(user_agent, HTTP_HEADER_USER_AGENT),
	PLACE(accept, HTTP_HEADER_ACCEPT),
	PLACE(accept_charset, HTTP_HEADER_ACCEPT_CHARSET),
	PLACE(accept_encoding, HTTP_HEADER_ACCEPT_ENCODING),
	PLACE(accept_language, HTTP_HEADER_ACCEPT_LANGUAGE),
	PLACE(cache_control, HTTP_HEADER_CACHE_CONTROL),
	PLACE(if_modified_since, HTTP_HEADER_IF_MODIFIED_SINCE),
	PLACE(negotiate, HTTP_HEADER_NEGOTIATE),
	PLACE(pragma, HTTP_HEADER_PRAGMA),
	PLACE(referer, HTTP_HEADER_REFERER),
};

/* A text and where it goes. */
struct text {
	/** @from: The text, not terminated. */
	const char *from;
	/** @length: Bytes of it, cut to what fits. */
	u16 length;
	/** @offset: Where in a user_req_t. */
	u16 offset;
};

/* TUX's numbers of the methods; 0 for those that it did not know. */
static u32 method_number(const struct tux_user_request *request)
{
	u8 method = request->parsed.method;

	return method <= HTTP_METHOD_PUT ? method : TUX_METHOD_NONE;
}

static u32 object_length(const struct tux_user_request *request)
{
	u64 length = request->body.known ? request->body.length : U32_MAX;

	if (request->object.path.dentry)
		length = request->object.size;
	return min_t(u64, length, U32_MAX);
}

static u32 client_host(const struct tux_user_request *request)
{
	if (!ipv6_addr_v4mapped(&request->client))
		return U32_MAX;
	return (__force u32)request->client.s6_addr32[3];
}

/* What is the same for all deliveries of a request, or is computed, before memory is opened. */
struct numbers {
	u32 http_version;
	u32 http_method;
	u32 sock;
	u32 event;
	u32 error;
	u32 bytes_sent;
	u32 client_host;
	u32 objectlen;
	u32 module_index;
	u32 keep_alive;
	u32 cookies_len;
	u64 id;
	u64 priv;
};

static struct numbers collect_numbers(const struct tux_user_request *request, int fd)
{
	return (struct numbers){
		.http_version = request->parsed.version_minor ? TUX_HTTP_1_1 : TUX_HTTP_1_0,
		.http_method = method_number(request),
		.sock = fd,
		.event = request->event,
		.error = request->error,
		.bytes_sent = request->bytes_sent,
		.client_host = client_host(request),
		.objectlen = object_length(request),
		.module_index = request->module_index,
		.keep_alive = request->keep_alive,
		.cookies_len = request->parsed.fields[HTTP_HEADER_COOKIE].length,
		.id = request->id,
		.priv = request->priv,
	};
}

/* A name that does not fit is not cut: the module asks with GET_REQUEST. */
static size_t classic_name_length(const struct tux_user_request *request)
{
	return request->name_length < MAX_URI_LEN ? request->name_length : 0;
}

static void collect_texts(const struct tux_user_request *request, struct text *text)
{
	const struct http_request *parsed = &request->parsed;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++, text++) {
		const struct http_span *span = &parsed->query;

		if (places[i].header < HTTP_HEADER_COUNT)
			span = &parsed->fields[places[i].header];
		text->from = request->text + span->offset;
		text->length = span->length;
		text->offset = places[i].offset;
		if (places[i].offset == offsetof(user_req_t, objectname)) {
			text->from = tux_user_request_name(request);
			text->length = classic_name_length(request);
		}
		text->length = min_t(u16, text->length, places[i].size - 1);
	}
}

/* Inside user_access_begin() nothing may be called. */
static __always_inline bool put_numbers(user_req_t __user *to, const struct numbers *from)
{
	unsafe_put_user(from->http_version, &to->http_version, fault);
	unsafe_put_user(from->http_method, &to->http_method, fault);
	unsafe_put_user(from->sock, &to->sock, fault);
	unsafe_put_user(from->event, &to->event, fault);
	unsafe_put_user(from->error, &to->error, fault);
	unsafe_put_user(from->bytes_sent, &to->bytes_sent, fault);
	unsafe_put_user(from->client_host, &to->client_host, fault);
	unsafe_put_user(from->objectlen, &to->objectlen, fault);
	unsafe_put_user(from->module_index, &to->module_index, fault);
	unsafe_put_user(from->keep_alive, &to->keep_alive, fault);
	unsafe_put_user(from->cookies_len, &to->cookies_len, fault);
	unsafe_put_user(from->id, &to->id, fault);
	unsafe_put_user(from->priv, &to->priv, fault);
	return true;
fault:
	return false;
}

static __always_inline bool put_texts(char __user *to, const struct text *text,
				      const struct text *end)
{
	for (; text < end; text++) {
		unsafe_copy_to_user(to + text->offset, text->from, text->length, fault);
		unsafe_put_user('\0', to + text->offset + text->length, fault);
	}
	return true;
fault:
	return false;
}

/**
 * tux_user_request_fill() - Write what a request says into a user_req_t.
 * @request: The request.
 * @fd: Descriptor of its connection in the current process.
 * @to: Where to.
 *
 * Context: The recipient.  May sleep.
 * Return: 0 or -EFAULT.
 */
int tux_user_request_fill(struct tux_user_request *request, int fd, user_req_t __user *to)
{
	const struct numbers numbers = collect_numbers(request, fd);
	struct text texts[ARRAY_SIZE(places)];
	bool filled;

	collect_texts(request, texts);
	if (!user_access_begin(to, sizeof(*to)))
		return -EFAULT;
	filled = put_numbers(to, &numbers) &&
		 put_texts((char __user *)to, texts, texts + ARRAY_SIZE(texts));
	user_access_end();
	if (!filled)
		return -EFAULT;
	request->read_limit = numbers.objectlen;
	request->error = 0;
	return 0;
}
