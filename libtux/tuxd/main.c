// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tuxd: starts TUX, the in-kernel web server, and looks after it.
 *
 * A master process with as many workers as the server has; see master.c and workers.c.  What can be
 * found wrong before the process detaches is found here, and said on standard error.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <tux.h>

#include "detach.h"
#include "identity.h"
#include "log.h"
#include "master.h"
#include "options.h"

/* Whatever is opened first must not be taken for standard output or error. */
static void fill_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* A socket for each worker and address may be more than the usual soft limit. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		log_warning("cannot raise the limit of open files: %s", strerror(errno));
}

/* Stopping is what tuxctl does, which lies beside this program. */
static int stop_running(const struct tuxd_options *options)
{
	char path[PATH_MAX + 8];
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
	char timeout[32];

	snprintf(timeout, sizeof(timeout), "--timeout=%u", options->stop_timeout);
	if (length > 0) {
		path[length] = '\0';
		strcpy(strrchr(path, '/') + 1, "tuxctl");
		execl(path, "tuxctl", "shutdown", timeout, NULL);
	}
	execlp("tuxctl", "tuxctl", "shutdown", timeout, NULL);
	log_error("cannot run tuxctl: %s; install it beside tuxd", strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	struct tuxd_options options;
	char why[512];

	fill_standard_streams();
	options_parse(argc, argv, &options);
	log_open(false);
	if (options.stop)
		return stop_running(&options);
	raise_file_limit();
	if (identity_check_admin())
		return 1;
	if (tux_load_module(why, sizeof(why))) {
		log_error("%s", why);
		return 1;
	}
	if (!options.foreground) {
		/*
		 * A daemon must not hold open what its caller happened to have, such as the pipe of
		 * a script.
		 */
		close_range(FIRST_PASSED_FD + options.passed_sockets, ~0U, 0);
		if (detach_from_terminal()) {
			log_error("cannot become a daemon: %s", strerror(errno));
			return 1;
		}
	}
	log_open(options.syslog);
	return master_run(&options);
}
