// SPDX-License-Identifier: GPL-2.0-only
/*
 * The actions of tux(2), see action.h and <linux/tux.h>.
 *
 * Called by chardev.c and syscall.c, which differ only in how they find the handle.  Checks rights,
 * claims the handle, reads each user pointer once.
 */
#include "action.h"

#include <linux/capability.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tux.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "adopt.h"
#include "batch.h"
#include "handle.h"
#include "handout.h"
#include "process.h"
#include "ring.h"
#include "server.h"
#include "user_action.h"
#include "worker.h"

/* Listeners that one handle may hold for STARTUP. */
#define PENDING_LISTENERS_MAX 1024

static bool userns;
module_param(userns, bool, 0644);
MODULE_PARM_DESC(userns, "allow servers in network namespaces of unprivileged users (default: no)");

/* What an action needs. */
#define NEEDS_ADMIN	BIT(0)	/* the right to run a server in the handle's network namespace */
#define NEEDS_CLAIM	BIT(1)	/* nobody else may be at the handle */
#define IN_BATCH	BIT(3)	/* is on the current request, and may be part of a batch */
#define MAKES_HANDLE	BIT(2)	/* a process that comes by system call gets a handle by it */

/**
 * struct action - A row of the table.
 */
struct action {
	/** @run: Does it; NULL if the number is known but not available. */
	int (*run)(struct tux_handle *handle, void __user *argument);
	/** @flags: What it needs. */
	unsigned int flags;
};

/* Is the server that this handle started still there? */
static bool owns_server(const struct tux_handle *handle)
{
	return handle->server && !READ_ONCE(handle->server->ended);
}

static int start_server(struct tux_handle *handle, void __user *argument)
{
	struct tux_server *server;

	if (owns_server(handle))
		return -EEXIST;
	server = tux_server_start(handle->namespace, task_tgid(current), &handle->listeners);
	if (IS_ERR(server))
		return PTR_ERR(server);
	handle->listener_count = 0;
	if (handle->server)
		tux_server_put(handle->server);
	handle->server = server;
	tux_handle_own(handle);
	return 0;
}

static int shut_down(struct tux_handle *handle, void __user *argument)
{
	/* It would wait for the worker that its own caller is. */
	if (handle->worker)
		return -EINVAL;
	return tux_server_shutdown(handle->namespace, &handle->closed);
}

static int start_worker(struct tux_handle *handle, void __user *argument)
{
	user_req_t __user *request = argument;
	struct tux_worker *worker;
	u32 index;

	if (get_user(index, &request->thread_nr))
		return -EFAULT;
	if (handle->worker || tux_handle_is_process(handle))
		return -EBUSY;
	worker = tux_server_join(handle->namespace, index, task_tgid(current));
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	WRITE_ONCE(handle->worker, worker);
	handle->was_worker = true;
	tux_handle_own(handle);
	return 0;
}

static int stop_worker(struct tux_handle *handle, void __user *argument)
{
	if (handle->worker)
		tux_handle_end_worker(handle);
	else if (!handle->was_worker)
		return -EINVAL;
	handle->was_worker = false;
	return 0;
}

static int leave(struct tux_handle *handle, void __user *argument)
{
	struct tux_worker *worker = handle->worker;

	if (!worker || worker->leaving)
		return -EINVAL;
	worker->leaving = true;
	tux_server_retire(worker);
	return 0;
}

static int set_date(struct tux_handle *handle, void __user *argument)
{
	return DATE_LEN - 1;
}

static int query_version(struct tux_handle *handle, void __user *argument)
{
	return TUX_MAJOR_VERSION << 24 | TUX_MINOR_VERSION << 16 | TUX_PATCHLEVEL_VERSION;
}

static int register_copied_type(struct tux_handle *handle, const user_req_t *request)
{
	char *type;
	int error;

	if (strnlen(request->objectname, MAX_URI_LEN) == MAX_URI_LEN ||
	    strnlen(request->cache_control, MAX_FIELD_LEN) == MAX_FIELD_LEN)
		return -EINVAL;
	type = strndup_user(u64_to_user_ptr(request->object_addr), TUX_MIME_TYPE_MAX);
	if (IS_ERR(type))
		return PTR_ERR(type);
	error = tux_server_register_type(handle->namespace, request->objectname, type,
					 request->cache_control);
	kfree(type);
	return error;
}

