// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes of their own that answer requests, see process.h.
 *
 * Called by action.c and dynamic.c; calls module.c, user_request.c and handout.c.  Such a process
 * never touches a connection: it takes requests, tells their workers what to do, and sleeps.
 */
#include "process.h"

#include <linux/file.h>
#include <linux/freezer.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "handout.h"
#include "module.h"

/**
 * tux_process_create() - Make a process that answers nothing yet.
 *
 * Context: Process context.
 * Return: A reference, or NULL.
 */
struct tux_process *tux_process_create(void)
{
	struct tux_process *process = kzalloc(sizeof(*process), GFP_KERNEL_ACCOUNT);

	if (!process)
		return NULL;
	refcount_set(&process->refs, 1);
	process->owner = get_pid(task_tgid(current));
	tux_user_queue_init(&process->recipient.ready);
	INIT_LIST_HEAD(&process->members);
	INIT_LIST_HEAD(&process->node);
	INIT_LIST_HEAD(&process->rousing);
	init_waitqueue_head(&process->wait);
	return process;
}

/**
 * tux_process_get() - Take a reference.
 * @process: A process that the caller may use.
 *
 * Context: Any context.
 * Return: @process.
 */
struct tux_process *tux_process_get(struct tux_process *process)
{
	refcount_inc(&process->refs);
	return process;
}

/**
 * tux_process_put() - Drop a reference.
 * @process: The process.
 *
 * Context: Any context.
 */
void tux_process_put(struct tux_process *process)
{
	if (!refcount_dec_and_test(&process->refs))
		return;
	put_pid(process->owner);
	kfree(process);
}

/**
 * tux_process_wake() - Make a process look at its flags and queues.
 * @process: The process.
 *
 * Context: Any context.
 */
void tux_process_wake(struct tux_process *process)
{
	WRITE_ONCE(process->idle, 0);
	wake_up(&process->wait);
}

/**
 * tux_process_rouse() - Have a process woken soon, if it sleeps.
 * @process: The process; what it is to look at is there to see.
 * @roused: The processes that the caller is going to wake with tux_process_wake_roused().
 *
 * A process that was woken at once would run before the worker has more for it, and take a switch
 * between tasks for each request.
 *
 * Context: The worker, or with the lock of a module's queue.
 * Return: True if it slept, and nobody else has roused it.
 */
bool tux_process_rouse(struct tux_process *process, struct list_head *roused)
{
	/* Pairs with the exchange in sleep_until_woken(): it finds our reason, or we it idle. */
	if (!xchg(&process->idle, 0))
		return false;
	/* Pairs with the exchange in tux_process_wake_roused(): that wakes it for us, or we do. */
	if (!xchg(&process->roused, 1))
		list_add_tail(&tux_process_get(process)->rousing, roused);
	return true;
}

/**
 * tux_process_wake_roused() - Wake processes that have been roused.
 * @roused: The processes; empty afterwards.
 *
 * Context: The worker.
 */
void tux_process_wake_roused(struct list_head *roused)
{
	while (!list_empty(roused)) {
		struct tux_process *process =
			list_first_entry(roused, struct tux_process, rousing);

		list_del_init(&process->rousing);
		/* From here on another worker may rouse it, see tux_process_rouse(). */
		xchg(&process->roused, 0);
		wake_up(&process->wait);
		tux_process_put(process);
	}
}

/**
 * tux_process_withdraw() - Close a process's descriptor of a connection.
 * @process: The process.
 * @request: A request of it.
 *
 * Does nothing in another task than one of the process's.
 *
 * Context: Process context.
 */
void tux_process_withdraw(const struct tux_process *process, struct tux_user_request *request)
{
	if (process->owner != task_tgid(current))
		return;
	tux_handout_withdraw(request->fd, request->file);
	request->fd = -1;
}

/**
 * tux_process_give() - Give a process a request that it had before.
 * @process: The process.
 * @request: The request; a reference is taken.
 * @roused: As for tux_process_rouse().
 *
 * Context: The worker.
 * Return: False if the process takes nothing any more.
 */
bool tux_process_give(struct tux_process *process, struct tux_user_request *request,
		      struct list_head *roused)
{
	if (!tux_user_queue_add(&process->recipient.ready, request, UINT_MAX))
		return false;
	tux_process_rouse(process, roused);
	return true;
}

