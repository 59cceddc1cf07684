// SPDX-License-Identifier: GPL-2.0-only
/*
 * tux-case: tier=check timeout=30 group=tool core
 *
 * libtux against the module: the handle of a process, forks, threads and stolen descriptors,
 * handles of one's own, handing in sockets, settings and status, and both transports.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tux.h>

#define VERSION (TUX_MAJOR_VERSION << 24 | TUX_MINOR_VERSION << 16 | TUX_PATCHLEVEL_VERSION)

/* Threads that use the handle for the first time, all at once. */
#define THREADS 8

static int results;

static void check(bool good, const char *sentence)
{
	int error = errno;

	printf("%s %d - %s\n", good ? "ok" : "not ok", ++results, sentence);
	if (!good)
		printf("#   errno %d (%s)\n", error, strerror(error));
	fflush(stdout);
}

static int query(void)
{
	return tux(TUX_ACTION_QUERY_VERSION, NULL);
}

/* By its name: a handle that the system call makes is not the file of the device. */
static bool is_handle(int fd)
{
	char path[32];
	char name[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, name, sizeof(name) - 1) > 0 && strstr(name, "tux");
}

/* How many handles this process has; the last one is stored. */
static int count_handles(int *last)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++) {
		if (!is_handle(fd))
			continue;
		*last = fd;
		count++;
	}
	return count;
}

/* Runs a test in a child; its exit status 0 is success. */
static bool in_child(int (*test)(int), int argument)
{
	int status = -1;
	pid_t child = fork();

	if (!child)
		_exit(test(argument));
	waitpid(child, &status, 0);
	return child > 0 && !status;
}

/* --- the handle that tux() keeps */

static int child_has_none(int unused)
{
	int last;

	(void)unused;
	return count_handles(&last) ? 1 : 0;
}

static int child_gets_its_own(int unused)
{
	int last;

	(void)unused;
	return query() == VERSION && count_handles(&last) == 1 ? 0 : 1;
}

static void *query_in_thread(void *start)
{
	pthread_barrier_wait(start);
	return (void *)(long)query();
}

static void test_threads(void)
{
	pthread_t threads[THREADS];
	pthread_barrier_t start;
	bool good = true;
	int last;

	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, query_in_thread, &start);
	for (int i = 0; i < THREADS; i++) {
		void *result;

		pthread_join(threads[i], &result);
		good = good && (long)result == VERSION;
	}
	check(good, "many threads may call for the first time at once");
	check(count_handles(&last) == 1, "and open one handle between them");
}

static void test_process_handle(void)
{
	int handle = -1;
	int other;

	test_threads();
	check(!strcmp(tux_transport(), "ioctl"), "the transport is ioctl");
	count_handles(&handle);
	check(fcntl(handle, F_GETFD) == FD_CLOEXEC, "the handle is closed on exec");
	check(in_child(child_has_none, 0), "a forked child has lost its parent's handle");
	check(in_child(child_gets_its_own, 0), "and opens its own when it needs one");
	check(query() == VERSION, "the parent's handle is as good as before");
	close(handle);
	check(query() == VERSION, "a handle that was closed behind the library's back is replaced");
	count_handles(&handle);
	other = open("/dev/null", O_RDWR);
	dup2(other, handle);
	check(query() == VERSION, "so is one whose number means another file now");
	check(fcntl(handle, F_GETFD) >= 0 && !is_handle(handle), "and that file stays open");
	close(handle);
	close(other);
	check(tux(1000, NULL) == -1 && errno == EINVAL, "an unknown action is EINVAL");
	check(tux(0x100 + TUX_ACTION_QUERY_VERSION, NULL) == -1 && errno == EINVAL,
	      "also one whose low bits are a known one");
	check(tux(TUX_ACTION_RELOAD, NULL) == -1 && errno == EOPNOTSUPP,
	      "an action of later releases is EOPNOTSUPP");
	check(query() == VERSION, "errors do no harm to the handle");
}

/* --- handles of one's own */

static void test_own_handle(void)
{
	int handle = tux_open();
	int null = open("/dev/null", O_RDWR);

	check(handle >= 0 && fcntl(handle, F_GETFD) == FD_CLOEXEC, "tux_open() opens a handle");
	check(tux_action(handle, TUX_ACTION_QUERY_VERSION, NULL) == VERSION, "which takes actions");
	close(handle);
	check(tux_action(handle, TUX_ACTION_QUERY_VERSION, NULL) == -1 && errno == EBADF,
	      "a closed handle is EBADF");
	check(tux_action(null, TUX_ACTION_QUERY_VERSION, NULL) == -1 && errno == ENOTTY,
	      "another file is ENOTTY");
	close(null);
}

static int make_socket(int type, bool listening)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || (listening && listen(fd, 8)))
		perror("socket");
	return fd;
}

static bool refuses(int handle, int fd, int error)
{
	bool good = tux_listen_fd(handle, fd, TUX_LISTEN_ANY) == -1 && errno == error;

	if (fd >= 0)
		close(fd);
	return good;
}

static int socket_of_another_namespace(int handle)
{
	(void)handle;
	if (unshare(CLONE_NEWNET))
		return 1;
	/* The handle of this process is opened now, in the new namespace; the socket is older. */
	return refuses(-1, dup(200), EXDEV) ? 0 : 1;
}

