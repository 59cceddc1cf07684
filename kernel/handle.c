// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles, see handle.h.
 *
 * Called by chardev.c, syscall.c and action.c; calls server.c and ring.c.  The registry lists the
 * handles that have a role: the system call finds the caller's handle in it, and the watch looks
 * through it for owners that have died without closing (a child made with CLONE_FILES keeps the
 * descriptor table, so no .flush comes).
 */
#include "handle.h"

#include <linux/capability.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "namespace.h"
#include "process.h"
#include "ring.h"
#include "server.h"
#include "worker.h"

/* How often the watch looks for owners that have gone. */
#define WATCH_INTERVAL HZ

static void watch_owners(struct work_struct *work);

/* Protects the registry and @owner of each handle; innermost, nothing sleeps under it. */
static DEFINE_SPINLOCK(registry_lock);
static LIST_HEAD(registry);
static DECLARE_DEFERRABLE_WORK(watch, watch_owners);

/**
 * tux_handle_create() - Make a handle without a role.
 * @net: Its network namespace; a reference is taken.
 *
 * Context: Process context.
 * Return: A reference, or ERR_PTR(-ENOMEM).
 */
struct tux_handle *tux_handle_create(struct net *net)
{
	struct tux_handle *handle = kzalloc(sizeof(*handle), GFP_KERNEL_ACCOUNT);

	if (!handle)
		return ERR_PTR(-ENOMEM);
	refcount_set(&handle->refs, 1);
	init_waitqueue_head(&handle->idle);
	INIT_LIST_HEAD(&handle->listeners);
	INIT_LIST_HEAD(&handle->node);
	handle->net = get_net(net);
	handle->namespace = tux_namespace_get(net);
	handle->opener_is_admin = ns_capable_noaudit(net->user_ns, CAP_NET_ADMIN);
	return handle;
}

/**
 * tux_handle_find() - The handle of the current process.
 *
 * Context: Process context.
 * Return: A reference, or NULL if no handle with a role belongs to it.
 */
struct tux_handle *tux_handle_find(void)
{
	struct tux_handle *handle, *found = NULL;

	spin_lock(&registry_lock);
	list_for_each_entry(handle, &registry, node) {
		if (handle->owner == task_tgid(current) && !READ_ONCE(handle->closed)) {
			refcount_inc(&handle->refs);
			found = handle;
			break;
		}
	}
	spin_unlock(&registry_lock);
	return found;
}

/**
 * tux_handle_put() - Drop a reference.
 * @handle: The handle.
 *
 * Context: Process context.
 */
void tux_handle_put(struct tux_handle *handle)
{
	if (!refcount_dec_and_test(&handle->refs))
		return;
	if (handle->ring)
		tux_ring_put(handle->ring);
	if (handle->process)
		tux_process_put(handle->process);
	put_pid(handle->owner);
	tux_namespace_put(handle->namespace);
	put_net(handle->net);
	kfree(handle);
}

/**
 * tux_handle_claim() - Begin an action on a handle.
 * @handle: The handle.
 *
 * Context: Process context.
 * Return: 0, then tux_handle_release() is due; -EPERM if it belongs to another thread group; -EBUSY
 *          if another thread is at it; -EBADF if it has been closed.
 */
int tux_handle_claim(struct tux_handle *handle)
{
	struct pid *owner = READ_ONCE(handle->owner);

	if (owner && owner != task_tgid(current))
		return -EPERM;
	if (test_and_set_bit_lock(TUX_HANDLE_BUSY, &handle->flags))
		return -EBUSY;
	if (READ_ONCE(handle->closed)) {
		tux_handle_release(handle);
		return -EBADF;
	}
	/* It may have got an owner between the look and the claim. */
	owner = READ_ONCE(handle->owner);
	if (owner && owner != task_tgid(current)) {
		tux_handle_release(handle);
		return -EPERM;
	}
	return 0;
}

/**
 * tux_handle_release() - End an action on a handle.
 * @handle: A claimed handle.
 *
 * Context: Process context.
 */
void tux_handle_release(struct tux_handle *handle)
{
	clear_bit_unlock(TUX_HANDLE_BUSY, &handle->flags);
	/* Pairs with the barrier in wait_event() of tux_handle_close(). */
	smp_mb__after_atomic();
	wake_up(&handle->idle);
}

/**
 * tux_handle_own() - Give a handle to the current thread group, because it gets a role.
 * @handle: A claimed handle.
 *
 * Context: Process context.
 */
void tux_handle_own(struct tux_handle *handle)
{
	spin_lock(&registry_lock);
	if (!handle->owner) {
		handle->owner_files = current->files;
		WRITE_ONCE(handle->owner, get_pid(task_tgid(current)));
		list_add_tail(&handle->node, &registry);
	}
	spin_unlock(&registry_lock);
	schedule_delayed_work(&watch, WATCH_INTERVAL);
}

