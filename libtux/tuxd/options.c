// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The command line of tuxd: one table for parsing and for --help.
 *
 * A mistake ends the program with exit status 2 and one line that says what was wrong.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tux.h>

#include "address.h"
#include "modulelist.h"
#include "options.h"

#ifndef MODULEDIR
#define MODULEDIR "/usr/local/lib/tux"
#endif
#define MODULE_LISTS_DIRECTORY "/etc/tux/modules.d"

/* The options with short names have those of the tux(8) of TUX 3. */
#define SHORT_OPTIONS ":dg:hm:r:st:u:"
enum {
	MODULE_LISTS = 256,
	KEEP_ROOT,
	REDIRECT,
	MIME_TYPES,
	STOP_TIMEOUT,
	LOG,
	FOREGROUND,
	PORT,
	LISTEN,
	VERSION,
};

struct option_help {
	struct option option;
	const char *argument;
	const char *text;
};

static const struct option_help table[] = {
	{ { "docroot", required_argument, NULL, 'r' },
	  "DIR",
	  "directory to serve (default: net.tux.documentroot)" },
	{ { "port", required_argument, NULL, PORT },
	  "N",
	  "port of addresses without one (default: net.tux.serverport)" },
	{ { "listen", required_argument, NULL, LISTEN },
	  "ADDR:PORT",
	  "address to listen on, repeatable (default: net.tux.listen, or every IPv4 and IPv6 "
	  "address)" },
	{ { "threads", required_argument, NULL, 't' },
	  "N",
	  "number of workers (default: net.tux.threads)" },
	{ { "user", required_argument, NULL, 'u' },
	  "USER",
	  "whom the workers become (default: www-data, else nobody)" },
	{ { "uid", required_argument, NULL, 'u' }, "UID", "the same" },
	{ { "gid", required_argument, NULL, 'g' }, "GID", "their group (default: the user's)" },
	{ { "moduledir", required_argument, NULL, 'm' },
	  "DIR",
	  "where modules are (default: " MODULEDIR ")" },
	{ { "modulepath", required_argument, NULL, 'm' }, "DIR", "the same" },
	{ { "modules", required_argument, NULL, MODULE_LISTS },
	  "DIR",
	  "lists of more modules (default: " MODULE_LISTS_DIRECTORY ", if there)" },
	{ { "no-chroot", no_argument, NULL, KEEP_ROOT },
	  NULL,
	  "leave the workers their root directory (default: the document root)" },
	{ { "redirect", required_argument, NULL, REDIRECT },
	  "TARGET",
	  "tcp:ADDR:PORT, proxy:..., proxy2:..., unix:PATH or off (default: net.tux.clientport)" },
	{ { "mime-types", required_argument, NULL, MIME_TYPES },
	  "FILE",
	  "MIME types (default: /etc/mime.types, if there)" },
	{ { "stop-timeout", required_argument, NULL, STOP_TIMEOUT },
	  "SECONDS",
	  "time for responses in flight after SIGTERM (default: 30)" },
	{ { "stop", no_argument, NULL, 's' },
	  NULL,
	  "stop the server that runs, as tuxctl shutdown does" },
	{ { "foreground", no_argument, NULL, FOREGROUND },
	  NULL,
	  "do not detach (default when started by systemd)" },
	{ { "daemon", no_argument, NULL, 'd' },
	  NULL,
	  "detach; return when the server serves (default otherwise)" },
	{ { "log", required_argument, NULL, LOG },
	  "syslog|stderr",
	  "where to log (default: stderr in the foreground)" },
	{ { "help", no_argument, NULL, 'h' }, NULL, "print this and exit" },
	{ { "version", no_argument, NULL, VERSION }, NULL, "print the release and exit" },
};

#define TABLE_SIZE (sizeof(table) / sizeof(table[0]))

static void __attribute__((noreturn, format(printf, 1, 2))) die_of_usage(const char *format, ...)
{
	va_list arguments;

	fputs("tuxd: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("; see tuxd --help\n", stderr);
	exit(2);
}

static void print_help(void)
{
	puts("Usage: tuxd [OPTION...] [MODULE...]\n"
	     "Start TUX, the in-kernel web server, and look after its workers.\n");
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		char left[64];
		int letter = table[i].option.val;

		snprintf(left, sizeof(left), "%c%c%c --%s%s%s", letter < 256 ? '-' : ' ',
			 letter < 256 ? letter : ' ', letter < 256 ? ',' : ' ',
			 table[i].option.name,
			 table[i].argument ? " " : "", table[i].argument ? table[i].argument : "");
		printf("  %-28s %s\n", left, table[i].text);
	}
	puts("\nSee tuxd(8).");
}

static unsigned int parse_number(const char *name, const char *text, unsigned long min,
				 unsigned long max)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || *text == '+' || number < min ||
	    number > max)
		die_of_usage("--%s needs a number from %lu to %lu, not \"%s\"", name, min, max,
			     text);
	return number;
}

/* A daemon leaves the directory that it was started in. */
static const char *absolute_path(const char *name, const char *path)
{
	char *directory;
	char *joined;

	if (!*path)
		die_of_usage("--%s needs a path", name);
	if (*path == '/')
		return path;
	directory = getcwd(NULL, 0);
	if (!directory || asprintf(&joined, "%s/%s", directory, path) < 0)
		die_of_usage("the current directory is gone: use absolute paths");
	free(directory);
	return joined;
}

