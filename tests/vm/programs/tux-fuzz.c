// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random calls of tux(2), over both transports, from several threads and processes at once.
 *
 *	tux-fuzz SEED SECONDS [unprivileged]
 *
 * Plays rounds until the time is over.  In a round, a process with THREADS threads makes CALLS
 * random calls in each: actions with random numbers, structures and pointers on random descriptors,
 * and beside them open, dup, close, fork, sockets for LISTEN_FD, and requests.  Every result must
 * be one that <linux/tux.h> and the manual pages tell for the action.  After each round all that it
 * held must be gone, and a server must start, answer and stop as ever.
 *
 * It plays in a network namespace of its own.  With "unprivileged" it stays where it is, drops its
 * rights, and every action that needs them must be refused; there is no server to check then.
 *
 * The same seed gives each thread the same calls; how the threads meet is up to the scheduler.
 * Prints what each action answered, how often, and "ROUNDS rounds"; exits 1 if anything is wrong.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/tux.h>

#include "tux-fuzz-rules.h"

#define THREADS 3
#define CALLS 400
#define CALLS_OF_CHILD 20
#define SLOTS 8
#define PORT 80
#define NOBODY 65534
#define ROUND_SECONDS 60
#define TICK_NS 5000000
#define PAGE 4096
#define ERRNOS 128

/* What is shared by all threads and processes of all rounds. */
static struct tally {
	/* How often an action gave 0 or more ([0]) or an errno. */
	atomic_uint results[ACTIONS][ERRNOS];
	atomic_int wrong;
} *tally;

/* Of the process: descriptors of handles and of sockets, used without any lock on purpose. */
static atomic_int handles[SLOTS];
static atomic_int sockets[SLOTS];

/* A page of each kind with an unmapped one behind it; @shaky is written through @behind. */
static char *writable, *constant, *shaky, *behind;

static const char get_root[] = "GET / HTTP/1.1\r\nHost: tux\r\nConnection: close\r\n\r\n";

/* Says what is wrong, in one write, since many processes may complain at once. */
#define complain(...) ((void)tally->wrong++, (void)dprintf(STDOUT_FILENO, __VA_ARGS__))

/* --- randomness ------------------------------------------------------------------------------ */

static uint64_t next(uint64_t *state)
{
	uint64_t mixed = *state += 0x9e3779b97f4a7c15ull;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ull;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebull;
	return mixed ^ (mixed >> 31);
}

static unsigned int below(uint64_t *state, unsigned int limit)
{
	return next(state) % limit;
}

/* True once in so many times. */
#define rarely(state, times) (!below(state, times))

static void judge(const char *way, unsigned int action, long result)
{
	int error = result < 0 ? errno : 0;

	tally->results[action % ACTIONS][error % ERRNOS]++;
	/* The descriptor may have been closed, or be another file's, when the call was made. */
	if (*way == 'i' && (error == EBADF || error == ENOTTY))
		return;
	if (unprivileged && *way == 's' ? error != ENOSYS : !is_right(action, result, error))
		complain("%s of action %u gives %ld, errno %d\n", way, action, result, error);
}

/* --- arguments ------------------------------------------------------------------------------- */

/* LISTEN_FD and ADOPT_FD have the same members. */
static void fill_socket(uint64_t *state, struct tux_listen_fd *given)
{
	given->size = rarely(state, 3) ? next(state) : sizeof(*given);
	given->flags = rarely(state, 4);
	given->fd = sockets[below(state, SLOTS)];
	given->worker = rarely(state, 3) ? next(state) : below(state, 3);
}

static void fill_request(uint64_t *state, user_req_t *request)
{
	static const char *const names[] = { "fuzz", "a/b", "/", "/fuzz", "index.html" };

	request->version_major = rarely(state, 8) ? next(state) : TUX_MAJOR_VERSION;
	request->version_minor = 0;
	request->module_index = rarely(state, 8) ? next(state) : 1 + below(state, 3);
	request->thread_nr = rarely(state, 8) ? next(state) : below(state, 3);
	request->event = below(state, 3);
	request->objectlen = rarely(state, 4) ? next(state) : below(state, 64);
	strcpy(request->objectname, names[below(state, sizeof(names) / sizeof(*names))]);
	strcpy(request->cache_control, rarely(state, 4) ? "-1" : "60");
	strcpy(writable, "text/fuzz");
	request->object_addr = (uintptr_t)(rarely(state, 3) ? writable + PAGE - 2 : writable);
	if (rarely(state, 8))
		request->object_addr = sockets[below(state, SLOTS)];
	if (rarely(state, 4))
		request->object_addr = next(state) >> below(state, 64);
}

