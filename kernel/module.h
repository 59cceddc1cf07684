/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User modules: which requests go to user space, and to whom there.
 *
 * A module is a name: of a file (a stub) or, with a slash in front, a prefix of paths.  It is
 * answered either by the server's workers themselves, or by processes of their own (process.h), all
 * of one user.  Grants say which users may register which names without being administrators.
 */
#ifndef TUX_MODULE_H
#define TUX_MODULE_H

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/tux.h>
#include <linux/uidgid.h>

#include "grant.h"
#include "user_request.h"

struct tux_process;

#define TUX_MODULES_MAX 1024

/**
 * struct tux_module - One name, and who answers it.
 */
struct tux_module {
	/**
	 * @refs: One of the table, one of each member and of each request for processes.  Atomic.
	 */
	refcount_t refs;
	/** @bucket: Place in the table.  Readers: RCU; writers: the table's lock. */
	struct hlist_node bucket;
	/** @node: Place in the table's list, the newest first.  Likewise. */
	struct list_head node;
	/** @index: What the workers are told; 0 if processes of their own answer.  Constant. */
	u32 index;
	/** @uid: Whose processes may answer.  Constant. */
	kuid_t uid;
	/** @members: The processes that answer.  Protected by the table's lock and @queue's. */
	struct list_head members;
	/** @member_count: How many.  Likewise. */
	unsigned int member_count;
	/** @queue: Requests that wait for one of them. */
	struct tux_user_queue queue;
	/** @rcu: For freeing. */
	struct rcu_head rcu;
	/** @length: Bytes of @name.  Constant. */
	unsigned int length;
	/** @name: The name; a prefix begins with a slash and does not end in one.  Constant. */
	char name[MAX_URI_LEN];
};

/**
 * struct tux_member - A process that answers a module's requests.
 */
struct tux_member {
	/** @in_module: Place in the module's list. */
	struct list_head in_module;
	/** @in_process: Place in the process's list, owned by the process. */
	struct list_head in_process;
	/** @module: The module; referenced. */
	struct tux_module *module;
	/** @process: The process, which outlives its memberships. */
	struct tux_process *process;
	/** @index: What this process is told. */
	u32 index;
	/** @gone: The module was unregistered.  Set under the table's lock. */
	bool gone;
};

/**
 * struct tux_modules - The modules of a server.
 */
struct tux_modules {
	/** @lock: Protects everything below against other writers. */
	struct mutex lock;
	/** @table: By name.  Readers: RCU. */
	DECLARE_HASHTABLE(table, 6);
	/** @list: All, the newest first.  Readers: RCU. */
	struct list_head list;
	/** @processes: Processes that have a role, for telling them to end. */
	struct list_head processes;
	/** @grants: Who may register what. */
	struct tux_grants grants;
	/**
	 * @count: Entries of @list; read with READ_ONCE(): 0 means that nothing needs to be looked
	 * up.
	 */
	unsigned int count;
	/** @names: Those that are not prefixes.  Likewise. */
	unsigned int names;
	/** @prefix_max: Bytes of the longest prefix there ever was.  Likewise. */
	unsigned int prefix_max;
	/** @ended: The server has ended. */
	bool ended;
};

/**
 * struct tux_binding - Which module a request is for.
 */
struct tux_binding {
	/** @module: Of processes of their own; referenced.  NULL for the workers. */
	struct tux_module *module;
	/** @index: What the workers are told. */
	u32 index;
	/** @path_info: Bytes of the name, without a leading slash, that belong to the prefix. */
	u32 path_info;
	/** @is_prefix: It is bound to a prefix, not to a file. */
	bool is_prefix;
};

/**
 * struct tux_registration - What REGISTER_MODULE asks for.
 */
struct tux_registration {
	/** @name: Name or prefix, terminated. */
	const char *name;
	/** @index: module_index. */
	u32 index;
	/** @process: Who will answer; NULL for the workers. */
	struct tux_process *process;
	/** @uid: Effective user of the caller. */
	kuid_t uid;
	/** @is_admin: Needs no grant. */
	bool is_admin;
};

/* life cycle */
void tux_modules_init(struct tux_modules *modules);
void tux_modules_end(struct tux_modules *modules);
struct tux_module *tux_module_get(struct tux_module *module);
void tux_module_put(struct tux_module *module);

/* orders */
int tux_modules_register(struct tux_modules *modules, const struct tux_registration *registration);
int tux_modules_unregister(struct tux_modules *modules,
			   const struct tux_registration *registration);
int tux_modules_grant(struct tux_modules *modules, const char *name, kuid_t uid, bool remove);
void tux_modules_add_process(struct tux_modules *modules, struct tux_process *process);
void tux_modules_remove_process(struct tux_modules *modules, struct tux_process *process);

/* use */
bool tux_modules_find_prefix(struct tux_modules *modules, const char *name, size_t length,
			     struct tux_binding *binding);
bool tux_modules_find_name(struct tux_modules *modules, const char *name, size_t length,
			   struct tux_binding *binding);
bool tux_modules_find_newest(struct tux_modules *modules, struct tux_binding *binding);
bool tux_module_queue(struct tux_module *module, struct tux_user_request *request,
		      unsigned int limit, struct list_head *roused);

#endif /* TUX_MODULE_H */
