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

/* How many old workers may be finishing what they have. */
#define WORKERS_RETIRED_MAX 256

/* Exit statuses of a worker, and of the redirector. */
#define WORKER_EXIT_DONE 0		/* SHUTDOWN was called */
#define WORKER_EXIT_FAILED 1		/* it has said why */
#define WORKER_EXIT_NO_SERVER 2		/* the server has ended */
#define WORKER_EXIT_LEFT 3		/* it was told to leave, and all is answered */
#define WORKER_EXIT_UNSUPPORTED 4	/* the kernel does not have what it is for */

/* What a child has said. */
enum report {
	REPORT_NOTHING,		/* nothing new */
	REPORT_READY,		/* it is about to enter the event loop */
	REPORT_LEFT,		/* it takes no new connections any more */
	REPORT_FAILED,		/* it failed, or died without a word */
};

/**
 * struct worker - One worker, as the master sees it.
 */
struct worker {
	/** @pid: Its process, or 0 while there is none. */
	pid_t pid;
	/** @report: Reading end of the pipe on which it says how far it is, or -1. */
	int report;
	/** @is_ready: It is about to enter the event loop, or is in it. */
	bool is_ready;
	/** @deaths: How often it has died in a row. */
	unsigned int deaths;
	/** @started: When it was started, in milliseconds of the monotonic clock. */
	uint64_t started;
	/** @generation: Value of that of struct workers when it was started. */
	unsigned int generation;
	/** @told: When it was told to leave, likewise, or 0. */
	uint64_t told;
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
	/** @root: Descriptor of their root directory, or -1 for the present one. */
	int root;
	/** @generation: Which modules there are; older workers are to be replaced. */
	unsigned int generation;
	/**
	 * @retired: Processes that have left and finish what they have; @retired_count of them.
	 */
	pid_t retired[WORKERS_RETIRED_MAX];
	/** @retired_count: Elements of @retired. */
	unsigned int retired_count;
};

typedef void (*worker_main)(int report, const void *argument);

uint64_t monotonic_ms(void);
int worker_spawn(struct worker *worker, worker_main run, const void *argument);
void worker_settle(const char *name);
void worker_tie(void);
void worker_fail(int report, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
int worker_start(struct workers *workers, unsigned int number);
enum report worker_read_report(struct worker *worker, char *text, size_t size);
uint64_t worker_backoff_ms(unsigned int deaths);
void worker_note_death(struct worker *worker);
unsigned int workers_alive(const struct workers *workers);
bool workers_all_ready(const struct workers *workers);
void workers_kill(const struct workers *workers);

#endif /* TUXD_WORKERS_H */
