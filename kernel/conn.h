/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection, the request that is being answered on it, and the set of connections that one
 * worker has.
 *
 * Lock order of the module, outermost first (Documentation/design/locking.rst says what each
 * protects):
 *   handle busy bit > namespace lock > config lock > socket lock > sk_callback_lock >
 *   wait-queue locks
 *
 * A connection is owned by one worker from accept to close: nobody else reads or writes it, with
 * two exceptions. Socket callbacks use @sock under RCU, and a helper owns @fetch while @fetching
 * says so.  The memory is freed after an RCU grace period.
 */
#ifndef TUX_CONN_H
#define TUX_CONN_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>

#include "fetch.h"
#include "http/chunk.h"
#include "http/parse.h"
#include "sock.h"

struct tux_user_request;

/* What a step of a connection came to. */
enum tux_step {
	TUX_STEP_AGAIN,		/* there is more to do at once */
	TUX_STEP_WAIT,		/* an event will queue the connection */
	TUX_STEP_DONE,		/* this part is finished */
	TUX_STEP_RETRY,		/* user space keeps the socket locked: again in a moment */
	TUX_STEP_CLOSE,		/* end the connection in order */
	TUX_STEP_ABORT,		/* reset it: the client must not take what it has for all */
};

/* What a connection is doing; the order in which a request passes through. */
enum tux_conn_state {
	TUX_CONN_ARRIVING,	/* adopted, and on its way to its worker */
	TUX_CONN_IDLE,		/* nothing of the next request has arrived */
	TUX_CONN_READING,	/* a part of a head has arrived */
	TUX_CONN_LOOKING_UP,	/* a helper walks the path or opens the file */
	TUX_CONN_COLLECTING,	/* a small body of a request for user space is arriving */
	TUX_CONN_AWAY,		/* user space has the request */
	TUX_CONN_GETTING,	/* a helper looks up a file for user space */
	TUX_CONN_SENDING,	/* a response is on its way */
	TUX_CONN_FETCHING,	/* a helper reads pages of the response */
	TUX_CONN_DISCARDING,	/* the request's body is being read and dropped */
	TUX_CONN_LINGERING,	/* our side is shut; what still comes is dropped */
};

/* Who owns a connection's fetch. */
enum tux_fetching {
	TUX_FETCHING_NONE,	/* the worker */
	TUX_FETCHING_BUSY,	/* a helper, or it waits for one */
	TUX_FETCHING_DONE,	/* the worker again: there is a result */
	TUX_FETCHING_ABANDONED,	/* a helper; the closed connection dies with the fetch */
};

/* Which name a request is being looked up under. */
enum tux_stage {
	TUX_STAGE_FILE,		/* the name of the URL; for a directory its index.html */
	TUX_STAGE_DIRECTORY,	/* the directory itself: it has no index.html */
	TUX_STAGE_PAGE_404,	/* net.tux.404_page */
};

/**
 * struct tux_request - The request that is being answered.  Owned by the worker.
 */
struct tux_request {
	/** @user: If user space answers it; referenced. */
	struct tux_user_request *user;
	/** @fetch: Blocking work for this request; see @tux_conn.fetching. */
	struct tux_fetch fetch;
	/** @file: The file that is sent, if there is one. */
	struct tux_file file;
	/** @position: Next byte of the file to collect. */
	loff_t position;
	/** @end: First byte of the file that is not sent. */
	loff_t end;
	/**
	 * @head: Page with the response's head (and canned body); referenced while there is
	 * anything to send of it.
	 */
	struct page *head;
	/** @head_offset: Where the unsent part of the head begins in @head. */
	u32 head_offset;
	/** @head_length: Bytes of the head still to send. */
	u32 head_length;
	/** @consume: Bytes of input to take once the first part of the response has been sent. */
	u32 consume;
	/** @pages_skip: Bytes of @pages that have been sent. */
	u32 pages_skip;
	/** @pages: Collected, not yet sent bytes of the file. */
	struct tux_pages pages;
	/** @body_left: Bytes of the request's body to drop, or of the budget for a chunked one. */
	u64 body_left;
	/** @chunk: Where in a chunked body the input is. */
	struct http_chunk chunk;
	/** @status: Status of the response. */
	u16 status;
	/** @stage: enum tux_stage. */
	u8 stage;
	/** @attempts: How often the lookup was begun anew. */
	u8 attempts;
	/** @refusal: Status for a method that files do not have, if no module is found; or 0. */
	u16 refusal;
	/** @queued: Its lookup had to wait for a helper, and has a timer for that. */
	bool queued;
	/** @helpless: No helper was free in time. */
	bool helpless;
	/** @more: What is being sent is not the end of the response. */
	bool more;
	/** @keep_alive: The connection can be used again after this response. */
	bool keep_alive;
	/** @has_body: A body follows the request's head in the input. */
	bool has_body;
	/** @chunked: That body is chunked. */
	bool chunked;
	/** @more_input: Unread bytes were there when the last of the response was sent. */
	bool more_input;
	/** @ended: The client had shut its side by then. */
	bool ended;
	/** @drain: The input after this request cannot be understood; linger on it. */
	bool drain;
};

