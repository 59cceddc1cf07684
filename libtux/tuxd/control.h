/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control channel: a socket on which root tells the master to add and remove modules.
 */
#ifndef TUXD_CONTROL_H
#define TUXD_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/* Of the network namespace, as the server is: an abstract name, without the NUL in front. */
#define CONTROL_NAME "tux-control"

/* Longest line: a verb, a name and a path. */
#define CONTROL_LINE_MAX 4608

enum control_verb { CONTROL_ADD, CONTROL_REMOVE, CONTROL_LIST };

/**
 * struct control_command - What somebody wants.
 */
struct control_command {
	/** @verb: What to do. */
	enum control_verb verb;
	/** @name: Name or prefix of the module; NULL for CONTROL_LIST. */
	const char *name;
	/** @file: Its file, or NULL. */
	const char *file;
};

/**
 * struct control - The channel; owned by the master.
 */
struct control {
	/** @listener: The socket, or -1. */
	int listener;
	/** @client: Who is speaking, or is waiting for an answer; or -1. */
	int client;
	/** @is_waiting: The client has said what it wants. */
	bool is_waiting;
	/** @deadline: When it must have, in milliseconds of the monotonic clock. */
	uint64_t deadline;
	/** @used: Bytes of @line. */
	unsigned int used;
	/** @line: What it has said. */
	char line[CONTROL_LINE_MAX];
};

const char *control_parse(char *line, struct control_command *command);
void control_open(struct control *control);
struct pollfd control_poll(const struct control *control);
bool control_read(struct control *control, struct control_command *command);
void control_answer(struct control *control, const char *text);

#endif /* TUXD_CONTROL_H */
