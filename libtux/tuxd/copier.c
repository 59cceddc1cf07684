// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Connecting and copying, for up to COPIER_MAX redirected connections.
 *
 * A connection goes through these states; M is the thread that speaks with the kernel, C the one
 * that runs here:
 *
 *	FREE -> RESERVED -> CONNECTING -> KNOWN -> COPYING -> FREE
 *	     M           M             C        M          C
 *
 * The request is parked in the kernel while CONNECTING, so that M is free for others.
 *
 * Locks: state_lock protects all slots; each thread holds it while it looks at them.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <tux.h>

#include "copier.h"
#include "log.h"
#include "relay.h"
#include "workers.h"

#define CONNECT_LIMIT_MS 10000

/* A request that does not come back from the kernel, because its client has gone. */
#define LOST_MS 60000

/* With the server stopped, who has not moved a byte for so long is cut off. */
#define FINISH_IDLE_MS 1000

/* The longest head that TUX takes. */
#define REQUEST_HEAD_MAX 65535

#define WAKE_TOKEN UINT64_MAX
#define DEFAULT_CLIENTPORT 8080

enum state { FREE, RESERVED, CONNECTING, KNOWN, COPYING };

/**
 * struct slot - One redirected connection.
 */
struct slot {
	/** @state: Where it is. */
	enum state state;
	/** @generation: Tells its ticket from those of others that had the slot. */
	uint32_t generation;
	/** @client: Our own descriptor of the client's socket. */
	int client;
	/** @server: The socket to the other server, or -1. */
	int server;
	/** @error: KNOWN: 0, or why there is no connection to the other server. */
	int error;
	/** @since: When it got into its state, in milliseconds of the monotonic clock. */
	uint64_t since;
	/** @relay: COPYING. */
	struct relay *relay;
	/** @watched: What epoll looks for at the client and at the server. */
	uint32_t watched[2];
};

static pthread_mutex_t state_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_free = PTHREAD_COND_INITIALIZER;
static struct slot slots[COPIER_MAX];
static unsigned int used_count;
static uint64_t last_move;

static struct target target;
static int kernel_handle;
static int poller;
static int waker;

static void wake_thread(void)
{
	uint64_t one = 1;

	if (write(waker, &one, sizeof(one)) < 0)
		log_warning("cannot signal the thread that copies: %s", strerror(errno));
}

static void set_state(struct slot *slot, enum state state)
{
	slot->state = state;
	slot->since = monotonic_ms();
}

static void free_slot(struct slot *slot)
{
	close(slot->client);
	if (slot->server >= 0)
		close(slot->server);
	free(slot->relay);
	slot->relay = NULL;
	set_state(slot, FREE);
	if (!--used_count)
		pthread_cond_signal(&all_free);
}

/* --- for the thread that speaks with the kernel */

static struct slot *find_slot(uint64_t ticket)
{
	struct slot *slot = &slots[(uint32_t)ticket % COPIER_MAX];

	return slot->state != FREE && slot->generation == ticket >> 32 ? slot : NULL;
}

static struct slot *find_free_slot(void)
{
	for (unsigned int i = 0; i < COPIER_MAX; i++)
		if (slots[i].state == FREE)
			return &slots[i];
	return NULL;
}

/**
 * copier_reserve() - Get a ticket for a connection.
 * @client: The client's socket, which is not touched yet.
 *
 * Return: The ticket, or 0 if there are too many.
 */
uint64_t copier_reserve(int client)
{
	struct slot *slot;
	uint64_t ticket = 0;

	pthread_mutex_lock(&state_lock);
	slot = find_free_slot();
	if (slot) {
		slot->client = fcntl(client, F_DUPFD_CLOEXEC, 0);
		if (slot->client >= 0) {
			slot->server = -1;
			memset(slot->watched, 0, sizeof(slot->watched));
			if (!++slot->generation)
				slot->generation = 1;
			set_state(slot, RESERVED);
			used_count++;
			ticket = (uint64_t)slot->generation << 32 | (slot - slots);
		}
	}
	pthread_mutex_unlock(&state_lock);
	return ticket;
}

static void advance(uint64_t ticket, enum state state)
{
	struct slot *slot;

	pthread_mutex_lock(&state_lock);
	slot = find_slot(ticket);
	if (slot)
		set_state(slot, state);
	pthread_mutex_unlock(&state_lock);
	wake_thread();
}

/**
 * copier_connect() - Begin to connect to the other server.
 * @ticket: The ticket of a request that is parked; it is continued when the outcome is known.
 */
void copier_connect(uint64_t ticket)
{
	advance(ticket, CONNECTING);
}

/**
 * copier_outcome() - What came of copier_connect().
 * @ticket: The ticket.
 *
 * Return: 0 if there is a connection, or an errno; EINPROGRESS if it is not known yet, ENOENT if
 *   the ticket is not good any more.
 */
