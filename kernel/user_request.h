/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request that user space answers: the kernel's side of a user_req_t.
 *
 * It belongs by turns to the worker of its connection, which does all that the client sees, and to
 * user space.  The worker gives it away by putting it on a recipient's list or a module's queue;
 * user space gives it back with an *order*.  Whoever has it owns every field but those that are
 * marked.  References: one of the connection, one of whoever else knows it (a list, a queue, being
 * current).
 */
#ifndef TUX_USER_REQUEST_H
#define TUX_USER_REQUEST_H

#include <linux/bitmap.h>
#include <linux/bvec.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/tux.h>
#include <linux/wait.h>

#include "file.h"
#include "http/chunk.h"
#include "http/parse.h"

struct cred;
struct tux_conn;
struct tux_module;
struct tux_process;
struct tux_sock;

/* What user space wants done with a request that it gives back. */
enum tux_order {
	TUX_ORDER_NONE,		/* user space has it */
	TUX_ORDER_GET_OBJECT,	/* look up @object_name */
	TUX_ORDER_SEND_OBJECT,	/* send @object */
	TUX_ORDER_SEND_BUFFER,	/* send @buffer */
	TUX_ORDER_REPLY,	/* the same, and then finish */
	TUX_ORDER_FINISH,	/* the response is complete */
	TUX_ORDER_FINISH_CLOSE,	/* and ends with the connection */
	TUX_ORDER_WAIT_BODY,	/* deliver when more of the body has come */
	TUX_ORDER_WAIT_PROXY,	/* deliver when @proxy is readable */
	TUX_ORDER_POSTPONE,	/* deliver after CONTINUE_REQ */
	TUX_ORDER_REDIRECT,	/* deliver to the redirector */
	TUX_ORDER_DROP,		/* nobody answers it */
};

/**
 * struct tux_user_queue - Requests that wait for somebody; bounded by whoever adds to it.
 */
struct tux_user_queue {
	/** @lock: Protects the list; innermost. */
	spinlock_t lock;
	/** @list: The requests, first come first. */
	struct list_head list;
	/** @count: Entries of @list.  Protected by @lock. */
	unsigned int count;
	/** @closed: Nothing may be added any more.  Protected by @lock. */
	bool closed;
};

/**
 * struct tux_user_buffer - Bytes that user space has given to be sent.
 */
struct tux_user_buffer {
	/** @pages: The pages, all full but the last. */
	struct page **pages;
	/** @count: Entries of @pages. */
	unsigned int count;
	/** @bytes: Bytes in all pages. */
	size_t bytes;
};

/**
 * struct tux_user_body - How far the body of a request has been read.
 */
struct tux_user_body {
	/** @left: Bytes of it still in the input; for a chunked one how many are allowed. */
	u64 left;
	/** @length: Content-Length, or the decoded length if @known. */
	u64 length;
	/** @read: Decoded bytes that user space has got. */
	u64 read;
	/** @chunk: Where in a chunked body the input is. */
	struct http_chunk chunk;
	/** @probe: How far a chunked body has been looked at while it was waited for. */
	struct http_chunk probe;
	/** @probed: Bytes of input looked at so. */
	u32 probed;
	/** @chunked: It is chunked. */
	bool chunked;
	/** @known: @length is known. */
	bool known;
	/** @over: Nothing is left of it. */
	bool over;
	/** @must_continue: The client waits for 100 (Continue). */
	bool must_continue;
};

/**
 * struct tux_user_watch - What WAIT_PROXY_SOCKET waits for.
 */
struct tux_user_watch {
	/** @file: The watched descriptor's; referenced.  NULL if none. */
	struct file *file;
	/** @entry: In the wait queue of @file while waiting. */
	wait_queue_entry_t entry;
	/** @head: That wait queue, or NULL.  Owned by the worker. */
	wait_queue_head_t *head;
	/** @sock: The connection to wake; constant while waiting. */
	struct tux_sock *sock;
};

/**
 * struct tux_user_request - A request for user space.
 */
