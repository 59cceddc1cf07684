// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that does what the test cases tell it: they write lines to its standard input and read
 * one line of answer for each.
 *
 *	[@THREAD] COMMAND [WORD...] -> THREAD NUMBER, or THREAD ENAME if the call failed
 *
 * Without @THREAD the thread that reads the lines does it, named "main"; else a thread of that
 * name, which begins to exist when it is first named.  "help" lists the commands on standard error.
 * Actions are raw calls: nothing of libtux is between the test and the kernel, except in "libtux".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tux.h>

#define WORDS_MAX 32
#define LINE_MAX_BYTES 8192
#define THREADS_MAX 16

/* The handle that actions go to, and by which way. */
static int handle = -1;
static int by_syscall;

static atomic_int told_to_end;
static atomic_long signals_seen;

/* --- calls ----------------------------------------------------------------------------------- */

static long answer(long result)
{
	return result == -1 ? -errno : result;
}

static long act(unsigned int action, void *argument)
{
	if (by_syscall)
		return answer(syscall(__NR_tux, action, argument));
	if (action == TUX_ACTION_LISTEN_FD)
		return answer(ioctl(handle, TUX_IOC_LISTEN_FD, argument));
	return answer(ioctl(handle, TUX_IOC(action), argument));
}

/* As a 32-bit program calls: the kernel takes the lower halves of the registers. */
static long call_as_i386(long number, long first, long second, long third)
{
	long result = number;

	asm volatile("int $0x80" : "+a"(result) : "b"(first), "c"(second), "d"(third)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static long number_of(const char *word)
{
	return strtoull(word, NULL, 0);
}

/* Memory below 4 GiB, so that it can be named by 32 bits, with an unmapped page behind it. */
static char *map_pages(size_t size, int protection)
{
	char *memory = mmap(NULL, size + 4096, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (memory == MAP_FAILED || (protection && mprotect(memory, size, protection))) {
		perror("tux-actor: memory");
		exit(1);
	}
	return memory;
}

/* Pointers as hostile or careless programs pass them, by name; a number is taken as it is. */
static void *pointer_of(const char *word)
{
	if (!strcmp(word, "null"))
		return NULL;
	if (!strcmp(word, "zeros"))
		return map_pages(4096, PROT_READ | PROT_WRITE);
	if (!strcmp(word, "unmapped"))
		return map_pages(4096, 0);
	if (!strcmp(word, "unreadable"))
		return map_pages(4096, PROT_NONE);
	/* The first bytes can be read, the rest cannot. */
	if (!strcmp(word, "edge"))
		return map_pages(4096, PROT_READ | PROT_WRITE) + 4096 - 8;
	if (!strcmp(word, "kernel"))
		return (void *)0xffff888000001000UL;
	if (!strcmp(word, "noncanonical"))
		return (void *)0x8000000000000000UL;
	return (void *)number_of(word);
}

/* --- handles --------------------------------------------------------------------------------- */

static long run_open(char **words)
{
	int fd = open(words[1] ? words[1] : TUX_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		handle = fd;
	return answer(fd);
}

static long run_use(char **words)
{
	handle = number_of(words[1]);
	return 0;
}

static long run_transport(char **words)
{
	by_syscall = !strcmp(words[1], "syscall");
	return 0;
}

static long run_dup(char **words)
{
	return answer(dup(number_of(words[1])));
}

static long run_dup2(char **words)
{
	return answer(dup2(number_of(words[1]), number_of(words[2])));
}

static long run_close(char **words)
{
	return answer(close(number_of(words[1])));
}

static long run_close_range(char **words)
{
	return answer(syscall(SYS_close_range, number_of(words[1]), number_of(words[2]), 0));
}

/* Keeps a descriptor over exec. */
static long run_keep(char **words)
{
	return answer(fcntl(number_of(words[1]), F_SETFD, 0));
}

/* give SOCKET FD */
static long run_give(char **words)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec byte = { .iov_base = "", .iov_len = 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd = number_of(words[2]);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return answer(sendmsg(number_of(words[1]), &message, 0));
}

/* take SOCKET: the descriptor that was given becomes the handle. */
static long run_take(char **words)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char byte;
	struct iovec room = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &room, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };

	if (recvmsg(number_of(words[1]), &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	if (!CMSG_FIRSTHDR(&message))
		return -ENOMSG;
	memcpy(&handle, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(handle));
	return handle;
}

/* --- actions --------------------------------------------------------------------------------- */

static long run_startup(char **words)
{
	return act(TUX_ACTION_STARTUP, words[1] ? pointer_of(words[1]) : NULL);
}

static long run_shutdown(char **words)
{
	(void)words;
	return act(TUX_ACTION_SHUTDOWN, NULL);
}

static long run_join(char **words)
{
	user_req_t request = { .thread_nr = number_of(words[1]) };

	return act(TUX_ACTION_STARTTHREAD, &request);
}

static long run_stop(char **words)
{
	(void)words;
	return act(TUX_ACTION_STOPTHREAD, NULL);
}

static long run_loop(char **words)
{
	user_req_t request = { 0 };

	(void)words;
	return act(TUX_ACTION_EVENTLOOP, &request);
}

/* A worker as a daemon runs it: until the server ends, something fails, or SIGTERM comes. */
static long run_serve(char **words)
{
	long result;

	told_to_end = 0;
	do
		result = run_loop(words);
	while (result == TUX_RETURN_SIGNAL && !told_to_end);
	return result;
}

static long run_version(char **words)
{
	(void)words;
	return act(TUX_ACTION_QUERY_VERSION, NULL);
}

/* type EXTENSION TYPE [MAX-AGE] */
static long run_type(char **words)
{
	user_req_t request = { .object_addr = (uintptr_t)words[2] };

	memcpy(request.objectname, words[1], strnlen(words[1], sizeof(request.objectname)));
	if (words[3])
		memcpy(request.cache_control, words[3],
		       strnlen(words[3], sizeof(request.cache_control)));
	return act(TUX_ACTION_REGISTER_MIMETYPE, &request);
}

/* type-at EXTENSION POINTER: the text of the type is at a bad place. */
static long run_type_at(char **words)
{
	user_req_t request = { .object_addr = (uintptr_t)pointer_of(words[2]) };

	memcpy(request.objectname, words[1], strnlen(words[1], sizeof(request.objectname)));
	return act(TUX_ACTION_REGISTER_MIMETYPE, &request);
}

/* listen-fd FD WORKER|any [SIZE [FLAGS [BYTE-BEHIND]]] */
static long run_listen_fd(char **words)
{
	struct {
		struct tux_listen_fd given;
		char behind[5000];
	} request = { .given = { .size = sizeof(request.given) } };

	request.given.fd = number_of(words[1]);
	request.given.worker = TUX_LISTEN_ANY;
	if (strcmp(words[2], "any"))
		request.given.worker = number_of(words[2]);
	if (words[3])
		request.given.size = number_of(words[3]);
	if (words[3] && words[4])
		request.given.flags = number_of(words[4]);
	if (words[3] && words[4] && words[5])
		request.behind[0] = number_of(words[5]);
	return act(TUX_ACTION_LISTEN_FD, &request);
}

/* listen-fd-edge FD: the size can be read, the end of the structure cannot. */
static long run_listen_fd_edge(char **words)
{
	struct tux_listen_fd given = { .size = sizeof(given), .fd = number_of(words[1]) };
	char *place = map_pages(4096, PROT_READ | PROT_WRITE) + 4096 - 12;

	memcpy(place, &given, 12);
	return act(TUX_ACTION_LISTEN_FD, place);
}

/* call ACTION POINTER */
static long run_call(char **words)
{
	return act(number_of(words[1]), pointer_of(words[2]));
}

/* ioctl NUMBER POINTER */
static long run_ioctl(char **words)
{
	return answer(ioctl(handle, number_of(words[1]), pointer_of(words[2])));
}

/* libtux ACTION: as programs of the real world do it. */
static long run_libtux(char **words)
{
	user_req_t request = { 0 };

	return answer(tux(number_of(words[1]), &request));
}

/* syscall NUMBER [ARGUMENT [ARGUMENT [ARGUMENT]]] */
static long run_syscall(char **words)
{
	long arguments[3] = { 0 };
	int i;

	for (i = 0; i < 3 && words[2 + i]; i++)
		arguments[i] = (long)pointer_of(words[2 + i]);
	return answer(syscall(number_of(words[1]), arguments[0], arguments[1], arguments[2]));
}

/* i386 NUMBER [ARGUMENT...]: the same through the entry of 32-bit programs. */
static long run_i386(char **words)
{
	long arguments[3] = { 0 };
	int i;

	for (i = 0; i < 3 && words[2 + i]; i++)
		arguments[i] = (long)pointer_of(words[2 + i]);
	return call_as_i386(number_of(words[1]), arguments[0], arguments[1], arguments[2]);
}

/* i386-join THREAD: STARTTHREAD of a 32-bit program. */
static long run_i386_join(char **words)
{
	user_req_t *request = (user_req_t *)map_pages(4096, PROT_READ | PROT_WRITE);

	request->thread_nr = number_of(words[1]);
	return call_as_i386(54, handle, TUX_IOC(TUX_ACTION_STARTTHREAD), (long)request);
}

/* --- sockets --------------------------------------------------------------------------------- */

/* Of a command whose first words are ADDRESS PORT. */
static struct sockaddr_in address_of(char **words)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	address.sin_port = htons(number_of(words[2]));
	inet_pton(AF_INET, words[1], &address.sin_addr);
	return address;
}

/* listen ADDRESS PORT [reuseport] */
static long run_listen(char **words)
{
	struct sockaddr_in address = address_of(words);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (words[3])
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 128))
		return -errno;
	return fd;
}

/* socket KIND: descriptors that are not what LISTEN_FD asks for. */
static long run_socket(char **words)
{
	static const struct {
		const char *name;
		int family, type, protocol;
	} kinds[] = {
		{ "tcp", AF_INET, SOCK_STREAM, 0 },
		{ "udp", AF_INET, SOCK_DGRAM, 0 },
		{ "mptcp", AF_INET, SOCK_STREAM, 262 },
		{ "raw", AF_INET, SOCK_RAW, IPPROTO_TCP },
		{ "unix", AF_UNIX, SOCK_STREAM, 0 },
		{ "netlink", AF_NETLINK, SOCK_RAW, 0 },
	};
	size_t i;

	if (!strcmp(words[1], "file"))
		return answer(open("/dev/null", O_RDWR | O_CLOEXEC));
	if (!strcmp(words[1], "path"))
		return answer(open("/", O_PATH | O_CLOEXEC));
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(words[1], kinds[i].name))
			return answer(socket(kinds[i].family, kinds[i].type | SOCK_CLOEXEC,
					     kinds[i].protocol));
	return -ENOTSUP;
}

