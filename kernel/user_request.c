// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that user space answers, see user_request.h.
 *
 * Called by conn.c and the code around modules; calls file.c and sock.c.  user_fill.c writes what a
 * request says for user space.  A worker keeps one request in reserve, of a size that fits nearly
 * every head, so that in the long run answering takes no memory at all.
 */
#include "user_request.h"

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>

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
	LIST_HEAD(roused);
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
		tux_process_give(request->process, request, &roused);
	tux_process_wake_roused(&roused);
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
 * Return: False if the connection has ended, so that nobody will do that.
 */
bool tux_user_request_return(struct tux_user_request *request, enum tux_order order)
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
	return !over;
}

/* --- what a recipient has */

/**
 * tux_user_slots_get() - The slots of a recipient, made if it has none.
 * @recipient: The recipient; the caller is busy with it.
 *
 * They live until tux_recipient_take_any() has found nothing more.
 *
 * Context: Process context.
 * Return: The slots, or NULL if there is no memory.
 */
struct tux_user_slots *tux_user_slots_get(struct tux_recipient *recipient)
{
	struct tux_user_slots *slots = recipient->slots;

	if (slots)
		return slots;
	slots = kzalloc(sizeof(*slots), GFP_KERNEL_ACCOUNT);
	if (!slots)
		return NULL;
	slots->recipient = recipient;
	INIT_LIST_HEAD(&slots->answered);
	recipient->slots = slots;
	return slots;
}

/**
 * tux_user_slots_hold() - Put the current request into a free slot.
 * @slots: The slots.
 * @slot: Number of the slot.
 *
 * Context: Whoever is busy with the recipient.
 */
void tux_user_slots_hold(struct tux_user_slots *slots, u32 slot)
{
	slots->held[slot] = slots->recipient->current_request;
	slots->recipient->current_request = NULL;
	__set_bit(slot, slots->used);
}

/**
 * tux_user_slots_release() - Make the request of a slot the current one; there is none.
 * @slots: The slots.
 * @slot: Number of the slot.
 *
 * Context: Whoever is busy with the recipient.
 * Return: False if the slot is free.
 */
bool tux_user_slots_release(struct tux_user_slots *slots, u32 slot)
{
	if (!__test_and_clear_bit(slot, slots->used))
		return false;
	slots->recipient->current_request = slots->held[slot];
	slots->held[slot] = NULL;
	return true;
}

/**
 * tux_user_slots_answer() - Remember a request that goes back to its worker.
 * @slots: The slots of a process of its own; tux_user_slots_return() must follow.
 * @request: The request; the caller's reference is taken over.
 * @order: What to do with it.
 *
 * Context: Whoever is busy with the recipient.
 */
void tux_user_slots_answer(struct tux_user_slots *slots, struct tux_user_request *request,
			   enum tux_order order)
{
	request->answer = order;
	list_add_tail(&request->node, &slots->answered);
}

/**
 * tux_user_slots_return() - Give all remembered requests back at once.
 * @slots: The slots.
 *
 * A worker that was woken by the first one would take the processor before it had any others, and
 * a switch between tasks for each.
 *
 * Context: Whoever is busy with the recipient.
 */
void tux_user_slots_return(struct tux_user_slots *slots)
{
	while (!list_empty(&slots->answered)) {
		struct tux_user_request *request =
			list_first_entry(&slots->answered, struct tux_user_request, node);

		list_del_init(&request->node);
		tux_user_request_return(request, request->answer);
	}
}

/**
 * tux_user_slots_free() - Find a free slot.
 * @slots: The slots.
 * @capacity: How many of them may be used.
 * @first: Where to begin.
 *
 * Context: Whoever is busy with the recipient.
 * Return: Its number, or @capacity if there is none.
 */
u32 tux_user_slots_free(const struct tux_user_slots *slots, u32 capacity, u32 first)
{
	return find_next_zero_bit(slots->used, capacity, first);
}

/**
 * tux_recipient_take_any() - Take one of all the requests that a recipient has or would be given.
 * @recipient: The recipient; it gets no more.
 *
 * Context: Process context; whoever is busy with the recipient.
 * Return: The request, with its reference; NULL when there is none, and no slots any more.
 */
struct tux_user_request *tux_recipient_take_any(struct tux_recipient *recipient)
{
	struct tux_user_slots *slots = recipient->slots;
	struct tux_user_request *request;
	u32 slot;

	if (!recipient->current_request && slots) {
		slot = find_first_bit(slots->used, TUX_BATCH_MAX);
		if (slot < TUX_BATCH_MAX)
			tux_user_slots_release(slots, slot);
	}
	request = recipient->current_request;
	recipient->current_request = NULL;
	if (!request)
		request = tux_user_queue_take(&recipient->ready);
	if (!request) {
		kfree(slots);
		recipient->slots = NULL;
	}
	return request;
}
