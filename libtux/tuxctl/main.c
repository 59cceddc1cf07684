// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tuxctl: controls TUX, the in-kernel web server.
 *
 * A table of commands; each is a file of its own and brings its own options.
 */
#include <stdio.h>
#include <string.h>

#include <tux.h>

#include "tuxctl.h"

static const struct command *const commands[] = {
	&command_startup,
	&command_shutdown,
	&command_status,
	&command_module,
	&command_stats,
	&command_version,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
	puts("Usage: tuxctl COMMAND [OPTION...]\n"
	     "Control TUX, the in-kernel web server.\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	puts("\n\"tuxctl COMMAND --help\" shows the options of a command.  See tuxctl(8).");
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		die_of_usage(NULL, "a command is missing");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return print_help();
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return command_version.run(&command_version, argc - 1, argv + 1);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(argv[1], commands[i]->name))
			return commands[i]->run(commands[i], argc - 1, argv + 1);
	die_of_usage(NULL, "there is no command \"%s\"", argv[1]);
}