/* Entries and indices are wherever that is, and change while they are looked at. */
static void fill_batch(uint64_t *state, struct tux_batch *batch)
{
	static struct tux_batch_entry entries[4];
	static uint32_t indices[4];
	struct tux_batch_entry *entry = &entries[below(state, 4)];

	entry->action = known[below(state, sizeof(known) / sizeof(*known))];
	if (rarely(state, 4))
		entry->action = next(state);
	fill_request(state, &entry->req);
	indices[below(state, 4)] = rarely(state, 8) ? next(state) : below(state, 4);
	batch->size = rarely(state, 8) ? next(state) : sizeof(*batch);
	batch->flags = rarely(state, 16);
	batch->entries = rarely(state, 8) ? next(state) : (uintptr_t)entries;
	batch->indices = rarely(state, 8) ? (uintptr_t)constant : (uintptr_t)indices;
	batch->capacity = rarely(state, 8) ? next(state) : 1 + below(state, 4);
	batch->submitted = rarely(state, 8) ? next(state) : below(state, 5);
	batch->delivered = 0;
	batch->__reserved = rarely(state, 16);
}

/* What is mapped stays, and RING_ENTER uses it as it is. */
static void fill_ring(uint64_t *state, struct tux_ring_setup *setup)
{
	memset(setup, 0, sizeof(*setup));
	setup->size = rarely(state, 8) ? next(state) : sizeof(*setup);
	setup->flags = rarely(state, 16);
	setup->capacity = rarely(state, 8) ? next(state) : 1u << below(state, 4);
	setup->__reserved = rarely(state, 16);
}

static void fill_sized(uint64_t *state, char *to)
{
	struct tux_get_request *get = (struct tux_get_request *)to;
	struct tux_grant *grant = (struct tux_grant *)to;

	if (rarely(state, 2)) {
		memset(to, 0, sizeof(*grant));
		grant->size = sizeof(*grant);
		grant->flags = below(state, 3);
		strcpy(grant->name, rarely(state, 2) ? "/fuzz" : "fuzz");
		return;
	}
	memset(to, 0, sizeof(*get));
	get->size = sizeof(*get);
	get->buffer = (uintptr_t)(rarely(state, 3) ? constant : writable);
	get->buffer_size = below(state, PAGE + 1);
}

static void fill(uint64_t *state, char *to)
{
	size_t i;

	for (i = 0; i < sizeof(user_req_t); i += 8) {
		uint64_t word = rarely(state, 4) ? next(state) : 0;

		memcpy(to + i, &word, sizeof(word));
	}
	switch (below(state, 8)) {
	case 0:
	case 1:
		fill_socket(state, (struct tux_listen_fd *)to);
		break;
	case 2:
		fill_batch(state, (struct tux_batch *)to);
		break;
	case 3:
		if (rarely(state, 2))
			fill_ring(state, (struct tux_ring_setup *)to);
		else
			fill_sized(state, to);
		break;
	default:
		fill_request(state, (user_req_t *)to);
	}
}

static void *pointer(uint64_t *state)
{
	size_t size = sizeof(user_req_t);
	char *start = writable + below(state, PAGE - size);

	fill(state, start);
	switch (below(state, 16)) {
	case 0:
		return NULL;
	case 1:
		/* Half of it, or all but a byte, or only a byte can be read. */
		return writable + PAGE - below(state, size);
	case 2:
		return writable + PAGE;
	case 3:
		return constant + below(state, PAGE);
	case 4:
		return (void *)(0xffff888000000000ul + (next(state) & 0xffffff));
	case 5:
		return (void *)(next(state) >> below(state, 64));
	case 6:
		memcpy(behind, start, size);
		return shaky;
	default:
		return start;
	}
}

static unsigned int number_of_action(uint64_t *state)
{
	if (rarely(state, 12))
		return next(state) >> below(state, 64);
	if (rarely(state, 12))
		return reserved[below(state, sizeof(reserved) / sizeof(*reserved))];
	if (rarely(state, 3))
		return often[below(state, sizeof(often) / sizeof(*often))];
	return known[below(state, sizeof(known) / sizeof(*known))];
}

/* --- calls ----------------------------------------------------------------------------------- */

static void act_by_syscall(uint64_t *state)
{
	unsigned int action = number_of_action(state);
	/* What is beyond an int does not count. */
	unsigned long word = rarely(state, 8) ? next(state) << 32 | action : action;

	judge("system call", action, syscall(__NR_tux, word, pointer(state)));
}