static long run_listen_on(char **words)
{
	return answer(listen(number_of(words[1]), 16));
}

/* bind-unix FD NAME */
static long run_bind_unix(char **words)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strncpy(address.sun_path + 1, words[2], sizeof(address.sun_path) - 2);
	return answer(bind(number_of(words[1]), (struct sockaddr *)&address, sizeof(address)));
}

/* connect ADDRESS PORT */
static long run_connect(char **words)
{
	struct sockaddr_in address = address_of(words);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return fd;
}

/* sockmap FD: gives the socket to another subsystem of the kernel, as a BPF proxy does. */
static long run_sockmap(char **words)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_SOCKMAP, .key_size = 4, .value_size = 4,
			       .max_entries = 1 };
	union bpf_attr element = { 0 };
	__u32 key = 0;
	__u32 value = number_of(words[1]);
	int fd = syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map));

	if (fd < 0)
		return -errno;
	element.map_fd = fd;
	element.key = (uintptr_t)&key;
	element.value = (uintptr_t)&value;
	return answer(syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &element, sizeof(element)));
}

/* tls FD: gives the socket to kernel TLS. */
static long run_tls(char **words)
{
	return answer(setsockopt(number_of(words[1]), SOL_TCP, TCP_ULP, "tls", 3));
}

