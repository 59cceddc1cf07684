// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tuxctl module: the user modules of the server.
 *
 * Which there are, the kernel says; of which file they are, and adding and removing them, is the
 * business of tuxd's master process.  Who else may register modules is the kernel's.
 */
#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tux.h>

#include "tuxctl.h"

static const struct command_option options[] = {
	{ "json", NULL, "list: print an array of JSON", 'j' },
	{ NULL, NULL, NULL, 0 },
};

/**
 * struct order - One of the things that can be done with modules.
 */
struct order {
	/** @name: What is typed. */
	const char *name;
	/** @least: Fewest arguments. */
	int least;
	/** @most: Most arguments. */
	int most;
	/** @usage: What they are. */
	const char *usage;
	/** @run: Does it.  Returns the exit status. */
	int (*run)(int count, char **arguments, int json);
};

/* --- what the master is asked */

/* Words are separated by tabs, and lines by newlines. */
static int check_word(const char *word)
{
	for (const char *at = word; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return -1;
	return *word ? 0 : -1;
}

static int fail_to_ask(const char *what)
{
	if (errno == ECONNREFUSED)
		return fail("%s: there is no tuxd in this network namespace; start it with tuxctl "
			    "startup", what);
	if (errno == EPERM)
		return fail("%s: whoever listens in the place of tuxd is not root; "
			    "stop that process, and start TUX again", what);
	return fail("%s: cannot speak with tuxd: %s", what, strerror(errno));
}

/* The answer is "ok", or "error" and why. */
static int ask(const char *what, const char *command)
{
	char *answer = ask_master(command);
	int result = EXIT_OK;

	if (!answer)
		return fail_to_ask(what);
	answer[strcspn(answer, "\n")] = '\0';
	if (!strncmp(answer, "error ", 6))
		result = fail("%s: %s", what, answer + 6);
	else if (strcmp(answer, "ok"))
		result = fail("%s: tuxd gave no answer", what);
	free(answer);
	return result;
}

/* A path is the caller's; a bare name is looked for where modules are. */
static char *complete_path(const char *file)
{
	char *directory;
	char *path = NULL;

	if (*file == '/' || !strchr(file, '/'))
		return strdup(file);
	directory = getcwd(NULL, 0);
	if (directory && asprintf(&path, "%s/%s", directory, file) < 0)
		path = NULL;
	free(directory);
	return path;
}

/* @file may be NULL. */
static int add_module(const char *name, const char *file)
{
	char *command;
	char *what;
	int result;

	if (check_word(name) || (file && check_word(file)))
		return fail("the name of a module, or of its file, is empty or has control "
			    "characters");
	if (asprintf(&command, "add\t%s%s%s\n", name, file ? "\t" : "", file ? file : "") < 0 ||
	    asprintf(&what, "cannot add the module %s", name) < 0)
		return fail("out of memory");
	result = ask(what, command);
	free(what);
	free(command);
	return result;
}

static int run_add(int count, char **arguments, int json)
{
	char *file = count > 1 ? complete_path(arguments[1]) : NULL;
	int result;

	(void)json;
	if (count > 1 && !file)
		return fail("cannot find out where %s is: %s", arguments[1], strerror(errno));
	result = add_module(arguments[0], file);
	free(file);
	return result;
}

static int run_remove(int count, char **arguments, int json)
{
	char *command;
	char *what;
	int result;

	(void)count;
	(void)json;
	if (check_word(arguments[0]))
		return fail("the name of a module is empty or has control characters");
	if (asprintf(&command, "remove\t%s\n", arguments[0]) < 0 ||
	    asprintf(&what, "cannot remove the module %s", arguments[0]) < 0)
		return fail("out of memory");
	result = ask(what, command);
	free(what);
	free(command);
	return result;
}

/* --- which there are */

/* The line of a module in the master's list, or NULL; it is "NAME\tFILE\n". */
static const char *find_file(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (list && (list = strchr(list, '\n'))) {
		list++;
		if (!strncmp(list, name, length) && list[length] == '\t')
			return list + length + 1;
	}
	return NULL;
}

static const char *kind_of(const struct tux_module_status *module)
{
	return *module->name == '/' ? "prefix" : "name";
}

static const char *place_of(const struct tux_module_status *module)
{
	return module->in_workers ? "workers" : "processes";
}

/* A name may have any bytes; a terminal must not take them for orders. */
static void print_plain(const char *text, int width)
{
	for (; *text; text++, width--)
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
	while (width-- > 0)
		putchar(' ');
}

static void print_table(const struct tux_status *status, const char *list)
{
	if (!status->module_count)
		return;
	printf("%-24s %-7s %-14s %s\n", "MODULE", "KIND", "ANSWERED BY", "FILE");
	for (size_t i = 0; i < status->module_count; i++) {
		const struct tux_module_status *module = &status->modules[i];
		const char *file = module->in_workers ? find_file(list, module->name) : NULL;

		print_plain(module->name, 24);
		printf(" %-7s %3u %-10s ", kind_of(module), module->count, place_of(module));
		printf("%.*s\n", file ? (int)strcspn(file, "\n") : 1, file ? file : "-");
	}
}

static void print_json(const struct tux_status *status, const char *list)
{
	putchar('[');
	for (size_t i = 0; i < status->module_count; i++) {
		const struct tux_module_status *module = &status->modules[i];
		const char *file = module->in_workers ? find_file(list, module->name) : NULL;
		char *copy = file ? strndup(file, strcspn(file, "\n")) : NULL;

		fputs(i ? ",{\"name\":" : "{\"name\":", stdout);
		print_json_string(module->name);
		printf(",\"kind\":\"%s\",\"answered_by\":\"%s\",\"count\":%u,\"file\":",
		       kind_of(module), place_of(module), module->count);
		print_json_string(copy);
		putchar('}');
		free(copy);
	}
	puts("]");
}

static int run_list(int count, char **arguments, int json)
{
	struct tux_status *status = tux_read_status();
	char *list;

	(void)count;
	(void)arguments;
	if (!status && errno != ENOENT)
		return fail("cannot read the state of TUX: %s", strerror(errno));
	if (!status || !strcmp(status->state, "stopped")) {
		tux_free_status(status);
		return fail("TUX is not running");
	}
	/* Who may not ask for the files sees the rest. */
	list = ask_master("list\n");
	if (list && strncmp(list, "ok\n", 3)) {
		free(list);
		list = NULL;
	}
	if (json)
		print_json(status, list);
	else
		print_table(status, list);
	free(list);
	tux_free_status(status);
	return EXIT_OK;
}

/* --- who may register more */

static int find_user(const char *text, uid_t *uid)
{
	const struct passwd *user = getpwnam(text);
	unsigned long number;
	char *end;

	if (user) {
		*uid = user->pw_uid;
		return 0;
	}
	errno = 0;
	number = strtoul(text, &end, 10);
	*uid = number;
	return errno || !*text || strspn(text, "0123456789") != strlen(text) ||
	       number >= UINT32_MAX ? -1 : 0;
}

static int change_grant(char **arguments, unsigned int flags)
{
	uid_t uid;

	if (find_user(arguments[1], &uid))
		return fail("there is no user \"%s\"", arguments[1]);
	if (!tux_grant(-1, arguments[0], uid, flags))
		return EXIT_OK;
	return fail("cannot %s the module %s %s the user %s: %s", flags ? "deny" : "allow",
		    arguments[0], flags ? "to" : "for", arguments[1],
		    tux_error_text(TUX_ACTION_GRANT, errno));
}

static int run_allow(int count, char **arguments, int json)
{
	(void)count;
	(void)json;
	return change_grant(arguments, 0);
}

static int run_deny(int count, char **arguments, int json)
{
	(void)count;
	(void)json;
	return change_grant(arguments, TUX_GRANT_REMOVE);
}

/* --- the command */

static const struct order orders[] = {
	{ "list", 0, 0, "list [--json]", run_list },
	{ "add", 1, 2, "add NAME [FILE], or add /PREFIX FILE", run_add },
	{ "remove", 1, 1, "remove NAME|/PREFIX", run_remove },
	{ "allow", 2, 2, "allow NAME|/PREFIX USER", run_allow },
	{ "deny", 2, 2, "deny NAME|/PREFIX USER", run_deny },
};

static int run_module(const struct command *command, int argc, char **argv)
{
	int json = 0;
	int count;

	while (next_option(command, argc, argv) != -1)
		json = 1;
	if (optind == argc)
		die_of_usage("module", "list, add, remove, allow or deny is missing");
	count = argc - optind - 1;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const struct order *order = &orders[i];
		char **arguments = argv + optind + 1;

		if (strcmp(argv[optind], order->name))
			continue;
		if (count < order->least || count > order->most)
			die_of_usage("module", "it is: tuxctl module %s", order->usage);
		if (order->run == run_add && *arguments[0] == '/' && count < 2)
			die_of_usage("module", "a prefix needs a file");
		if (json && order->run != run_list)
			die_of_usage("module", "only list has --json");
		return order->run(count, arguments, json);
	}
	die_of_usage("module", "there is no \"tuxctl module %s\"", argv[optind]);
}

const struct command command_module = {
	"module", "list, add and remove user modules", options, run_module,
	"list | add NAME [FILE] | add /PREFIX FILE | remove NAME |\n"
	"                     allow NAME USER | deny NAME USER",
};
