/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters, per CPU and per network namespace, shown in /proc/net/tux/stat by these names.  Only
 * ever counted up, but for the gauge "connections", which is the difference of two of them.
 */
#ifndef TUX_STAT_H
#define TUX_STAT_H

#include <linux/percpu.h>
#include <linux/types.h>

/* name, what it counts */
#define TUX_STAT_LIST(x)                                                              \
	x(connections_accepted, "connections taken from a listener or user space")    \
	x(connections_closed, "connections that have ended, in whatever way")         \
	x(connections_refused, "connections closed at once: limit, memory, foreign socket") \
	x(connections_timed_out, "connections ended by a timer")                      \
	x(connections_reset, "connections ended by the client's reset or an error")   \
	x(keepalives_evicted, "idle connections closed because of max_keepalives")    \
	x(requests, "requests whose head was read whole, or refused")                 \
	x(requests_user, "requests that a user module was asked to answer")             \
	x(requests_pipelined, "requests that were there when the one before was done") \
	x(status_2xx, "responses begun, by class")                                    \
	x(status_3xx, "")                                                             \
	x(status_4xx, "")                                                             \
	x(status_5xx, "")                                                             \
	x(bytes_sent, "bytes given to TCP, heads included")                           \
	x(bytes_copied, "of these, bytes of files that were copied")                  \
	x(lookups_cached, "paths found without blocking")                             \
	x(lookups_blocking, "paths given to a helper")                                \
	x(objects_hit, "files answered from the object cache")                        \
	x(objects_missed, "files opened")                                             \
	x(objects_evicted, "entries dropped from the object cache")                   \
	x(page_misses, "times a response waited for pages of its file")               \
	x(helpers_refused, "requests answered 503 because no helper could be had")    \
	x(sends_blocked, "times a response waited for room in the socket")            \
	x(files_truncated, "responses cut off because their file shrank")             \
	/* EOL */

enum tux_stat {
#define TUX_STAT_ENUM(name, text) TUX_STAT_##name,
	TUX_STAT_LIST(TUX_STAT_ENUM)
#undef TUX_STAT_ENUM
	TUX_STAT_COUNT,
};

/**
 * struct tux_stats - One CPU's counters.
 */
struct tux_stats {
	/**
	 * @count: Indexed by enum tux_stat; written by its CPU only, with preemption or interrupts
	 * in between allowed.
	 */
	u64 count[TUX_STAT_COUNT];
};

static inline void tux_stat_add(struct tux_stats __percpu *stats, enum tux_stat which, u64 amount)
{
	this_cpu_add(stats->count[which], amount);
}

static inline void tux_stat_inc(struct tux_stats __percpu *stats, enum tux_stat which)
{
	tux_stat_add(stats, which, 1);
}

static inline void tux_stat_status(struct tux_stats __percpu *stats, unsigned int status)
{
	if (status < 300)
		tux_stat_inc(stats, TUX_STAT_status_2xx);
	else if (status < 400)
		tux_stat_inc(stats, TUX_STAT_status_3xx);
	else if (status < 500)
		tux_stat_inc(stats, TUX_STAT_status_4xx);
	else
		tux_stat_inc(stats, TUX_STAT_status_5xx);
}

u64 tux_stat_sum(const struct tux_stats __percpu *stats, enum tux_stat which);
const char *tux_stat_name(enum tux_stat which);

#endif /* TUX_STAT_H */
