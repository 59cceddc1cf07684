/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the commands of tuxctl share: their table, and how they end.
 */
#ifndef TUXCTL_H
#define TUXCTL_H

#include <getopt.h>

/* Exit statuses: it worked; it did not, or the server is not running; the command line is wrong. */
#define EXIT_OK 0
#define EXIT_FAILED 1
#define EXIT_USAGE 2

/**
 * struct command_option - One option of a command, for parsing and for --help.
 */
struct command_option {
	/** @name: Without the two dashes; NULL ends a table. */
	const char *name;
	/**
	 * @argument: What its value is called, in brackets if it may be left out, or NULL if it has
	 * none.
	 */
	const char *argument;
	/** @text: What it does. */
	const char *text;
	/** @letter: What next_option() returns for it. */
	int letter;
};

/**
 * struct command - One command.
 */
struct command {
	/** @name: What is typed. */
	const char *name;
	/** @summary: What it does, in a few words. */
	const char *summary;
	/** @options: Its options, ended by one without a name. */
	const struct command_option *options;
	/** @run: Runs it; @argv starts with the name.  Returns the exit status. */
	int (*run)(const struct command *command, int argc, char **argv);
	/** @arguments: What it takes beside options, for --help, or NULL if nothing. */
	const char *arguments;
};

extern const struct command command_module;
extern const struct command command_shutdown;
extern const struct command command_startup;
extern const struct command command_stats;
extern const struct command command_status;
extern const struct command command_version;

int next_option(const struct command *command, int argc, char **argv);
unsigned int number_option(const char *name, unsigned long min, unsigned long max);
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void die_of_usage(const char *command, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

void print_json_string(const char *text);

char *ask_master(const char *command);

#endif /* TUXCTL_H */
