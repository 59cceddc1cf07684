// SPDX-License-Identifier: GPL-2.0-only
/*
 * The actions on the request that user space has, see user_action.h and <linux/tux.h>.
 *
 * Called by action.c through its table, with the handle claimed; calls worker.c, process.c and
 * user_request.c.  user_read.c has the actions that only look.  What belongs to a worker's own
 * request is done in this very call; a process of its own gives its request back and the worker of
 * the connection does it.
 */
#include "user_action.h"

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/tux.h>
#include <linux/uaccess.h>
#include <net/tcp.h>

#include "action.h"
#include "handle.h"
#include "handout.h"
#include "process.h"
#include "reply.h"
#include "worker.h"

/* A buffer of up to so many bytes is copied next to where heads of responses are composed. */
#define SMALL_BUFFER_MAX 8192

/* --- the present request --- */

/**
 * tux_user_recipient() - Where a handle's requests are.
 * @handle: The claimed handle.
 *
 * Context: The owner's task.
 * Return: The worker's or the module process's; NULL if it is neither.
 */
struct tux_recipient *tux_user_recipient(const struct tux_handle *handle)
{
	if (handle->worker)
		return &handle->worker->context.recipient;
	return tux_handle_is_process(handle) ? &handle->process->recipient : NULL;
}

/**
 * tux_user_no_recipient() - What waiting for requests comes to where there are none.
 * @handle: The claimed handle, which is neither a worker nor a module process.
 *
 * Context: The owner's task.
 * Return: TUX_RETURN_EXIT if it has been a worker, else -EINVAL.
 */
int tux_user_no_recipient(const struct tux_handle *handle)
{
	return handle->was_worker ? TUX_RETURN_EXIT : -EINVAL;
}

/**
 * tux_user_current() - The request that a handle has.
 * @handle: The claimed handle.
 *
 * Context: The owner's task.
 * Return: The request, or NULL.
 */
struct tux_user_request *tux_user_current(const struct tux_handle *handle)
{
	struct tux_recipient *recipient = tux_user_recipient(handle);

	return recipient ? recipient->current_request : NULL;
}

/**
 * tux_user_sock() - The socket of a request's connection.
 * @request: The present request of a handle.
 *
 * Context: The owner's task.
 * Return: The socket; a process of its own has a reference.
 */
struct sock *tux_user_sock(const struct tux_user_request *request)
{
	return request->file ? sock_from_file(request->file)->sk : request->conn->sock.sk;
}

/**
 * tux_user_read_back() - Take from a module what every action takes.
 * @handle: The claimed handle.
 * @from: Where event, http_status, bytes_sent and priv are.
 *
 * Context: The owner's task.
 * Return: The present request, or ERR_PTR(): -EINVAL if there is none, -EFAULT.
 */
struct tux_user_request *tux_user_read_back(const struct tux_handle *handle,
					    user_req_t __user *from)
{
	struct tux_user_request *request = tux_user_current(handle);
	u32 event, http_status, bytes_sent;
	u64 priv;

	if (!request)
		return ERR_PTR(-EINVAL);
	if (get_user(event, &from->event) || get_user(http_status, &from->http_status) ||
	    get_user(bytes_sent, &from->bytes_sent) || get_user(priv, &from->priv))
		return ERR_PTR(-EFAULT);
	request->event = event;
	request->http_status = http_status;
	request->bytes_sent = bytes_sent;
	request->priv = priv;
	return request;
}

/*
 * The worker of the connection learns what to do; a worker does it at once.  False if the
 * connection has ended, so that there is nothing to do.
 */
static bool give_back(struct tux_handle *handle, enum tux_order order)
{
	struct tux_recipient *recipient = tux_user_recipient(handle);
	struct tux_user_request *request = recipient->current_request;

	recipient->current_request = NULL;
	if (!handle->worker)
		return tux_user_request_return(request, order);
	WRITE_ONCE(request->order, order);
	tux_worker_resume(handle->worker, request);
	tux_user_request_put(request);
	return true;
}