static int register_type(struct tux_handle *handle, void __user *argument)
{
	user_req_t *request = memdup_user(argument, sizeof(*request));
	int error;

	if (IS_ERR(request))
		return PTR_ERR(request);
	error = register_copied_type(handle, request);
	kfree(request);
	return error;
}

/**
 * tux_action_copy_sized() - Copy a struct that begins with its size, as copy_struct_from_user()
 * wants it.
 * @to: Where to.
 * @size: Bytes there.
 * @from: Where from.
 *
 * Context: Process context.
 * Return: 0, -EINVAL (too short, or something unknown is not zero) or -EFAULT.
 */
int tux_action_copy_sized(void *to, size_t size, const void __user *from)
{
	u32 user_size;
	int error;

	if (get_user(user_size, (const u32 __user *)from))
		return -EFAULT;
	if (user_size < size || user_size > PAGE_SIZE)
		return -EINVAL;
	error = copy_struct_from_user(to, size, from, user_size);
	/* It says so when there is something behind what we know. */
	if (error)
		return error == -E2BIG ? -EINVAL : error;
	/* It may have changed in between; the copy is what counts. */
	*(u32 *)to = user_size;
	return 0;
}

static int take_listener(struct tux_handle *handle, void __user *argument)
{
	struct tux_listener *listener;
	struct tux_listen_fd given;
	LIST_HEAD(refused);
	int error;

	error = tux_action_copy_sized(&given, sizeof(given), argument);
	if (error)
		return error;
	if (given.flags)
		return -EINVAL;
	if (handle->worker && !owns_server(handle))
		return -EINVAL;
	if (!owns_server(handle) && handle->listener_count >= PENDING_LISTENERS_MAX)
		return -ENOSPC;
	listener = tux_listener_take(handle->net, given.fd, given.worker);
	if (IS_ERR(listener))
		return PTR_ERR(listener);
	if (!owns_server(handle)) {
		list_add_tail(&listener->node, &handle->listeners);
		handle->listener_count++;
		return 0;
	}
	error = tux_server_add_listener(handle->server, listener);
	if (error) {
		list_add(&listener->node, &refused);
		tux_listener_free_all(&refused);
	}
	return error;
}

/*
 * May the current task, through a handle that somebody may have opened for it, run a server in the
 * handle's network namespace?
 */
static int check_rights(const struct tux_handle *handle)
{
	struct user_namespace *owner = handle->net->user_ns;

	if (owner != &init_user_ns && !READ_ONCE(userns))
		return -EPERM;
	return handle->opener_is_admin && ns_capable(owner, CAP_NET_ADMIN) ? 0 : -EPERM;
}

/* --- modules */

/* A name ends within its field, and an interface is one that we have. */
static bool is_sane(const user_req_t *request)
{
	return strnlen(request->objectname, MAX_URI_LEN) < MAX_URI_LEN;
}

static bool is_version(const user_req_t *request)
{
	return request->version_major == TUX_MAJOR_VERSION &&
	       request->version_minor <= TUX_MINOR_VERSION;
}

/* A handle that is neither a server's nor a worker's becomes a module process's. */
static int make_process(struct tux_handle *handle)
{
	struct tux_process *process;
	struct tux_server *server;

	if (tux_handle_is_process(handle))
		return 0;
	server = tux_server_find(handle->namespace);
	if (!server)
		return -ESRCH;
	process = handle->process ?: tux_process_create();
	if (!process) {
		tux_server_put(server);
		return -ENOMEM;
	}
	handle->process_server = server;
	WRITE_ONCE(handle->process, process);
	tux_modules_add_process(&server->modules, process);
	return 0;
}

static int register_process(struct tux_handle *handle, struct tux_registration *registration)
{
	int error;

	if (handle->worker)
		return -EINVAL;
	error = make_process(handle);
	if (error)
		return error;
	registration->process = handle->process;
	error = tux_modules_register(&handle->process_server->modules, registration);
	if (!error)
		tux_handle_own(handle);
	else if (list_empty(&handle->process->members))
		tux_handle_end_process(handle);
	return error;
}

static struct tux_registration registration_of(const struct tux_handle *handle,
					       const user_req_t *request)
{
	return (struct tux_registration){
		.name = request->objectname,
		.index = request->module_index,
		.uid = current_euid(),
		.is_admin = !check_rights(handle),
	};
}

