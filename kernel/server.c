// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starting and ending servers, see server.h.
 *
 * Called by action.c and handle.c; calls listen.c and worker.c.  All state is under the namespace's
 * lock, which is taken here; nothing of this is on the path of a request.
 */
#include "server.h"

#include <linux/inet.h>
#include <linux/namei.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/tux.h>
#include <net/ipv6.h>

#include "worker.h"

/* Longest text of one address in net.tux.listen: an IPv6 address with scope, brackets and port. */
#define ADDRESS_MAX 80

/**
 * tux_server_get() - Take a reference.
 * @server: A server that the caller may use.
 *
 * Context: Any context.
 * Return: @server.
 */
struct tux_server *tux_server_get(struct tux_server *server)
{
	refcount_inc(&server->refs);
	return server;
}

/**
 * tux_server_put() - Drop a reference.
 * @server: The server.
 *
 * Context: Process context.
 */
void tux_server_put(struct tux_server *server)
{
	if (!refcount_dec_and_test(&server->refs))
		return;
	put_pid(server->owner);
	kfree(server->documentroot);
	tux_namespace_put(server->namespace);
	kfree(server);
}

/* The end, once no worker is left.  Namespace's lock held. */
static void end_if_over(struct tux_server *server)
{
	struct tux_namespace *namespace = server->namespace;

	lockdep_assert_held(&namespace->lock);
	if (server->ended || server->running || (server->owned && !server->draining))
		return;
	tux_listener_free_all(&server->listeners);
	path_put(&server->docroot);
	tux_modules_end(&server->modules);
	tux_mime_exit(&server->mime);
	namespace->server = NULL;
	WRITE_ONCE(server->ended, true);
	wake_up_all(&server->changed);
	tux_server_put(server);
}

/* --- STARTUP --- */

/*
 * Takes "ADDR", "ADDR:PORT", "[ADDR6]" or "[ADDR6]:PORT" apart, in place.
 * Return: 0, with *@port NULL if there is none and *@address moved behind a bracket; -EINVAL if it
 * is none of these.
 */
