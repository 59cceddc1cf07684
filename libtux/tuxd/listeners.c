// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The listening sockets of the server.
 *
 * For each address there is one socket per worker, in a SO_REUSEPORT group: the kernel spreads new
 * connections, and each worker normally accepts from its own.  Sockets that the service manager
 * passed (LISTEN_FDS, sd_listen_fds(3)) are taken as they are instead, and are everybody's.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tux.h>

#include "address.h"
#include "descriptors.h"
#include "detach.h"
#include "listeners.h"
#include "log.h"

static const char *explain_bind_error(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "another program uses it; stop that, or choose another with --port or "
		       "--listen";
	case EADDRNOTAVAIL:
		return "this machine does not have the address; choose another with --listen";
	case EAFNOSUPPORT:
		return "the kernel does not support this kind of address; choose another with "
		       "--listen";
	case EACCES:
	case EPERM:
		return "not permitted; ports below 1024 need root";
	case EMFILE:
		return "too many open files; raise the limit (ulimit -n), or use fewer workers";
	default:
		return strerror(error);
	}
}

static void add_text(struct listeners *listeners, const char *text)
{
	size_t used = strlen(listeners->text);

	snprintf(listeners->text + used, sizeof(listeners->text) - used, "%s%s", used ? " " : "",
		 text);
}

/* Whether there is a group for this address already. */
static bool has_text(const struct listeners *listeners, const char *text)
{
	size_t length = strlen(text);
	const char *at = listeners->text;

	while ((at = strstr(at, text))) {
		if ((at == listeners->text || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
		at += length;
	}
	return false;
}

static int add_socket(struct listeners *listeners, int fd, unsigned int worker)
{
	if (listeners->count == LISTENERS_MAX)
		return report_failure("more than %d listening sockets", LISTENERS_MAX);
	listeners->sockets[listeners->count].fd = fd;
	listeners->sockets[listeners->count++].worker = worker;
	return 0;
}

static int set_flag(int fd, int level, int name)
{
	int on = 1;

	return setsockopt(fd, level, name, &on, sizeof(on));
}

/* A bound socket, or -1 with errno set. */
static int bind_socket(const struct sockaddr_storage *address, socklen_t length, bool share)
{
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	int error;

	if (fd < 0)
		return -1;
	if (!set_flag(fd, SOL_SOCKET, SO_REUSEADDR) &&
	    (!share || !set_flag(fd, SOL_SOCKET, SO_REUSEPORT)) &&
	    (address->ss_family != AF_INET6 || !set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY)) &&
	    !bind(fd, (const struct sockaddr *)address, length))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/*
 * A group of ours must not join one of another program of the same user, which SO_REUSEPORT would
 * allow without a word: it would get part of the connections.  So the port is tried without it
 * first.
 */
static int check_port_is_free(const struct sockaddr_storage *address, socklen_t length)
{
	int fd = bind_socket(address, length, false);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int make_group(struct listeners *listeners, const struct sockaddr_storage *address,
		      socklen_t length, unsigned int workers)
{
	char text[ADDRESS_TEXT_MAX];
	char setting[16];
	int backlog = SOMAXCONN;
	int fd = -1;

	if (!tux_read_setting("max_backlog", setting, sizeof(setting)))
		backlog = atoi(setting);
	address_format(address, text, sizeof(text));
	if (has_text(listeners, text))
		return report_failure("the address %s is there twice; name it once", text);
	if (check_port_is_free(address, length))
		goto err_report;
	for (unsigned int worker = 0; worker < workers; worker++) {
		fd = bind_socket(address, length, true);
		if (fd < 0 || listen(fd, backlog))
			goto err_report;
		if (add_socket(listeners, fd, worker))
			goto err_close;
	}
	add_text(listeners, text);
	return 0;

err_report:
	report_failure("cannot listen on %s: %s", text, explain_bind_error(errno));
err_close:
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	bool works = fd >= 0 && !bind(fd, (struct sockaddr *)&any, sizeof(any));

	if (fd >= 0)
		close(fd);
	return works;
}

/*
 * One address of the command line (asked for) or of the settings, where the IPv6 wildcard is left
 * out without IPv6.
 */
static int make_from_text(struct listeners *listeners, const char *text, unsigned int port,
			  bool asked_for, unsigned int workers)
{
	struct sockaddr_storage address;
	socklen_t length = address_parse(text, port, &address);

	if (!length)
		return report_failure("net.tux.listen has \"%s\", which is not an address", text);
	if (!asked_for && address.ss_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&((struct sockaddr_in6 *)&address)->sin6_addr) && !has_ipv6())
		return 0;
	return make_group(listeners, &address, length, workers);
}

static int make_from_settings(struct listeners *listeners, unsigned int port, unsigned int workers)
{
	char setting[1024] = "";
	char *rest = setting;
	char *text;

	if (tux_read_setting("listen", setting, sizeof(setting)) ||
	    !setting[strspn(setting, " \t")])
		strcpy(setting, "0.0.0.0 [::]");
	while ((text = strsep(&rest, " \t,")))
		if (*text && make_from_text(listeners, text, port, false, workers))
			return -1;
	return 0;
}

static unsigned int default_port(const struct tuxd_options *options)
{
	char setting[16];

	if (options->port)
		return options->port;
	if (tux_read_setting("serverport", setting, sizeof(setting)))
		return 80;
	return atoi(setting);
}

static int get_option(int fd, int name)
{
	int value = -1;
	socklen_t length = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &length) ? -1 : value;
}

static int take_passed(struct listeners *listeners, int fd, const char *name)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);
	char text[ADDRESS_TEXT_MAX];

	if (fcntl(fd, F_SETFD, FD_CLOEXEC))
		return report_failure("LISTEN_FDS names descriptor %d (%s), which is not open", fd,
				      name);
	if (get_option(fd, SO_ACCEPTCONN) != 1 || get_option(fd, SO_TYPE) != SOCK_STREAM ||
	    get_option(fd, SO_PROTOCOL) != IPPROTO_TCP ||
	    getsockname(fd, (struct sockaddr *)&address, &length))
		return report_failure("descriptor %d (%s) of the socket activation is not a "
				      "listening TCP socket", fd, name);
	add_text(listeners, address_format(&address, text, sizeof(text)));
	return add_socket(listeners, fd, TUX_LISTEN_ANY);
}

