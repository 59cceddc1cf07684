// SPDX-License-Identifier: GPL-2.0-only
/*
 * User modules, see module.h.
 *
 * Called by action.c (orders), request.c and dynamic.c (which module is a request for?) and
 * process.c; calls user_request.c.  Lookups are lock-free.  Where the workers answer, a request
 * needs nothing of a module but its index, so no line of memory is shared between them.
 */
#include "module.h"

#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/stringhash.h>

#include "process.h"

/**
 * tux_modules_init() - Set up the modules of a server.
 * @modules: Zeroed.
 *
 * Context: Process context.
 */
void tux_modules_init(struct tux_modules *modules)
{
	mutex_init(&modules->lock);
	hash_init(modules->table);
	INIT_LIST_HEAD(&modules->list);
	INIT_LIST_HEAD(&modules->processes);
	tux_grants_init(&modules->grants);
}

/**
 * tux_module_get() - Take a reference.
 * @module: A module that the caller may use.
 *
 * Context: Any context.
 * Return: @module.
 */
struct tux_module *tux_module_get(struct tux_module *module)
{
	refcount_inc(&module->refs);
	return module;
}

/**
 * tux_module_put() - Drop a reference.
 * @module: The module.
 *
 * Context: Any context.
 */
void tux_module_put(struct tux_module *module)
{
	if (refcount_dec_and_test(&module->refs))
		kfree_rcu(module, rcu);
}

static bool is_prefix(const struct tux_module *module)
{
	return module->name[0] == '/';
}

static u32 hash_name(const char *name, size_t length)
{
	return full_name_hash(NULL, name, length);
}

static struct tux_module *find(struct tux_modules *modules, const char *name, size_t length)
{
	struct tux_module *module;

	hash_for_each_possible_rcu(modules->table, module, bucket, hash_name(name, length),
				   lockdep_is_held(&modules->lock))
		if (module->length == length && !memcmp(module->name, name, length))
			return module;
	return NULL;
}

/* --- orders --- */

/* Answers those that wait for a module that nobody answers any more. */
static void fail_queue(struct tux_module *module)
{
	struct tux_user_request *request;

	while ((request = tux_user_queue_take(&module->queue))) {
		request->error = -ESRCH;
		tux_user_request_return(request, TUX_ORDER_DROP);
	}
}

/* Table's lock held. */
static void remove_module(struct tux_modules *modules, struct tux_module *module)
{
	struct tux_member *member;

	lockdep_assert_held(&modules->lock);
	hash_del_rcu(&module->bucket);
	list_del_rcu(&module->node);
	WRITE_ONCE(modules->count, modules->count - 1);
	if (!is_prefix(module))
		WRITE_ONCE(modules->names, modules->names - 1);
	spin_lock(&module->queue.lock);
	list_for_each_entry(member, &module->members, in_module)
		member->gone = true;
	spin_unlock(&module->queue.lock);
	tux_user_queue_close(&module->queue);
	fail_queue(module);
	tux_module_put(module);
}

/* The name without a slash at the end; its length, or -EINVAL. */
static int clean_name(char *clean, const char *name)
{
	size_t length = strnlen(name, MAX_URI_LEN);

	if (!length || length == MAX_URI_LEN)
		return -EINVAL;
	if (name[0] == '/') {
		while (length > 1 && name[length - 1] == '/')
			length--;
	}
	memcpy(clean, name, length);
	clean[length] = '\0';
	return length;
}

/**
 * tux_modules_grant() - Let a user register a name, or no longer.
 * @modules: The modules of a server.
 * @name: Name or prefix, terminated.
 * @uid: The user.
 * @remove: Take the grant back.
 *
 * Context: Process context.
 * Return: 0, -EINVAL (name), -ENOENT (nothing to take back), -ENOSPC, -ENOMEM.
 */
