// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The texts of /proc/net/tux.
 */
#include <stdlib.h>
#include <string.h>

#include <tux.h>

#include "internal.h"
#include "unit.h"

static const char running[] =
	"state running\n"
	"hook armed\n"
	"uptime_seconds 93784\n"
	"documentroot /srv/my\\040site\\134\n"
	"owner 1234\n"
	"threads 2\n"
	"connections 5000000000\n"
	"listen 0.0.0.0:80 worker 0\n"
	"listen 0.0.0.0:80 worker 1\n"
	"listen [2001:db8:1234:5678:9abc:def0:1234:5678]:65535 worker any\n"
	"worker 0 pid 1235 state loop connections 3\n"
	"worker 1 pid 1236 state away connections 4\n"
	"module dir/demo%20of%25.tux name workers 2\n"
	"module /app%C3%A4 prefix processes 3\n";

START_TEST(a_running_server_is_read)
{
	struct tux_status *status = tux_parse_status(running);

	ck_assert_ptr_nonnull(status);
	ck_assert_str_eq(status->state, "running");
	ck_assert_str_eq(status->hook, "armed");
	ck_assert_str_eq(status->document_root, "/srv/my site\\");
	ck_assert_uint_eq(status->uptime_seconds, 93784);
	ck_assert_int_eq(status->owner, 1234);
	ck_assert_uint_eq(status->threads, 2);
	ck_assert_uint_eq(status->connections, 5000000000ULL);
	ck_assert_uint_eq(status->listener_count, 3);
	ck_assert_str_eq(status->listeners[1].address, "0.0.0.0:80");
	ck_assert_int_eq(status->listeners[1].worker, 1);
	ck_assert_str_eq(status->listeners[2].address,
			 "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535");
	ck_assert_int_eq(status->listeners[2].worker, -1);
	ck_assert_uint_eq(status->worker_count, 2);
	ck_assert_int_eq(status->workers[0].pid, 1235);
	ck_assert_int_eq(status->workers[0].in_loop, 1);
	ck_assert_int_eq(status->workers[1].in_loop, 0);
	ck_assert_uint_eq(status->workers[1].connections, 4);
	ck_assert_uint_eq(status->module_count, 2);
	ck_assert_str_eq(status->modules[0].name, "dir/demo of%.tux");
	ck_assert_int_eq(status->modules[0].in_workers, 1);
	ck_assert_uint_eq(status->modules[0].count, 2);
	ck_assert_str_eq(status->modules[1].name, "/app\303\244");
	ck_assert_int_eq(status->modules[1].in_workers, 0);
	ck_assert_uint_eq(status->modules[1].count, 3);
	tux_free_status(status);
}
END_TEST

START_TEST(a_stopped_server_is_read)
{
	struct tux_status *status = tux_parse_status("state stopped\nhook off\n");

	ck_assert_str_eq(status->state, "stopped");
	ck_assert_ptr_null(status->document_root);
	ck_assert_uint_eq(status->listener_count, 0);
	ck_assert_uint_eq(status->worker_count, 0);
	tux_free_status(status);
}
END_TEST

static const struct {
	const char *shows;
	const char *text;
} odd[] = {
	{ "nothing", "" },
	{ "no newline at the end", "state running" },
	{ "a key without a value", "state\nhook\nworker\nlisten\ndocumentroot\n" },
	{ "values that are no numbers",
	  "owner x\nthreads y\nuptime_seconds z\nworker a pid b state c connections d\n" },
	{ "a line of a newer module", "shiny new thing\nstate running\n" },
	{ "an escape that is cut off", "documentroot /a\\04\n" },
	{ "modules that are none", "module\nmodule a\nmodule a name workers x\n" },
};

START_TEST(odd_texts_do_no_harm)
{
	struct tux_status *status = tux_parse_status(odd[_i].text);

	ck_assert_msg(status && status->state && status->hook, "%s", odd[_i].shows);
	ck_assert_msg(!status->worker_count && !status->listener_count &&
		      !status->module_count, "%s", odd[_i].shows);
	tux_free_status(status);
}
END_TEST

START_TEST(a_long_address_does_no_harm)
{
	char text[1024] = "listen ";
	struct tux_status *status;

	memset(text + 7, 'a', 500);
	strcpy(text + 507, " worker 1\n");
	status = tux_parse_status(text);
	ck_assert_ptr_nonnull(status);
	ck_assert_uint_eq(status->listener_count, 0);
	tux_free_status(status);
}
END_TEST

START_TEST(a_name_that_is_no_encoding_stays)
{
	struct tux_status *status = tux_parse_status("module %2g%4 name workers 1\n");

	ck_assert_str_eq(status->modules[0].name, "%2g%4");
	tux_free_status(status);
}
END_TEST

START_TEST(every_octal_escape_is_undone_once)
{
	struct tux_status *status = tux_parse_status("documentroot \\134040\\012\\303\\244 x\n");

	ck_assert_str_eq(status->document_root, "\\040\n\303\244 x");
	tux_free_status(status);
}
END_TEST

START_TEST(counters_are_read_in_order)
{
	size_t count;
	struct tux_counter *counters =
		tux_parse_counters("requests 12\nbytes_sent 18446744073709551615\n", &count);

	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(counters[0].name, "requests");
	ck_assert_uint_eq(counters[0].value, 12);
	ck_assert_str_eq(counters[1].name, "bytes_sent");
	ck_assert_uint_eq(counters[1].value, UINT64_MAX);
	free(counters);
}
END_TEST

START_TEST(no_counters_are_an_empty_list)
{
	size_t count = 9;
	struct tux_counter *counters = tux_parse_counters("", &count);

	ck_assert_ptr_nonnull(counters);
	ck_assert_uint_eq(count, 0);
	free(counters);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("status");

	unit_case(suite, "server", a_running_server_is_read, 1);
	unit_case(suite, "server", a_stopped_server_is_read, 1);
	unit_case(suite, "server", odd_texts_do_no_harm, UNIT_ROWS(odd));
	unit_case(suite, "server", a_long_address_does_no_harm, 1);
	unit_case(suite, "server", a_name_that_is_no_encoding_stays, 1);
	unit_case(suite, "server", every_octal_escape_is_undone_once, 1);
	unit_case(suite, "stat", counters_are_read_in_order, 1);
	unit_case(suite, "stat", no_counters_are_an_empty_list, 1);
	return suite;
}
