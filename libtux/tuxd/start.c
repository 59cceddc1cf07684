// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Starting the server, in the order in which each step can fail without leaving anything behind:
 * checks first, then the listening sockets, then the settings, and STARTUP after that.
 *
 * Called by the master once; every failure is reported here, in one line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TUXAPI_NO_LAYOUT_MARKER
#include <tuxmodule.h>

#include "descriptors.h"
#include "detach.h"
#include "listeners.h"
#include "mime.h"
#include "modules.h"
#include "start.h"


static int check_not_running(void)
{
	struct tux_status *status = tux_read_status();
	int result = 0;

	if (!status)
		return 0;
	if (!strcmp(status->state, "running"))
		result = report_failure("TUX is already running (process %d); "
					"stop it with tuxctl shutdown first", status->owner);
	else if (!strcmp(status->state, "stopping"))
		result = report_failure("TUX is still stopping (process %d); "
					"wait for it, see tuxctl status", status->owner);
	tux_free_status(status);
	return result;
}

static int find_document_root(struct server *server, const struct tuxd_options *options)
{
	if (!options->document_root) {
		if (tux_read_setting("documentroot", server->document_root,
				     sizeof(server->document_root)))
			return report_failure("cannot read net.tux.documentroot: %s; "
					      "name the directory with --docroot", strerror(errno));
		return 0;
	}
	if (strlen(options->document_root) >= sizeof(server->document_root))
		return report_failure("the path of the document root is too long; "
				      "name another with --docroot");
	strcpy(server->document_root, options->document_root);
	return 0;
}

static int check_document_root(const struct server *server)
{
	const char *path = server->document_root;
	struct stat info;
	int error;

	if (stat(path, &info)) {
		if (errno == ENOENT)
			return report_failure("the document root %s does not exist; "
					      "make it, or name another with --docroot", path);
		if (errno != ENOTDIR)
			return report_failure("cannot look at the document root %s: %s", path,
					      strerror(errno));
	} else if (S_ISDIR(info.st_mode)) {
		error = identity_check_directory(&server->identity, path);
		if (!error)
			return 0;
		return report_failure("the user %s cannot enter the document root %s: %s; "
				      "change its permissions, or --user",
				      server->identity.name, path, strerror(error));
	}
	return report_failure("the document root %s is not a directory; "
			      "name another with --docroot", path);
}

static int find_thread_count(struct server *server, const struct tuxd_options *options)
{
	char setting[16];

	server->workers = options->threads;
	if (server->workers)
		return 0;
	if (tux_read_setting("threads", setting, sizeof(setting)))
		return report_failure("cannot read net.tux.threads: %s; "
				      "give the number with --threads", strerror(errno));
	server->workers = strtoul(setting, NULL, 10);
	if (!server->workers || server->workers > TUXD_WORKERS_MAX)
		return report_failure("net.tux.threads is %s, which is not from 1 to %d", setting,
				      TUXD_WORKERS_MAX);
	return 0;
}

static int write_setting(const char *name, const char *value)
{
	if (!tux_write_setting(name, value))
		return 0;
	return report_failure("cannot set net.tux.%s to %s: %s", name, value, strerror(errno));
}

static int write_settings(const struct server *server, const struct tuxd_options *options)
{
	char threads[16];

	if (options->document_root && write_setting("documentroot", server->document_root))
		return -1;
	snprintf(threads, sizeof(threads), "%u", server->workers);
	return options->threads ? write_setting("threads", threads) : 0;
}

/* What user modules find in <tuxmodule.h>. */
static void publish_identity(struct server *server)
{
	static char host[256];

	if (!gethostname(host, sizeof(host) - 1))
		TUXAPI_servername = host;
	TUXAPI_servername_len = strlen(TUXAPI_servername);
	TUXAPI_docroot = server->document_root;
	TUXAPI_docroot_len = strlen(TUXAPI_docroot);
}

static int start_on(struct server *server, struct listeners *listeners,
		    const struct tuxd_options *options)
{
	if (write_settings(server, options) || listeners_start(listeners))
		return -1;
	descriptor_keep_handle();
	if (modules_register_types() || mime_register_file(options->mime_types))
		return -1;
	modules_register();
	return 0;
}

/*
 * The directory as it is now: a worker that is started later enters the same one, whatever its path
 * leads to by then.
 */
static int open_root(struct server *server, const struct tuxd_options *options)
{
	server->root = -1;
	if (options->keep_root || !identity_may_change_root())
		return 0;
	server->root = open(server->document_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (server->root < 0)
		return report_failure("cannot open the document root %s: %s",
				      server->document_root, strerror(errno));
	return 0;
}

/**
 * server_start() - Start the server, without workers yet.
 * @server: Filled in.
 * @options: The command line.
 *
 * The server lives as long as this process keeps the handle of tux().
 *
 * Return: 0, or -1 after the failure was reported.
 */
int server_start(struct server *server, const struct tuxd_options *options)
{
	struct listeners *listeners;
	int result = -1;

	if (check_not_running() ||
	    identity_find(options->user, options->group, &server->identity) ||
	    find_document_root(server, options) || check_document_root(server) ||
	    find_thread_count(server, options))
		return -1;
	/* What is opened from here on may be a module's. */
	descriptor_keep_all();
	publish_identity(server);
	if (modules_load(options) || open_root(server, options))
		return -1;
	listeners = calloc(1, sizeof(*listeners));
	if (!listeners)
		return report_failure("out of memory");
	if (!listeners_collect(listeners, options, server->workers))
		result = start_on(server, listeners, options);
	snprintf(server->addresses, sizeof(server->addresses), "%s", listeners->text);
	listeners_close(listeners);
	free(listeners);
	return result;
}
