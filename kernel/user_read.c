// SPDX-License-Identifier: GPL-2.0-only
/*
 * The actions that keep the request that user space has, see user_action.h and <linux/tux.h>.
 *
 * Called by action.c through its table, with the handle claimed; calls user_action.c, post.c and
 * watch.c.
 */
#include "user_action.h"

#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/tux.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "action.h"
#include "handle.h"
#include "lookup.h"
#include "post.h"
#include "watch.h"

static ssize_t read_file(struct file *file, char __user *to, size_t size)
{
	loff_t position = 0;
	size_t total = 0;

	while (total < size) {
		size_t piece = min_t(size_t, size - total, MAX_RW_COUNT);
		struct iov_iter iter;
		ssize_t length;

		iov_iter_ubuf(&iter, ITER_DEST, to + total, piece);
		length = vfs_iter_read(file, &iter, &position, 0);
		if (length < 0)
			return length;
		if (!length)
			break;
		total += length;
		if (signal_pending(current) && total < size)
			return -EINTR;
	}
	return total;
}

/**
 * tux_user_action_read_object() - READ_OBJECT: copy the file of GET_OBJECT to the caller.
 * @handle: The claimed handle.
 * @argument: A user_req_t with object_addr; objectlen is set.
 *
 * Context: The owner's task.  May have to wait for a disk.
 * Return: 0; -EINVAL without a file, -EFAULT, -EINTR, or what reading the file returned.
 */
int tux_user_action_read_object(struct tux_handle *handle, void __user *argument)
{
	user_req_t __user *from = argument;
	struct tux_user_request *request = tux_user_read_back(handle, from);
	struct tux_file *object;
	ssize_t length;
	u64 address;
	size_t size;

	if (IS_ERR(request))
		return PTR_ERR(request);
	object = &request->object;
	if (!object->path.dentry)
		return -EINVAL;
	if (get_user(address, &from->object_addr))
		return -EFAULT;
	size = min_t(u64, object->size, request->read_limit);
	if (!access_ok(u64_to_user_ptr(address), size))
		return -EFAULT;
	length = object->file ? 0 : tux_lookup_open(object);
	if (!length)
		length = read_file(object->file, u64_to_user_ptr(address), size);
	if (length < 0)
		return length;
	return put_user((u32)length, &from->objectlen);
}

/**
 * tux_user_action_read_headers() - READ_HEADERS: copy the head to the caller.
 * @handle: The claimed handle.
 * @argument: A user_req_t with object_addr; objectlen is set.
 *
 * Context: The owner's task.
 * Return: 0, -EINVAL, -EFAULT.
 */
int tux_user_action_read_headers(struct tux_handle *handle, void __user *argument)
{
	user_req_t __user *from = argument;
	struct tux_user_request *request = tux_user_read_back(handle, from);
	u64 address;

	if (IS_ERR(request))
		return PTR_ERR(request);
	if (get_user(address, &from->object_addr) ||
	    copy_to_user(u64_to_user_ptr(address), request->text, request->parsed.head_length))
		return -EFAULT;
	return put_user(request->parsed.head_length, &from->objectlen);
}

/**
 * tux_user_action_read_post() - READ_POST_DATA: copy what has come of the body to the caller.
 * @handle: The claimed handle.
 * @argument: A user_req_t with object_addr and objectlen, which is set.
 *
 * Context: The owner's task.
 * Return: 0, -EINVAL, or as tux_post_read().
 */
int tux_user_action_read_post(struct tux_handle *handle, void __user *argument)
{
	user_req_t __user *from = argument;
	struct tux_user_request *request = tux_user_read_back(handle, from);
	ssize_t length;
	u64 address;
	u32 size;

	if (IS_ERR(request))
		return PTR_ERR(request);
	if (get_user(address, &from->object_addr) || get_user(size, &from->objectlen))
		return -EFAULT;
	if (!size)
		return -EINVAL;
	length = tux_post_read(request, tux_user_sock(request), u64_to_user_ptr(address), size);
	if (length < 0)
		return length;
	return put_user((u32)length, &from->objectlen);
}