/**
 * tux_user_loop() - Wait for a request, and serve meanwhile.
 * @handle: The claimed handle, without a current request; it may be no worker any more afterwards.
 * @to: Where to write the request.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; 0 at once in a batch.
 */
int tux_user_loop(struct tux_handle *handle, user_req_t __user *to)
{
	int result;

	if (handle->in_batch)
		return 0;
	if (!handle->worker)
		return tux_process_loop(handle->process, to);
	result = tux_worker_loop(handle->worker, to);
	/* There is nothing left for it to do, and SHUTDOWN need not wait for the process to end. */
	if (result == TUX_RETURN_EXIT)
		tux_handle_end_worker(handle);
	return result;
}

/**
 * tux_user_poll() - Take a request that is there already.
 * @handle: The claimed handle, which has no current request.
 * @to: Where to write the request.
 *
 * Context: The owner's task.
 * Return: 0, 1 if there is none, or -EFAULT (it waits on).
 */
int tux_user_poll(struct tux_handle *handle, user_req_t __user *to)
{
	if (!handle->worker)
		return tux_process_deliver(handle->process, to);
	return tux_worker_deliver(handle->worker, to);
}

/**
 * tux_user_forget_ended() - Drop the current request if its connection has ended.
 * @handle: The claimed handle, which has a current request.
 *
 * A worker's request can lose its connection only while the event loop runs, which it does not
 * between a delivery and the next action; but a request in a batch is in hand for longer.
 *
 * Context: The owner's task.
 * Return: True if it has been dropped; false if the worker may use request->conn.
 */
bool tux_user_forget_ended(struct tux_handle *handle)
{
	struct tux_recipient *recipient = tux_user_recipient(handle);
	struct tux_user_request *request = recipient->current_request;
	bool ended;

	spin_lock(&request->lock);
	ended = !request->conn;
	spin_unlock(&request->lock);
	if (!ended)
		return false;
	recipient->current_request = NULL;
	if (handle->worker)
		tux_user_request_put(request);
	else
		tux_user_request_return(request, TUX_ORDER_DROP);
	return true;
}

static int move(struct tux_handle *handle, enum tux_order order, user_req_t __user *to)
{
	struct tux_recipient *recipient = tux_user_recipient(handle);

	if (handle->worker || !handle->in_batch) {
		give_back(handle, order);
	} else {
		tux_user_slots_answer(recipient->slots, recipient->current_request, order);
		recipient->current_request = NULL;
	}
	return tux_user_loop(handle, to);
}

/* A process of its own has no descriptor of a connection any more that others may use. */
static int move_for_good(struct tux_handle *handle, enum tux_order order, user_req_t __user *to)
{
	if (!handle->worker)
		tux_process_withdraw(handle->process, tux_user_current(handle));
	return move(handle, order, to);
}

/* --- moving actions --- */

/**
 * tux_user_action_event_loop() - EVENTLOOP: serve, until user space is wanted.
 * @handle: The claimed handle.
 * @argument: A user_req_t, for a request.
 *
 * Context: The owner's task.
 * Return: As tux_worker_loop() or tux_process_loop(); -EINVAL for a handle without such a role.
 */
int tux_user_action_event_loop(struct tux_handle *handle, void __user *argument)
{
	if (!tux_user_recipient(handle))
		return tux_user_no_recipient(handle);
	if (!tux_user_current(handle))
		return tux_user_loop(handle, argument);
	return move_for_good(handle, TUX_ORDER_DROP, argument);
}

/**
 * tux_user_action_get_object() - GET_OBJECT: look a file up.
 * @handle: The claimed handle.
 * @argument: A user_req_t with objectname.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; -EINVAL, -EFAULT, -ENOMEM.
 */