/**
 * tux_handle_is_owner() - Is it the owner who closes a descriptor of a handle?
 * @handle: The handle.
 * @id: As .flush gets it: the descriptor table that is being closed.
 *
 * Context: Process context.
 * Return: True if the handle has an owner, and the current task belongs to it or the descriptor
 *          table is its own.
 */
bool tux_handle_is_owner(const struct tux_handle *handle, fl_owner_t id)
{
	struct pid *owner = READ_ONCE(handle->owner);

	return owner && (owner == task_tgid(current) || id == handle->owner_files);
}

/*
 * Makes whoever is busy with the handle finish: a worker leaves its loop, a SHUTDOWN stops waiting.
 */
static void interrupt_action(struct tux_handle *handle)
{
	struct tux_namespace *namespace = handle->namespace;
	struct tux_process *process;
	struct tux_worker *worker;

	WRITE_ONCE(handle->closed, true);
	/*
	 * Who claims the handle after this sees it closed; whoever has it has published the worker.
	 */
	smp_mb();
	rcu_read_lock();
	worker = READ_ONCE(handle->worker);
	if (worker) {
		WRITE_ONCE(worker->stop, true);
		tux_worker_kick(worker);
	}
	rcu_read_unlock();
	process = READ_ONCE(handle->process);
	if (process) {
		WRITE_ONCE(process->stop, true);
		tux_process_wake(process);
	}
	mutex_lock(&namespace->lock);
	if (namespace->server)
		wake_up_all(&namespace->server->changed);
	mutex_unlock(&namespace->lock);
}

/**
 * tux_handle_end_worker() - A handle is no worker any more.
 * @handle: A claimed handle that is one.
 *
 * Context: Process context.
 */
void tux_handle_end_worker(struct tux_handle *handle)
{
	struct tux_worker *worker = handle->worker;

	WRITE_ONCE(handle->worker, NULL);
	tux_server_leave(worker);
}

/**
 * tux_handle_end_process() - A handle is no module process any more.
 * @handle: A claimed handle that is one.
 *
 * The memory stays until nobody can be about to wake it.
 *
 * Context: Process context.
 */
void tux_handle_end_process(struct tux_handle *handle)
{
	tux_modules_remove_process(&handle->process_server->modules, handle->process);
	tux_process_close(handle->process);
	tux_server_put(handle->process_server);
	handle->process_server = NULL;
}

/* Ends the handle's roles.  The handle is claimed. */
static void drop_roles(struct tux_handle *handle)
{
	if (handle->worker)
		tux_handle_end_worker(handle);
	if (tux_handle_is_process(handle))
		tux_handle_end_process(handle);
	if (handle->server)
		tux_server_disown(handle->server);
	handle->server = NULL;
	tux_listener_free_all(&handle->listeners);
}

/**
 * tux_handle_close() - End a handle's roles, for good.
 * @handle: The handle; the caller keeps a reference.  May be closed several times, also at once.
 *
 * Context: Process context.  Waits for the action that is under way, which it makes finish.
 */
void tux_handle_close(struct tux_handle *handle)
{
	interrupt_action(handle);
	wait_event(handle->idle, !test_and_set_bit_lock(TUX_HANDLE_BUSY, &handle->flags));
	drop_roles(handle);
	tux_handle_release(handle);
	spin_lock(&registry_lock);
	list_del_init(&handle->node);
	spin_unlock(&registry_lock);
}

/*
 * Has every thread of the owner ended?  A leader that waits for its parent or for its threads does
 * not count.
 */
static bool owner_is_gone(struct pid *owner)
{
	struct task_struct *task;
	bool gone;

	rcu_read_lock();
	task = pid_task(owner, PIDTYPE_TGID);
	gone = !task || !atomic_read(&task->signal->live);
	rcu_read_unlock();
	return gone;
}

/*
 * Return: a reference to a handle whose owner is gone, or NULL; *@any says if there are handles at
 * all.
 */
static struct tux_handle *find_orphan(bool *any)
{
	struct tux_handle *handle, *orphan = NULL;

	spin_lock(&registry_lock);
	*any = !list_empty(&registry);
	list_for_each_entry(handle, &registry, node) {
		if (owner_is_gone(handle->owner)) {
			refcount_inc(&handle->refs);
			list_del_init(&handle->node);
			orphan = handle;
			break;
		}
	}
	spin_unlock(&registry_lock);
	return orphan;
}

static void watch_owners(struct work_struct *work)
{
	struct tux_handle *orphan;
	bool any;

	while ((orphan = find_orphan(&any))) {
		tux_handle_close(orphan);
		tux_handle_put(orphan);
	}
	if (any)
		schedule_delayed_work(&watch, WATCH_INTERVAL);
}

/**
 * tux_handle_module_exit() - Stop the watch; no handle is open.
 *
 * Context: Module unload.
 */
void tux_handle_module_exit(void)
{
	cancel_delayed_work_sync(&watch);
}