/* accept FD: takes one connection and keeps it. */
static long run_accept(char **words)
{
	return answer(accept4(number_of(words[1]), NULL, NULL, SOCK_CLOEXEC));
}

/* turn-away FD: accepts and closes until SIGTERM comes; answers how many. */
static long run_turn_away(char **words)
{
	long count = 0;
	int fd;

	told_to_end = 0;
	while (!told_to_end) {
		fd = accept4(number_of(words[1]), NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		close(fd);
		count++;
	}
	return count;
}

/* get ADDRESS PORT PATH: the status of the response. */
static long run_get(char **words)
{
	char text[1024];
	long fd = run_connect(words);
	ssize_t length;
	int status = 0;

	if (fd < 0)
		return fd;
	length = snprintf(text, sizeof(text), "GET %s HTTP/1.0\r\n\r\n", words[3]);
	if (send(fd, text, length, MSG_NOSIGNAL) != length)
		return -EPIPE;
	length = recv(fd, text, sizeof(text) - 1, MSG_WAITALL);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return sscanf(text, "HTTP/1.1 %d ", &status) == 1 ? status : -EPROTO;
}

/* up INTERFACE */
static long run_up(char **words)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strncpy(request.ifr_name, words[1], sizeof(request.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request))
		return -errno;
	request.ifr_flags |= IFF_UP;
	return answer(ioctl(fd, SIOCSIFFLAGS, &request));
}

