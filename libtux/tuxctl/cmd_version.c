// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tuxctl version: the releases of library and module, and the version of the interface between
 * them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tux.h>

#include "tuxctl.h"

static const struct command_option options[] = {
	{ NULL, NULL, NULL, 0 },
};

/* The module's own word in sysfs; without it, it is not loaded. */
static void print_module(void)
{
	FILE *file = fopen("/sys/module/tux/version", "re");
	char version[64] = "";

	if (file && fgets(version, sizeof(version), file))
		version[strcspn(version, "\n")] = '\0';
	if (file)
		fclose(file);
	printf("module     %s\n", *version ? version : "not loaded");
}

static void print_interface(void)
{
	int version = tux(TUX_ACTION_QUERY_VERSION, NULL);
	int error = errno;

	printf("interface  %d.%d.%d", TUX_MAJOR_VERSION, TUX_MINOR_VERSION, TUX_PATCHLEVEL_VERSION);
	if (version >= 0)
		printf(" (module: %d.%d.%d)\n", version >> 24, version >> 16 & 0xff,
		       version & 0xffff);
	else
		printf(" (module: %s)\n", tux_error_text(TUX_ACTION_QUERY_VERSION, error));
}

static int run_version(const struct command *command, int argc, char **argv)
{
	if (strcmp(argv[0], command->name) == 0)
		next_option(command, argc, argv);
	printf("tuxctl     %s\n", TUX_RELEASE);
	print_module();
	print_interface();
	return EXIT_OK;
}

const struct command command_version = {
	"version", "show the releases of library and module", options, run_version, NULL,
};
