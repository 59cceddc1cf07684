// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Worker processes.
 *
 * A worker registers with the kernel while it still has the right to (STARTTHREAD), gives up every
 * privilege, tells the master, and then lives in the event loop.  It is killed by the kernel when
 * the master dies, so no server is left without somebody to look after it.  The order in which to
 * stop comes through the kernel, as TUX_RETURN_EXIT, so a worker ignores the signals that a
 * terminal or a service manager sends to the whole group.
 *
 * With SIGUSR1 the master tells a worker to leave, because there is to be a new one that knows
 * other modules.  The signal interrupts the event loop; the worker asks the kernel for no more
 * connections (LEAVE), tells the master, and finishes what it has.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <tux.h>

#include "descriptors.h"
#include "log.h"
#include "modules.h"
#include "workers.h"

#define BACKOFF_FIRST_MS 250
#define BACKOFF_MAX_MS 10000

/* A module that always fails does not fill the log. */
#define COMPLAINT_MS 10000

static pid_t master_process;
static atomic_bool leave_wanted;

/**
 * monotonic_ms() - The time, for intervals.
 *
 * Return: Milliseconds of CLOCK_MONOTONIC.
 */
uint64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/**
 * worker_tie() - Have the kernel take this child down with its master.
 *
 * The master may have died before that was in place; then the child ends now.
 */
void worker_tie(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != master_process)
		_exit(WORKER_EXIT_FAILED);
}

/* A signal to the whole group is not for us. */
static void take_signal(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	if (info->si_code == SI_USER && info->si_pid == master_process)
		leave_wanted = true;
}

static void set_signals(void)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR2 };
	struct sigaction leave = { .sa_sigaction = take_signal, .sa_flags = SA_SIGINFO };
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigaction(SIGUSR1, &leave, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Pins the worker to the CPU of its number among those that the process may use. */
static void pin_to_cpu(unsigned int number)
{
	cpu_set_t allowed;
	cpu_set_t one;
	unsigned int skip;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	skip = number % CPU_COUNT(&allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || skip--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			log_warning("cannot pin worker %u to CPU %d: %s", number, cpu,
				    strerror(errno));
		return;
	}
}

/**
 * worker_fail() - End a child of the master that cannot go on.
 * @report: Where to say why, or -1 for the log.
 * @format: As for printf(3), one line without a newline.
 */
void worker_fail(int report, const char *format, ...)
{
	va_list arguments;
	char text[512];
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof(text))
		length = sizeof(text) - 1;
	if (report < 0 || write(report, text, length) < 0)
		log_error("%s", text);
	_exit(WORKER_EXIT_FAILED);
}

/**
 * worker_settle() - What every child of the master does first.
 * @name: Its name, for ps(1).
 */
void worker_settle(const char *name)
{
	worker_tie();
	set_signals();
	prctl(PR_SET_NAME, name);
}

static void leave_service(unsigned int number, int report)
{
	if (tux(TUX_ACTION_LEAVE, NULL) < 0)
		worker_fail(-1, "worker %u cannot leave in good order: %s", number,
			    tux_error_text(TUX_ACTION_LEAVE, errno));
	if (write(report, "-", 1) != 1)
		_exit(WORKER_EXIT_FAILED);
}

static void complain(const char *module, int result)
{
	static uint64_t last;
	uint64_t now = monotonic_ms();
	int error = errno;

	if (last && now - last < COMPLAINT_MS)
		return;
	last = now;
	if (result == TUX_ERROR)
		log_error("module %s failed: %s", module, strerror(error));
	else
		log_error("module %s returned %d, which means nothing", module, result);
}

/* Gives requests to modules until the kernel has none; what the last call returned. */
static int answer_requests(user_req_t *req)
{
	int result;

	do {
		const char *module = modules_name(req->module_index);

		result = modules_answer(req);
		if (result < 0 || result > TUX_CONTINUE_EVENTLOOP)
			complain(module, result);
	} while (result == TUX_RETURN_USERSPACE_REQUEST);
	return result < 0 ? TUX_CONTINUE_EVENTLOOP : result;
}

static void __attribute__((noreturn)) run_event_loop(unsigned int number, int report)
{
	static user_req_t req;
	bool has_left = false;

	for (;;) {
		int result;

		if (leave_wanted && !has_left) {
			leave_service(number, report);
			has_left = true;
		}
		result = tux(TUX_ACTION_EVENTLOOP, &req);
		if (result < 0 && errno == ESRCH)
			_exit(WORKER_EXIT_NO_SERVER);
		if (result < 0 && errno != EINTR)
			worker_fail(-1, "worker %u: the event loop failed: %s", number,
				    tux_error_text(TUX_ACTION_EVENTLOOP, errno));
		if (result == TUX_RETURN_USERSPACE_REQUEST)
			result = answer_requests(&req);
		if (result == TUX_RETURN_EXIT)
			_exit(has_left ? WORKER_EXIT_LEFT : WORKER_EXIT_DONE);
	}
}

/**
 * struct worker_start - What a worker has to know.
 */
struct worker_start {
	/** @workers: All workers, as they were when it was forked. */
	const struct workers *workers;
	/** @number: Which one it is. */
	unsigned int number;
};

/* The log is opened first: it must not be looked for below the new root. */
static void enter_root(const struct workers *workers, unsigned int number, int report)
{
	if (workers->root < 0)
		return;
	log_connect();
	if (fchdir(workers->root) || chroot("."))
		worker_fail(report, "worker %u cannot make the document root its root directory: "
			    "%s; give tuxd CAP_SYS_CHROOT, or --no-chroot", number,
			    strerror(errno));
}

