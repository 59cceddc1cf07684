/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Worker processes: started by the master, pinned to a CPU, and started again when they die.
 */
#ifndef TUXD_WORKERS_H
#define TUXD_WORKERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "identity.h"
#include "options.h"

/* Exit statuses of a worker. */
#define WORKER_EXIT_DONE 0		/* SHUTDOWN was called */
#define WORKER_EXIT_FAILED 1		/* it has said why */
#define WORKER_EXIT_NO_SERVER 2		/* the server has ended */

/**
 * struct worker - One worker, as the master sees it.
 */
struct worker {
	/** @pid: Its process, or 0 while there is none. */
	pid_t pid;
	/** @report: Reading end of the pipe on which it says that it is ready, or -1. */
	int report;
	/** @is_ready: It is about to enter the event loop, or is in it. */
	bool is_ready;
	/** @deaths: How often it has died in a row. */
	unsigned int deaths;
	/** @started: When it was started, in milliseconds of the monotonic clock. */
	uint64_t started;
	/** @restart: When to start it again, likewise; counts while @pid is 0. */
	uint64_t restart;
};

/**
 * struct workers - All of them; owned by the master.
 */
struct workers {
	/** @worker: By number; @count of them. */
	struct worker worker[TUXD_WORKERS_MAX];
	/** @count: Elements of @worker. */
	unsigned int count;
	/** @identity: Whom they become. */
	const struct identity *identity;
};

uint64_t monotonic_ms(void);
int worker_start(struct workers *workers, unsigned int number);
int worker_read_report(struct worker *worker, char *text, size_t size);
uint64_t worker_backoff_ms(unsigned int deaths);
void worker_note_death(struct worker *worker);
unsigned int workers_alive(const struct workers *workers);
bool workers_all_ready(const struct workers *workers);
void workers_kill(const struct workers *workers);

#endif /* TUXD_WORKERS_H */
