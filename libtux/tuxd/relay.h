/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A relay: two connected sockets, and the bytes on their way from each to the other.
 *
 * It does not wait: who has it asks what to wait for, and lets it take a step when that is there.
 */
#ifndef TUXD_RELAY_H
#define TUXD_RELAY_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of each direction that may be on their way. */
#define RELAY_BUFFER 16384

/* Bytes that can be inserted into a direction. */
#define RELAY_TEXT_MAX 128

/**
 * struct relay_flow - One direction.
 */
struct relay_flow {
	/** @begin: Where the bytes in @data begin. */
	size_t begin;
	/** @end: Where they end. */
	size_t end;
	/** @is_read: The sender has ended its side. */
	bool is_read;
	/** @is_written: The receiver has been told so. */
	bool is_written;
	/** @text_length: Bytes of @text; 0 if nothing is to be inserted any more. */
	size_t text_length;
	/** @before_text: How many bytes of the sender's go before them. */
	size_t before_text;
	/** @text: Bytes of our own. */
	char text[RELAY_TEXT_MAX];
	/** @data: What has been read and not written. */
	char data[RELAY_BUFFER];
};

/**
 * struct relay - Both directions; owned by the thread that copies.
 */
struct relay {
	/** @socket: The two sockets, non-blocking. */
	int socket[2];
	/** @flow: From each of them to the other one. */
	struct relay_flow flow[2];
};

enum relay_state {
	RELAY_WAITING,	/* there is nothing to do now */
	RELAY_DONE,	/* both sides have ended, and all is written */
	RELAY_BROKEN,	/* a side was reset */
};

void relay_init(struct relay *relay, int first, int second);
bool relay_put(struct relay *relay, int to, const char *data, size_t length);
bool relay_insert(struct relay *relay, int to, size_t before, const char *text, size_t length);
short relay_events(const struct relay *relay, int side);
enum relay_state relay_step(struct relay *relay);

#endif /* TUXD_RELAY_H */