static void __attribute__((noreturn)) run_worker(int report, const void *argument)
{
	const struct worker_start *start = argument;
	const struct identity *identity = start->workers->identity;
	user_req_t req = { .thread_nr = start->number };
	char name[16];

	snprintf(name, sizeof(name), "tuxd/%u", start->number);
	worker_settle(name);
	pin_to_cpu(start->number);
	if (tux(TUX_ACTION_STARTTHREAD, &req) < 0) {
		if (errno == ESRCH)
			_exit(WORKER_EXIT_NO_SERVER);
		worker_fail(report, "worker %u cannot start: %s", start->number,
			    tux_error_text(TUX_ACTION_STARTTHREAD, errno));
	}
	enter_root(start->workers, start->number, report);
	if (identity_assume(identity))
		worker_fail(report, "worker %u cannot become the user %s: %s", start->number,
			    identity->name, strerror(errno));
	/* A change of user takes the tie away. */
	worker_tie();
	descriptor_close(start->workers->root);
	if (write(report, "+", 1) != 1)
		_exit(WORKER_EXIT_FAILED);
	run_event_loop(start->number, report);
}

/**
 * worker_spawn() - Start a child of the master.
 * @worker: What the master knows of it.
 * @run: What it does; does not return.
 * @argument: Passed to @run.
 *
 * Return: 0, or -1 with errno set.
 */
int worker_spawn(struct worker *worker, worker_main run, const void *argument)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	master_process = getpid();
	descriptor_keep(ends[0]);
	pid = fork();
	if (pid < 0) {
		int error = errno;

		descriptor_close(ends[0]);
		close(ends[1]);
		errno = error;
		return -1;
	}
	if (!pid) {
		/* It must not find somebody else's file under the number of its socket. */
		log_close();
		descriptors_close_kept();
		run(ends[1], argument);
		_exit(WORKER_EXIT_FAILED);
	}
	close(ends[1]);
	worker->pid = pid;
	worker->report = ends[0];
	worker->is_ready = false;
	worker->told = 0;
	worker->started = monotonic_ms();
	return 0;
}

/**
 * worker_start() - Start the process of a worker.
 * @workers: All workers.
 * @number: Which.
 *
 * Return: 0, or -1 with errno set.
 */
int worker_start(struct workers *workers, unsigned int number)
{
	struct worker_start start = { workers, number };

	workers->worker[number].generation = workers->generation;
	return worker_spawn(&workers->worker[number], run_worker, &start);
}

/**
 * worker_read_report() - Read what a child says.
 * @worker: The child; @is_ready is set if it is.
 * @text: Where to store why it failed, or an empty string.
 * @size: Bytes of @text.
 *
 * Return: The last thing it has said.
 */
enum report worker_read_report(struct worker *worker, char *text, size_t size)
{
	ssize_t got = read(worker->report, text, size - 1);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return REPORT_NOTHING;
	text[got > 0 ? got : 0] = '\0';
	if (*text == '+')
		worker->is_ready = true;
	if (*text && text[strspn(text, "+-")] == '\0')
		return strchr(text, '-') ? REPORT_LEFT : REPORT_READY;
	descriptor_close(worker->report);
	worker->report = -1;
	return REPORT_FAILED;
}

/**
 * worker_backoff_ms() - How long to wait before a worker is started again.
 * @deaths: How often it has died in a row.
 *
 * Return: Milliseconds: 0 after the first time, then doubling up to ten seconds.
 */
uint64_t worker_backoff_ms(unsigned int deaths)
{
	uint64_t delay = BACKOFF_FIRST_MS;

	if (deaths < 2)
		return 0;
	while (deaths-- > 2 && delay < BACKOFF_MAX_MS)
		delay *= 2;
	return delay < BACKOFF_MAX_MS ? delay : BACKOFF_MAX_MS;
}

/**
 * worker_note_death() - Take down that a worker's process has ended, and when to start the next.
 * @worker: The worker.
 *
 * One that had lived for longer than the longest wait has earned a fresh start.
 */
void worker_note_death(struct worker *worker)
{
	uint64_t now = monotonic_ms();

	worker->deaths = now - worker->started > BACKOFF_MAX_MS ? 1 : worker->deaths + 1;
	worker->restart = now + worker_backoff_ms(worker->deaths);
	worker->pid = 0;
	worker->is_ready = false;
	worker->told = 0;
	descriptor_close(worker->report);
	worker->report = -1;
}

/**
 * workers_alive() - How many workers have a process, those that have left included.
 * @workers: All workers.
 *
 * Return: The number.
 */
unsigned int workers_alive(const struct workers *workers)
{
	unsigned int alive = workers->retired_count;

	for (unsigned int i = 0; i < workers->count; i++)
		alive += workers->worker[i].pid != 0;
	return alive;
}

/**
 * workers_all_ready() - Whether every worker has said that it is ready.
 * @workers: All workers.
 */
bool workers_all_ready(const struct workers *workers)
{
	for (unsigned int i = 0; i < workers->count; i++)
		if (!workers->worker[i].is_ready)
			return false;
	return true;
}

/**
 * workers_kill() - End all workers at once.
 * @workers: All workers.
 */
void workers_kill(const struct workers *workers)
{
	for (unsigned int i = 0; i < workers->count; i++)
		if (workers->worker[i].pid)
			kill(workers->worker[i].pid, SIGKILL);
	for (unsigned int i = 0; i < workers->retired_count; i++)
		kill(workers->retired[i], SIGKILL);
}