int tux_user_action_get_object(struct tux_handle *handle, void __user *argument)
{
	user_req_t __user *from = argument;
	struct tux_user_request *request = tux_user_read_back(handle, from);
	char *name;
	long length;

	if (IS_ERR(request))
		return PTR_ERR(request);
	name = kmalloc(MAX_URI_LEN, GFP_KERNEL_ACCOUNT);
	if (!name)
		return -ENOMEM;
	length = strncpy_from_user(name, from->objectname, MAX_URI_LEN);
	if (length <= 0 || length == MAX_URI_LEN) {
		kfree(name);
		return length < 0 ? length : -EINVAL;
	}
	request->object_name = name;
	if (!handle->worker)
		request->cred = get_current_cred();
	return move(handle, TUX_ORDER_GET_OBJECT, from);
}

/**
 * tux_user_action_send_object() - SEND_OBJECT: send the file of GET_OBJECT.
 * @handle: The claimed handle.
 * @argument: A user_req_t.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; -EINVAL without a file, -EFAULT.
 */
int tux_user_action_send_object(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_read_back(handle, argument);

	if (IS_ERR(request))
		return PTR_ERR(request);
	if (!request->object.path.dentry)
		return -EINVAL;
	return move(handle, TUX_ORDER_SEND_OBJECT, argument);
}

/**
 * tux_user_action_finish() - FINISH_REQ: the response is complete.
 * @handle: The claimed handle.
 * @argument: A user_req_t.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; -EINVAL, -EFAULT.
 */
int tux_user_action_finish(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_read_back(handle, argument);

	if (IS_ERR(request))
		return PTR_ERR(request);
	return move_for_good(handle, TUX_ORDER_FINISH, argument);
}

/**
 * tux_user_action_finish_close() - FINISH_CLOSE_REQ: the response ends with the connection.
 * @handle: The claimed handle.
 * @argument: A user_req_t.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; -EINVAL, -EFAULT.
 */
int tux_user_action_finish_close(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_read_back(handle, argument);

	if (IS_ERR(request))
		return PTR_ERR(request);
	return move_for_good(handle, TUX_ORDER_FINISH_CLOSE, argument);
}

/**
 * tux_user_action_postpone() - POSTPONE_REQ: park the request.
 * @handle: The claimed handle.
 * @argument: A user_req_t.
 *
 * Context: The owner's task.
 * Return: 0, -EINVAL, -EFAULT, or -ENOTCONN: the request is over, and its descriptor closed.
 */
int tux_user_action_postpone(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_read_back(handle, argument);

	if (IS_ERR(request))
		return PTR_ERR(request);
	return give_back(handle, TUX_ORDER_POSTPONE) ? 0 : -ENOTCONN;
}

/* Nothing of the request has been read, and nothing answered. */
static bool is_untouched(const struct tux_user_request *request)
{
	return request->unread_head == request->parsed.head_length && !request->body.read &&
	       READ_ONCE(tcp_sk(tux_user_sock(request))->write_seq) == request->write_seq;
}

/**
 * tux_user_action_redirect() - REDIRECT_REQ: let another server answer.
 * @handle: The claimed handle.
 * @argument: A user_req_t.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; -EINVAL if the request has been read or answered in part, -EFAULT.
 */
int tux_user_action_redirect(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_read_back(handle, argument);

	if (IS_ERR(request))
		return PTR_ERR(request);
	if (!is_untouched(request))
		return -EINVAL;
	return move_for_good(handle, TUX_ORDER_REDIRECT, argument);
}

/**
 * tux_user_action_detach() - DETACH_REQ: the connection becomes the process's own.
 * @handle: The claimed handle.
 * @argument: A user_req_t.
 *
 * Context: The owner's task.
 * Return: 0, -EINVAL, -EFAULT.
 */
int tux_user_action_detach(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_read_back(handle, argument);

	if (IS_ERR(request))
		return PTR_ERR(request);
	/* The descriptor stays open, and whoever has it has the connection from now on. */
	request->fd = -1;
	if (handle->worker)
		request->conn->fd = -1;
	tux_handout_let_go(request->file ?: request->conn->sock.file);
	give_back(handle, TUX_ORDER_DROP);
	return 0;
}

/**
 * tux_user_action_wait_post() - WAIT_POST_DATA: wait for more of the body.
 * @handle: The claimed handle.
 * @argument: A user_req_t.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; -EINVAL, -EFAULT.
 */