struct tux_user_request {
	/** @refs: See above.  Atomic. */
	refcount_t refs;
	/** @lock: Protects @conn; innermost but for the worker's ready list. */
	spinlock_t lock;
	/** @conn: The connection, or NULL when it has ended.  Protected by @lock. */
	struct tux_conn *conn;
	/** @order: What to do; set by user space with a release, taken by the worker. */
	enum tux_order order;
	/** @node: Place in @queue, or in the slots' @answered. */
	struct list_head node;
	/** @answer: The order that it goes back with, while in @answered. */
	enum tux_order answer;
	/** @queue: Where it waits.  Protected by the queue's lock. */
	struct tux_user_queue *queue;
	/** @module: The module of processes of their own that it is for; referenced.  Else NULL. */
	struct tux_module *module;
	/** @process: The process that it was delivered to first; referenced.  NULL for a worker. */
	struct tux_process *process;
	/** @file: The connection's file; referenced from the first delivery till it is back. */
	struct file *file;
	/** @fd: Descriptor in @process, or -1.  (A worker's is the connection's.) */
	int fd;
	/** @module_index: As REGISTER_MODULE gave it. */
	u32 module_index;
	/** @event: The module's own. */
	u32 event;
	/** @http_status: The module's, for the log. */
	u32 http_status;
	/** @error: For the next delivery. */
	s32 error;
	/** @bytes_sent: Bytes of the response, as far as known. */
	u64 bytes_sent;
	/** @priv: The module's own. */
	u64 priv;
	/** @id: Token of the connection. */
	u64 id;
	/** @read_limit: objectlen as it was delivered last. */
	u32 read_limit;
	/** @unread_head: Bytes of the head that are still in the input. */
	u32 unread_head;
	/** @copied_seq: Where the input is read next, if nobody but us reads. */
	u32 copied_seq;
	/** @write_seq: Where the output was when the request was new. */
	u32 write_seq;
	/** @is_prefix: Its module is bound to a prefix. */
	bool is_prefix;
	/** @keep_alive: The connection can be used again. */
	bool keep_alive;
	/** @waiting: An order to wait has been begun.  Owned by the worker. */
	bool waiting;
	/** @tells: It is delivered to tell that the client has gone.  Owned by the worker. */
	bool tells;
	/** @deadline: Second (of the worker) at which a process has had it for too long, or 0. */
	u32 deadline;
	/** @finish: Finish when what is being sent is out. */
	bool finish;
	/** @client: The client's address. */
	struct in6_addr client;
	/** @server: Ours. */
	struct in6_addr server;
	/** @client_port: Its port. */
	u16 client_port;
	/** @server_port: Ours. */
	u16 server_port;
	/** @body: The body. */
	struct tux_user_body body;
	/** @object: What GET_OBJECT found; path.dentry is NULL if nothing. */
	struct tux_file object;
	/** @object_name: What to look for; owned, NULL if nothing. */
	char *object_name;
	/** @cred: With whose rights; referenced with @object_name, NULL for the worker's. */
	const struct cred *cred;
	/** @buffer: What to send. */
	struct tux_user_buffer buffer;
	/** @watch: What to wait for. */
	struct tux_user_watch watch;
	/** @parsed: The head. */
	struct http_request parsed;
	/** @path_info: Where in the name behind the head what follows the prefix begins. */
	u32 path_info;
	/** @name_length: Bytes of the name. */
	u32 name_length;
	/** @capacity: Bytes of @text. */
	u32 capacity;
	/** @text: The head, parsed.head_length bytes, a NUL, the decoded name, a NUL. */
	char text[];
};

/**
 * tux_user_request_name() - The decoded path of a request, without a leading slash.
 * @request: The request.
 *
 * Context: Any context.
 * Return: Its text, terminated.
 */
static inline const char *tux_user_request_name(const struct tux_user_request *request)
{
	return request->text + request->parsed.head_length + 1;
}

/**
 * struct tux_user_slots - Requests that a recipient holds beside the current one, for BATCH.
 */
struct tux_user_slots {
	/** @recipient: Whose they are. */
	struct tux_recipient *recipient;
	/** @used: Which slots have a request. */
	DECLARE_BITMAP(used, TUX_BATCH_MAX);
	/** @held: The requests. */
	struct tux_user_request *held[TUX_BATCH_MAX];
	/** @answered: Requests whose workers are told at the end of a batch. */
	struct list_head answered;
	/** @indices: Scratch for numbers of slots that come from or go to user space. */
	u32 indices[TUX_BATCH_MAX];
};

/**
 * struct tux_recipient - Who user requests are delivered to: a worker, or a process of its own.
 */
struct tux_recipient {
	/** @ready: Requests for it alone. */
	struct tux_user_queue ready;
	/**
	 * @current_request: The request that was delivered last; owned by whoever is busy with the
	 * handle.
	 */
	struct tux_user_request *current_request;
	/** @slots: What it holds beside, or NULL.  As @current_request. */
	struct tux_user_slots *slots;
};

/* life cycle */
struct tux_user_request *tux_user_request_create(struct tux_user_request **spare,
						 const struct http_request *parsed,
						 const char *head, const char *name, size_t length);
struct tux_user_request *tux_user_request_get(struct tux_user_request *request);
void tux_user_request_put(struct tux_user_request *request);
void tux_user_request_free(struct tux_user_request *request);
void tux_user_request_recycle(struct tux_user_request *request, struct tux_user_request **spare);
void tux_user_request_abandon(struct tux_user_request *request);
void tux_user_buffer_free(struct tux_user_buffer *buffer);

int tux_user_buffer_pages(const struct tux_user_buffer *buffer, loff_t position,
			  struct tux_pages *pages);

/* queues */
void tux_user_queue_init(struct tux_user_queue *queue);
bool tux_user_queue_add(struct tux_user_queue *queue, struct tux_user_request *request,
			unsigned int limit);
void tux_user_queue_put_back(struct tux_user_queue *queue, struct tux_user_request *request);
struct tux_user_request *tux_user_queue_take(struct tux_user_queue *queue);
void tux_user_queue_close(struct tux_user_queue *queue);

/* what a recipient has */
struct tux_user_slots *tux_user_slots_get(struct tux_recipient *recipient);
void tux_user_slots_hold(struct tux_user_slots *slots, u32 slot);
bool tux_user_slots_release(struct tux_user_slots *slots, u32 slot);
u32 tux_user_slots_free(const struct tux_user_slots *slots, u32 capacity, u32 first);
struct tux_user_request *tux_recipient_take_any(struct tux_recipient *recipient);

/* between user space and the worker */
bool tux_user_request_return(struct tux_user_request *request, enum tux_order order);
void tux_user_slots_answer(struct tux_user_slots *slots, struct tux_user_request *request,
			   enum tux_order order);
void tux_user_slots_return(struct tux_user_slots *slots);
int tux_user_request_fill(struct tux_user_request *request, int fd, user_req_t __user *to);

#endif /* TUX_USER_REQUEST_H */