/* --- processes and threads ------------------------------------------------------------------- */

static void sleep_for_ever(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;)
		pause();
}

static int sleep_in_child(void *unused)
{
	(void)unused;
	sleep_for_ever();
	return 0;
}

/* A child that keeps copies of all descriptors, and does nothing. */
static long run_fork(char **words)
{
	pid_t pid = fork();

	(void)words;
	if (!pid)
		sleep_for_ever();
	return answer(pid);
}

/* A child with the very same descriptor table. */
static long run_clone_files(char **words)
{
	char *stack = map_pages(65536, PROT_READ | PROT_WRITE);

	(void)words;
	return answer(clone(sleep_in_child, stack + 65536, CLONE_FILES | SIGCHLD, NULL));
}

/* child COMMAND...: a child does it, and the result is its answer. */
static long find_and_run(char **words);

static long run_child(char **words)
{
	int ends[2];
	long result = -EIO;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		result = find_and_run(words + 1);
		_exit(write(ends[1], &result, sizeof(result)) != sizeof(result));
	}
	close(ends[1]);
	if (read(ends[0], &result, sizeof(result)) != sizeof(result))
		result = -ECHILD;
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return result;
}

/* exec: goes on as another program, which keeps the handle's number and the way of calling. */
static long run_exec(char **words)
{
	char number[16];

	(void)words;
	snprintf(number, sizeof(number), "%d", handle);
	execl("/proc/self/exe", "tux-actor-2", number, by_syscall ? "syscall" : "ioctl",
	      (char *)NULL);
	return -errno;
}

static long run_exit(char **words)
{
	exit(number_of(words[1]));
}

static long run_thread_exit(char **words)
{
	(void)words;
	pthread_exit(NULL);
}

/* setns FILE */
static long run_setns(char **words)
{
	int fd = open(words[1], O_RDONLY | O_CLOEXEC);
	long result;

	if (fd < 0)
		return -errno;
	result = answer(setns(fd, 0));
	close(fd);
	return result;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return written < 0 ? -errno : 0;
}