static void act_by_ioctl(uint64_t *state)
{
	unsigned int action = number_of_action(state) & _IOC_NRMASK;
	unsigned long command = TUX_IOC(action);

	if (rarely(state, 20))
		command = _IOC(_IOC_READ | _IOC_WRITE, 0xba, action, sizeof(user_req_t));
	else if (rarely(state, 20))
		command = _IOC(below(state, 4), TUX_IOC_MAGIC, action, next(state) & 0x3fff);
	judge("ioctl", action, ioctl(handles[below(state, SLOTS)], command, pointer(state)));
}

static void keep(atomic_int *slot, int fd)
{
	int before;

	if (fd < 0)
		return;
	before = atomic_exchange(slot, fd);
	if (before >= 0)
		close(before);
}

static int listening_socket(uint64_t *state)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && !rarely(state, 4) && !bind(fd, (void *)&address, sizeof(address)))
		listen(fd, 8);
	return fd;
}

/* Asks for the root, if somebody listens. */
static int ask(int flags)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* A connection that is being made takes the request, too, or loses it. */
	if (fd >= 0 && (!connect(fd, (void *)&address, sizeof(address)) || errno == EINPROGRESS))
		send(fd, get_root, sizeof(get_root) - 1, MSG_NOSIGNAL);
	return fd;
}

static void use_socket(uint64_t *state)
{
	int fd = sockets[below(state, SLOTS)];

	switch (below(state, 4)) {
	case 0:
		shutdown(fd, SHUT_RDWR);
		break;
	case 1:
		listen(fd, 4);
		break;
	default:
		/* Whoever has no rights is beside a server whose requests are counted. */
		if (!unprivileged)
			close(ask(SOCK_NONBLOCK));
	}
}

static void play(uint64_t *state, int calls);

static void have_child(uint64_t *state)
{
	struct itimerval interval = { { 0, TICK_NS / 1000 }, { 0, TICK_NS / 1000 } };
	uint64_t seed = next(state);

	if (fork())
		return;
	setitimer(ITIMER_REAL, &interval, NULL);
	play(&seed, CALLS_OF_CHILD);
	_exit(0);
}

static void play(uint64_t *state, int calls)
{
	while (calls--) {
		unsigned int choice = below(state, 100);
		atomic_int *slot = &handles[below(state, SLOTS)];

		if (choice < 40)
			act_by_ioctl(state);
		else if (choice < 60)
			act_by_syscall(state);
		else if (choice < 70)
			keep(slot, open(TUX_DEVICE, O_RDWR | O_CLOEXEC));
		else if (choice < 75)
			keep(slot, dup(handles[below(state, SLOTS)]));
		else if (choice < 82 && !unprivileged)
			close(atomic_exchange(slot, -1));
		else if (choice < 88)
			keep(&sockets[below(state, SLOTS)], listening_socket(state));
		else if (choice < 96)
			use_socket(state);
		else if (choice < 98)
			mprotect(shaky, PAGE, rarely(state, 2) ? PROT_NONE : PROT_READ);
		else if (calls > CALLS_OF_CHILD)
			have_child(state);
	}
}

/* --- a round --------------------------------------------------------------------------------- */

static void tick(int number)
{
	(void)number;
}

/* EVENTLOOP and SHUTDOWN return when a signal comes; one comes again and again. */
static void *play_in_thread(void *argument)
{
	struct itimerspec interval = { { 0, TICK_NS }, { 0, TICK_NS } };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	timer_t timer;

	event._sigev_un._tid = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &interval, NULL))
		_exit(2);
	play(argument, CALLS);
	timer_delete(timer);
	return NULL;
}

static void *map_kind(int protection)
{
	char *memory = mmap(NULL, (size_t)2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || mprotect(memory, PAGE, protection)) {
		perror("tux-fuzz: memory");
		_exit(2);
	}
	return memory;
}

static void play_round(uint64_t seed)
{
	struct sigaction action = { .sa_handler = tick };
	uint64_t states[THREADS];
	pthread_t threads[THREADS];
	int i;

	sigaction(SIGALRM, &action, NULL);
	writable = map_kind(PROT_READ | PROT_WRITE);
	constant = map_kind(PROT_READ);
	behind = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shaky = mremap(behind, 0, PAGE, MREMAP_MAYMOVE);
	if (behind == MAP_FAILED || shaky == MAP_FAILED)
		_exit(2);
	for (i = 0; i < SLOTS; i++) {
		handles[i] = open(TUX_DEVICE, O_RDWR | O_CLOEXEC);
		sockets[i] = -1;
	}
	if (unprivileged &&
	    (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)))
		_exit(2);
	for (i = 0; i < THREADS; i++) {
		states[i] = next(&seed);
		if (pthread_create(&threads[i], NULL, play_in_thread, &states[i]))
			_exit(2);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	_exit(0);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* Waits for the player and for what it has left behind; false if that does not end. */
static int wait_for_all(double patience)
{
	double end = now() + patience;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) >= 0) {
		if (pid && status)
			complain("a player ended with status 0x%x\n", status);
		if (now() > end)
			return 0;
		if (!pid)
			usleep(2000);
	}
	return 1;
}