/**
 * tux_user_action_watch() - WATCH_PROXY_SOCKET: choose a socket to wait for.
 * @handle: The claimed handle.
 * @argument: A user_req_t with the descriptor in object_addr.
 *
 * Context: The owner's task.
 * Return: 0, -EINVAL, -EFAULT, -EBADF, -ENOTSOCK.
 */
int tux_user_action_watch(struct tux_handle *handle, void __user *argument)
{
	user_req_t __user *from = argument;
	struct tux_user_request *request = tux_user_read_back(handle, from);
	u64 address;

	if (IS_ERR(request))
		return PTR_ERR(request);
	if (get_user(address, &from->object_addr))
		return -EFAULT;
	return tux_watch_set(&request->watch, (s32)address);
}

static struct tux_text text_of(const struct http_span *span)
{
	return (struct tux_text){ .offset = span->offset, .length = span->length };
}

/* Where everything will stand in the caller's buffer: the head, NUL, "/", the name, NUL. */
static void describe_text(const struct tux_user_request *request, struct tux_get_request *result)
{
	const struct http_request *parsed = &request->parsed;
	u32 path = parsed->head_length + 1;

	result->buffer_length = path + 1 + request->name_length + 1;
	result->head.length = parsed->head_length;
	result->method = text_of(&parsed->method_name);
	result->target = text_of(&parsed->target);
	result->query = text_of(&parsed->query);
	result->host = text_of(&parsed->host);
	result->fields.offset = parsed->fields_offset;
	/* But for the blank line. */
	result->fields.length = parsed->head_length - 2 - parsed->fields_offset;
	result->path.offset = path;
	result->path.length = 1 + request->name_length;
	if (!request->is_prefix)
		return;
	/* What belongs to a prefix of "/" alone is nothing, not even the slash. */
	result->path_info.offset = path + (request->path_info ? 1 + request->path_info : 0);
	result->path_info.length = path + 1 + request->name_length - result->path_info.offset;
}

static void describe_rest(const struct tux_user_request *request, struct tux_get_request *result)
{
	const struct tux_user_body *body = &request->body;

	result->content_length = body->known ? body->length : TUX_LENGTH_UNKNOWN;
	result->content_read = body->read;
	result->object_length = request->object.path.dentry ? request->object.size : 0;
	result->bytes_sent = request->bytes_sent;
	result->id = request->id;
	memcpy(result->client_address, &request->client, sizeof(result->client_address));
	memcpy(result->server_address, &request->server, sizeof(result->server_address));
	result->client_port = request->client_port;
	result->server_port = request->server_port;
	result->http_version_minor = request->parsed.version_minor;
}

static int copy_text(const struct tux_user_request *request, char __user *to)
{
	u32 head = request->parsed.head_length + 1;

	if (copy_to_user(to, request->text, head) || put_user('/', to + head) ||
	    copy_to_user(to + head + 1, tux_user_request_name(request), request->name_length + 1))
		return -EFAULT;
	return 0;
}

/**
 * tux_user_action_get_request() - GET_REQUEST: everything about the present request.
 * @handle: The claimed handle.
 * @argument: A struct tux_get_request.
 *
 * Context: The owner's task.
 * Return: 0, -EINVAL, -EFAULT, or -EMSGSIZE after buffer_length has been set.
 */
int tux_user_action_get_request(struct tux_handle *handle, void __user *argument)
{
	struct tux_user_request *request = tux_user_current(handle);
	struct tux_get_request given;
	struct tux_get_request result = {};
	int error = tux_action_copy_sized(&given, sizeof(given), argument);

	if (error)
		return error;
	if (!request || given.flags)
		return -EINVAL;
	result.size = given.size;
	result.buffer = given.buffer;
	result.buffer_size = given.buffer_size;
	describe_text(request, &result);
	describe_rest(request, &result);
	if (copy_to_user(argument, &result, sizeof(result)))
		return -EFAULT;
	if (result.buffer_length > given.buffer_size)
		return -EMSGSIZE;
	return copy_text(request, u64_to_user_ptr(given.buffer));
}
