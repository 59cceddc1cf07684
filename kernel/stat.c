// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters: their sum over all CPUs, and their names.
 *
 * Counting itself is inline in stat.h.  No locks: each CPU writes its own, and a sum taken
 * meanwhile is a value that the counter had at some time, up to what was being counted then.
 */
#include "stat.h"

#include <linux/cpumask.h>

/**
 * tux_stat_sum() - Add up a counter.
 * @stats: The counters of a network namespace.
 * @which: Which of them.
 *
 * CPUs that are switched off keep what they have counted, so all possible ones are asked.
 *
 * Context: Any context.
 * Return: The sum.
 */
u64 tux_stat_sum(const struct tux_stats __percpu *stats, enum tux_stat which)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(stats, cpu)->count[which]);
	return sum;
}

/**
 * tux_stat_name() - Say what a counter is called.
 * @which: Which counter.
 *
 * Context: Any context.
 * Return: A constant string, as it stands in TUX_STAT_LIST.
 */
const char *tux_stat_name(enum tux_stat which)
{
	static const char *const names[TUX_STAT_COUNT] = {
#define TUX_STAT_NAME(name, text) #name,
		TUX_STAT_LIST(TUX_STAT_NAME)
#undef TUX_STAT_NAME
	};

	return names[which];
}