static int take_all_passed(struct listeners *listeners, unsigned int count)
{
	const char *given = getenv("LISTEN_FDNAMES");
	char *names = strdup(given ? given : "");
	char *rest = names;
	int result = 0;

	listeners->passed = true;
	for (unsigned int i = 0; i < count && !result; i++) {
		const char *name = rest ? strsep(&rest, ":") : NULL;

		result = take_passed(listeners, FIRST_PASSED_FD + i,
				     name && *name ? name : "unnamed");
	}
	free(names);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return result;
}

/**
 * listeners_collect() - Make the listening sockets, or take over those that were passed.
 * @listeners: Filled in; zero at the start.
 * @options: Which addresses.
 * @workers: Number of workers.
 *
 * Return: 0, or -1 after the failure was reported; listeners_close() is the caller's either way.
 */
int listeners_collect(struct listeners *listeners, const struct tuxd_options *options,
		      unsigned int workers)
{
	unsigned int port = default_port(options);

	if (options->passed_sockets)
		return take_all_passed(listeners, options->passed_sockets);
	if (!options->address_count)
		return make_from_settings(listeners, port, workers);
	for (unsigned int i = 0; i < options->address_count; i++)
		if (make_from_text(listeners, options->addresses[i], port, true, workers))
			return -1;
	return 0;
}

/**
 * listeners_close() - Close our descriptors; the server has references of its own.
 * @listeners: From listeners_collect().
 */
void listeners_close(struct listeners *listeners)
{
	for (unsigned int i = 0; i < listeners->count; i++)
		descriptor_close(listeners->sockets[i].fd);
	listeners->count = 0;
}

static int start_with_sockets(struct listeners *listeners)
{
	for (unsigned int i = 0; i < listeners->count; i++)
		if (tux_listen_fd(-1, listeners->sockets[i].fd, listeners->sockets[i].worker) < 0)
			return report_failure("cannot hand a listening socket to TUX: %s",
					      tux_error_text(TUX_ACTION_LISTEN_FD, errno));
	if (tux(TUX_ACTION_STARTUP, NULL) < 0)
		return report_failure("cannot start TUX: %s",
				      tux_error_text(TUX_ACTION_STARTUP, errno));
	return 0;
}

/*
 * By system call, STARTUP is what makes the handle, so there is none that could take a socket
 * before.  The kernel makes the same sockets from net.tux.listen, which is set for that moment
 * only.
 */
static int start_with_addresses(struct listeners *listeners)
{
	char saved[1024] = "";
	int error = 0;

	if (listeners->passed)
		return report_failure("socket activation needs /dev/tux; "
				      "do not set TUX_TRANSPORT to syscall");
	if (tux_read_setting("listen", saved, sizeof(saved)) ||
	    tux_write_setting("listen", listeners->text))
		return report_failure("cannot set net.tux.listen to %s: %s", listeners->text,
				      strerror(errno));
	listeners_close(listeners);
	if (tux(TUX_ACTION_STARTUP, NULL) < 0)
		error = errno;
	if (tux_write_setting("listen", saved))
		log_warning("cannot set net.tux.listen back to %s: %s", saved, strerror(errno));
	return error ? report_failure("cannot start TUX: %s",
				      tux_error_text(TUX_ACTION_STARTUP, error))
		     : 0;
}

/**
 * listeners_start() - Start the server with these listeners.
 * @listeners: From listeners_collect().
 *
 * Return: 0, or -1 after the failure was reported.
 */
int listeners_start(struct listeners *listeners)
{
	/* The first call decides on the transport, if the device is absent. */
	if (tux(TUX_ACTION_QUERY_VERSION, NULL) < 0)
		return report_failure("cannot reach TUX: %s",
				      tux_error_text(TUX_ACTION_QUERY_VERSION, errno));
	if (!strcmp(tux_transport(), "syscall"))
		return start_with_addresses(listeners);
	return start_with_sockets(listeners);
}