int tux_modules_grant(struct tux_modules *modules, const char *name, kuid_t uid, bool remove)
{
	char clean[MAX_URI_LEN];
	int error;

	if (clean_name(clean, name) < 0)
		return -EINVAL;
	mutex_lock(&modules->lock);
	if (remove)
		error = tux_grants_remove(&modules->grants, clean, uid);
	else
		error = tux_grants_add(&modules->grants, clean, uid);
	mutex_unlock(&modules->lock);
	return error;
}

static struct tux_module *new_module(const char *name, size_t length,
				     const struct tux_registration *registration)
{
	struct tux_module *module = kzalloc(sizeof(*module), GFP_KERNEL_ACCOUNT);

	if (!module)
		return NULL;
	refcount_set(&module->refs, 1);
	INIT_LIST_HEAD(&module->members);
	tux_user_queue_init(&module->queue);
	module->index = registration->process ? 0 : registration->index;
	module->uid = registration->uid;
	module->length = length;
	memcpy(module->name, name, length);
	return module;
}

/* Table's lock held. */
static void insert_module(struct tux_modules *modules, struct tux_module *module)
{
	lockdep_assert_held(&modules->lock);
	hash_add_rcu(modules->table, &module->bucket, hash_name(module->name, module->length));
	list_add_rcu(&module->node, &modules->list);
	if (is_prefix(module))
		WRITE_ONCE(modules->prefix_max, max(modules->prefix_max, module->length));
	else
		WRITE_ONCE(modules->names, modules->names + 1);
	WRITE_ONCE(modules->count, modules->count + 1);
}

static bool is_member(const struct tux_module *module, const struct tux_process *process)
{
	const struct tux_member *member;

	list_for_each_entry(member, &module->members, in_module)
		if (member->process == process)
			return true;
	return false;
}

/* Table's lock held. */
static void join_module(struct tux_module *module, struct tux_member *member,
			const struct tux_registration *registration)
{
	member->module = tux_module_get(module);
	member->process = registration->process;
	member->index = registration->index;
	spin_lock(&module->queue.lock);
	list_add_tail(&member->in_module, &module->members);
	module->member_count++;
	spin_unlock(&module->queue.lock);
	list_add_tail(&member->in_process, &registration->process->members);
}

static int register_locked(struct tux_modules *modules, const char *name, size_t length,
			   const struct tux_registration *registration, struct tux_member *member)
{
	struct tux_module *module = find(modules, name, length);

	lockdep_assert_held(&modules->lock);
	if (modules->ended)
		return -ESRCH;
	if (!registration->is_admin && !tux_grants_have(&modules->grants, name, registration->uid))
		return -EACCES;
	if (module && (module->index || !registration->process ||
		       !uid_eq(module->uid, registration->uid) ||
		       is_member(module, registration->process)))
		return -EEXIST;
	if (!module) {
		if (modules->count >= TUX_MODULES_MAX)
			return -ENOSPC;
		module = new_module(name, length, registration);
		if (!module)
			return -ENOMEM;
		insert_module(modules, module);
	}
	if (registration->process)
		join_module(module, member, registration);
	return 0;
}

/**
 * tux_modules_register() - Bind a name to whoever answers.
 * @modules: The modules of a server.
 * @registration: What is asked for; @process->members is owned by the caller.
 *
 * Context: Process context.
 * Return: 0; -EINVAL (name, index), -EACCES (no right and no grant), -EEXIST (somebody else has the
 *          name, or this process has it already), -ENOSPC, -ENOMEM, -ESRCH (the server has ended).
 */
int tux_modules_register(struct tux_modules *modules, const struct tux_registration *registration)
{
	struct tux_member *member = NULL;
	char name[MAX_URI_LEN];
	int length = clean_name(name, registration->name);
	int error;

	if (length < 0 || !registration->index)
		return -EINVAL;
	if (registration->process) {
		member = kzalloc(sizeof(*member), GFP_KERNEL_ACCOUNT);
		if (!member)
			return -ENOMEM;
	}
	mutex_lock(&modules->lock);
	error = register_locked(modules, name, length, registration, member);
	mutex_unlock(&modules->lock);
	if (error)
		kfree(member);
	return error;
}