static int register_module(struct tux_handle *handle, void __user *argument)
{
	user_req_t *request = memdup_user(argument, sizeof(*request));
	struct tux_registration registration;
	int error = -EINVAL;

	if (IS_ERR(request))
		return PTR_ERR(request);
	if (is_sane(request) && is_version(request)) {
		registration = registration_of(handle, request);
		if (owns_server(handle))
			error = tux_modules_register(&handle->server->modules, &registration);
		else
			error = register_process(handle, &registration);
	}
	kfree(request);
	return error;
}

static int unregister_module(struct tux_handle *handle, void __user *argument)
{
	user_req_t *request = memdup_user(argument, sizeof(*request));
	struct tux_registration registration;
	struct tux_server *server;
	int error = -EINVAL;

	if (IS_ERR(request))
		return PTR_ERR(request);
	if (is_sane(request)) {
		registration = registration_of(handle, request);
		registration.process = tux_handle_is_process(handle) ? handle->process : NULL;
		server = tux_server_find(handle->namespace);
		error = server ? tux_modules_unregister(&server->modules, &registration) : -ESRCH;
		if (server)
			tux_server_put(server);
	}
	kfree(request);
	return error;
}

static int grant(struct tux_handle *handle, void __user *argument)
{
	struct tux_server *server;
	struct tux_grant given;
	kuid_t uid;
	int error = tux_action_copy_sized(&given, sizeof(given), argument);

	if (error)
		return error;
	uid = make_kuid(current_user_ns(), given.uid);
	if (given.flags & ~TUX_GRANT_REMOVE || given.__reserved || !uid_valid(uid) ||
	    strnlen(given.name, sizeof(given.name)) == sizeof(given.name))
		return -EINVAL;
	server = tux_server_find(handle->namespace);
	if (!server)
		return -ESRCH;
	error = tux_modules_grant(&server->modules, given.name, uid, given.flags);
	tux_server_put(server);
	return error;
}

static int adopt(struct tux_handle *handle, void __user *argument)
{
	struct tux_adopt_fd given;
	int error = tux_action_copy_sized(&given, sizeof(given), argument);

	if (error)
		return error;
	if (given.flags)
		return -EINVAL;
	return tux_adopt(handle->namespace, given.fd, given.worker);
}

/* The argument is no pointer; whoever has such a descriptor may. */
static int continue_request(struct tux_handle *handle, void __user *argument)
{
	unsigned long fd = (unsigned long)argument;

	return fd > INT_MAX ? -EBADF : tux_handout_continue(fd);
}

static int run_in_batch(struct tux_handle *handle, u32 action, void __user *argument);

static int batch(struct tux_handle *handle, void __user *argument)
{
	return tux_batch(handle, argument, run_in_batch);
}

static bool is_sane_ring(const struct tux_ring_setup *given)
{
	return !given->flags && !given->__reserved && is_power_of_2(given->capacity) &&
	       given->capacity <= TUX_BATCH_MAX;
}

static int map_ring(struct tux_ring *ring, struct tux_ring_setup *setup, void __user *to)
{
	int error = tux_ring_map(ring, setup);

	if (error)
		return error;
	if (!copy_to_user(to, setup, sizeof(*setup)))
		return 0;
	tux_ring_unmap(setup);
	return -EFAULT;
}

static int make_ring(struct tux_handle *handle, void __user *argument)
{
	struct tux_ring_setup setup;
	struct tux_ring *ring;
	int error;

	if (!tux_user_recipient(handle))
		return -EINVAL;
	error = tux_action_copy_sized(&setup, sizeof(setup), argument);
	if (error)
		return error;
	if (!is_sane_ring(&setup))
		return -EINVAL;
	if (handle->ring)
		return -EEXIST;
	setup.__reserved2 = 0;
	ring = tux_ring_create(setup.capacity);
	if (!ring)
		return -ENOMEM;
	error = map_ring(ring, &setup, argument);
	if (error)
		tux_ring_put(ring);
	else
		handle->ring = ring;
	return error;
}

static int enter_ring(struct tux_handle *handle, void __user *argument)
{
	return tux_batch_ring(handle, run_in_batch);
}

