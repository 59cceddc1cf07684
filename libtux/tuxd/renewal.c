// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Renewal: a worker knows the modules that there were when it was forked, so there must be new
 * workers for a new module.
 *
 * One worker at a time is told to leave (see workers.c).  When it has left, its number is free, and
 * the master starts the next one; the old process is retired and ends when its last response is
 * done.  A worker that does not leave in time, because a module keeps it busy, is killed.
 */
#include <errno.h>
#include <signal.h>

#include "log.h"
#include "renewal.h"

/* How often a worker is told: a signal that comes right before the event loop does not end it. */
#define TELL_MS 50

/**
 * renewal_begin() - Make every worker one to be replaced.
 * @workers: All workers.
 *
 * Return: 0, or -1 with errno EAGAIN if too many old ones are still finishing what they have.
 */
int renewal_begin(struct workers *workers)
{
	if (workers->retired_count + workers->count > WORKERS_RETIRED_MAX) {
		errno = EAGAIN;
		return -1;
	}
	workers->generation++;
	return 0;
}

static bool is_new(const struct workers *workers, const struct worker *worker)
{
	return worker->is_ready && worker->generation == workers->generation;
}

/**
 * renewal_is_over() - Whether every worker is a new one, and serves.
 * @workers: All workers.
 */
bool renewal_is_over(const struct workers *workers)
{
	for (unsigned int i = 0; i < workers->count; i++)
		if (!is_new(workers, &workers->worker[i]))
			return false;
	return true;
}

/* @limit: In milliseconds. */
static void tell(struct worker *worker, unsigned int number, uint64_t limit)
{
	uint64_t now = monotonic_ms();

	if (!worker->told)
		worker->told = now;
	if (now - worker->told < limit) {
		kill(worker->pid, SIGUSR1);
		return;
	}
	log_warning("worker %u (process %d) has not left within %u s and is killed", number,
		    worker->pid, (unsigned int)(limit / 1000));
	kill(worker->pid, SIGKILL);
	/* Once: its end is on its way. */
	worker->told = now;
}

/**
 * renewal_step() - Tell the next worker to leave, if it is its turn.
 * @workers: All workers.
 * @limit: Seconds that it may take to do so.
 *
 * Return: When to call again, in milliseconds of the monotonic clock, or UINT64_MAX for when
 *   something has happened.
 */
uint64_t renewal_step(struct workers *workers, unsigned int limit)
{
	for (unsigned int i = 0; i < workers->count; i++) {
		struct worker *worker = &workers->worker[i];

		if (is_new(workers, worker))
			continue;
		/* One that is starting, or waits for its start, comes by itself. */
		if (!worker->pid || !worker->is_ready)
			return UINT64_MAX;
		tell(worker, i, limit * 1000ULL);
		return monotonic_ms() + TELL_MS;
	}
	return UINT64_MAX;
}

/**
 * renewal_retire() - Take down that a worker has left, so that the next one can be started.
 * @workers: All workers.
 * @number: Which.
 */
void renewal_retire(struct workers *workers, unsigned int number)
{
	struct worker *worker = &workers->worker[number];
	pid_t pid = worker->pid;

	if (workers->retired_count == WORKERS_RETIRED_MAX) {
		/* Only if it left without having been told. */
		log_error("worker %u (process %d) has left, and is one too many", number, pid);
		kill(pid, SIGKILL);
		return;
	}
	workers->retired[workers->retired_count++] = pid;
	worker_note_death(worker);
	worker->deaths = 0;
	worker->restart = monotonic_ms();
}

/**
 * renewal_take_end() - Take down that a process has ended, if it is one that had left.
 * @workers: All workers.
 * @pid: The process.
 *
 * Return: Whether it is one.
 */
bool renewal_take_end(struct workers *workers, pid_t pid)
{
	for (unsigned int i = 0; i < workers->retired_count; i++) {
		if (workers->retired[i] != pid)
			continue;
		workers->retired[i] = workers->retired[--workers->retired_count];
		return true;
	}
	return false;
}
