// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Copying between two sockets.
 *
 * What has been read is written before more is read, so a relay takes as much memory as its two
 * buffers and no more.  When a side ends (shutdown of its writing side), the other one is told so
 * after the last byte, and may go on sending.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"

/**
 * relay_init() - Put two sockets together.
 * @relay: Filled in.
 * @first: A connected, non-blocking socket; stays the caller's.
 * @second: Another one.
 */
void relay_init(struct relay *relay, int first, int second)
{
	relay->socket[0] = first;
	relay->socket[1] = second;
	for (int side = 0; side < 2; side++) {
		relay->flow[side].begin = 0;
		relay->flow[side].end = 0;
		relay->flow[side].is_read = false;
		relay->flow[side].is_written = false;
		relay->flow[side].text_length = 0;
	}
}

/**
 * relay_put() - Send bytes of our own to a side, before what the other one sends.
 * @relay: A relay that has taken no step yet.
 * @to: The side, 0 or 1.
 * @data: The bytes.
 * @length: How many.
 *
 * Return: Whether there was room for them.
 */
bool relay_put(struct relay *relay, int to, const char *data, size_t length)
{
	struct relay_flow *flow = &relay->flow[!to];

	if (length > sizeof(flow->data) - flow->end)
		return false;
	memcpy(flow->data + flow->end, data, length);
	flow->end += length;
	return true;
}

/**
 * relay_insert() - Send bytes of our own to a side, between those that the other one sends.
 * @relay: A relay that has taken no step yet.
 * @to: The side, 0 or 1.
 * @before: How many of the other one's bytes go first.
 * @text: The bytes.
 * @length: How many.
 *
 * Return: Whether there was room for them.
 */
bool relay_insert(struct relay *relay, int to, size_t before, const char *text, size_t length)
{
	struct relay_flow *flow = &relay->flow[!to];

	if (length > sizeof(flow->text))
		return false;
	memcpy(flow->text, text, length);
	flow->text_length = length;
	flow->before_text = before;
	return true;
}

/* Whether our own bytes are next. */
static bool is_text_due(const struct relay_flow *flow)
{
	return flow->text_length && !flow->before_text;
}

/**
 * relay_events() - What to wait for at a side.
 * @relay: The relay.
 * @side: 0 or 1.
 *
 * Return: POLLIN, POLLOUT, both or neither.
 */
short relay_events(const struct relay *relay, int side)
{
	const struct relay_flow *from = &relay->flow[side];
	const struct relay_flow *to = &relay->flow[!side];
	short events = 0;

	if (!from->is_read && from->begin == from->end && !is_text_due(from))
		events |= POLLIN;
	if (to->begin != to->end || is_text_due(to))
		events |= POLLOUT;
	return events;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static int take_text(struct relay_flow *flow)
{
	memcpy(flow->data, flow->text, flow->text_length);
	flow->begin = 0;
	flow->end = flow->text_length;
	flow->text_length = 0;
	return 1;
}

/* Whether a byte has moved, or the end of all bytes; -1 if the socket is broken. */
static int read_some(struct relay_flow *flow, int from)
{
	size_t room = sizeof(flow->data);
	ssize_t got;

	if (flow->is_read || flow->begin != flow->end)
		return 0;
	if (is_text_due(flow))
		return take_text(flow);
	if (flow->text_length && flow->before_text < room)
		room = flow->before_text;
	got = recv(from, flow->data, room, MSG_DONTWAIT);
	if (got < 0)
		return would_block() ? 0 : -1;
	if (flow->text_length)
		flow->before_text -= got;
	flow->begin = 0;
	flow->end = got;
	flow->is_read = !got;
	return 1;
}

static int write_some(struct relay_flow *flow, int to)
{
	ssize_t sent;

	if (flow->begin != flow->end) {
		sent = send(to, flow->data + flow->begin, flow->end - flow->begin,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0)
			return would_block() ? 0 : -1;
		flow->begin += sent;
		return 1;
	}
	if (!flow->is_read || flow->is_written)
		return 0;
	flow->is_written = true;
	/* It may have ended altogether, which is no reason to cut the other direction. */
	return shutdown(to, SHUT_WR) && errno != ENOTCONN ? -1 : 1;
}

/**
 * relay_step() - Copy what can be copied now.
 * @relay: The relay.
 *
 * Comes back after a few rounds, so that one relay does not keep the others from their turn.
 *
 * Return: How it is with the relay.
 */
enum relay_state relay_step(struct relay *relay)
{
	for (int round = 0; round < 4; round++) {
		int moved = 0;

		for (int side = 0; side < 2; side++) {
			int from = read_some(&relay->flow[side], relay->socket[side]);
			int to = from < 0 ? -1 : write_some(&relay->flow[side],
							    relay->socket[!side]);

			if (to < 0)
				return RELAY_BROKEN;
			moved |= from | to;
		}
		if (!moved)
			break;
	}
	return relay->flow[0].is_written && relay->flow[1].is_written ? RELAY_DONE : RELAY_WAITING;
}
