// SPDX-License-Identifier: GPL-2.0-only
/*
 * TUX in each network namespace, see namespace.h.
 *
 * Called by main.c (once), and by those who need the namespace of a network namespace; calls
 * config.c.
 */
#include "namespace.h"

#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

static unsigned int namespace_id;

static struct tux_namespace **slot_of(struct net *net)
{
	return net_generic(net, namespace_id);
}

/**
 * tux_namespace_hold() - Take another reference.
 * @namespace: A namespace that the caller has a reference to, or whose network namespace he holds.
 *
 * Context: Any context.
 * Return: @namespace.
 */
struct tux_namespace *tux_namespace_hold(struct tux_namespace *namespace)
{
	refcount_inc(&namespace->refs);
	return namespace;
}

/**
 * tux_namespace_get() - TUX in a network namespace.
 * @net: The network namespace; the caller holds it.
 *
 * Context: Any context.
 * Return: A reference, to be given to tux_namespace_put().
 */
struct tux_namespace *tux_namespace_get(struct net *net)
{
	return tux_namespace_hold(*slot_of(net));
}

/**
 * tux_namespace_put() - Drop a reference.
 * @namespace: From tux_namespace_get().
 *
 * Context: Process context.
 */
void tux_namespace_put(struct tux_namespace *namespace)
{
	if (!refcount_dec_and_test(&namespace->refs))
		return;
	free_percpu(namespace->stats);
	mutex_destroy(&namespace->lock);
	kfree(namespace);
}

static int __net_init namespace_begins(struct net *net)
{
	struct tux_namespace *namespace = kzalloc(sizeof(*namespace), GFP_KERNEL_ACCOUNT);

	if (!namespace)
		return -ENOMEM;
	refcount_set(&namespace->refs, 1);
	namespace->net = net;
	mutex_init(&namespace->lock);
	namespace->stats = alloc_percpu_gfp(struct tux_stats, GFP_KERNEL_ACCOUNT);
	if (!namespace->stats) {
		tux_namespace_put(namespace);
		return -ENOMEM;
	}
	tux_config_init(&namespace->config);
	*slot_of(net) = namespace;
	return 0;
}

/* No process is left in it and no handle holds it, so no server can be running. */
static void __net_exit namespace_ends(struct net *net)
{
	struct tux_namespace *namespace = *slot_of(net);

	WARN_ON_ONCE(namespace->server);
	tux_namespace_put(namespace);
}

static struct pernet_operations operations = {
	.init = namespace_begins,
	.exit = namespace_ends,
	.id = &namespace_id,
	.size = sizeof(struct tux_namespace *),
};

/**
 * tux_namespace_module_init() - Appear in every network namespace.
 *
 * Context: Module load.
 * Return: 0 or a negative errno.
 */
int tux_namespace_module_init(void)
{
	return register_pernet_subsys(&operations);
}

/**
 * tux_namespace_module_exit() - Disappear from every network namespace.
 *
 * Context: Module unload; no handle is open.
 */
void tux_namespace_module_exit(void)
{
	unregister_pernet_subsys(&operations);
}