static const struct action actions[] = {
	[TUX_ACTION_STARTUP] = { start_server, NEEDS_ADMIN | NEEDS_CLAIM | MAKES_HANDLE },
	[TUX_ACTION_SHUTDOWN] = { shut_down, NEEDS_ADMIN | NEEDS_CLAIM },
	[TUX_ACTION_STARTTHREAD] = { start_worker, NEEDS_ADMIN | NEEDS_CLAIM | MAKES_HANDLE },
	[TUX_ACTION_STOPTHREAD] = { stop_worker, NEEDS_CLAIM },
	[TUX_ACTION_EVENTLOOP] = { tux_user_action_event_loop, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_GET_OBJECT] = { tux_user_action_get_object, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_SEND_OBJECT] = { tux_user_action_send_object, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_READ_OBJECT] = { tux_user_action_read_object, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_FINISH_REQ] = { tux_user_action_finish, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_FINISH_CLOSE_REQ] = { tux_user_action_finish_close, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_REGISTER_MODULE] = { register_module, NEEDS_CLAIM | MAKES_HANDLE },
	[TUX_ACTION_UNREGISTER_MODULE] = { unregister_module, NEEDS_CLAIM },
	[TUX_ACTION_CURRENT_DATE] = { set_date, 0 },
	[TUX_ACTION_REGISTER_MIMETYPE] = { register_type, NEEDS_ADMIN | NEEDS_CLAIM },
	[TUX_ACTION_READ_HEADERS] = { tux_user_action_read_headers, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_POSTPONE_REQ] = { tux_user_action_postpone, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_CONTINUE_REQ] = { continue_request, 0 },
	[TUX_ACTION_REDIRECT_REQ] = { tux_user_action_redirect, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_READ_POST_DATA] = { tux_user_action_read_post, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_SEND_BUFFER] = { tux_user_action_send_buffer, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_WATCH_PROXY_SOCKET] = { tux_user_action_watch, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_WAIT_PROXY_SOCKET] = { tux_user_action_wait_proxy, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_QUERY_VERSION] = { query_version, 0 },
	[TUX_ACTION_LISTEN_FD] = { take_listener, NEEDS_ADMIN | NEEDS_CLAIM },
	[TUX_ACTION_ADOPT_FD] = { adopt, NEEDS_ADMIN },
	[TUX_ACTION_GRANT] = { grant, NEEDS_ADMIN },
	[TUX_ACTION_GET_REQUEST] = { tux_user_action_get_request, NEEDS_CLAIM },
	[TUX_ACTION_RELOAD] = { NULL },
	[TUX_ACTION_REPLY] = { tux_user_action_reply, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_WAIT_POST_DATA] = { tux_user_action_wait_post, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_DETACH_REQ] = { tux_user_action_detach, NEEDS_CLAIM | IN_BATCH },
	[TUX_ACTION_LEAVE] = { leave, NEEDS_CLAIM },
	[TUX_ACTION_BATCH] = { batch, NEEDS_CLAIM },
	[TUX_ACTION_RING] = { make_ring, NEEDS_CLAIM },
	[TUX_ACTION_RING_ENTER] = { enter_ring, NEEDS_CLAIM },
};

static bool is_known(unsigned int action)
{
	return (action >= TUX_ACTION_STARTUP && action < MAX_TUX_ACTION) ||
	       (action >= TUX_ACTION_LISTEN_FD && action < ARRAY_SIZE(actions));
}

static int run_in_batch(struct tux_handle *handle, u32 action, void __user *argument)
{
	if (!is_known(action) || !(actions[action].flags & IN_BATCH))
		return -EINVAL;
	return actions[action].run(handle, argument);
}

/**
 * tux_action_makes_handle() - Does a process that has no handle get one by this action?
 * @action: Number of an action.
 *
 * Context: Any context.
 * Return: True for the actions that give a role.
 */
bool tux_action_makes_handle(unsigned int action)
{
	return is_known(action) && actions[action].flags & MAKES_HANDLE;
}

/**
 * tux_action() - Do what user space asks for.
 * @handle: The handle; the caller keeps a reference.
 * @action: Number of the action.
 * @argument: Its argument: a user_req_t or the struct of the action.
 *
 * Context: Process context.  May sleep; EVENTLOOP and SHUTDOWN for as long as it takes.
 * Return: What <linux/tux.h> says: enum tux_ret or another number >= 0, or a negative errno.
 */
int tux_action(struct tux_handle *handle, unsigned int action, void __user *argument)
{
	const struct action *row;
	int result;

	if (!is_known(action))
		return -EINVAL;
	row = &actions[action];
	if (!row->run)
		return -EOPNOTSUPP;
	if (row->flags & NEEDS_ADMIN) {
		result = check_rights(handle);
		if (result)
			return result;
	}
	if (!(row->flags & NEEDS_CLAIM))
		return row->run(handle, argument);
	result = tux_handle_claim(handle);
	if (result)
		return result;
	result = row->run(handle, argument);
	tux_handle_release(handle);
	return result;
}
