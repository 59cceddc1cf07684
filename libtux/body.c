// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Bodies for layout 2: what post_data points to.
 *
 * A module of layout 2 finds the body of a POST in memory, each time it is given the request.  The
 * kernel gives a body once, so it is kept here, by the token of the connection, from the first
 * delivery to the answer.  Of a client that goes away unanswered nobody tells us; so only the
 * BODIES_MAX requests that were delivered last have theirs.
 *
 * Locks: bodies_lock protects the list and what is in it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "module_layout.h"

#define BODIES_MAX 1024

struct body {
	struct body *next;
	uint64_t id;
	size_t length;
	/* What the module itself has asked for by READ_POST_DATA. */
	size_t read;
	/* Whether the body is here, and not left to the kernel because it is large. */
	int taken;
	char text[];
};

static pthread_mutex_t bodies_lock = PTHREAD_MUTEX_INITIALIZER;

/* The one that was used last comes first. */
static struct body *bodies;
static size_t body_count;

char tux_no_body[1];

/* Takes one off the list; NULL if it is not there. */
static struct body *remove_body(uint64_t id)
{
	for (struct body **link = &bodies; *link; link = &(*link)->next) {
		struct body *body = *link;

		if (body->id == id) {
			*link = body->next;
			body_count--;
			return body;
		}
	}
	return NULL;
}

static void drop_oldest(void)
{
	struct body **link = &bodies;

	while ((*link)->next)
		link = &(*link)->next;
	free(*link);
	*link = NULL;
	body_count--;
}

static void add_body(struct body *body)
{
	if (body_count == BODIES_MAX)
		drop_oldest();
	body->next = bodies;
	bodies = body;
	body_count++;
}

/* Asks the kernel for all of the body, without a change of *req. */
static void read_body(user_req_t *req, struct body *body, size_t size)
{
	uint64_t address = req->object_addr;
	uint32_t length = req->objectlen;

	while (body->length < size) {
		req->object_addr = (uintptr_t)body->text + body->length;
		req->objectlen = size - body->length;
		if (tux(TUX_ACTION_READ_POST_DATA, req) || !req->objectlen)
			break;
		body->length += req->objectlen;
	}
	body->text[body->length] = '\0';
	req->object_addr = address;
	req->objectlen = length;
}

static struct body *take_body(user_req_t *req)
{
	int fits = req->objectlen <= TUX_POST_BUFFERED;
	size_t size = fits ? req->objectlen : 0;
	struct body *body = calloc(1, sizeof(*body) + size + 1);

	if (!body)
		return NULL;
	body->id = req->id;
	body->taken = fits;
	if (fits)
		read_body(req, body, size);
	return body;
}

/**
 * tux_body_find() - The body of a request that is being delivered.
 * @req: The request; unchanged afterwards.
 *
 * Context: The request is current.  Takes bodies_lock.
 * Return: The text, until tux_body_drop(); "" if it has no body, or one that is too large.
 */
char *tux_body_find(user_req_t *req)
{
	struct body *body;
	int error = errno;

	if (req->http_method != TUX_METHOD_POST)
		return tux_no_body;
	pthread_mutex_lock(&bodies_lock);
	body = remove_body(req->id);
	if (!body)
		body = take_body(req);
	if (body)
		add_body(body);
	pthread_mutex_unlock(&bodies_lock);
	errno = error;
	return body ? body->text : tux_no_body;
}

/**
 * tux_body_read() - Do READ_POST_DATA from a body that is here.
 * @req: The request, with object_addr and objectlen set.
 *
 * Context: Takes bodies_lock.
 * Return: 1 if done, 0 if the kernel has to be asked.
 */
int tux_body_read(user_req_t *req)
{
	struct body *body;
	size_t rest;

	if (!req->object_addr || !req->objectlen)
		return 0;
	pthread_mutex_lock(&bodies_lock);
	body = remove_body(req->id);
	if (body) {
		add_body(body);
		if (!body->taken)
			body = NULL;
	}
	if (body) {
		rest = body->length - body->read;
		if (req->objectlen > rest)
			req->objectlen = rest;
		memcpy((void *)(uintptr_t)req->object_addr, body->text + body->read,
		       req->objectlen);
		body->read += req->objectlen;
	}
	pthread_mutex_unlock(&bodies_lock);
	return body != NULL;
}

/**
 * tux_body_drop() - Forget the body of a request that was answered.
 * @id: Token of its connection.
 *
 * Context: Takes bodies_lock.
 */
void tux_body_drop(uint64_t id)
{
	struct body *body;

	pthread_mutex_lock(&bodies_lock);
	body = remove_body(id);
	pthread_mutex_unlock(&bodies_lock);
	free(body);
}