int copier_outcome(uint64_t ticket)
{
	struct slot *slot;
	int outcome = ENOENT;

	pthread_mutex_lock(&state_lock);
	slot = find_slot(ticket);
	if (slot) {
		outcome = slot->state == KNOWN ? slot->error : EINPROGRESS;
		/* It has come back, so it is not lost. */
		slot->since = monotonic_ms();
	}
	pthread_mutex_unlock(&state_lock);
	return outcome;
}

/**
 * copier_copy() - Say that the connection is ours.
 * @ticket: The ticket, which is the copier's from now on.
 */
void copier_copy(uint64_t ticket)
{
	advance(ticket, COPYING);
}

/**
 * copier_drop() - Give a ticket back, and the connection to the other server with it.
 * @ticket: The ticket.
 */
void copier_drop(uint64_t ticket)
{
	struct slot *slot;

	pthread_mutex_lock(&state_lock);
	slot = find_slot(ticket);
	if (slot)
		free_slot(slot);
	pthread_mutex_unlock(&state_lock);
}

/* --- connecting */

static socklen_t find_address(struct sockaddr_storage *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	char port[16];

	if (target.kind != TARGET_CLIENTPORT) {
		*address = target.address;
		return target.length;
	}
	memset(address, 0, sizeof(*address));
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in->sin_port = htons(DEFAULT_CLIENTPORT);
	if (!tux_read_setting("clientport", port, sizeof(port)))
		in->sin_port = htons(strtoul(port, NULL, 10));
	return sizeof(*in);
}

static void expect_events(struct slot *slot, int side, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };
	int action = EPOLL_CTL_MOD;

	if (slot->watched[side] == events)
		return;
	event.data.u64 = (slot - slots) * 2 + side;
	/* With nothing to look for, epoll would still tell of a socket that has ended. */
	if (!events)
		action = EPOLL_CTL_DEL;
	else if (!slot->watched[side])
		action = EPOLL_CTL_ADD;
	if (epoll_ctl(poller, action, fd, &event))
		log_warning("cannot look after a socket: %s", strerror(errno));
	slot->watched[side] = events;
}

static void know_outcome(struct slot *slot, int error)
{
	slot->error = error;
	if (slot->server >= 0)
		expect_events(slot, 1, slot->server, 0);
	set_state(slot, KNOWN);
	/* The argument is a descriptor.  If the client has gone, nobody comes for the outcome. */
	if (tux_action(kernel_handle, TUX_ACTION_CONTINUE_REQ,
		       (user_req_t *)(uintptr_t)slot->client) < 0)
		free_slot(slot);
}

static void begin_connection(struct slot *slot)
{
	struct sockaddr_storage address;
	socklen_t length = find_address(&address);

	slot->server = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (slot->server >= 0 && !connect(slot->server, (struct sockaddr *)&address, length))
		know_outcome(slot, 0);
	else if (slot->server >= 0 && errno == EINPROGRESS)
		expect_events(slot, 1, slot->server, EPOLLOUT);
	else
		know_outcome(slot, errno);
}