static long run_write(char **words)
{
	return write_file(words[1], words[2]);
}

/* unshare-user: as "unshare -Urn" does it. */
static long run_unshare_user(char **words)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int error;

	(void)words;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return -errno;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	error = write_file("/proc/self/uid_map", map);
	if (!error)
		error = write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return error ? error : write_file("/proc/self/gid_map", map);
}

static long run_unshare_net(char **words)
{
	(void)words;
	return answer(unshare(CLONE_NEWNET));
}

/* become UID GID [GROUP...] */
static long run_become(char **words)
{
	uid_t uid = number_of(words[1]);
	gid_t gid = number_of(words[2]);
	gid_t groups[WORDS_MAX];
	size_t count = 0;

	while (words[3 + count]) {
		groups[count] = number_of(words[3 + count]);
		count++;
	}
	if (setgroups(count, groups) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return -errno;
	/* Who has changed his user cannot be looked at by others of that user; the tests do. */
	return answer(prctl(PR_SET_DUMPABLE, 1));
}

/* seccomp errno|kill: what container runtimes do about system calls that they do not know. */
static long run_seccomp(char **words)
{
	unsigned int verdict = strcmp(words[1], "kill") ? SECCOMP_RET_ERRNO | EPERM :
							  SECCOMP_RET_KILL_PROCESS;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_tux, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, verdict),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(filter) / sizeof(filter[0]), .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return answer(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
			      &program));
}

/* setenv NAME VALUE */
static long run_setenv(char **words)
{
	return answer(setenv(words[1], words[2], 1));
}

/* alarm MICROSECONDS: a storm of SIGALRM; 0 ends it. */
static long run_alarm(char **words)
{
	long period = number_of(words[1]);
	struct itimerval timer = { .it_interval.tv_usec = period, .it_value.tv_usec = period };

	return answer(setitimer(ITIMER_REAL, &timer, NULL));
}

static long run_signals(char **words)
{
	(void)words;
	return signals_seen;
}

static long milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * answer-alarms COUNT MILLISECONDS: calls EVENTLOOP COUNT times, each with an alarm set for so much
 * later; answers how much later than that, in milliseconds, the slowest of them returned.
 */
static long run_answer_alarms(char **words)
{
	long count = number_of(words[1]);
	struct itimerval timer = { 0 };
	long longest = 0;

	while (count--) {
		long begin, result;

		/* One alarm at a time, so that its way can be measured. */
		timer.it_value.tv_usec = number_of(words[2]) * 1000;
		begin = milliseconds_now();
		setitimer(ITIMER_REAL, &timer, NULL);
		result = run_loop(words);
		if (result != TUX_RETURN_SIGNAL)
			return result;
		begin = milliseconds_now() - begin - number_of(words[2]);
		if (begin > longest)
			longest = begin;
	}
	return longest;
}

/* trace PID STOPS: stops a process at its system calls so many times, as strace does. */
static long run_trace(char **words)
{
	pid_t pid = number_of(words[1]);
	long stops = number_of(words[2]);
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD))
		return -errno;
	/* A call that waits shows no stop by itself. */
	for (; stops; stops--) {
		int number = 0;

		if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) || waitpid(pid, &status, __WALL) != pid)
			return -errno;
		if (!WIFSTOPPED(status))
			return -ECHILD;
		/* Neither a stop of ours nor one at a system call: a signal, which it shall get. */
		if (!(status >> 16) && WSTOPSIG(status) != (SIGTRAP | 0x80))
			number = WSTOPSIG(status);
		if (ptrace(PTRACE_SYSCALL, pid, 0, number))
			return -errno;
	}
	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) || waitpid(pid, &status, __WALL) != pid)
		return -errno;
	return answer(ptrace(PTRACE_DETACH, pid, 0, 0));
}

