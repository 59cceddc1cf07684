// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that user space answers, see user_request.h.
 *
 * Called by conn.c and the code around modules; calls file.c and sock.c.  A worker keeps one
 * request in reserve, of a size that fits nearly every head, so that in the long run answering takes
 * no memory at all.
 */
#include "user_request.h"

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/ipv6.h>

#include "conn.h"
#include "module.h"
#include "process.h"
#include "watch.h"

/* Bytes of a usual request; only such a one is kept in reserve. */
#define USUAL_SIZE 4096

#define TEXT_OFFSET offsetof(struct tux_user_request, text)

static struct tux_user_request *allocate(size_t text)
{
	size_t size = max_t(size_t, TEXT_OFFSET + text, USUAL_SIZE);
	struct tux_user_request *request = kvmalloc(size, GFP_KERNEL_ACCOUNT);

	BUILD_BUG_ON(sizeof(*request) > USUAL_SIZE / 2);
	if (request)
		request->capacity = size - TEXT_OFFSET;
	return request;
}

static bool is_usual(const struct tux_user_request *request)
{
	return request->capacity == USUAL_SIZE - TEXT_OFFSET;
}

/**
 * tux_user_request_free() - Free the memory of a worker's reserve.
 * @request: A request without references.
 *
 * Context: Process context.
 */
void tux_user_request_free(struct tux_user_request *request)
{
	kvfree(request);
}

/**
 * tux_user_request_create() - Make a user request of a request that has been parsed.
 * @spare: The worker's reserve, used if there is one and it fits.
 * @parsed: What the head says; copied.
 * @head: The head; copied.
 * @name: Decoded path, without a leading slash; copied.
 * @length: Bytes of @name.
 *
 * Context: The worker.
 * Return: The request, with one reference, or NULL.
 */
struct tux_user_request *tux_user_request_create(struct tux_user_request **spare,
						 const struct http_request *parsed,
						 const char *head, const char *name, size_t length)
{
	size_t text = parsed->head_length + 1 + length + 1;
	struct tux_user_request *request = *spare;
	char *at;

	if (request && text <= request->capacity)
		*spare = NULL;
	else
		request = allocate(text);
	if (!request)
		return NULL;
	/* All but the text and its capacity, which stand at the end. */
	memset(request, 0, offsetof(struct tux_user_request, parsed));
	refcount_set(&request->refs, 1);
	spin_lock_init(&request->lock);
	INIT_LIST_HEAD(&request->node);
	request->fd = -1;
	request->parsed = *parsed;
	request->path_info = 0;
	request->name_length = length;
	memcpy(request->text, head, parsed->head_length);
	at = request->text + parsed->head_length;
	*at++ = '\0';
	memcpy(at, name, length);
	at[length] = '\0';
	return request;
}

/**
 * tux_user_request_get() - Take a reference.
 * @request: A request that the caller may use.
 *
 * Context: Any context.
 * Return: @request.
 */
struct tux_user_request *tux_user_request_get(struct tux_user_request *request)
{
	refcount_inc(&request->refs);
	return request;
}

/**
 * tux_user_buffer_free() - Free what was to be sent.
 * @buffer: The buffer; afterwards empty.
 *
 * Context: Process context.
 */
void tux_user_buffer_free(struct tux_user_buffer *buffer)
{
	unsigned int i;

	for (i = 0; i < buffer->count; i++)
		put_page(buffer->pages[i]);
	kvfree(buffer->pages);
	memset(buffer, 0, sizeof(*buffer));
}

/**
 * tux_user_buffer_pages() - Take pages of what is to be sent.
 * @buffer: The buffer.
 * @position: First byte wanted.
 * @pages: Filled, whatever was in it; the caller puts it.
 *
 * Context: The worker.
 * Return: 1.
 */
int tux_user_buffer_pages(const struct tux_user_buffer *buffer, loff_t position,
			  struct tux_pages *pages)
{
	pages->count = 0;
	pages->bytes = 0;
	while (pages->count < TUX_PAGES_MAX && position < buffer->bytes) {
		struct bio_vec *piece = &pages->bvec[pages->count++];
		size_t offset = offset_in_page(position);

		piece->bv_page = buffer->pages[position >> PAGE_SHIFT];
		piece->bv_offset = offset;
		piece->bv_len = min_t(size_t, PAGE_SIZE - offset, buffer->bytes - position);
		get_page(piece->bv_page);
		pages->bytes += piece->bv_len;
		position += piece->bv_len;
	}
	return 1;
}

static void release(struct tux_user_request *request)
{
	tux_file_put(&request->object);
	tux_user_buffer_free(&request->buffer);
	kfree(request->object_name);
	put_cred(request->cred);
	if (request->watch.file)
		fput(request->watch.file);
	if (request->file)
		fput(request->file);
	if (request->process)
		tux_process_put(request->process);
	if (request->module)
		tux_module_put(request->module);
}

/**
 * tux_user_request_put() - Drop a reference.
 * @request: The request.
 *
 * Context: Process context; may sleep.
 */
void tux_user_request_put(struct tux_user_request *request)
{
	if (!refcount_dec_and_test(&request->refs))
		return;
	release(request);
	tux_user_request_free(request);
}