int tux_user_action_wait_post(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_read_back(handle, argument);

	if (IS_ERR(request))
		return PTR_ERR(request);
	return move(handle, TUX_ORDER_WAIT_BODY, argument);
}

/**
 * tux_user_action_wait_proxy() - WAIT_PROXY_SOCKET: wait for the watched socket.
 * @handle: The claimed handle.
 * @argument: A user_req_t.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; -EINVAL if none is watched, -EFAULT.
 */
int tux_user_action_wait_proxy(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_read_back(handle, argument);

	if (IS_ERR(request))
		return PTR_ERR(request);
	if (!request->watch.file)
		return -EINVAL;
	return move(handle, TUX_ORDER_WAIT_PROXY, argument);
}

/* --- buffers --- */

/* Copies @length bytes into pages; @buffer is empty again after an error. */
static int fill_buffer(struct tux_user_buffer *buffer, const char __user *from, size_t length)
{
	size_t left = length;

	buffer->pages = kvcalloc(DIV_ROUND_UP(length, PAGE_SIZE), sizeof(*buffer->pages),
				 GFP_KERNEL_ACCOUNT);
	if (!buffer->pages)
		return -ENOMEM;
	while (left) {
		size_t piece = min_t(size_t, left, PAGE_SIZE);
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT);

		if (!page)
			return -ENOMEM;
		buffer->pages[buffer->count++] = page;
		if (copy_from_user(page_address(page), from + length - left, piece))
			return -EFAULT;
		left -= piece;
		cond_resched();
	}
	buffer->bytes = length;
	return 0;
}

/* A worker's small answer goes where heads of responses are composed: no page of its own. */
static int fill_head(struct tux_handle *handle, struct tux_user_request *request,
		     const char __user *from, size_t length)
{
	char *out = tux_reply_memory(&handle->worker->context, length);

	if (!out)
		return -ENOMEM;
	if (copy_from_user(out, from, length))
		return -EFAULT;
	tux_reply_commit(&handle->worker->context, &request->conn->request, length);
	return 0;
}

static int take_buffer(struct tux_handle *handle, struct tux_user_request *request,
		       user_req_t __user *from)
{
	u32 length;
	u64 address;
	int error;

	if (get_user(length, &from->objectlen) || get_user(address, &from->object_addr))
		return -EFAULT;
	if (!length)
		return -EINVAL;
	if (length > TUX_SEND_BUFFER_MAX)
		return -EMSGSIZE;
	if (handle->worker && length <= SMALL_BUFFER_MAX)
		return fill_head(handle, request, u64_to_user_ptr(address), length);
	error = fill_buffer(&request->buffer, u64_to_user_ptr(address), length);
	if (error)
		tux_user_buffer_free(&request->buffer);
	return error;
}

/**
 * tux_user_action_send_buffer() - SEND_BUFFER: send memory of the caller.
 * @handle: The claimed handle.
 * @argument: A user_req_t with object_addr and objectlen.
 *
 * Context: The owner's task.
 * Return: As EVENTLOOP; -EINVAL, -EMSGSIZE, -EFAULT, -ENOMEM.
 */
int tux_user_action_send_buffer(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_read_back(handle, argument);
	int error;

	if (IS_ERR(request))
		return PTR_ERR(request);
	error = take_buffer(handle, request, argument);
	return error ?: move(handle, TUX_ORDER_SEND_BUFFER, argument);
}

/**
 * tux_user_action_reply() - REPLY: send memory of the caller, which completes the response.
 * @handle: The claimed handle.
 * @argument: A user_req_t with object_addr and objectlen.
 *
 * Context: The owner's task.
 * Return: As tux_user_action_send_buffer().
 */
int tux_user_action_reply(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_read_back(handle, argument);
	int error;

	if (IS_ERR(request))
		return PTR_ERR(request);
	error = take_buffer(handle, request, argument);
	return error ?: move_for_good(handle, TUX_ORDER_REPLY, argument);
}