static void test_sockets(void)
{
	int handle = tux_open();
	int fd = make_socket(SOCK_STREAM, true);

	check(refuses(handle, -1, EBADF), "LISTEN_FD: no descriptor is EBADF");
	check(refuses(handle, open("/dev/null", O_RDWR), ENOTSOCK), "a file is ENOTSOCK");
	check(refuses(handle, make_socket(SOCK_STREAM, false), EINVAL), "not listening is EINVAL");
	check(refuses(handle, make_socket(SOCK_DGRAM, false), EINVAL), "UDP is EINVAL");
	dup2(fd, 200);
	check(in_child(socket_of_another_namespace, 0), "of another network namespace is EXDEV");
	close(200);
	check(!tux_listen_fd(handle, fd, TUX_LISTEN_ANY), "a listening socket is taken");
	check(!tux_listen_fd(-1, fd, TUX_LISTEN_ANY), "on the handle of tux(), too");
	close(fd);
	close(handle);
}

/* --- settings and status */

/* The names that a path may have are hard on a text file. */
#define ROOT "odd \t root \\134\n\xc3\xa4"

static void test_settings(void)
{
	char value[1024];

	check(!tux_read_setting("serverport", value, sizeof(value)) && !strcmp(value, "80"),
	      "a setting is read, without its newline");
	check(tux_read_setting("serverport", value, 2) == -1 && errno == ERANGE,
	      "one that does not fit is ERANGE");
	check(tux_read_setting("nothing", value, sizeof(value)) == -1 && errno == ENOENT,
	      "one that is not there is ENOENT");
	check(tux_read_setting("../core/somaxconn", value, sizeof(value)) == -1 && errno == EINVAL,
	      "a path is not a name");
	check(!tux_write_setting("serverport", "8080") &&
	      !tux_read_setting("serverport", value, sizeof(value)) && !strcmp(value, "8080"),
	      "a setting is changed");
	check(tux_write_setting("serverport", "70000") == -1 && errno == EINVAL,
	      "a value out of range is EINVAL");
	check(!tux_write_setting("listen", "") &&
	      !tux_read_setting("listen", value, sizeof(value)) && !*value,
	      "a setting can be emptied");
	check(!tux_write_setting("listen", "127.0.0.1:8099"), "and filled again");
}

static void test_status(void)
{
	struct tux_status *status = tux_read_status();
	struct tux_counter *counters;
	size_t count = 0;

	check(status && !strcmp(status->state, "stopped") && !status->document_root,
	      "status without a server");
	tux_free_status(status);
	counters = tux_read_counters(&count);
	check(counters && count > 10, "counters without a server");
	free(counters);
}

static void test_server(void)
{
	char *root = NULL;
	char *directory = getcwd(NULL, 0);
	struct tux_status *status;
	int handle = tux_open();

	if (asprintf(&root, "%s/%s", directory, ROOT) < 0)
		exit(1);
	mkdir(root, 0755);
	check(!tux_write_setting("documentroot", root), "a document root with an odd name is set");
	check(!tux_action(handle, TUX_ACTION_STARTUP, NULL), "an own handle starts a server");
	status = tux_read_status();
	check(status && status->document_root && !strcmp(status->document_root, root),
	      "status gives the name back, byte for byte");
	check(status && status->owner == getpid() && !strcmp(status->state, "running"),
	      "and says who started it");
	check(status && status->listener_count == status->threads && !status->worker_count &&
	      !strcmp(status->listeners[0].address, "127.0.0.1:8099"), "where, and with how many");
	tux_free_status(status);
	check(tux(TUX_ACTION_STARTUP, NULL) == -1 && errno == EEXIST, "a second one is EEXIST");
	check(!tux(TUX_ACTION_SHUTDOWN, NULL), "it is shut down by another handle");
	check(tux(TUX_ACTION_SHUTDOWN, NULL) == -1 && errno == ESRCH, "once");
	close(handle);
	free(root);
	free(directory);
}

/* --- others */

static int ask_as_nobody(int unused)
{
	(void)unused;
	if (setgid(65534) || setuid(65534))
		return 1;
	return query() == -1 && errno == EACCES ? 0 : 1;
}

static int ask_by_syscall_as_nobody(int unused)
{
	(void)unused;
	if (setgid(65534) || setuid(65534))
		return 1;
	return query() == -1 && errno == ENOSYS ? 0 : 1;
}

/* The second life of this program, with TUX_TRANSPORT=syscall. */
static int run_by_syscall(void)
{
	int last;

	check(query() == VERSION, "system call: a query is answered");
	check(!strcmp(tux_transport(), "syscall"), "system call: that is the transport");
	check(!count_handles(&last), "system call: no handle is made for it");
	check(in_child(ask_by_syscall_as_nobody, 0), "system call: for others it is not there");
	check(!tux(TUX_ACTION_STARTUP, NULL), "system call: STARTUP");
	check(count_handles(&last) == 1 && fcntl(last, F_GETFD) == FD_CLOEXEC,
	      "system call: makes a handle that is closed on exec");
	check(!tux(TUX_ACTION_SHUTDOWN, NULL), "system call: SHUTDOWN");
	printf("1..%d\n", results);
	return 0;
}

int main(int argc, char **argv)
{
	char count[16];
	char why[256] = "";

	if (argc > 1) {
		results = atoi(argv[1]);
		return run_by_syscall();
	}
	check(query() == -1 && errno == ENOSYS, "without the module, tux() is ENOSYS");
	check(!tux_read_status() && errno == ENOENT, "and there is no status");
	check(!tux_load_module(why, sizeof(why)), "the module is loaded");
	printf("# %s\n", why);
	check(!tux_load_module(why, sizeof(why)), "once");
	test_process_handle();
	test_own_handle();
	test_sockets();
	test_settings();
	test_status();
	test_server();
	check(in_child(ask_as_nobody, 0), "who may not open the device gets EACCES");
	snprintf(count, sizeof(count), "%d", results);
	setenv("TUX_TRANSPORT", "syscall", 1);
	execl("/proc/self/exe", argv[0], count, (char *)NULL);
	return 1;
}
