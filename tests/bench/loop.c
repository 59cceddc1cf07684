// SPDX-License-Identifier: GPL-2.0-only
/*
 * A known piece of work, to see that the counter counts right: on the first processor, between two
 * marks, a loop of two instructions is gone through LOOPS times.  It prints how many instructions
 * that are.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>

#include "mark.h"

#define LOOPS 5000000UL

int main(void)
{
	unsigned long left = LOOPS;
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		return 1;
	MARK(MARK_PROCESSOR);
	MARK(MARK_BEGIN);
	asm volatile("1: dec %0; jnz 1b" : "+r"(left));
	MARK(MARK_END);
	printf("%lu\n", 2 * LOOPS);
	return 0;
}
