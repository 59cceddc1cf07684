// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tuxctl stats: the counters, once, or (--watch) again and again with what was added per second.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tux.h>

#include "tuxctl.h"

static const struct command_option options[] = {
	{ "watch", "[SECONDS]",
	  "print them again and again, with the rate per second (default: every second)", 'w' },
	{ NULL, NULL, NULL, 0 },
};

static uint64_t find_value(const struct tux_counter *counters, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(counters[i].name, name))
			return counters[i].value;
	return 0;
}

static void print_all(const struct tux_counter *counters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%-24s %20" PRIu64 "\n", counters[i].name, counters[i].value);
}

/* A gauge may have gone down, so the difference has a sign. */
static void print_rates(const struct tux_counter *now, size_t count,
			const struct tux_counter *before, size_t count_before, unsigned int seconds)
{
	for (size_t i = 0; i < count; i++) {
		int64_t added = now[i].value - find_value(before, count_before, now[i].name);

		printf("%-24s %20" PRIu64 " %14.1f /s\n", now[i].name, now[i].value,
		       (double)added / seconds);
	}
}

static int fail_to_read(void)
{
	if (errno == ENOENT)
		return fail("no counters: the module is not loaded; start TUX with tuxctl startup");
	return fail("cannot read the counters: %s", strerror(errno));
}

static int watch(unsigned int seconds)
{
	struct tux_counter *before = NULL;
	size_t count_before = 0;

	for (;;) {
		size_t count;
		struct tux_counter *now = tux_read_counters(&count);

		if (!now)
			break;
		if (isatty(STDOUT_FILENO))
			fputs("\033[H\033[2J", stdout);
		if (before)
			print_rates(now, count, before, count_before, seconds);
		else
			print_all(now, count);
		putchar('\n');
		free(before);
		before = now;
		count_before = count;
		if (fflush(stdout))
			break;
		sleep(seconds);
	}
	free(before);
	return fail_to_read();
}

static int run_stats(const struct command *command, int argc, char **argv)
{
	struct tux_counter *counters;
	unsigned int seconds = 0;
	size_t count;

	while (next_option(command, argc, argv) != -1)
		seconds = optarg ? number_option("watch", 1, 86400) : 1;
	if (seconds)
		return watch(seconds);
	counters = tux_read_counters(&count);
	if (!counters)
		return fail_to_read();
	print_all(counters, count);
	free(counters);
	return EXIT_OK;
}

const struct command command_stats = {
	"stats", "show the counters", options, run_stats, NULL,
};