/**
 * tux_user_request_recycle() - Drop a reference, and keep the memory for the next request.
 * @request: The request.
 * @spare: The worker's reserve; filled if it is empty and this was the last reference.
 *
 * Context: The worker.
 */
void tux_user_request_recycle(struct tux_user_request *request, struct tux_user_request **spare)
{
	if (*spare || !is_usual(request)) {
		tux_user_request_put(request);
		return;
	}
	if (!refcount_dec_and_test(&request->refs))
		return;
	release(request);
	*spare = request;
}

/* Takes a request out of the queue in which it waits, if it still does. */
static void leave_queue(struct tux_user_request *request)
{
	struct tux_user_queue *queue = READ_ONCE(request->queue);
	bool left = false;

	if (!queue)
		return;
	spin_lock(&queue->lock);
	/* It may have gone on to another one meanwhile. */
	if (request->queue == queue) {
		list_del_init(&request->node);
		queue->count--;
		WRITE_ONCE(request->queue, NULL);
		left = true;
	}
	spin_unlock(&queue->lock);
	if (left)
		tux_user_request_put(request);
}

/**
 * tux_user_request_abandon() - The connection of a request ends.
 * @request: The request; the connection's reference is dropped.
 *
 * Context: The worker, or whoever ends it.  May sleep.
 */
void tux_user_request_abandon(struct tux_user_request *request)
{
	bool is_ours;

	spin_lock(&request->lock);
	request->conn = NULL;
	is_ours = request->order != TUX_ORDER_NONE;
	spin_unlock(&request->lock);
	tux_watch_end(&request->watch);
	/* Only the process can close its descriptor: it learns that it has to. */
	if (!request->process || request->fd < 0)
		leave_queue(request);
	else if (is_ours)
		tux_process_give(request->process, request);
	tux_user_request_put(request);
}

/**
 * tux_user_queue_init() - Set up a queue.
 * @queue: The queue.
 *
 * Context: Any context.
 */
void tux_user_queue_init(struct tux_user_queue *queue)
{
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->list);
	queue->count = 0;
	queue->closed = false;
}

/**
 * tux_user_queue_add() - Let a request wait.
 * @queue: The queue; must live as long as the request, or be closed before.
 * @request: The request, in no queue; a reference is taken.
 * @limit: How many may wait.
 *
 * Context: Process context.
 * Return: False if the queue is full or closed.
 */
bool tux_user_queue_add(struct tux_user_queue *queue, struct tux_user_request *request,
			unsigned int limit)
{
	bool added = false;

	spin_lock(&queue->lock);
	if (!queue->closed && queue->count < limit) {
		list_add_tail(&tux_user_request_get(request)->node, &queue->list);
		WRITE_ONCE(request->queue, queue);
		queue->count++;
		added = true;
	}
	spin_unlock(&queue->lock);
	return added;
}

/**
 * tux_user_queue_put_back() - Let a request wait in front of all others.
 * @queue: The queue.
 * @request: The request; the caller's reference becomes the queue's.
 *
 * Context: Process context.
 */
void tux_user_queue_put_back(struct tux_user_queue *queue, struct tux_user_request *request)
{
	spin_lock(&queue->lock);
	list_add(&request->node, &queue->list);
	WRITE_ONCE(request->queue, queue);
	queue->count++;
	spin_unlock(&queue->lock);
}

/**
 * tux_user_queue_take() - Take the request that has waited longest.
 * @queue: The queue.
 *
 * Context: Process context.
 * Return: The request with the queue's reference, or NULL.
 */
struct tux_user_request *tux_user_queue_take(struct tux_user_queue *queue)
{
	struct tux_user_request *request;

	if (list_empty_careful(&queue->list))
		return NULL;
	spin_lock(&queue->lock);
	request = list_first_entry_or_null(&queue->list, struct tux_user_request, node);
	if (request) {
		list_del_init(&request->node);
		WRITE_ONCE(request->queue, NULL);
		queue->count--;
	}
	spin_unlock(&queue->lock);
	return request;
}

/**
 * tux_user_queue_close() - Let nothing be added to a queue any more.
 * @queue: The queue; what waits stays.
 *
 * Context: Process context.
 */
void tux_user_queue_close(struct tux_user_queue *queue)
{
	spin_lock(&queue->lock);
	queue->closed = true;
	spin_unlock(&queue->lock);
}

/**
 * tux_user_request_return() - Give a request back to the worker of its connection.
 * @request: The request; the caller's reference is dropped.
 * @order: What to do with it.
 *
 * Context: Process context; may sleep.
 */
void tux_user_request_return(struct tux_user_request *request, enum tux_order order)
{
	bool over;

	spin_lock(&request->lock);
	/* Pairs with the acquire in tux_dynamic_step(). */
	smp_store_release(&request->order, order);
	over = !request->conn;
	if (!over)
		tux_sock_notify(&request->conn->sock);
	spin_unlock(&request->lock);
	if (over && request->process)
		tux_process_withdraw(request->process, request);
	tux_user_request_put(request);
}

/* --- delivery */

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
