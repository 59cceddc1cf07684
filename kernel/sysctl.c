// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/sys/net/tux/: shows the tables of config.c, one directory for each network namespace.
 *
 * A value out of range, a text that is too long or not allowed and a number that is none are
 * refused with EINVAL, and the old value stays.  Who may write is decided by the kernel's rule for
 * net sysctls: root, or CAP_NET_ADMIN over the namespace.
 *
 * Called by main.c; calls config.c.
 */
#include "sysctl.h"

#include <linux/slab.h>
#include <linux/sysctl.h>

#include "compat/compat.h"
#include "config.h"
#include "namespace.h"

#define ENTRIES (TUX_CONFIG_NUMBERS + TUX_CONFIG_STRINGS)

static int handle_number(tux_compat_ctl_table *table, int write, void *buffer, size_t *length,
			 loff_t *position)
{
	const struct tux_config_number *number = container_of_const((const int *)table->extra1,
								    struct tux_config_number, min);
	struct tux_config *config = (void *)((char *)table->data - number->offset);
	int err = proc_dointvec_minmax(table, write, buffer, length, position);

	if (write && !err)
		tux_config_changed(config);
	return err;
}

/*
 * A text is written by one call and shows up whole: pieces are refused, where proc_dostring() would
 * cut silently.
 */
static int write_text(struct tux_config *config, unsigned int index, const char *text,
		      size_t length, const loff_t *position)
{
	if (*position)
		return -EINVAL;
	if (length && text[length - 1] == '\n')
		length--;
	return tux_config_set_text(config, index, text, length);
}

static int handle_text(tux_compat_ctl_table *table, int write, void *buffer, size_t *length,
		       loff_t *position)
{
	const struct tux_config_string *string = table->extra1;
	struct tux_config *config = (void *)((char *)table->data - string->offset);
	int err;

	if (write) {
		err = write_text(config, string - tux_config_strings, buffer, *length, position);
		if (!err)
			*position += *length;
		return err;
	}
	mutex_lock(&config->lock);
	err = proc_dostring(table, write, buffer, length, position);
	mutex_unlock(&config->lock);
	return err;
}

static void fill_table(struct ctl_table *entry, struct tux_config *config)
{
	unsigned int i;

	for (i = 0; i < TUX_CONFIG_NUMBERS; i++, entry++) {
		entry->procname = tux_config_numbers[i].name;
		entry->data = tux_config_number(config, i);
		entry->maxlen = sizeof(int);
		entry->mode = 0644;
		entry->proc_handler = handle_number;
		entry->extra1 = (void *)&tux_config_numbers[i].min;
		entry->extra2 = (void *)&tux_config_numbers[i].max;
	}
	for (i = 0; i < TUX_CONFIG_STRINGS; i++, entry++) {
		entry->procname = tux_config_strings[i].name;
		entry->data = tux_config_text(config, i);
		entry->maxlen = tux_config_strings[i].size;
		entry->mode = 0644;
		entry->proc_handler = handle_text;
		entry->extra1 = (void *)&tux_config_strings[i];
	}
}

static int __net_init make_files(struct net *net)
{
	/* One more: kernels up to 6.5 look for an entry of zeroes. */
	struct ctl_table *table = kcalloc(ENTRIES + 1, sizeof(*table), GFP_KERNEL_ACCOUNT);
	struct tux_namespace *namespace;
	int error = 0;

	if (!table)
		return -ENOMEM;
	namespace = tux_namespace_get(net);
	fill_table(table, &namespace->config);
	namespace->sysctl = tux_compat_register_sysctl(net, "net/tux", table, ENTRIES);
	if (!namespace->sysctl) {
		kfree(table);
		error = -ENOMEM;
	}
	tux_namespace_put(namespace);
	return error;
}

static void __net_exit remove_files(struct net *net)
{
	struct tux_namespace *namespace = tux_namespace_get(net);
	const struct ctl_table *table = namespace->sysctl->ctl_table_arg;

	/* Waits for reads and writes under way. */
	unregister_net_sysctl_table(namespace->sysctl);
	kfree(table);
	tux_namespace_put(namespace);
}

static struct pernet_operations operations = {
	.init = make_files,
	.exit = remove_files,
};

/**
 * tux_sysctl_module_init() - Show the values of every network namespace under /proc/sys/net/tux.
 *
 * Context: Module load; tux_namespace_module_init() has been called.
 * Return: 0 or a negative errno.
 */
int tux_sysctl_module_init(void)
{
	return register_pernet_subsys(&operations);
}

/**
 * tux_sysctl_module_exit() - Take the files away.
 *
 * Context: Module unload.
 */
void tux_sysctl_module_exit(void)
{
	unregister_pernet_subsys(&operations);
}
