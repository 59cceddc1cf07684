// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Replacing workers one after the other.  The processes are children that do as a worker would.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tuxd/descriptors.h"
#include "tuxd/renewal.h"
#include "unit.h"

/* A worker that leaves when it is told to, and then ends; or (argument) one that does not hear. */
static void run_child(int report, const void *argument)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (write(report, "+", 1) != 1)
		_exit(9);
	for (;;) {
		sigwait(&set, &number);
		if (argument)
			continue;
		if (write(report, "-", 1) != 1)
			_exit(9);
		_exit(WORKER_EXIT_LEFT);
	}
}

static enum report await_report(struct worker *worker)
{
	char text[64];
	enum report report;

	do {
		usleep(1000);
		report = worker_read_report(worker, text, sizeof(text));
	} while (report == REPORT_NOTHING);
	return report;
}

static void spawn(struct workers *workers, unsigned int number, const void *argument)
{
	struct worker *worker = &workers->worker[number];

	worker->generation = workers->generation;
	ck_assert_int_eq(worker_spawn(worker, run_child, argument), 0);
	ck_assert_int_eq(await_report(worker), REPORT_READY);
	ck_assert(worker->is_ready);
}

START_TEST(each_worker_is_replaced_in_turn)
{
	static struct workers workers = { .count = 2 };

	spawn(&workers, 0, NULL);
	spawn(&workers, 1, NULL);
	ck_assert(renewal_is_over(&workers));
	ck_assert_uint_eq(renewal_step(&workers, 10), UINT64_MAX);
	ck_assert_int_eq(renewal_begin(&workers), 0);
	for (unsigned int i = 0; i < 2; i++) {
		pid_t old = workers.worker[i].pid;

		ck_assert(!renewal_is_over(&workers));
		ck_assert_uint_ne(renewal_step(&workers, 10), UINT64_MAX);
		ck_assert_int_eq(await_report(&workers.worker[i]), REPORT_LEFT);
		ck_assert_uint_eq(workers.worker[!i].told, 0);
		renewal_retire(&workers, i);
		ck_assert_int_eq(workers.worker[i].pid, 0);
		ck_assert_uint_le(workers.worker[i].restart, monotonic_ms());
		ck_assert_msg(renewal_step(&workers, 10) == UINT64_MAX, "it waits for the next");
		spawn(&workers, i, NULL);
		ck_assert_int_eq(waitpid(old, NULL, 0), old);
		ck_assert(renewal_take_end(&workers, old));
		ck_assert(!renewal_take_end(&workers, old));
	}
	ck_assert(renewal_is_over(&workers));
	ck_assert_uint_eq(workers_alive(&workers), 2);
	workers_kill(&workers);
}
END_TEST

START_TEST(who_does_not_leave_is_killed)
{
	static struct workers workers = { .count = 1 };
	int status;

	spawn(&workers, 0, "deaf");
	ck_assert_int_eq(renewal_begin(&workers), 0);
	renewal_step(&workers, 3600);
	ck_assert_int_eq(waitpid(workers.worker[0].pid, &status, WNOHANG), 0);
	renewal_step(&workers, 0);
	ck_assert_int_eq(waitpid(workers.worker[0].pid, &status, 0), workers.worker[0].pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

START_TEST(the_old_ones_are_not_without_number)
{
	static struct workers workers = { .count = 3 };

	workers.retired_count = WORKERS_RETIRED_MAX - 3;
	ck_assert_int_eq(renewal_begin(&workers), 0);
	workers.retired_count++;
	ck_assert_int_eq(renewal_begin(&workers), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_uint_eq(workers.generation, 1);
}
END_TEST

/* A child that has what the master opened for modules, and nothing of the master's own. */
static void count_descriptors(int report, const void *argument)
{
	const int *fds = argument;
	bool good = close(fds[0]) && !close(fds[1]) && write(report, "+", 1) == 1;

	_exit(good ? 0 : 1);
}

START_TEST(a_child_gets_what_modules_have_opened)
{
	static struct worker worker;
	int fds[2] = { dup(0), dup(0) };
	int status;

	descriptor_keep(fds[0]);
	ck_assert_int_eq(worker_spawn(&worker, count_descriptors, fds), 0);
	ck_assert_int_eq(waitpid(worker.pid, &status, 0), worker.pid);
	ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "status %d", status);
	/* The number belongs to somebody else from now on. */
	descriptor_close(fds[0]);
	ck_assert_int_eq(dup2(fds[1], fds[0]), fds[0]);
	fds[1] = fds[0];
	fds[0] = -1;
	ck_assert_int_eq(worker_spawn(&worker, count_descriptors, fds), 0);
	ck_assert_int_eq(waitpid(worker.pid, &status, 0), worker.pid);
	ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "status %d", status);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("renewal");

	unit_case(suite, "workers", each_worker_is_replaced_in_turn, 1);
	unit_case(suite, "workers", who_does_not_leave_is_killed, 1);
	unit_case(suite, "workers", the_old_ones_are_not_without_number, 1);
	unit_case(suite, "descriptors", a_child_gets_what_modules_have_opened, 1);
	return suite;
}