/**
 * tux_process_close() - A process answers nothing any more.
 * @process: The process, a member of nothing; the caller is busy with it.
 *
 * Its requests go back to their workers, which answer 502 or reset.  Those that it has postponed,
 * and those that are just being sent, are noticed by the workers themselves.
 *
 * Context: Process context.
 */
void tux_process_close(struct tux_process *process)
{
	struct tux_recipient *recipient = &process->recipient;
	struct tux_user_request *request;

	WRITE_ONCE(process->closed, true);
	tux_user_queue_close(&recipient->ready);
	while ((request = tux_recipient_take_any(recipient)))
		tux_user_request_return(request, TUX_ORDER_DROP);
}

/* Takes a request that waits for any process of a module. */
static struct tux_user_request *take_new(struct tux_process *process)
{
	struct tux_user_request *request;
	struct tux_member *member;

	list_for_each_entry(member, &process->members, in_process) {
		request = tux_user_queue_take(&member->module->queue);
		if (!request)
			continue;
		request->process = tux_process_get(process);
		request->module_index = member->index;
		return request;
	}
	return NULL;
}

static struct tux_user_request *take(struct tux_process *process)
{
	struct tux_user_request *request = tux_user_queue_take(&process->recipient.ready);

	return request ?: take_new(process);
}

static bool is_alive(struct tux_user_request *request)
{
	bool alive;

	spin_lock(&request->lock);
	alive = request->conn;
	spin_unlock(&request->lock);
	return alive;
}

/* Return: 0, 1 if there is nothing to deliver after all, or -EFAULT. */
static int deliver(struct tux_process *process, struct tux_user_request *request,
		   user_req_t __user *to)
{
	int error;

	if (!is_alive(request)) {
		tux_process_withdraw(process, request);
		tux_user_request_put(request);
		return 1;
	}
	if (!tux_handout_is_installed(request->fd, request->file))
		request->fd = tux_handout_install(request->file);
	if (request->fd < 0) {
		request->error = request->fd;
		tux_user_request_return(request, TUX_ORDER_DROP);
		return 1;
	}
	error = tux_user_request_fill(request, request->fd, to);
	if (error)
		tux_user_queue_put_back(&process->recipient.ready, request);
	else
		process->recipient.current_request = request;
	return error;
}

/**
 * tux_process_deliver() - Give a process a request that waits.
 * @process: The process; the caller holds its handle's busy bit and has no current request.
 * @to: Where to write it.
 *
 * Context: The owner's task.
 * Return: 0 if it has one, 1 if there is none, -EFAULT (it waits on).
 */
int tux_process_deliver(struct tux_process *process, user_req_t __user *to)
{
	struct tux_user_request *request;
	int result = 1;

	while (result > 0 && (request = take(process)))
		result = deliver(process, request, to);
	return result;
}

static bool has_reason(const struct tux_process *process)
{
	const struct tux_member *member;

	if (READ_ONCE(process->stop) || READ_ONCE(process->exit) || signal_pending(current) ||
	    !list_empty_careful(&process->recipient.ready.list))
		return true;
	list_for_each_entry(member, &process->members, in_process)
		if (!list_empty_careful(&member->module->queue.list))
			return true;
	return false;
}

static void sleep_until_woken(struct tux_process *process)
{
	DEFINE_WAIT(entry);

	prepare_to_wait(&process->wait, &entry, TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	/* Pairs with the exchange in tux_process_rouse(): it finds us idle, or we its reason. */
	xchg(&process->idle, 1);
	if (!has_reason(process))
		schedule();
	finish_wait(&process->wait, &entry);
	WRITE_ONCE(process->idle, 0);
}

/**
 * tux_process_loop() - Wait for a request.
 * @process: The process; the caller holds its handle's busy bit and has no current request.
 * @to: Where to write it.
 *
 * Context: The owner's task.  Sleeps.
 * Return: TUX_RETURN_USERSPACE_REQUEST, TUX_RETURN_SIGNAL, TUX_RETURN_EXIT when the server has
 *          ended, -EFAULT (the request waits on), or -EBADF when the handle is being closed.
 */
int tux_process_loop(struct tux_process *process, user_req_t __user *to)
{
	int result;

	for (;;) {
		if (READ_ONCE(process->stop))
			return -EBADF;
		if (signal_pending(current))
			return TUX_RETURN_SIGNAL;
		result = tux_process_deliver(process, to);
		if (result <= 0)
			return result;
		if (READ_ONCE(process->exit))
			return TUX_RETURN_EXIT;
		sleep_until_woken(process);
	}
}