/* Table's lock held.  The last member takes the name along. */
static void leave_module(struct tux_modules *modules, struct tux_member *member)
{
	struct tux_module *module = member->module;
	bool last;

	lockdep_assert_held(&modules->lock);
	spin_lock(&module->queue.lock);
	list_del(&member->in_module);
	last = !--module->member_count;
	spin_unlock(&module->queue.lock);
	list_del(&member->in_process);
	if (last && !member->gone)
		remove_module(modules, module);
	kfree(member);
	tux_module_put(module);
}

static struct tux_member *find_member(const struct tux_process *process,
				      const struct tux_module *module)
{
	struct tux_member *member;

	list_for_each_entry(member, &process->members, in_process)
		if (member->module == module)
			return member;
	return NULL;
}

static int unregister_locked(struct tux_modules *modules, struct tux_module *module,
			     const struct tux_registration *registration)
{
	struct tux_member *member = NULL;

	if (registration->process)
		member = find_member(registration->process, module);
	if (member)
		leave_module(modules, member);
	else if (registration->is_admin)
		remove_module(modules, module);
	else
		return -EACCES;
	return 0;
}

/**
 * tux_modules_unregister() - Undo a registration.
 * @modules: The modules of a server.
 * @registration: The name, and who asks.
 *
 * A process ends only its own membership; an administrator ends the module.  Requests that wait for
 * a module that is gone are answered 503.
 *
 * Context: Process context.
 * Return: 0, -EINVAL (name), -ENOENT, or -EACCES (it is somebody else's).
 */
int tux_modules_unregister(struct tux_modules *modules,
			   const struct tux_registration *registration)
{
	struct tux_module *module;
	char name[MAX_URI_LEN];
	int length = clean_name(name, registration->name);
	int error = -ENOENT;

	if (length < 0)
		return -EINVAL;
	mutex_lock(&modules->lock);
	module = find(modules, name, length);
	if (module)
		error = unregister_locked(modules, module, registration);
	mutex_unlock(&modules->lock);
	return error;
}

/**
 * tux_modules_add_process() - A process has got a role.
 * @modules: The modules of a server.
 * @process: The process.
 *
 * Context: Process context.
 */
void tux_modules_add_process(struct tux_modules *modules, struct tux_process *process)
{
	mutex_lock(&modules->lock);
	list_add(&process->node, &modules->processes);
	if (modules->ended)
		WRITE_ONCE(process->exit, true);
	mutex_unlock(&modules->lock);
}

/**
 * tux_modules_remove_process() - A process loses its role, and what it is a member of.
 * @modules: The modules of a server.
 * @process: The process; the caller is busy with it.
 *
 * Context: Process context.
 */
void tux_modules_remove_process(struct tux_modules *modules, struct tux_process *process)
{
	struct tux_member *member, *next;

	mutex_lock(&modules->lock);
	list_for_each_entry_safe(member, next, &process->members, in_process)
		leave_module(modules, member);
	list_del_init(&process->node);
	mutex_unlock(&modules->lock);
}

/**
 * tux_modules_end() - The server has ended: forget all modules and tell the processes.
 * @modules: The modules of the server; no worker uses them any more.
 *
 * Context: Process context.
 */
void tux_modules_end(struct tux_modules *modules)
{
	struct tux_module *module, *next;
	struct tux_process *process;

	mutex_lock(&modules->lock);
	modules->ended = true;
	list_for_each_entry_safe(module, next, &modules->list, node)
		remove_module(modules, module);
	tux_grants_exit(&modules->grants);
	list_for_each_entry(process, &modules->processes, node) {
		WRITE_ONCE(process->exit, true);
		tux_process_wake(process);
	}
	mutex_unlock(&modules->lock);
}

/* --- use --- */

/* Fills @binding in; false if the module is just going away.  RCU read lock held. */
static bool bind(struct tux_module *module, struct tux_binding *binding)
{
	binding->index = module->index;
	binding->module = NULL;
	binding->path_info = 0;
	binding->is_prefix = is_prefix(module);
	if (module->index)
		return true;
	if (!refcount_inc_not_zero(&module->refs))
		return false;
	binding->module = module;
	return true;
}

