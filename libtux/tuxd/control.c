// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The control channel.
 *
 * A client connects, writes one line, and reads an answer that ends with the connection: "ok" or
 * "error TEXT", and after "ok" whatever was asked for.  The words of a line are separated by tabs:
 *
 *	add NAME [FILE]		load the module and publish it when all workers have it
 *	remove NAME		take it out of service
 *	list			a line for each module: name, tab, file
 *
 * One client at a time; the others wait in the queue of the socket.  Only root may speak, and is
 * expected to; who connects and says nothing is dropped after a while.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "descriptors.h"
#include "log.h"
#include "modulelist.h"
#include "workers.h"

#define PATIENCE_MS 5000

static const char *parse_module(char *words, struct control_command *command)
{
	command->name = strsep(&words, "\t");
	command->file = strsep(&words, "\t");
	if (words)
		return "there are too many words";
	if (!command->name || !module_name_is_valid(command->name))
		return "this is neither a prefix nor the name of a file below the document root";
	if (command->file && !*command->file)
		return "the name of the file is empty";
	if (command->verb == CONTROL_REMOVE && command->file)
		return "there are too many words";
	if (command->verb == CONTROL_ADD && *command->name == '/' && !command->file)
		return "a prefix needs a file";
	return NULL;
}

/**
 * control_parse() - Read a line.
 * @line: The line, without its newline; is written to.
 * @command: Filled in; points into @line.
 *
 * Return: NULL, or what is wrong with it.
 */
const char *control_parse(char *line, struct control_command *command)
{
	const char *verb = strsep(&line, "\t");

	memset(command, 0, sizeof(*command));
	if (!strcmp(verb, "list")) {
		command->verb = CONTROL_LIST;
		return line ? "there are too many words" : NULL;
	}
	if (!strcmp(verb, "add"))
		command->verb = CONTROL_ADD;
	else if (!strcmp(verb, "remove"))
		command->verb = CONTROL_REMOVE;
	else
		return "there is no such command";
	return parse_module(line, command);
}

/**
 * control_open() - Open the channel.
 * @control: Filled in.  Without a channel tuxd serves all the same, after a message.
 */
void control_open(struct control *control)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	control->client = -1;
	control->listener = -1;
	memcpy(address.sun_path + 1, CONTROL_NAME, sizeof(CONTROL_NAME) - 1);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&address,
		 offsetof(struct sockaddr_un, sun_path) + sizeof(CONTROL_NAME)) ||
	    listen(listener, 16)) {
		log_warning("modules cannot be added at run time: cannot listen at @"
			    CONTROL_NAME ": %s", strerror(errno));
		if (listener >= 0)
			close(listener);
		return;
	}
	control->listener = listener;
	descriptor_keep(listener);
}

static void drop_client(struct control *control)
{
	descriptor_close(control->client);
	control->client = -1;
	control->is_waiting = false;
	control->used = 0;
}

static bool is_root(int client)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return !getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) && !peer.uid;
}

static void accept_client(struct control *control)
{
	static const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	int client = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);

	if (client < 0)
		return;
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	control->client = client;
	control->deadline = monotonic_ms() + PATIENCE_MS;
	descriptor_keep(client);
	if (!is_root(client))
		control_answer(control, "error only root may change the modules of the server\n");
}

/**
 * control_poll() - What to wait for.
 * @control: The channel.
 *
 * Return: For poll(2); its descriptor may be -1.
 */
struct pollfd control_poll(const struct control *control)
{
	int fd = control->client < 0 ? control->listener : control->client;

	return (struct pollfd){ .fd = control->is_waiting ? -1 : fd, .events = POLLIN };
}

/* Whether there is a line. */
static bool read_line(struct control *control)
{
	char *end;
	ssize_t got = recv(control->client, control->line + control->used,
			   sizeof(control->line) - control->used, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
		if (monotonic_ms() >= control->deadline)
			drop_client(control);
		return false;
	}
	if (got > 0)
		control->used += got;
	end = memchr(control->line, '\n', control->used);
	if (end) {
		*end = '\0';
		return true;
	}
	if (got <= 0)
		drop_client(control);
	else if (control->used == sizeof(control->line))
		control_answer(control, "error the line is too long\n");
	return false;
}

/**
 * control_read() - Take what a client says.
 * @control: The channel.
 * @command: Filled in.
 *
 * What makes no sense is answered here.
 *
 * Return: Whether there is a command; it is to be answered with control_answer(), now or later.
 */
bool control_read(struct control *control, struct control_command *command)
{
	char text[256] = "error ";
	const char *wrong;

	if (control->listener < 0 || control->is_waiting)
		return false;
	if (control->client < 0)
		accept_client(control);
	if (control->client < 0 || !read_line(control))
		return false;
	wrong = control_parse(control->line, command);
	if (wrong) {
		strcat(text, wrong);
		control_answer(control, strcat(text, "\n"));
		return false;
	}
	control->is_waiting = true;
	return true;
}

/**
 * control_answer() - Answer the client, and let it go.
 * @control: The channel.
 * @text: The answer, whole lines.
 */
void control_answer(struct control *control, const char *text)
{
	size_t left = strlen(text);

	while (left && control->client >= 0) {
		ssize_t sent = send(control->client, text, left, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			break;
		if (sent > 0) {
			text += sent;
			left -= sent;
		}
	}
	drop_client(control);
}