struct tux_conn_set;

/**
 * struct tux_conn - A client's connection.  Owned by the worker.
 */
struct tux_conn {
	/** @sock: The socket; reached by softirqs. */
	struct tux_sock sock;
	/** @set: The worker's connections.  Constant after init. */
	struct tux_conn_set *set;
	/** @node: Place in @tux_conn_set.all. */
	struct list_head node;
	/** @idle: Place in @tux_conn_set.idle while idle after a request. */
	struct list_head idle;
	/** @retry: Place in @tux_conn_set.retry, or empty. */
	struct list_head retry;
	/** @locked: Second at which its socket was found locked first, or 0. */
	u32 locked;
	/** @timer: Place in the wheel, or empty. */
	struct list_head timer;
	/** @deadline: Second (of @tux_conn_set.now) at which the timer runs out; 0 for none. */
	u32 deadline;
	/** @slot: Second of the wheel's slot that @timer is in; never later than @deadline. */
	u32 slot;
	/** @state: What it is doing. */
	enum tux_conn_state state;
	/** @id: Token for user space. */
	u64 id;
	/** @fd: Descriptor in the worker's process, or -1. */
	int fd;
	/** @requests: Requests answered so far. */
	u32 requests;
	/** @acked: Bytes the client had acknowledged when @deadline was last set. */
	u64 acked;
	/** @fetching: enum tux_fetching; atomic, changed by worker and helper with cmpxchg. */
	atomic_t fetching;
	/** @scan: How much of an incomplete head has been looked at. */
	struct http_scan scan;
	/** @closed: Closed, and only waiting to come off the ready list. */
	bool closed;
	/** @request: The request that is being answered. */
	struct tux_request request;
	/** @rcu: For freeing. */
	struct rcu_head rcu;
};

#define TUX_WHEEL_SLOTS 64

/**
 * struct tux_conn_set - The connections of one worker, and their timers.  Owned by the worker.
 */
struct tux_conn_set {
	/** @ready: Connections that want attention; pushed to from anywhere. */
	struct tux_ready_list ready;
	/** @all: Every connection. */
	struct list_head all;
	/** @idle: Connections between two requests, the longest idle first. */
	struct list_head idle;
	/** @retry: Connections whose socket user space keeps locked. */
	struct list_head retry;
	/** @serial: Token of the last connection. */
	u64 serial;
	/** @wheel: Connections by the second at which their timer is to be looked at. */
	struct list_head wheel[TUX_WHEEL_SLOTS];
	/** @now: Coarse time in seconds, since boot, when the worker last looked. */
	u32 now;
	/** @swept: Second up to which the wheel has been looked at. */
	u32 swept;
	/** @count: Connections in @all; read by others with READ_ONCE(). */
	unsigned int count;
	/** @closing: Closed connections that have not come off @ready yet. */
	unsigned int closing;
	/** @idle_count: Connections in @idle. */
	unsigned int idle_count;
	/** @owner: The worker's thread group.  Constant after init. */
	struct pid *owner;
	/** @stats: Counters of the namespace.  Constant after init. */
	struct tux_stats __percpu *stats;
	/** @refs: One of the worker, one of each abandoned fetch.  Atomic. */
	refcount_t refs;
	/** @free: Frees the worker.  Constant after init. */
	void (*free)(struct tux_conn_set *set);
};

int tux_conn_module_init(void);
void tux_conn_module_exit(void);

void tux_conn_set_init(struct tux_conn_set *set, struct tux_stats __percpu *stats,
		       void (*free)(struct tux_conn_set *set));
struct tux_conn_set *tux_conn_set_get(struct tux_conn_set *set);
void tux_conn_set_put(struct tux_conn_set *set);
struct tux_conn *tux_conn_open(struct tux_conn_set *set, struct socket *socket);
struct tux_conn *tux_conn_adopt(struct tux_conn_set *set, struct file *file);
void tux_conn_arrive(struct tux_conn *conn);
void tux_conn_cancel(struct tux_conn *conn);
void tux_conn_admit(struct tux_conn *conn);
void tux_conn_close(struct tux_conn *conn, bool abort);
void tux_conn_reap(struct tux_conn *conn);
void tux_conn_fetched(struct tux_conn *conn);
bool tux_conn_take_back(struct tux_conn *conn);

bool tux_conn_is_broken(const struct tux_conn *conn);
void tux_conn_set_idle(struct tux_conn *conn);
void tux_conn_set_busy(struct tux_conn *conn, enum tux_conn_state state);
void tux_conn_timer(struct tux_conn *conn, unsigned int seconds);
void tux_conn_set_clock(struct tux_conn_set *set);
struct tux_conn *tux_conn_expired(struct tux_conn_set *set, struct list_head *due);
void tux_conn_collect_due(struct tux_conn_set *set, struct list_head *due);

void tux_request_reset(struct tux_request *request);

#endif /* TUX_CONN_H */
