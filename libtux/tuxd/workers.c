// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Worker processes.
 *
 * A worker registers with the kernel while it still has the right to (STARTTHREAD), gives up every
 * privilege, tells the master, and then lives in the event loop.  It is killed by the kernel when
 * the master dies, so no server is left without somebody to look after it.  The order in which to
 * stop comes through the kernel, as TUX_RETURN_EXIT, so a worker ignores the signals that a
 * terminal or a service manager sends to the whole group.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <tux.h>

#include "log.h"
#include "workers.h"

#define BACKOFF_FIRST_MS 250
#define BACKOFF_MAX_MS 10000

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

/*
 * The kernel takes a worker down with its master; the master may have died before that was in
 * place.
 */
static void tie_to_master(pid_t master)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != master)
		_exit(WORKER_EXIT_FAILED);
}

static void set_signals(void)
{
	static const int ignored[] = {
		SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2
	};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
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

static void __attribute__((noreturn, format(printf, 2, 3)))
end_worker(int report, const char *format, ...)
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

static void __attribute__((noreturn)) run_event_loop(unsigned int number)
{
	user_req_t req = { .thread_nr = number };

	for (;;) {
		int result = tux(TUX_ACTION_EVENTLOOP, &req);

		if (result == TUX_RETURN_EXIT)
			_exit(WORKER_EXIT_DONE);
		if (result < 0 && errno == ESRCH)
			_exit(WORKER_EXIT_NO_SERVER);
		if (result < 0 && errno != EINTR)
			end_worker(-1, "worker %u: the event loop failed: %s", number,
				   tux_error_text(TUX_ACTION_EVENTLOOP, errno));
	}
}

static void __attribute__((noreturn))
run_worker(unsigned int number, const struct identity *identity, int report, pid_t master)
{
	user_req_t req = { .thread_nr = number };
	char name[16];

	tie_to_master(master);
	set_signals();
	snprintf(name, sizeof(name), "tuxd/%u", number);
	prctl(PR_SET_NAME, name);
	pin_to_cpu(number);
	if (tux(TUX_ACTION_STARTTHREAD, &req) < 0) {
		if (errno == ESRCH)
			_exit(WORKER_EXIT_NO_SERVER);
		end_worker(report, "worker %u cannot start: %s", number,
			   tux_error_text(TUX_ACTION_STARTTHREAD, errno));
	}
	if (identity_assume(identity))
		end_worker(report, "worker %u cannot become the user %s: %s", number,
			   identity->name, strerror(errno));
	/* A change of user takes the tie away. */
	tie_to_master(master);
	if (write(report, "+", 1) != 1)
		_exit(WORKER_EXIT_FAILED);
	close(report);
	run_event_loop(number);
}

/*
 * Closes whatever the child has of its master but the pipe for its report, which moves.  The log is
 * closed first: it must not find somebody else's file under the number of its socket.
 */
static int keep_only(int report)
{
	log_close();
	if (report != STDERR_FILENO + 1 && dup3(report, STDERR_FILENO + 1, O_CLOEXEC) < 0)
		_exit(WORKER_EXIT_FAILED);
	close_range(STDERR_FILENO + 2, ~0U, 0);
	return STDERR_FILENO + 1;
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
	struct worker *worker = &workers->worker[number];
	pid_t master = getpid();
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	pid = fork();
	if (pid < 0) {
		int error = errno;

		close(ends[0]);
		close(ends[1]);
		errno = error;
		return -1;
	}
	if (!pid)
		run_worker(number, workers->identity, keep_only(ends[1]), master);
	close(ends[1]);
	worker->pid = pid;
	worker->report = ends[0];
	worker->is_ready = false;
	worker->started = monotonic_ms();
	return 0;
}

/**
 * worker_read_report() - Read what a worker says at its start.
 * @worker: The worker; @is_ready is set if it is.
 * @text: Where to store why it failed, or an empty string.
 * @size: Bytes of @text.
 *
 * Return: 0 if it is ready or there is nothing to read, -1 if it failed or died without a word.
 */
int worker_read_report(struct worker *worker, char *text, size_t size)
{
	ssize_t got = read(worker->report, text, size - 1);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	close(worker->report);
	worker->report = -1;
	text[got > 0 ? got : 0] = '\0';
	worker->is_ready = !strcmp(text, "+");
	return worker->is_ready ? 0 : -1;
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
	if (worker->report >= 0)
		close(worker->report);
	worker->report = -1;
}

/**
 * workers_alive() - How many workers have a process.
 * @workers: All workers.
 *
 * Return: The number.
 */
unsigned int workers_alive(const struct workers *workers)
{
	unsigned int alive = 0;

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
}