/* The last border between segments in the first @length bytes, behind the leading slash. */
static size_t shorten(const char *path, size_t length)
{
	while (length && path[length - 1] != '/')
		length--;
	return length ? length - 1 : 0;
}

/*
 * Names have no leading slash, prefixes do: the slash is put in front in the caller's buffer.
 * Longest first, and no longer than the longest there is.
 */
static bool find_longest(struct tux_modules *modules, const char *path, size_t length,
			 struct tux_binding *binding)
{
	unsigned int longest = READ_ONCE(modules->prefix_max);
	struct tux_module *module;

	while (length > longest)
		length = shorten(path, length);
	for (; length; length = shorten(path, length)) {
		module = find(modules, path, length);
		if (module && bind(module, binding)) {
			binding->path_info = length - 1;
			return true;
		}
	}
	module = find(modules, "/", 1);
	return module && bind(module, binding);
}

/**
 * tux_modules_find_prefix() - Which module's prefix does a path have?
 * @modules: The modules of a server.
 * @name: Decoded path with its leading slash.
 * @length: Bytes of @name.
 * @binding: Filled in on success; its module's reference is the caller's.
 *
 * Context: Any context.
 * Return: True if there is one.
 */
bool tux_modules_find_prefix(struct tux_modules *modules, const char *name, size_t length,
			     struct tux_binding *binding)
{
	bool found;

	if (!READ_ONCE(modules->prefix_max))
		return false;
	/* The slash at the end of a directory's path belongs to what follows the prefix. */
	while (length > 1 && name[length - 1] == '/')
		length--;
	rcu_read_lock();
	found = find_longest(modules, name, length, binding);
	rcu_read_unlock();
	return found;
}

/**
 * tux_modules_find_name() - Which module is bound to a file?
 * @modules: The modules of a server.
 * @name: Name of the file under the document root.
 * @length: Bytes of @name.
 * @binding: Filled in on success; its module's reference is the caller's.
 *
 * Context: Any context.
 * Return: True if there is one.
 */
bool tux_modules_find_name(struct tux_modules *modules, const char *name, size_t length,
			   struct tux_binding *binding)
{
	struct tux_module *module;
	bool found;

	rcu_read_lock();
	module = find(modules, name, length);
	found = module && bind(module, binding);
	rcu_read_unlock();
	return found;
}

/**
 * tux_modules_find_newest() - The module that was registered last.
 * @modules: The modules of a server.
 * @binding: Filled in on success; its module's reference is the caller's.
 *
 * Context: Any context.
 * Return: True if there is any, but for the redirector's.
 */
bool tux_modules_find_newest(struct tux_modules *modules, struct tux_binding *binding)
{
	struct tux_module *module;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(module, &modules->list, node) {
		if (!strcmp(module->name, TUX_REDIRECT_MODULE))
			continue;
		found = bind(module, binding);
		break;
	}
	rcu_read_unlock();
	return found;
}

/* Rouses one process that has nothing to do; those that are busy look for more by themselves. */
static void rouse_member(struct tux_module *module, struct list_head *roused)
{
	struct tux_member *member;

	spin_lock(&module->queue.lock);
	list_for_each_entry(member, &module->members, in_module)
		if (tux_process_rouse(member->process, roused))
			break;
	spin_unlock(&module->queue.lock);
}

/**
 * tux_module_queue() - Let a request wait for one of a module's processes.
 * @module: The module.
 * @request: The request; a reference is taken.
 * @limit: How many may wait.
 * @roused: As for tux_process_rouse().
 *
 * Context: The worker.
 * Return: False if too many wait already or nobody answers.
 */
bool tux_module_queue(struct tux_module *module, struct tux_user_request *request,
		      unsigned int limit, struct list_head *roused)
{
	if (!tux_user_queue_add(&module->queue, request, limit))
		return false;
	rouse_member(module, roused);
	return true;
}