/* attach PID / detach PID: a debugger that stops a process and looks at it. */
static long run_attach(char **words)
{
	int status;

	if (ptrace(PTRACE_ATTACH, number_of(words[1]), 0, 0))
		return -errno;
	return waitpid(number_of(words[1]), &status, __WALL) < 0 ? -errno : WSTOPSIG(status);
}

static long run_detach(char **words)
{
	return answer(ptrace(PTRACE_DETACH, number_of(words[1]), 0, 0));
}

/* --- lines and threads ----------------------------------------------------------------------- */

static long run_leave_main(char **words);
static long run_interrupt(char **words);
static long run_help(char **words);

static const struct {
	const char *name;
	long (*run)(char **words);
	int words;
} commands[] = {
	{ "open", run_open, 0 },
	{ "use", run_use, 1 },
	{ "transport", run_transport, 1 },
	{ "dup", run_dup, 1 },
	{ "dup2", run_dup2, 2 },
	{ "close", run_close, 1 },
	{ "close-range", run_close_range, 2 },
	{ "keep", run_keep, 1 },
	{ "give", run_give, 2 },
	{ "take", run_take, 1 },
	{ "startup", run_startup, 0 },
	{ "shutdown", run_shutdown, 0 },
	{ "join", run_join, 1 },
	{ "stop", run_stop, 0 },
	{ "loop", run_loop, 0 },
	{ "serve", run_serve, 0 },
	{ "version", run_version, 0 },
	{ "type", run_type, 2 },
	{ "type-at", run_type_at, 2 },
	{ "listen-fd", run_listen_fd, 2 },
	{ "listen-fd-edge", run_listen_fd_edge, 1 },
	{ "call", run_call, 2 },
	{ "ioctl", run_ioctl, 2 },
	{ "libtux", run_libtux, 1 },
	{ "syscall", run_syscall, 1 },
	{ "i386", run_i386, 1 },
	{ "i386-join", run_i386_join, 1 },
	{ "listen", run_listen, 2 },
	{ "listen-on", run_listen_on, 1 },
	{ "socket", run_socket, 1 },
	{ "bind-unix", run_bind_unix, 2 },
	{ "connect", run_connect, 2 },
	{ "sockmap", run_sockmap, 1 },
	{ "tls", run_tls, 1 },
	{ "accept", run_accept, 1 },
	{ "turn-away", run_turn_away, 1 },
	{ "get", run_get, 3 },
	{ "up", run_up, 1 },
	{ "fork", run_fork, 0 },
	{ "clone-files", run_clone_files, 0 },
	{ "child", run_child, 1 },
	{ "exec", run_exec, 0 },
	{ "exit", run_exit, 1 },
	{ "thread-exit", run_thread_exit, 0 },
	{ "leave-main", run_leave_main, 0 },
	{ "interrupt", run_interrupt, 1 },
	{ "setns", run_setns, 1 },
	{ "write", run_write, 2 },
	{ "unshare-user", run_unshare_user, 0 },
	{ "unshare-net", run_unshare_net, 0 },
	{ "become", run_become, 2 },
	{ "seccomp", run_seccomp, 1 },
	{ "setenv", run_setenv, 2 },
	{ "alarm", run_alarm, 1 },
	{ "answer-alarms", run_answer_alarms, 2 },
	{ "signals", run_signals, 0 },
	{ "trace", run_trace, 2 },
	{ "attach", run_attach, 1 },
	{ "detach", run_detach, 1 },
	{ "help", run_help, 0 },
};

static long run_help(char **words)
{
	size_t i;

	(void)words;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(stderr, "%s (%d words)\n", commands[i].name, commands[i].words);
	return 0;
}

static long find_and_run(char **words)
{
	size_t i;
	int count = 0;

	while (words[count])
		count++;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(words[0], commands[i].name) && count > commands[i].words)
			return commands[i].run(words);
	fprintf(stderr, "tux-actor: cannot do '%s' with %d words\n", words[0], count - 1);
	return -ENOTSUP;
}