static void add_address(struct tuxd_options *options, const char *text)
{
	struct sockaddr_storage address;

	if (options->address_count == TUXD_ADDRESSES_MAX)
		die_of_usage("--listen may be given %d times at most", TUXD_ADDRESSES_MAX);
	if (!address_parse(text, 80, &address))
		die_of_usage("--listen needs ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080, "
			     "not \"%s\"", text);
	options->addresses[options->address_count++] = text;
}

static void take_log(struct tuxd_options *options, const char *text, int *log)
{
	if (strcmp(text, "syslog") && strcmp(text, "stderr"))
		die_of_usage("--log needs \"syslog\" or \"stderr\", not \"%s\"", text);
	options->syslog = !strcmp(text, "syslog");
	*log = 1;
}

/* What is said to another process was inherited, and is none of our business. */
static bool is_about_us(const char *name)
{
	const char *value = getenv(name);

	return value && strtol(value, NULL, 10) == getpid();
}

static unsigned int count_passed_sockets(void)
{
	const char *count = getenv("LISTEN_FDS");
	long number = count ? strtol(count, NULL, 10) : 0;

	if (!is_about_us("LISTEN_PID") || number <= 0)
		return 0;
	if (number > (long)TUXD_ADDRESSES_MAX * TUXD_WORKERS_MAX)
		die_of_usage("LISTEN_FDS passes too many sockets: %ld", number);
	return number;
}

static void take_redirect(struct tuxd_options *options, const char *text)
{
	if (target_parse(text, &options->redirect))
		die_of_usage("--redirect needs tcp:ADDRESS:PORT, proxy:ADDRESS:PORT, "
			     "proxy2:ADDRESS:PORT, forwarded-for:ADDRESS:PORT, unix:/PATH or off, "
			     "not \"%s\"", text);
}

/* What is about modules, and about the server that runs. */
static void take_module_option(struct tuxd_options *options, int letter)
{
	switch (letter) {
	case 'g':
		options->group = optarg;
		break;
	case 'm':
		options->module_directory = absolute_path("moduledir", optarg);
		break;
	case MODULE_LISTS:
		options->module_lists = absolute_path("modules", optarg);
		options->module_lists_named = true;
		break;
	case KEEP_ROOT:
		options->keep_root = true;
		break;
	case REDIRECT:
		take_redirect(options, optarg);
		break;
	case 's':
		options->stop = true;
		break;
	}
}

static void take_option(struct tuxd_options *options, int letter, int *log)
{
	switch (letter) {
	case 'r':
		options->document_root = absolute_path("docroot", optarg);
		break;
	case PORT:
		options->port = parse_number("port", optarg, 1, 65535);
		break;
	case LISTEN:
		add_address(options, optarg);
		break;
	case 't':
		options->threads = parse_number("threads", optarg, 1, TUXD_WORKERS_MAX);
		break;
	case 'u':
		options->user = optarg;
		break;
	case MIME_TYPES:
		options->mime_types = absolute_path("mime-types", optarg);
		break;
	case STOP_TIMEOUT:
		options->stop_timeout = parse_number("stop-timeout", optarg, 0, 86400);
		break;
	case FOREGROUND:
	case 'd':
		options->foreground = letter == FOREGROUND;
		break;
	case LOG:
		take_log(options, optarg, log);
		break;
	case 'h':
		print_help();
		exit(0);
	case VERSION:
		puts("tuxd " TUX_RELEASE);
		exit(0);
	default:
		take_module_option(options, letter);
	}
}

static void take_names(struct tuxd_options *options, char **names, int count)
{
	for (int i = 0; i < count; i++)
		if (*names[i] == '/' || !module_name_is_valid(names[i]))
			die_of_usage("\"%s\" is no name of a module, such as demo.tux", names[i]);
	options->names = names;
	options->name_count = count;
}

/**
 * options_parse() - Read the command line.
 * @argc: From main().
 * @argv: From main(); must stay.
 * @options: Filled in.
 *
 * Does not return if the command line is wrong or asks for help.
 */
void options_parse(int argc, char **argv, struct tuxd_options *options)
{
	struct option long_options[TABLE_SIZE + 1] = { 0 };
	int log_is_set = 0;
	int letter;

	for (size_t i = 0; i < TABLE_SIZE; i++)
		long_options[i] = table[i].option;
	*options = (struct tuxd_options){
		.mime_types = "/etc/mime.types",
		.module_directory = MODULEDIR,
		.module_lists = MODULE_LISTS_DIRECTORY,
		.redirect = { .kind = TARGET_CLIENTPORT },
		.stop_timeout = 30,
		.foreground = is_about_us("SYSTEMD_EXEC_PID") || is_about_us("LISTEN_PID"),
	};
	options->passed_sockets = count_passed_sockets();
	opterr = 0;
	while ((letter = getopt_long(argc, argv, SHORT_OPTIONS, long_options, NULL)) != -1) {
		if (letter == ':')
			die_of_usage("option %s needs a value", argv[optind - 1]);
		if (letter == '?')
			die_of_usage("there is no option %s", argv[optind - 1]);
		take_option(options, letter, &log_is_set);
	}
	take_names(options, argv + optind, argc - optind);
	if (!log_is_set)
		options->syslog = !options->foreground;
	if (!options->foreground && !options->syslog)
		die_of_usage("--log stderr needs --foreground");
}