static int split_address(char **address, char **port)
{
	char *end;

	*port = NULL;
	if (**address == '[') {
		(*address)++;
		end = strchr(*address, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		if (end[1])
			*port = end + 2;
		*end = '\0';
		return 0;
	}
	end = strchr(*address, ':');
	/* More than one colon: an IPv6 address without brackets. */
	if (end && !strchr(end + 1, ':')) {
		*end = '\0';
		*port = end + 1;
	}
	return 0;
}

static int parse_address(struct net *net, char *text, int port, struct sockaddr_storage *address)
{
	char default_port[8];
	char *port_text;

	if (split_address(&text, &port_text))
		return -EINVAL;
	snprintf(default_port, sizeof(default_port), "%d", port);
	return inet_pton_with_scope(net, AF_UNSPEC, text, port_text ?: default_port, address);
}

/* N listeners for one address, one for each worker. */
static int listen_on_address(struct tux_server *server, const struct sockaddr_storage *address,
			     int backlog)
{
	unsigned int i;

	for (i = 0; i < server->threads; i++) {
		struct tux_listener *listener;

		listener = tux_listener_create(server->namespace->net, address, backlog, i);
		if (IS_ERR(listener))
			return PTR_ERR(listener);
		list_add_tail(&listener->node, &server->listeners);
	}
	return 0;
}

static bool is_any6(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 &&
	       ipv6_addr_any(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

/* Makes the listeners that net.tux.listen names.  @addresses is destroyed. */
static int listen_on_all(struct tux_server *server, char *addresses, int port, int backlog)
{
	struct net *net = server->namespace->net;
	char *text;
	int error;

	while ((text = strsep(&addresses, " \t\n"))) {
		struct sockaddr_storage address = {};

		if (!*text)
			continue;
		if (strlen(text) > ADDRESS_MAX)
			return -EINVAL;
		error = parse_address(net, text, port, &address);
		if (error)
			return -EINVAL;
		error = listen_on_address(server, &address, backlog);
		/* "Every IPv6 address" of a kernel that has no IPv6 is no address. */
		if (error == -EAFNOSUPPORT && is_any6(&address))
			continue;
		if (error)
			return error;
	}
	return list_empty(&server->listeners) ? -EINVAL : 0;
}

/* What STARTUP takes from the configuration, copied so that its lock is not held over the rest. */
struct startup_config {
	struct path docroot;
	char documentroot[TUX_CONFIG_PATH_MAX];
	char listen[TUX_CONFIG_LISTEN_MAX];
	char default_type[TUX_CONFIG_TYPE_MAX];
	int threads;
	int port;
	int backlog;
};

static struct startup_config *copy_config(struct tux_config *config)
{
	struct startup_config *copy = kmalloc(sizeof(*copy), GFP_KERNEL);

	if (!copy)
		return NULL;
	mutex_lock(&config->lock);
	strscpy(copy->documentroot, config->documentroot, sizeof(copy->documentroot));
	strscpy(copy->listen, config->listen, sizeof(copy->listen));
	strscpy(copy->default_type, config->default_type, sizeof(copy->default_type));
	mutex_unlock(&config->lock);
	copy->threads = READ_ONCE(config->threads);
	copy->port = READ_ONCE(config->serverport);
	copy->backlog = READ_ONCE(config->max_backlog);
	return copy;
}

static struct tux_server *alloc_server(struct tux_namespace *namespace, struct pid *owner,
				       unsigned int threads)
{
	struct tux_server *server = kzalloc(sizeof(*server), GFP_KERNEL_ACCOUNT);

	if (!server)
		return NULL;
	/* One for the namespace, one for the caller. */
	refcount_set(&server->refs, 2);
	server->namespace = tux_namespace_hold(namespace);
	INIT_LIST_HEAD(&server->listeners);
	tux_modules_init(&server->modules);
	init_waitqueue_head(&server->changed);
	server->owner = get_pid(owner);
	server->owned = true;
	server->threads = threads;
	server->started = ktime_get_boottime_seconds();
	return server;
}

/* Gets the types and the listeners.  On error everything is as before. */
static int equip_server(struct tux_server *server, struct startup_config *config,
			struct list_head *listeners)
{
	int error;

	server->documentroot = kstrdup(config->documentroot, GFP_KERNEL_ACCOUNT);
	if (!server->documentroot)
		return -ENOMEM;
	error = tux_mime_init(&server->mime, config->default_type);
	if (error)
		return error;
	if (!list_empty(listeners)) {
		list_splice_tail_init(listeners, &server->listeners);
		return 0;
	}
	error = listen_on_all(server, config->listen, config->port, config->backlog);
	if (error)
		goto err_listeners;
	return 0;

err_listeners:
	tux_listener_free_all(&server->listeners);
	tux_mime_exit(&server->mime);
	return error;
}

/* Uses up the reference in config->docroot on success. */
static struct tux_server *start_locked(struct tux_namespace *namespace, struct pid *owner,
				       struct startup_config *config, struct list_head *listeners)
{
	struct tux_server *server;
	int error;

	lockdep_assert_held(&namespace->lock);
	if (namespace->server)
		return ERR_PTR(-EEXIST);
	server = alloc_server(namespace, owner, config->threads);
	if (!server)
		return ERR_PTR(-ENOMEM);
	error = equip_server(server, config, listeners);
	if (error) {
		tux_server_put(server);
		tux_server_put(server);
		return ERR_PTR(error);
	}
	server->docroot = config->docroot;
	namespace->server = server;
	return server;
}

/**
 * tux_server_start() - Start the server of a namespace.
 * @namespace: Where; the caller holds the network namespace.
 * @owner: Thread group of the caller.
 * @listeners: Listeners that were handed in before; taken over on success.  If empty, they are made
 * from net.tux.listen.
 *
 * The document root is looked up with the root directory, the mounts and the rights of the current
 * task.
 *
 * Context: Process context.  Takes the namespace's lock.
 * Return: A reference, or ERR_PTR(): -EEXIST (there is one), -EINVAL (net.tux.listen cannot be
 *          understood), -ENOMEM, or what the lookup or making a socket said.
 */
struct tux_server *tux_server_start(struct tux_namespace *namespace, struct pid *owner,
				    struct list_head *listeners)
{
	struct startup_config *config = copy_config(&namespace->config);
	struct tux_server *server;
	int error;

	if (!config)
		return ERR_PTR(-ENOMEM);
	/* A filesystem that hangs must not hang whoever wants the lock. */
	error = kern_path(config->documentroot, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &config->docroot);
	if (error) {
		kfree(config);
		return ERR_PTR(READ_ONCE(namespace->server) ? -EEXIST : error);
	}
	mutex_lock(&namespace->lock);
	server = start_locked(namespace, owner, config, listeners);
	mutex_unlock(&namespace->lock);
	if (IS_ERR(server))
		path_put(&config->docroot);
	kfree(config);
	return server;
}

/* --- SHUTDOWN and other ends --- */

/**
 * tux_server_find() - The server of a namespace.
 * @namespace: Where.
 *
 * Context: Process context.  Takes the namespace's lock.
 * Return: A reference, or NULL if there is none or it is shutting down.
 */
struct tux_server *tux_server_find(struct tux_namespace *namespace)
{
	struct tux_server *server = NULL;

	mutex_lock(&namespace->lock);
	if (namespace->server && !namespace->server->draining)
		server = tux_server_get(namespace->server);
	mutex_unlock(&namespace->lock);
	return server;
}

/**
 * tux_server_disown() - The handle that started a server is gone.
 * @server: The server; the handle's reference is dropped.
 *
 * Context: Process context.  Takes the namespace's lock.
 */
void tux_server_disown(struct tux_server *server)
{
	struct tux_namespace *namespace = server->namespace;

	mutex_lock(&namespace->lock);
	server->owned = false;
	end_if_over(server);
	mutex_unlock(&namespace->lock);
	tux_server_put(server);
}

/* Tells the workers to finish.  Return: a reference, or NULL if there is no server. */
static struct tux_server *begin_shutdown(struct tux_namespace *namespace)
{
	struct tux_server *server;
	unsigned int i;

	mutex_lock(&namespace->lock);
	server = namespace->server;
	if (server) {
		tux_server_get(server);
		server->draining = true;
		for (i = 0; i < server->threads; i++) {
			if (!server->workers[i])
				continue;
			WRITE_ONCE(server->workers[i]->drain, true);
			tux_worker_kick(server->workers[i]);
		}
		end_if_over(server);
	}
	mutex_unlock(&namespace->lock);
	return server;
}

/**
 * tux_server_shutdown() - Shut the server of a namespace down, and wait for it.
 * @namespace: Where.
 * @closed: The caller's handle has been closed: do not wait any longer.
 *
 * The workers finish the responses in flight; idle connections are closed; the listeners are
 * emptied, then closed.
 *
 * Context: Process context.  Takes the namespace's lock; sleeps until the last worker has left or a
 * signal comes.
 * Return: 0, -ESRCH if there is no server, -EINTR (the shutdown goes on), -EBADF.
 */
int tux_server_shutdown(struct tux_namespace *namespace, const bool *closed)
{
	struct tux_server *server = begin_shutdown(namespace);
	int error;

	if (!server)
		return -ESRCH;
	error = wait_event_interruptible(server->changed,
					 READ_ONCE(server->ended) || READ_ONCE(*closed));
	if (error)
		error = -EINTR;
	else if (!READ_ONCE(server->ended))
		error = -EBADF;
	tux_server_put(server);
	return error;
}

/* --- workers and listeners --- */

static bool is_own(const struct tux_worker *worker, const struct tux_listener *listener)
{
	return listener->worker == worker->index;
}

/* Lets every worker hear of a new listener.  Namespace's lock held. */
static int watch_new_listener(struct tux_server *server, struct tux_listener *listener)
{
	unsigned int i;
	int error;

	for (i = 0; i < server->threads; i++) {
		struct tux_worker *worker = server->workers[i];

		if (!worker)
			continue;
		error = tux_acceptor_watch(&worker->acceptor, listener, is_own(worker, listener));
		if (error)
			return error;
	}
	return 0;
}

/**
 * tux_server_add_listener() - Add a listener to a server that runs.
 * @server: The server.
 * @listener: The listener; the server's on success.
 *
 * Context: Process context.  Takes the namespace's lock.
 * Return: 0, -ESRCH (it is shutting down) or -ENOMEM (some workers may not hear of it, but it
 *          belongs to the server).
 */
int tux_server_add_listener(struct tux_server *server, struct tux_listener *listener)
{
	int error = -ESRCH;

	mutex_lock(&server->namespace->lock);
	if (!server->ended && !server->draining) {
		list_add_tail(&listener->node, &server->listeners);
		/* Memory ran out: those who hear of it serve it all the same. */
		watch_new_listener(server, listener);
		error = 0;
	}
	mutex_unlock(&server->namespace->lock);
	return error;
}

/**
 * tux_server_register_type() - Add a MIME type to the server of a namespace.
 * @namespace: Where.
 * @extension: Extension of file names.
 * @type: The type.
 * @max_age: Seconds for Cache-Control as text, or empty.
 *
 * Context: Process context.  Takes the namespace's lock.
 * Return: 0, -ESRCH if there is no server, or what tux_mime_register() says.
 */
int tux_server_register_type(struct tux_namespace *namespace, const char *extension,
			     const char *type, const char *max_age)
{
	int error = -ESRCH;

	mutex_lock(&namespace->lock);
	if (namespace->server)
		error = tux_mime_register(&namespace->server->mime, extension, type, max_age);
	mutex_unlock(&namespace->lock);
	return error;
}

static int watch_all_listeners(struct tux_server *server, struct tux_worker *worker)
{
	struct tux_listener *listener;
	int error;

	list_for_each_entry(listener, &server->listeners, node) {
		error = tux_acceptor_watch(&worker->acceptor, listener, is_own(worker, listener));
		if (error)
			return error;
	}
	return 0;
}

static struct tux_worker *join_locked(struct tux_namespace *namespace, unsigned int index,
				      struct pid *owner)
{
	struct tux_server *server = namespace->server;
	struct tux_workplace place = {
		.namespace = namespace,
		.server = server,
	};
	struct tux_worker *worker;
	int error;

	lockdep_assert_held(&namespace->lock);
	if (!server || server->draining)
		return ERR_PTR(-ESRCH);
	place.docroot = &server->docroot;
	place.mime = &server->mime;
	place.modules = &server->modules;
	place.serial = ++server->joined;
	if (index >= server->threads)
		return ERR_PTR(-EINVAL);
	if (server->workers[index])
		return ERR_PTR(-EBUSY);
	worker = tux_worker_create(&place, index, owner);
	if (IS_ERR(worker))
		return worker;
	error = watch_all_listeners(server, worker);
	if (error) {
		tux_acceptor_unwatch_all(&worker->acceptor);
		tux_worker_destroy(worker);
		return ERR_PTR(error);
	}
	server->workers[index] = worker;
	server->running++;
	return worker;
}

/**
 * tux_server_join() - Make a worker of the server of a namespace.
 * @namespace: Where.
 * @index: Its number.
 * @owner: Thread group that it will belong to.
 *
 * Context: Process context.  Takes the namespace's lock.
 * Return: The worker, or ERR_PTR(): -ESRCH (no server, or it is shutting down), -EINVAL (@index),
 *          -EBUSY (there is one of that number), -ENOMEM.
 */
struct tux_worker *tux_server_join(struct tux_namespace *namespace, unsigned int index,
				   struct pid *owner)
{
	struct tux_worker *worker;

	mutex_lock(&namespace->lock);
	worker = join_locked(namespace, index, owner);
	mutex_unlock(&namespace->lock);
	return worker;
}

/* It hears of nothing new any more, and its number is free.  Namespace's lock held. */
static void give_up_place(struct tux_server *server, struct tux_worker *worker)
{
	if (server->workers[worker->index] == worker)
		server->workers[worker->index] = NULL;
	tux_acceptor_unwatch_all(&worker->acceptor);
}

/**
 * tux_server_retire() - A worker is to take nothing new, and to finish what it has.
 * @worker: The worker; nobody is in its loop.
 *
 * The server goes on counting it until tux_server_leave().
 *
 * Context: Process context.  Takes the namespace's lock.
 */
void tux_server_retire(struct tux_worker *worker)
{
	struct tux_namespace *namespace = worker->namespace;

	mutex_lock(&namespace->lock);
	give_up_place(worker->server, worker);
	WRITE_ONCE(worker->drain, true);
	mutex_unlock(&namespace->lock);
}

/**
 * tux_server_leave() - A worker ends.
 * @worker: The worker; nobody is in its loop.  Not to be used afterwards.
 *
 * Context: Process context.  Takes the namespace's lock.
 */
void tux_server_leave(struct tux_worker *worker)
{
	struct tux_server *server = tux_server_get(worker->server);
	struct tux_namespace *namespace = server->namespace;

	mutex_lock(&namespace->lock);
	give_up_place(server, worker);
	mutex_unlock(&namespace->lock);
	/* Closing thousands of connections takes its time: not under the lock. */
	tux_worker_destroy(worker);
	mutex_lock(&namespace->lock);
	server->running--;
	end_if_over(server);
	mutex_unlock(&namespace->lock);
	tux_server_put(server);
}