/* One write, so that the answers of threads do not mix. */
static void say(const char *thread, long result)
{
	char text[128];
	int length;

	if (result < 0 && result > -4096)
		length = snprintf(text, sizeof(text), "%s %s\n", thread, strerrorname_np(-result));
	else
		length = snprintf(text, sizeof(text), "%s %ld\n", thread, result);
	if (write(STDOUT_FILENO, text, length) != length)
		_exit(1);
}

static void do_line(const char *thread, char *line)
{
	char *words[WORDS_MAX + 1] = { NULL };
	char *rest = line;
	int count = 0;

	while (count < WORDS_MAX && (words[count] = strtok_r(rest, "\n ", &rest)))
		count++;
	words[count] = NULL;
	say(thread, count ? find_and_run(words) : -ENOTSUP);
}

/* A thread that does lines of its own: it reads them from a pipe. */
struct helper {
	char name[32];
	pthread_t thread;
	FILE *lines;
	FILE *input;
};

static struct helper helpers[THREADS_MAX];

static void *help(void *argument)
{
	struct helper *own = argument;
	char line[LINE_MAX_BYTES];

	while (fgets(line, sizeof(line), own->input))
		do_line(own->name, line);
	return NULL;
}

static struct helper *find_helper(const char *name)
{
	int ends[2];
	int i;

	for (i = 0; i < THREADS_MAX && helpers[i].name[0]; i++)
		if (!strcmp(helpers[i].name, name))
			return &helpers[i];
	if (i == THREADS_MAX || strlen(name) >= sizeof(helpers[i].name) || pipe2(ends, O_CLOEXEC))
		return NULL;
	strcpy(helpers[i].name, name);
	helpers[i].input = fdopen(ends[0], "r");
	helpers[i].lines = fdopen(ends[1], "w");
	if (pthread_create(&helpers[i].thread, NULL, help, &helpers[i]))
		return NULL;
	return &helpers[i];
}

/* interrupt THREAD: SIGTERM for that thread alone. */
static long run_interrupt(char **words)
{
	struct helper *helper = find_helper(words[1]);

	/* The program handles the signal.  NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread) */
	return helper ? -pthread_kill(helper->thread, SIGTERM) : -ESRCH;
}

/* Not through stdio: a program that is executed must find the lines that have not been done. */
static int read_line(char *line, size_t size)
{
	size_t used = 0;

	while (used < size - 1) {
		ssize_t got = read(STDIN_FILENO, line + used, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		if (line[used++] == '\n')
			break;
	}
	line[used] = '\0';
	return 1;
}

static void *read_lines(void *unused)
{
	char line[LINE_MAX_BYTES];

	(void)unused;
	while (read_line(line, sizeof(line))) {
		struct helper *helper;
		char *rest = line;

		if (line[0] != '@') {
			do_line("main", line);
			continue;
		}
		helper = find_helper(strtok_r(line + 1, " ", &rest));
		if (!helper || fputs(rest, helper->lines) < 0 || fflush(helper->lines))
			say("main", -EAGAIN);
	}
	exit(0);
}

/* leave-main: the main thread ends, the process goes on. */
static long run_leave_main(char **words)
{
	pthread_t thread;

	(void)words;
	if (pthread_create(&thread, NULL, read_lines, NULL))
		return -errno;
	say("main", 0);
	pthread_exit(NULL);
}

static void count_signal(int number)
{
	signals_seen++;
	if (number == SIGTERM)
		told_to_end = 1;
}

static void catch(int number)
{
	struct sigaction action = { .sa_handler = count_signal };

	sigaction(number, &action, NULL);
}

int main(int count, char **words)
{
	catch(SIGALRM);
	catch(SIGUSR1);
	catch(SIGTERM);
	signal(SIGPIPE, SIG_IGN);
	if (count == 3) {
		/* The same process, another program: what it was asked is answered here. */
		handle = number_of(words[1]);
		by_syscall = !strcmp(words[2], "syscall");
		say("main", 0);
	}
	read_lines(NULL);
	return 0;
}
