// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Everything about a request, with the room it takes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tux.h>

/* Heads are this long at most unless net.tux.max_header_len says more. */
#define FIRST_SIZE 8192

struct tux_string tux_make_string(const char *text)
{
	return (struct tux_string){ .text = text, .length = strlen(text) };
}

/* Asks with so much room. */
static struct tux_get_request *ask(size_t room, int *result)
{
	struct tux_get_request *request = calloc(1, sizeof(*request) + room);

	if (!request)
		return NULL;
	request->size = sizeof(*request);
	request->buffer = (uintptr_t)(request + 1);
	request->buffer_size = room;
	*result = tux_get_request(-1, request);
	return request;
}

struct tux_get_request *tux_read_request(void)
{
	struct tux_get_request *request;
	size_t room = FIRST_SIZE;
	int result;
	int error;

	for (;;) {
		request = ask(room, &result);
		if (!request || !result)
			return request;
		error = errno;
		if (error != EMSGSIZE || request->buffer_length <= room)
			break;
		room = request->buffer_length;
		free(request);
	}
	free(request);
	errno = error;
	return NULL;
}

struct tux_string tux_get_part(const struct tux_get_request *request, struct tux_text part)
{
	struct tux_string found = { .text = NULL, .length = 0 };
	uint64_t end = (uint64_t)part.offset + part.length;

	if (!part.length || end > request->buffer_length || end > request->buffer_size)
		return found;
	found.text = (const char *)(uintptr_t)request->buffer + part.offset;
	found.length = part.length;
	return found;
}
