// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tuxctl startup: loads the module if needed, and becomes tuxd, which returns when the server
 * serves.
 *
 * The checks are tuxd's, so that they hold however it is started, and so are their messages.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tux.h>

#include "tuxctl.h"

#ifndef SBINDIR
#define SBINDIR "/usr/local/sbin"
#endif

#define ARGUMENTS_MAX 64

static const struct command_option options[] = {
	{ "docroot", "DIR", "directory to serve (default: net.tux.documentroot)", 'r' },
	{ "port", "N", "port of addresses without one (default: net.tux.serverport)", 'p' },
	{ "listen", "ADDR:PORT", "address to listen on, repeatable (default: net.tux.listen)",
	  'l' },
	{ "threads", "N", "number of workers (default: net.tux.threads)", 't' },
	{ "user", "USER", "whom the workers become (default: www-data, else nobody)", 'u' },
	{ "moduledir", "DIR", "where modules are", 'm' },
	{ "modules", "DIR", "lists of modules (default: /etc/tux/modules.d)", 'M' },
	{ "redirect", "TARGET", "where redirected connections go (default: net.tux.clientport)",
	  'R' },
	{ "no-chroot", NULL, "leave the workers their root directory", 'n' },
	{ "foreground", NULL, "do not detach; log to standard error", 'f' },
	{ NULL, NULL, NULL, 0 },
};

/* An option in the words of tuxd; NULL if there is no memory. */
static char *write_option(const struct command_option *option)
{
	char *text;

	if (asprintf(&text, "--%s%s%s", option->name, option->argument ? "=" : "",
		     option->argument ? optarg : "") < 0)
		return NULL;
	return text;
}

/*
 * The tuxd that belongs to this tuxctl lies beside it; else the installed one; else whatever PATH
 * finds.
 */
static void exec_tuxd(char **arguments)
{
	char path[PATH_MAX + 8];
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);

	if (length > 0) {
		path[length] = '\0';
		strcpy(strrchr(path, '/') + 1, "tuxd");
		execv(path, arguments);
	}
	execv(SBINDIR "/tuxd", arguments);
	execvp("tuxd", arguments);
}

static int run_startup(const struct command *command, int argc, char **argv)
{
	char *arguments[ARGUMENTS_MAX + 4] = { (char *)"tuxd" };
	bool foreground = false;
	int count = 1;
	int letter;

	while ((letter = next_option(command, argc, argv)) != -1) {
		const struct command_option *option = options;

		while (option->letter != letter)
			option++;
		if (letter == 'p')
			number_option("port", 1, 65535);
		if (letter == 't')
			number_option("threads", 1, 64);
		if (letter == 'f') {
			foreground = true;
			continue;
		}
		if (count >= ARGUMENTS_MAX)
			die_of_usage("startup", "too many options");
		arguments[count] = write_option(option);
		if (!arguments[count++])
			return fail("out of memory");
	}
	for (int i = optind; i < argc; i++) {
		if (count >= ARGUMENTS_MAX)
			die_of_usage("startup", "too many modules");
		arguments[count++] = argv[i];
	}
	arguments[count] = (char *)(foreground ? "--foreground" : "--daemon");
	exec_tuxd(arguments);
	return fail("cannot run tuxd: %s; install it beside tuxctl or in " SBINDIR,
		    strerror(errno));
}

const struct command command_startup = {
	"startup", "start the server", options, run_startup, "[MODULE...]",
};