/* --- a server as ever ------------------------------------------------------------------------ */

static void serve_to_the_end(void)
{
	int handle = open(TUX_DEVICE, O_RDWR | O_CLOEXEC);
	user_req_t request = { .thread_nr = 0 };
	int result = ioctl(handle, TUX_IOC(TUX_ACTION_STARTTHREAD), &request);

	while (!result || result == TUX_RETURN_SIGNAL)
		result = ioctl(handle, TUX_IOC(TUX_ACTION_EVENTLOOP), &request);
	_exit(result == TUX_RETURN_EXIT ? 0 : 1);
}

static int answers(double patience)
{
	int fd = ask(0);
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	char answer[64];
	int right;

	/* The connection is there at once on loopback, and accepted when the worker is. */
	right = poll(&polled, 1, patience * 1000) == 1 &&
		recv(fd, answer, sizeof(answer), 0) > 12 &&
		!memcmp(answer, "HTTP/1.1 200", 12);
	close(fd);
	return right;
}

/* All that the round held must be gone. */
static void check_server(double patience)
{
	int handle = open(TUX_DEVICE, O_RDWR | O_CLOEXEC);
	double end = now() + patience;

	/* A server whose last process has just ended may take a moment to go. */
	while (ioctl(handle, TUX_IOC(TUX_ACTION_STARTUP), NULL)) {
		if (errno != EEXIST || now() > end) {
			complain("STARTUP after the round: errno %d\n", errno);
			close(handle);
			return;
		}
		usleep(10000);
	}
	if (!fork())
		serve_to_the_end();
	if (!answers(patience))
		complain("no answer after the round\n");
	if (ioctl(handle, TUX_IOC(TUX_ACTION_SHUTDOWN), NULL))
		complain("SHUTDOWN after the round: errno %d\n", errno);
	close(handle);
	if (!wait_for_all(patience))
		complain("the worker after the round does not end\n");
}

/* --- the stage ------------------------------------------------------------------------------- */

static void set(const char *name, const char *value)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/tux/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0) {
		perror(path);
		exit(2);
	}
	close(fd);
}

static void set_stage(const char *docroot)
{
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct rlimit limit = { 64, 64 };
	int fd;

	if (setrlimit(RLIMIT_NOFILE, &limit) || prctl(PR_SET_CHILD_SUBREAPER, 1)) {
		perror("tux-fuzz");
		exit(2);
	}
	if (unprivileged)
		return;
	if (unshare(CLONE_NEWNET)) {
		perror("tux-fuzz: unshare");
		exit(2);
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &loopback)) {
		perror("tux-fuzz: lo");
		exit(2);
	}
	close(fd);
	set("threads", "2");
	set("listen", "127.0.0.1");
	set("documentroot", docroot);
}

static void print_tally(void)
{
	size_t i;
	int error;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		printf("# action %d:", known[i]);
		for (error = 0; error < ERRNOS; error++)
			if (tally->results[known[i]][error])
				printf(" %s %u", error ? strerrorname_np(error) : "done",
				       tally->results[known[i]][error]);
		printf("\n");
	}
}

int main(int count, char **words)
{
	uint64_t seed = count > 1 ? strtoull(words[1], NULL, 0) : 0;
	double end = now() + (count > 2 ? atof(words[2]) : 0);
	char docroot[PAGE];
	int rounds = 0;

	unprivileged = count > 3;
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (count < 3 || tally == MAP_FAILED || !getcwd(docroot, sizeof(docroot))) {
		fprintf(stderr, "usage: tux-fuzz SEED SECONDS [unprivileged]\n");
		return 2;
	}
	set_stage(docroot);
	do {
		uint64_t seed_of_round = next(&seed);

		if (!fork())
			play_round(seed_of_round);
		rounds++;
		if (!wait_for_all(ROUND_SECONDS)) {
			complain("round %d does not end\n", rounds);
			break;
		}
		if (!unprivileged)
			check_server(ROUND_SECONDS);
	} while (now() < end && !tally->wrong);
	print_tally();
	printf("%d rounds\n", rounds);
	return tally->wrong ? 1 : 0;
}
