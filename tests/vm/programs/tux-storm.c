// SPDX-License-Identifier: GPL-2.0-only
/*
 * A storm of system calls: QUERY_VERSION by tux(2), and between any two of them a call that no
 * kernel implements.
 *
 *	tux-storm THREADS CALLS [may-end]
 *
 * Prints "served N absent N wrong N" when every thread has made its calls, or on SIGTERM.  A call
 * that is not there is wrong, unless "may-end" says that the module may go and come.
 *
 * With "may-end" each thread pauses after each call.  Without the pauses an emulated machine can
 * hang for ever: both processors were seen to trap again and again at an instruction that had been
 * restored already.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/tux.h>

#define THREADS_MAX 64
#define VERSION (TUX_MAJOR_VERSION << 24 | TUX_MINOR_VERSION << 16 | TUX_PATCHLEVEL_VERSION)

/* Numbers that no kernel of ours implements. */
static const long unimplemented[] = { 174, 178, 180, 183, 185, 236, 1000 };

static atomic_int told_to_end;
static long calls;
static int may_end;

struct caller {
	pthread_t thread;
	long served;
	long absent;
	long wrong;
};

static void call_once(struct caller *own)
{
	long result = syscall(__NR_tux, TUX_ACTION_QUERY_VERSION, 0);

	if (result == VERSION)
		own->served++;
	else if (result == -1 && errno == ENOSYS)
		own->absent++;
	else
		own->wrong++;
}

static void *call_again_and_again(void *argument)
{
	const size_t count = sizeof(unimplemented) / sizeof(unimplemented[0]);
	struct caller *own = argument;
	long i;

	for (i = 0; i < calls && !told_to_end; i++) {
		call_once(own);
		if (syscall(unimplemented[i % count], 0, 0, 0) != -1 || errno != ENOSYS)
			own->wrong++;
		if (may_end)
			usleep(2000);
	}
	return NULL;
}

static void end(int number)
{
	(void)number;
	told_to_end = 1;
}

int main(int count, char **words)
{
	static struct caller callers[THREADS_MAX];
	struct caller sum = { 0 };
	long threads, i;

	threads = count < 3 ? 0 : atol(words[1]);
	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	calls = atol(words[2]);
	may_end = !!words[3];
	signal(SIGTERM, end);
	for (i = 0; i < threads; i++)
		if (pthread_create(&callers[i].thread, NULL, call_again_and_again, &callers[i]))
			return 1;
	for (i = 0; i < threads; i++) {
		pthread_join(callers[i].thread, NULL);
		sum.served += callers[i].served;
		sum.absent += callers[i].absent;
		sum.wrong += callers[i].wrong;
	}
	if (!may_end)
		sum.wrong += sum.absent;
	printf("served %ld absent %ld wrong %ld\n", sum.served, sum.absent, sum.wrong);
	return 0;
}
