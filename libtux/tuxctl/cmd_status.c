// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tuxctl status: whether the server runs, and what there is to know about it, for people and
 * (--json) for programs.
 *
 * Exit status 0 means running; 1 means not running.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tux.h>

#include "tuxctl.h"

static const struct command_option options[] = {
	{ "json", NULL, "print an object of JSON", 'j' },
	{ NULL, NULL, NULL, 0 },
};

/**
 * struct report - All that is shown.
 */
struct report {
	/** @status: The server, or NULL without the module. */
	struct tux_status *status;
	/** @counters: @count of them, or NULL. */
	struct tux_counter *counters;
	/** @count: Elements of @counters. */
	size_t count;
};

static bool is_running(const struct report *report)
{
	return report->status && strcmp(report->status->state, "stopped");
}

/* The same address may have a socket for each worker; it is shown once. */
static bool is_first_of_address(const struct tux_status *status, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (!strcmp(status->listeners[i].address, status->listeners[index].address))
			return false;
	return true;
}

static void print_uptime(uint64_t seconds)
{
	printf("  uptime         ");
	if (seconds >= 86400)
		printf("%" PRIu64 " d ", seconds / 86400);
	printf("%02u:%02u:%02u\n", (unsigned int)(seconds / 3600 % 24),
	       (unsigned int)(seconds / 60 % 60), (unsigned int)(seconds % 60));
}

/* A path may have any bytes; a terminal must not take them for orders. */
static void print_path(const char *path)
{
	for (; *path; path++)
		putchar((unsigned char)*path < ' ' || *path == 0x7f ? '?' : *path);
}

static void print_server(const struct tux_status *status)
{
	printf("  document root  ");
	print_path(status->document_root ? status->document_root : "unknown");
	putchar('\n');
	printf("  addresses     ");
	for (size_t i = 0; i < status->listener_count; i++)
		if (is_first_of_address(status, i))
			printf(" %s", status->listeners[i].address);
	putchar('\n');
	print_uptime(status->uptime_seconds);
	printf("  master         process %d\n", status->owner);
	printf("  workers        %zu of %u\n", status->worker_count, status->threads);
	for (size_t i = 0; i < status->worker_count; i++) {
		const struct tux_worker *worker = &status->workers[i];

		printf("    %-4u         process %d, %s, %" PRIu64 " connection%s\n",
		       worker->number, worker->pid, worker->in_loop ? "in the event loop" : "away",
		       worker->connections, worker->connections == 1 ? "" : "s");
	}
}

static const char *explain_hook(const char *hook)
{
	if (!strcmp(hook, "armed"))
		return "system call 184 answers, too";
	if (!strcmp(hook, "off"))
		return "system call 184 is switched off (module parameter hook=0)";
	if (!strcmp(hook, "unsupported"))
		return "system call 184 is not supported on this architecture or kernel";
	return "system call 184 could not be put in place; the kernel log says why";
}

static void print_text(const struct report *report)
{
	if (!report->status) {
		puts("TUX is not running: the module is not loaded.");
		return;
	}
	if (!is_running(report))
		puts("TUX is not running.");
	else
		printf("TUX is %s.\n", report->status->state);
	if (is_running(report))
		print_server(report->status);
	printf("  transport      %s; %s\n", !access(TUX_DEVICE, F_OK) ? "/dev/tux" : "no /dev/tux",
	       explain_hook(report->status->hook));
	for (size_t i = 0; is_running(report) && i < report->count; i++)
		if (report->counters[i].value)
			printf("  %-22s %" PRIu64 "\n", report->counters[i].name,
			       report->counters[i].value);
}

static void print_json_listeners(const struct tux_status *status)
{
	fputs(",\"listeners\":[", stdout);
	for (size_t i = 0; i < status->listener_count; i++) {
		fputs(i ? ",{\"address\":" : "{\"address\":", stdout);
		print_json_string(status->listeners[i].address);
		if (status->listeners[i].worker < 0)
			fputs(",\"worker\":null}", stdout);
		else
			printf(",\"worker\":%d}", status->listeners[i].worker);
	}
	putchar(']');
}

static void print_json_workers(const struct tux_status *status)
{
	fputs(",\"workers\":[", stdout);
	for (size_t i = 0; i < status->worker_count; i++) {
		const struct tux_worker *worker = &status->workers[i];

		printf("%s{\"number\":%u,\"pid\":%d,\"state\":\"%s\",\"connections\":%" PRIu64 "}",
		       i ? "," : "", worker->number, worker->pid, worker->in_loop ? "loop" : "away",
		       worker->connections);
	}
	putchar(']');
}

static void print_json_server(const struct tux_status *status)
{
	fputs(",\"document_root\":", stdout);
	print_json_string(status->document_root);
	printf(",\"uptime_seconds\":%" PRIu64
	       ",\"owner\":%d,\"threads\":%u,\"connections\":%" PRIu64,
	       status->uptime_seconds, status->owner, status->threads, status->connections);
	print_json_listeners(status);
	print_json_workers(status);
}

static void print_json(const struct report *report)
{
	printf("{\"release\":\"%s\",\"module_loaded\":%s,\"running\":%s,\"state\":", TUX_RELEASE,
	       report->status ? "true" : "false", is_running(report) ? "true" : "false");
	print_json_string(report->status ? report->status->state : "stopped");
	printf(",\"transport\":\"%s\",\"device\":%s,\"hook\":", tux_transport(),
	       !access(TUX_DEVICE, F_OK) ? "true" : "false");
	print_json_string(report->status ? report->status->hook : NULL);
	if (is_running(report))
		print_json_server(report->status);
	fputs(",\"counters\":{", stdout);
	for (size_t i = 0; i < report->count; i++) {
		fputs(i ? "," : "", stdout);
		print_json_string(report->counters[i].name);
		printf(":%" PRIu64, report->counters[i].value);
	}
	puts("}}");
}

static int run_status(const struct command *command, int argc, char **argv)
{
	struct report report = { 0 };
	bool json = false;
	int result;

	while (next_option(command, argc, argv) != -1)
		json = true;
	report.status = tux_read_status();
	if (!report.status && errno != ENOENT)
		return fail("cannot read the state of TUX: %s", strerror(errno));
	if (report.status)
		report.counters = tux_read_counters(&report.count);
	if (json)
		print_json(&report);
	else
		print_text(&report);
	result = is_running(&report) ? EXIT_OK : EXIT_FAILED;
	free(report.counters);
	tux_free_status(report.status);
	return result;
}

const struct command command_status = {
	"status", "show whether the server runs, and how it is doing", options, run_status, NULL,
};
