// SPDX-License-Identifier: MIT
/*
 * Work that takes time, in a thread: the request is parked, the worker goes on with others, and the
 * thread says when the request can be answered.
 *
 *   /slow.tux?ms=500    answers after half a second (at most 10 s)
 */
#include <pthread.h>
#include <tuxmodule.h>

TUXAPI_declare;

enum { NEW, DONE };

struct job {
	int sock;
	unsigned long milliseconds;
	char answer[64];
};

static void *work(void *argument)
{
	struct job *job = argument;
	int sock = job->sock;
	struct timespec time = {
		.tv_sec = job->milliseconds / 1000,
		.tv_nsec = job->milliseconds % 1000 * 1000000,
	};

	while (nanosleep(&time, &time) && errno == EINTR)
		;
	snprintf(job->answer, sizeof(job->answer), "That took %lu ms.\n", job->milliseconds);
	/* From here the job is the worker's, unless the connection has ended in the meantime. */
	if (tux(TUX_ACTION_CONTINUE_REQ, (user_req_t *)(intptr_t)sock) == -1)
		free(job);
	return NULL;
}

static int start(user_req_t *req)
{
	struct job *job = calloc(1, sizeof(*job));
	pthread_t thread;
	char text[16];

	if (!job)
		return tux_send_text(req, 503, "text/plain", "There is no memory.\n");
	if (tux_find_query(tux_make_string(req->query), "ms", text, sizeof(text)) > 0)
		job->milliseconds = strtoul(text, NULL, 10);
	if (job->milliseconds > 10000)
		job->milliseconds = 10000;
	job->sock = req->sock;
	req->priv = (uintptr_t)job;
	req->event = DONE;
	/* Parked first: a request that is not cannot be continued. */
	if (tux(TUX_ACTION_POSTPONE_REQ, req)) {
		free(job);
		return -1;
	}
	if (pthread_create(&thread, NULL, work, job)) {
		snprintf(job->answer, sizeof(job->answer), "There are too many threads.\n");
		tux(TUX_ACTION_CONTINUE_REQ, (user_req_t *)(intptr_t)job->sock);
	} else {
		pthread_detach(thread);
	}
	return TUX_CONTINUE_EVENTLOOP;
}

static int answer(user_req_t *req)
{
	struct job *job = (struct job *)(uintptr_t)req->priv;
	int result = tux_send_text(req, 200, "text/plain", job->answer);

	free(job);
	return result;
}

void TUXAPI_init(void)
{
}

int TUXAPI_handle_events(user_req_t *req)
{
	return req->event == NEW ? start(req) : answer(req);
}
