// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Loading the kernel module: the file that TUX_KO names, or whatever modprobe knows as "tux".
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
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
		return "the kernel wants a signed module (Secure Boot); sign it, or switch the "
		       "check off";
	case ENOENT:
		return "the kernel lacks a symbol it needs; build it for the running kernel with "
		       "make (dmesg says which)";
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

/*
 * The members of the group tux may use the system call, and open the device; "" without that group.
 */
static void make_parameters(char *text, size_t size, gid_t *group)
{
	char buffer[4096];
	struct group entry;
	struct group *found = NULL;

	*text = '\0';
	*group = (gid_t)-1;
	if (getgrnam_r("tux", &entry, buffer, sizeof(buffer), &found) || !found)
		return;
	*group = found->gr_gid;
	snprintf(text, size, "gid=%u", found->gr_gid);
}

static int load_file(const char *path, const char *parameters, char *why, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;
	int error;

	if (fd < 0)
		return fail(errno, why, size, path, strerrordesc_np(errno));
	result = syscall(SYS_finit_module, fd, parameters, 0);
	error = errno;
	close(fd);
	if (result && error != EEXIST)
		return fail(error, why, size, path, explain_load_error(error));
	return 0;
}

/* The child of ask_modprobe(): its standard error is the pipe. */
static void exec_modprobe(int output, const char *parameters)
{
	if (dup2(output, STDERR_FILENO) >= 0)
		execl(MODPROBE, "modprobe", "tux", *parameters ? parameters : NULL, (char *)NULL);
	_exit(127);
}

/* Runs modprobe and keeps the first line of what it says. */
static int ask_modprobe(const char *parameters, char *line, size_t size)
{
	int status = -1;
	size_t used = 0;
	ssize_t got;
	int ends[2];
	pid_t pid;

	*line = '\0';
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid)
		exec_modprobe(ends[1], parameters);
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

static int load_by_modprobe(const char *parameters, char *why, size_t size)
{
	char reason[320];
	char line[200];
	int status = ask_modprobe(parameters, line, sizeof(line));

	if (!status)
		return 0;
	if (geteuid())
		return fail(EPERM, why, size, "the module tux", explain_load_error(EPERM));
	snprintf(reason, sizeof(reason),
		 "%s; install it with make install, or set TUX_KO to the file tux.ko",
		 *line ? line : "modprobe failed");
	return fail(ENOENT, why, size, "the module tux", reason);
}

int tux_load_module(char *why, size_t size)
{
	const char *file = secure_getenv("TUX_KO");
	char parameters[32];
	gid_t group;
	int result;

	if (!access(TUX_PROC_SERVER, F_OK))
		return 0;
	make_parameters(parameters, sizeof(parameters), &group);
	if (file && *file)
		result = load_file(file, parameters, why, size);
	else
		result = load_by_modprobe(parameters, why, size);
	/*
	 * Where there is no device, or somebody else looks after it, the system call is left, or
	 * that somebody's choice.
	 */
	if (!result && group != (gid_t)-1 && chown(TUX_DEVICE, -1, group))
		return 0;
	return result;
}
