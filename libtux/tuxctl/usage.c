// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The command line of a command, from its own table: parsing, --help, and how it ends.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tuxctl.h"

#define OPTIONS_MAX 15
#define LETTER_HELP 'h'

static void print_line(const char *message, const char *format, va_list arguments)
{
	fflush(stdout);
	fputs("tuxctl: ", stderr);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "%s\n", message);
}

/**
 * fail() - Say in one line what failed, why, and what to do.
 * @format: As for printf(3), without a newline.
 *
 * Return: EXIT_FAILED.
 */
int fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("", format, arguments);
	va_end(arguments);
	return EXIT_FAILED;
}

/**
 * die_of_usage() - End because the command line is wrong.
 * @command: The command, or NULL before there is one.
 * @format: As for printf(3), without a newline.
 */
void die_of_usage(const char *command, const char *format, ...)
{
	va_list arguments;
	char advice[64];

	snprintf(advice, sizeof(advice), "; see tuxctl %s%s--help", command ? command : "",
		 command ? " " : "");
	va_start(arguments, format);
	print_line(advice, format, arguments);
	va_end(arguments);
	exit(EXIT_USAGE);
}

static void print_option(const struct command_option *option)
{
	char left[64];

	if (option->argument && *option->argument == '[')
		snprintf(left, sizeof(left), "--%s[=%s", option->name, option->argument + 1);
	else
		snprintf(left, sizeof(left), "--%s%s%s", option->name, option->argument ? " " : "",
			 option->argument ? option->argument : "");
	printf("  %-22s %s\n", left, option->text);
}

static void __attribute__((noreturn)) print_help(const struct command *command)
{
	static const struct command_option help = { "help", NULL, "print this and exit",
						    LETTER_HELP };

	printf("Usage: tuxctl %s [OPTION...]%s%s\n", command->name, command->arguments ? " " : "",
	       command->arguments ? command->arguments : "");
	printf("To %s.\n\n", command->summary);
	for (const struct command_option *option = command->options; option->name; option++)
		print_option(option);
	print_option(&help);
	puts("\nSee tuxctl(8).");
	exit(EXIT_OK);
}

static int argument_kind(const struct command_option *option)
{
	if (!option->argument)
		return no_argument;
	return *option->argument == '[' ? optional_argument : required_argument;
}

/**
 * next_option() - Read the next option of a command.
 * @command: The command.
 * @argc: From its run().
 * @argv: From its run().
 *
 * Ends the program for --help and for mistakes.  The value is in optarg; after the last option,
 * the arguments begin at argv[optind].
 *
 * Return: The letter of the option, or -1 after the last.
 */
int next_option(const struct command *command, int argc, char **argv)
{
	struct option options[OPTIONS_MAX + 2] = { 0 };
	int count = 0;
	int letter;

	for (const struct command_option *from = command->options;
	     from->name && count < OPTIONS_MAX; from++)
		options[count++] =
			(struct option){ from->name, argument_kind(from), NULL, from->letter };
	options[count] = (struct option){ "help", no_argument, NULL, LETTER_HELP };
	opterr = 0;
	letter = getopt_long(argc, argv, ":h", options, NULL);
	if (letter == LETTER_HELP)
		print_help(command);
	if (letter == ':')
		die_of_usage(command->name, "option %s needs a value", argv[optind - 1]);
	if (letter == '?')
		die_of_usage(command->name, "%s has no option %s", command->name, argv[optind - 1]);
	if (letter == -1 && optind < argc && !command->arguments)
		die_of_usage(command->name, "unexpected argument \"%s\"", argv[optind]);
	return letter;
}

/**
 * number_option() - Read the value of an option as a number.
 * @name: The option, for the message.
 * @min: Smallest value.
 * @max: Largest value.
 *
 * Return: The number; ends the program if optarg is none.
 */
unsigned int number_option(const char *name, unsigned long min, unsigned long max)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(optarg, &end, 10);
	if (errno || end == optarg || *end || strspn(optarg, "0123456789") != strlen(optarg) ||
	    number < min || number > max)
		die_of_usage(NULL, "--%s needs a number from %lu to %lu, not \"%s\"", name, min,
			     max, optarg);
	return number;
}
