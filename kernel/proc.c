// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/tux/, see proc.h.
 *
 * "server" says what is running, a key and its values per line; "stat" has the counters by name.
 * Process numbers are those of the reader's PID namespace.
 */
#include "proc.h"

#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <linux/tux.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>

#include "hook.h"
#include "namespace.h"
#include "server.h"
#include "stat.h"
#include "worker.h"

static void show_address(struct seq_file *file, const struct sock *sk)
{
	if (sk->sk_family == AF_INET6)
		seq_printf(file, "[%pI6c]:%u", &sk->sk_v6_rcv_saddr, sk->sk_num);
	else
		seq_printf(file, "%pI4:%u", &sk->sk_rcv_saddr, sk->sk_num);
}

static void show_listener(struct seq_file *file, const struct tux_listener *listener)
{
	seq_puts(file, "listen ");
	show_address(file, listener->socket->sk);
	if (listener->worker == TUX_LISTEN_ANY)
		seq_puts(file, " worker any\n");
	else
		seq_printf(file, " worker %u\n", listener->worker);
}

static void show_worker(struct seq_file *file, const struct tux_worker *worker)
{
	seq_printf(file, "worker %u pid %d state %s connections %u\n", worker->index,
		   pid_vnr(worker->owner), READ_ONCE(worker->looping) ? "loop" : "away",
		   READ_ONCE(worker->context.set.count));
}

static void show_server(struct seq_file *file, const struct tux_server *server)
{
	const struct tux_listener *listener;
	unsigned int connections = 0;
	unsigned int i;

	for (i = 0; i < server->threads; i++)
		if (server->workers[i])
			connections += READ_ONCE(server->workers[i]->context.set.count);
	seq_printf(file, "uptime_seconds %lld\n", ktime_get_boottime_seconds() - server->started);
	seq_puts(file, "documentroot ");
	seq_escape(file, server->documentroot, " \t\n\\");
	seq_putc(file, '\n');
	seq_printf(file, "owner %d\n", server->owned ? pid_vnr(server->owner) : 0);
	seq_printf(file, "threads %u\n", server->threads);
	seq_printf(file, "connections %u\n", connections);
	list_for_each_entry(listener, &server->listeners, node)
		show_listener(file, listener);
	for (i = 0; i < server->threads; i++)
		if (server->workers[i])
			show_worker(file, server->workers[i]);
}

static unsigned int count_workers(const struct tux_server *server)
{
	unsigned int i, count = 0;

	for (i = 0; i < server->threads; i++)
		count += !!server->workers[i];
	return count;
}

static void show_modules(struct seq_file *file, struct tux_server *server)
{
	struct tux_modules *modules = &server->modules;
	const struct tux_module *module;

	mutex_lock(&modules->lock);
	list_for_each_entry(module, &modules->list, node) {
		seq_puts(file, "module ");
		seq_escape(file, module->name, " \t\n\\");
		seq_printf(file, " %s %s %u\n", module->name[0] == '/' ? "prefix" : "name",
			   module->index ? "workers" : "processes",
			   module->index ? count_workers(server) : module->member_count);
	}
	mutex_unlock(&modules->lock);
}

static const char *state_of(const struct tux_server *server)
{
	if (!server)
		return "stopped";
	return server->draining ? "stopping" : "running";
}

static int show_server_file(struct seq_file *file, void *unused)
{
	struct tux_namespace *namespace = tux_namespace_get(seq_file_single_net(file));
	struct tux_server *server;

	mutex_lock(&namespace->lock);
	server = namespace->server;
	seq_printf(file, "state %s\n", state_of(server));
	seq_printf(file, "hook %s\n", tux_hook_state());
	if (server) {
		show_server(file, server);
		show_modules(file, server);
	}
	mutex_unlock(&namespace->lock);
	tux_namespace_put(namespace);
	return 0;
}

static int show_stat_file(struct seq_file *file, void *unused)
{
	struct tux_namespace *namespace = tux_namespace_get(seq_file_single_net(file));
	int i;

	for (i = 0; i < TUX_STAT_COUNT; i++)
		seq_printf(file, "%s %llu\n", tux_stat_name(i), tux_stat_sum(namespace->stats, i));
	tux_namespace_put(namespace);
	return 0;
}

static void __net_exit remove_files(struct net *net)
{
	struct tux_namespace *namespace = tux_namespace_get(net);

	proc_remove(namespace->proc);
	tux_namespace_put(namespace);
}

static int __net_init make_files(struct net *net)
{
	struct tux_namespace *namespace = tux_namespace_get(net);
	int error = -ENOMEM;

	namespace->proc = proc_net_mkdir(net, "tux", net->proc_net);
	if (!namespace->proc)
		goto out;
	if (proc_create_net_single("server", 0444, namespace->proc, show_server_file, NULL) &&
	    proc_create_net_single("stat", 0444, namespace->proc, show_stat_file, NULL))
		error = 0;
	else
		proc_remove(namespace->proc);
out:
	tux_namespace_put(namespace);
	return error;
}

static struct pernet_operations operations = {
	.init = make_files,
	.exit = remove_files,
};

/**
 * tux_proc_module_init() - Make /proc/net/tux in every network namespace.
 *
 * Context: Module load; tux_namespace_module_init() has been called.
 * Return: 0 or a negative errno.
 */
int tux_proc_module_init(void)
{
	return register_pernet_subsys(&operations);
}

/**
 * tux_proc_module_exit() - Remove /proc/net/tux everywhere.
 *
 * Context: Module unload.  Waits for readers.
 */
void tux_proc_module_exit(void)
{
	unregister_pernet_subsys(&operations);
}