static void continue_connection(struct slot *slot)
{
	struct pollfd polled = { .fd = slot->server, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error;

	if (poll(&polled, 1, 0) <= 0)
		return;
	if (getsockopt(slot->server, SOL_SOCKET, SO_ERROR, &error, &size))
		error = errno;
	know_outcome(slot, error);
}

/* --- copying */

static void update_watch(struct slot *slot)
{
	/* POLLIN and EPOLLIN are the same, and so are POLLOUT and EPOLLOUT. */
	expect_events(slot, 0, slot->client, relay_events(slot->relay, 0));
	expect_events(slot, 1, slot->server, relay_events(slot->relay, 1));
}

static void copy_some(struct slot *slot)
{
	last_move = monotonic_ms();
	if (relay_step(slot->relay) == RELAY_WAITING)
		update_watch(slot);
	else
		free_slot(slot);
}

/* Hands the descriptor over; who gets it reads the request from it. */
static int pass_descriptor(const struct slot *slot)
{
	char byte = 0;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &slot->client, sizeof(int));
	return sendmsg(slot->server, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : -1;
}

static struct sockaddr_storage client_of(const struct slot *slot)
{
	struct sockaddr_storage client = { 0 };
	socklen_t size = sizeof(client);

	getpeername(slot->client, (struct sockaddr *)&client, &size);
	return client;
}

static bool put_proxy_header(const struct slot *slot)
{
	struct sockaddr_storage client = client_of(slot);
	struct sockaddr_storage server = { 0 };
	socklen_t size = sizeof(server);
	char header[PROXY_HEADER_MAX];
	size_t length;

	getsockname(slot->client, (struct sockaddr *)&server, &size);
	if (target.kind == TARGET_PROXY)
		length = proxy_header(header, sizeof(header), &client, &server);
	else
		length = proxy_header2(header, &client, &server);
	return relay_put(slot->relay, 1, header, length);
}

/* The whole head is there: TUX has read it. */
static bool put_forwarded_fields(const struct slot *slot)
{
	static char head[REQUEST_HEAD_MAX];
	struct sockaddr_storage client = client_of(slot);
	char fields[FORWARDED_FIELDS_MAX];
	size_t length = forwarded_fields(fields, sizeof(fields), &client);
	ssize_t got = recv(slot->client, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);
	size_t place = got > 0 ? forwarded_place(head, got) : 0;

	return place && relay_insert(slot->relay, 1, place, fields, length);
}

/* Whether the other server will get to know the client's address, if it is to. */
static bool tell_address(const struct slot *slot)
{
	switch (target.kind) {
	case TARGET_PROXY:
	case TARGET_PROXY2:
		return put_proxy_header(slot);
	case TARGET_FORWARDED_FOR:
		return put_forwarded_fields(slot);
	default:
		return true;
	}
}

static void begin_copy(struct slot *slot)
{
	int one = 1;

	if (target.kind == TARGET_UNIX) {
		if (pass_descriptor(slot))
			log_warning("cannot pass on a redirected connection: %s", strerror(errno));
		free_slot(slot);
		return;
	}
	/* It lasts as long as the two want it to, but not after a machine has gone. */
	setsockopt(slot->client, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(slot->server, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(slot->client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(slot->server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	slot->relay = malloc(sizeof(*slot->relay));
	if (!slot->relay) {
		log_warning("out of memory: a redirected connection is closed");
		free_slot(slot);
		return;
	}
	relay_init(slot->relay, slot->client, slot->server);
	if (!tell_address(slot)) {
		log_warning("the address of a redirected connection cannot be told: it is closed");
		free_slot(slot);
		return;
	}
	copy_some(slot);
}

/* --- the thread */

/* Milliseconds until a slot must be looked at again, or -1. */
static int look_at(struct slot *slot)
{
	uint64_t age = monotonic_ms() - slot->since;

	switch (slot->state) {
	case CONNECTING:
		if (slot->server < 0)
			begin_connection(slot);
		else if (age >= CONNECT_LIMIT_MS)
			know_outcome(slot, ETIMEDOUT);
		return CONNECT_LIMIT_MS;
	case KNOWN:
		if (age >= LOST_MS)
			free_slot(slot);
		return LOST_MS;
	case COPYING:
		if (!slot->relay)
			begin_copy(slot);
		return -1;
	default:
		return -1;
	}
}

static int look_at_all(void)
{
	int next = -1;

	for (unsigned int i = 0; used_count && i < COPIER_MAX; i++) {
		int wait = look_at(&slots[i]);

		if (wait >= 0 && (next < 0 || wait < next))
			next = wait;
	}
	return next;
}

/* Whether the slots are to be looked at. */
static bool take_event(const struct epoll_event *event)
{
	struct slot *slot;
	uint64_t count;

	if (event->data.u64 == WAKE_TOKEN)
		return read(waker, &count, sizeof(count)) > 0;
	slot = &slots[event->data.u64 / 2];
	if (slot->state == CONNECTING && slot->server >= 0)
		continue_connection(slot);
	else if (slot->state == COPYING && slot->relay)
		copy_some(slot);
	return false;
}

static void *run(void *argument)
{
	struct epoll_event events[64];
	uint64_t look = 0;

	(void)argument;
	for (;;) {
		uint64_t now = monotonic_ms();
		int wait = look == UINT64_MAX ? -1 : look > now ? (int)(look - now) : 0;
		int count = epoll_wait(poller, events, 64, wait);

		pthread_mutex_lock(&state_lock);
		for (int i = 0; i < count; i++)
			if (take_event(&events[i]))
				look = 0;
		if (look <= monotonic_ms()) {
			int next = look_at_all();

			look = next < 0 ? UINT64_MAX : monotonic_ms() + next;
		}
		pthread_mutex_unlock(&state_lock);
	}
	return NULL;
}

/**
 * copier_start() - Start the thread.
 * @to: Where connections go.
 * @handle: A handle of TUX of its own, from tux_open(), to continue requests with.
 *
 * Return: 0, or an errno.
 */
int copier_start(const struct target *to, int handle)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = WAKE_TOKEN };
	sigset_t set;
	sigset_t before;
	pthread_t thread;
	int error;

	target = *to;
	kernel_handle = handle;
	poller = epoll_create1(EPOLL_CLOEXEC);
	waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (poller < 0 || waker < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, waker, &event))
		return errno;
	sigfillset(&set);
	pthread_sigmask(SIG_SETMASK, &set, &before);
	error = pthread_create(&thread, NULL, run, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

/**
 * copier_finish() - Wait until all connections have ended, or nothing moves on them any more.
 */
void copier_finish(void)
{
	pthread_mutex_lock(&state_lock);
	last_move = monotonic_ms();
	while (used_count && monotonic_ms() - last_move < FINISH_IDLE_MS) {
		uint64_t until = last_move + FINISH_IDLE_MS;
		struct timespec time = {
			.tv_sec = until / 1000,
			.tv_nsec = until % 1000 * 1000000,
		};

		pthread_cond_clockwait(&all_free, &state_lock, CLOCK_MONOTONIC, &time);
	}
	pthread_mutex_unlock(&state_lock);
}
