// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Loading the kernel module: the file that TUX_KO names, or whatever modprobe knows as "tux".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tux.h>

#include "internal.h"

#define MODPROBE "/sbin/modprobe"

static int fail(int error, char *why, size_t size, const char *what, const char *reason)
{
	if (size)
		snprintf(why, size, "cannot load %s: %s", what, reason);
	errno = error;
	return -1;
}

static const char *explain_load_error(int error)
{
	switch (error) {
	case EPERM:
		return "not permitted; run this as root (CAP_SYS_MODULE), and not in a container";
	case ENOEXEC:
		return "it is not a module for the running kernel; build it again with make";
	case EKEYREJECTED:
	case ENOKEY:
	case EBADMSG:
		return "the kernel wants a signed module (Secure Boot); sign it, or switch the check off";
	case ENOENT:
		return "the kernel lacks a symbol it needs; build it for the running kernel with make (dmesg says which)";
	case EBUSY:
		return "a module of that name is just being loaded or unloaded; try again";
	case ENODEV:
	case EOPNOTSUPP:
		return "this kernel is not supported; dmesg says why";
	case ENOSYS:
		return "this kernel has no loadable modules";
	case ENOMEM:
		return "out of memory";
	default:
		return strerrordesc_np(error) ? strerrordesc_np(error) : "unknown error";
	}
}

static int load_file(const char *path, char *why, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;
	int error;

	if (fd < 0)
		return fail(errno, why, size, path, strerrordesc_np(errno));
	result = syscall(SYS_finit_module, fd, "", 0);
	error = errno;
	close(fd);
	if (result && error != EEXIST)
		return fail(error, why, size, path, explain_load_error(error));
	return 0;
}

/* The child of ask_modprobe(): its standard error is the pipe. */
static void exec_modprobe(int output)
{
	if (dup2(output, STDERR_FILENO) >= 0)
		execl(MODPROBE, "modprobe", "tux", (char *)NULL);
	_exit(127);
}

/* Runs modprobe and keeps the first line of what it says. */
static int ask_modprobe(char *line, size_t size)
{
	int status = -1;
	size_t used = 0;
	ssize_t got;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid)
		exec_modprobe(ends[1]);
	close(ends[1]);
	while (pid > 0 && used < size - 1) {
		got = read(ends[0], line + used, size - 1 - used);
		if (got == 0 || (got < 0 && errno != EINTR))
			break;
		if (got > 0)
			used += got;
	}
	line[used] = '\0';
	line[strcspn(line, "\n")] = '\0';
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int load_by_modprobe(char *why, size_t size)
{
	char reason[320];
	char line[200];
	int status = ask_modprobe(line, sizeof(line));

	if (!status)
		return 0;
	if (geteuid())
		return fail(EPERM, why, size, "the module tux", explain_load_error(EPERM));
	snprintf(reason, sizeof(reason), "%s; install it with make install, or set TUX_KO to the file tux.ko",
		 *line ? line : "modprobe failed");
	return fail(ENOENT, why, size, "the module tux", reason);
}

int tux_load_module(char *why, size_t size)
{
	const char *file = secure_getenv("TUX_KO");

	if (!access(TUX_PROC_SERVER, F_OK))
		return 0;
	if (file && *file)
		return load_file(file, why, size);
	return load_by_modprobe(why, size);
}
