/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * The interface between TUX, the in-kernel web server, and user space.
 *
 * History
 *   1.0 (2000)  actions 1-9, struct never published
 *   2.x (2001)  user_req_t with pointers, actions 1-22
 *   3.0 (2003)  user_req_t of fixed size, action 23 (QUERY_VERSION)
 *   4.0         a module for stock kernels: layout and numbers of 3.0, real errno values, /dev/tux
 *               beside the system call, actions from 64 up
 *
 * This header is all that a client needs.  What follows is the whole contract.
 *
 * Two ways in, one meaning
 *   ioctl     fd = open("/dev/tux", O_RDWR | O_CLOEXEC); ioctl(fd, TUX_IOC(action), req);
 *             Works on every architecture.  The open file is the *handle*.
 *   syscall   syscall(__NR_tux, action, req), x86-64 only, if the module could put it in place
 *             (module parameter "hook").  It has no descriptor argument: it acts on the handle of
 *             the calling process.  STARTUP and STARTTHREAD make one (a close-on-exec descriptor
 *             that appears in /proc/PID/fd) when the process has none.  A caller that has no
 *             handle and neither CAP_NET_ADMIN in the initial user namespace nor membership of
 *             the group of the module parameter "gid" gets ENOSYS, as if there were no module.
 *   Both return a value of enum tux_ret (or a number the action defines) or -1 with errno.
 *
 * The handle
 *   A handle takes the network namespace of the process that opened it and keeps it.  STARTUP
 *   makes it the owner of that namespace's server, STARTTHREAD makes it a worker; from then on it
 *   belongs to that thread group: other processes that hold a copy get EPERM, two threads in one
 *   handle at once get EBUSY (but for GRANT and ADOPT_FD, which act on the server, and for what
 *   anyone may do).  Any thread of the owner may use it.  It ends when the owner closes
 *   *any* descriptor of it (a duplicate, too), executes another program (close-on-exec), or ends,
 *   however it ends.  A worker that ends takes its connections along; a server lives while its
 *   STARTUP handle or one of its workers does.
 *
 * The life of a server
 *   1. One process (CAP_NET_ADMIN over the network namespace) sets net.tux.* by sysctl, may hand
 *      in listening sockets with LISTEN_FD, and calls STARTUP.  Without LISTEN_FD, STARTUP makes
 *      the listening sockets from net.tux.listen and net.tux.serverport.
 *   2. It registers MIME types (REGISTER_MIMETYPE), and forks one process per worker, or starts
 *      them in any other way.
 *   3. Each worker opens its own handle, calls STARTTHREAD with req->thread_nr from 0 to
 *      threads - 1, gives up its privileges, and then calls EVENTLOOP again and again.  The call
 *      serves static requests inside the kernel, with the rights of the calling process, and
 *      returns
 *        TUX_RETURN_USERSPACE_REQUEST  a request for user space is in *req
 *        TUX_RETURN_SIGNAL             a signal is pending: handle it, call EVENTLOOP again; now
 *                                      and then (not within 10 s) also without a signal
 *        TUX_RETURN_EXIT               SHUTDOWN was called and all is answered: end the process
 *   4. SHUTDOWN (any process with the right) lets the workers finish the responses in flight and
 *      returns when the last worker has left.
 *
 * Requests for user space
 *   A *module* answers requests in user space.  REGISTER_MODULE binds it to
 *     a name      "dir/demo.tux": the URL of a file of that name under the document root, which
 *                 must exist, belong to root:root, be readable, and have the MIME type TUX/module;
 *                 it gets GET, HEAD, POST and PUT
 *     a prefix    "/app": a name that begins with a slash.  Every URL path that is "/app" or begins
 *                 with "/app/", whether or not there are files; the longest prefix wins; it gets
 *                 every method but CONNECT and TRACE
 *   On the handle of STARTUP it is answered by the server's workers: their EVENTLOOP returns with
 *   the request, and req->module_index says which module.  On any other handle it is answered by
 *   the process that owns that handle, which then calls EVENTLOOP on it.  That needs the admin
 *   right, or a grant of the name to the effective user (GRANT).  Several processes of one user
 *   may register the same name: each request goes to one of them.
 *
 *   At most one request is *current* on a handle: the one that was returned last.  *Moving* actions
 *   (GET_OBJECT, SEND_OBJECT, SEND_BUFFER, REPLY, FINISH_REQ, FINISH_CLOSE_REQ, REDIRECT_REQ,
 *   WAIT_PROXY_SOCKET, WAIT_POST_DATA, EVENTLOOP) give it back to the kernel and run
 *   the event loop in the same call; what comes back in *req is the next request that is ready:
 *   the same one with its next step, or another.  So a module is a state machine over req->event,
 *   and returns what its last call returned.  A moving action that fails with an errno leaves the
 *   request current.  EVENTLOOP drops a request that is still current: its connection is reset if
 *   it has been answered in part, else the client gets 502.
 *
 *   Each action first reads event, http_status, bytes_sent and priv from *req.  Each delivery
 *   writes every field that is marked "out" below, and no other.
 *
 *   req->sock is a descriptor of the client's connection, close-on-exec and non-blocking, valid in
 *   the process that got it and closed by the kernel in one of its later calls after the connection
 *   has ended.  Writing to it is allowed while the request is current or postponed.  Whoever reads
 *   from it, reconnects it or shuts it down loses the connection.
 *
 * Errors
 *   EINVAL      unknown action, a value out of range, an action that does not fit the state of
 *               the handle (EVENTLOOP of no worker, SHUTDOWN by a worker), or no current request,
 *               or one that is not in the state for this (SEND_OBJECT without an object)
 *   EPERM       no CAP_NET_ADMIN, not the owner of the handle, or a network namespace that may
 *               not run a server
 *   EBUSY       a second thread in the handle, a worker number that is taken, or a handle that
 *               has the role already
 *   EEXIST      STARTUP while a server runs in this network namespace; REGISTER_MODULE: the name is
 *               taken
 *   ENOENT      UNREGISTER_MODULE, GRANT with TUX_GRANT_REMOVE: there is no such thing
 *   EACCES      REGISTER_MODULE: neither the admin right nor a grant
 *   EAGAIN      READ_POST_DATA: nothing has arrived, call WAIT_POST_DATA; any action on the
 *               connection while another process is inside a call on it
 *   EMSGSIZE    SEND_BUFFER, REPLY: more than TUX_SEND_BUFFER_MAX bytes; GET_REQUEST: the buffer is
 *               too small, @buffer_length says what it takes
 *   ENOTCONN    CONTINUE_REQ, POSTPONE_REQ: the connection has ended, and so has the request
 *   ESRCH       no server in this network namespace
 *   EBADF       the handle was closed while EVENTLOOP or SHUTDOWN was under way
 *   EFAULT      req (or a pointer in it) cannot be read or written
 *   EOPNOTSUPP  the action's number is known, but this version does not have it
 *   ENOSYS      system call: TUX is not there for this caller
 *   ENOTSOCK    LISTEN_FD, ADOPT_FD, CONTINUE_REQ, WATCH_PROXY_SOCKET: no socket's descriptor
 *   EXDEV       LISTEN_FD, ADOPT_FD: the socket is of another network namespace than the handle
 *   ENOSPC      LISTEN_FD: the handle keeps 1024 sockets already; ADOPT_FD: the worker is full;
 *               REGISTER_MODULE, GRANT: 1024 of them are there already
 *   EMFILE      system call: no descriptor is left for the handle that would be made
 *   ENOMEM, EINTR, and what opening the document root or making a socket returned (ENOENT,
 *   ENOTDIR, EADDRINUSE, ...)
 */
#ifndef _UAPI_LINUX_TUX_H
#define _UAPI_LINUX_TUX_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The release of module, library and tools: the one place where it stands. */
#define TUX_RELEASE "4.0.0"

/* The version of the interface; QUERY_VERSION: (major << 24) | (minor << 16) | patch. */
#define TUX_MAJOR_VERSION 3
#define TUX_MINOR_VERSION 0
#define TUX_PATCHLEVEL_VERSION 0

/* The system call number reserved on x86-64 ("tuxcall"). */
#ifndef __NR_tux
#define __NR_tux 184
#endif

enum tux_ret {
	TUX_ERROR = -1,
	TUX_RETURN_USERSPACE_REQUEST = 0,
	TUX_RETURN_EXIT = 1,
	TUX_RETURN_SIGNAL = 2,
	TUX_CONTINUE_EVENTLOOP = 3,
};

/*
 * Actions.  "Admin" needs CAP_NET_ADMIN in the user namespace that owns the handle's network
 * namespace, of the caller and of the process that opened the handle; outside the initial user
 * namespace also the module parameter userns=1.
 */
enum tux_action {
	TUX_ACTION_STARTUP = 1,			/* admin; req may be NULL */
	TUX_ACTION_SHUTDOWN = 2,		/* admin; req may be NULL; waits */
	TUX_ACTION_STARTTHREAD = 3,		/* admin; thread_nr in */
	TUX_ACTION_STOPTHREAD = 4,		/* worker; closes its connections */
	TUX_ACTION_EVENTLOOP = 5,		/* worker; see above */
	/*
	 * Moving.  Looks up the file objectname, from the document root and with the caller's
	 * rights.  The request comes back with error 0 and objectlen, or with error -ENOENT.
	 */
	TUX_ACTION_GET_OBJECT = 6,
	/* Moving.  Sends the whole file of GET_OBJECT, once, without a head. */
	TUX_ACTION_SEND_OBJECT = 7,
	/*
	 * Copies the file of GET_OBJECT to object_addr, at most the objectlen that was delivered
	 * last; objectlen is set to the bytes copied.
	 */
	TUX_ACTION_READ_OBJECT = 8,
	TUX_ACTION_FINISH_REQ = 9,		/* moving; the response is complete */
	TUX_ACTION_FINISH_CLOSE_REQ = 10,	/* moving; and ends with the connection */
	/* objectname: name or /prefix; version_*; module_index from 1.  See above. */
	TUX_ACTION_REGISTER_MODULE = 11,
	/* objectname.  Requests that wait for it are answered 503; those delivered go on. */
	TUX_ACTION_UNREGISTER_MODULE = 12,
	TUX_ACTION_CURRENT_DATE = 13,		/* anyone; no effect: the kernel keeps the date */
	TUX_ACTION_REGISTER_MIMETYPE = 14,	/* admin; objectname, object_addr */
	/*
	 * Copies the head of the request, from the request line to the blank line, to object_addr,
	 * which must have room for net.tux.max_header_len bytes; objectlen is set to its length.
	 */
	TUX_ACTION_READ_HEADERS = 15,
	/*
	 * The request is parked: the handle has no current request, *req stays.  Until CONTINUE_REQ
	 * it stays parked, even if the client goes away.  If it has gone already: ENOTCONN, the
	 * request is over and no request is current.
	 */
	TUX_ACTION_POSTPONE_REQ = 16,
	/*
	 * The second argument is no pointer but a descriptor of the connection.  Anyone who holds
	 * one: a parked request is delivered again, to whom it was delivered before; else no
	 * effect.
	 */
	TUX_ACTION_CONTINUE_REQ = 17,
	/* Moving.  The connection, nothing read or answered, goes to the server on clientport. */
	TUX_ACTION_REDIRECT_REQ = 18,
	/*
	 * Copies what has arrived of the body, decoded, to object_addr, at most objectlen bytes,
	 * and sets objectlen to the number; 0 at its end.  Calling it again continues.  A body of
	 * up to TUX_POST_BUFFERED bytes is there as a whole when the request is delivered first.
	 */
	TUX_ACTION_READ_POST_DATA = 19,
	/* Moving.  Sends objectlen bytes at object_addr, which are copied, without a head. */
	TUX_ACTION_SEND_BUFFER = 20,
	/* The low 32 bits of object_addr are a descriptor to wait for, or -1 for none. */
	TUX_ACTION_WATCH_PROXY_SOCKET = 21,
	/*
	 * Moving.  The request comes back when the watched descriptor is readable, with error 0;
	 * after net.tux.keepalive_timeout with error -ETIMEDOUT.
	 */
	TUX_ACTION_WAIT_PROXY_SOCKET = 22,
	TUX_ACTION_QUERY_VERSION = 23,		/* anyone; returns the version of the interface */
	MAX_TUX_ACTION = 24,

	/* New in 4.0, with structures of their own: size first, what is unknown must be zero. */
	TUX_ACTION_LISTEN_FD = 64,		/* admin; struct tux_listen_fd */
	TUX_ACTION_ADOPT_FD = 65,		/* admin; struct tux_adopt_fd */
	TUX_ACTION_GRANT = 66,			/* admin; struct tux_grant */
	TUX_ACTION_GET_REQUEST = 67,		/* the current request; struct tux_get_request */
	TUX_ACTION_RELOAD = 68,			/* reserved */

	/* New in 4.0, with a user_req_t. */
	TUX_ACTION_REPLY = 69,			/* moving; SEND_BUFFER and FINISH_REQ in one */
	/*
	 * Moving.  The request comes back when more of the body has arrived, or its end, or with
	 * error -ETIMEDOUT or -ECONNRESET.
	 */
	TUX_ACTION_WAIT_POST_DATA = 70,
	/*
	 * Returns 0 at once.  The connection leaves TUX: the descriptor sock stays open and is the
	 * process's own, with everything unread on it that no READ_POST_DATA has taken, the head
	 * included.
	 */
	TUX_ACTION_DETACH_REQ = 71,
	/*
	 * Worker; req ignored.  It takes no new connections, its number is free at once for another
	 * worker, each of its connections ends with the response in flight, idle ones end, and when
	 * none is left EVENTLOOP (or the moving action) returns TUX_RETURN_EXIT.
	 */
	TUX_ACTION_LEAVE = 72,
	TUX_ACTION_BATCH = 73,			/* worker or module; struct tux_batch */
	TUX_ACTION_RING = 74,			/* worker or module; struct tux_ring_setup */
	TUX_ACTION_RING_ENTER = 75,		/* worker or module with a ring; no argument */
};

/* Most bytes of one SEND_BUFFER or REPLY. */
#define TUX_SEND_BUFFER_MAX (16 << 20)

/* A body of up to so many bytes is waited for before its request is delivered. */
#define TUX_POST_BUFFERED (32 << 10)

/*
 * A module with this name, in a process of its own, is given the requests of REDIRECT_REQ, and
 * those that files of the MIME type TUX/redirect get; it answers with DETACH_REQ.  tuxd has it.
 */
#define TUX_REDIRECT_MODULE "TUX/redirect"

enum {
	TUX_HTTP_1_0 = 0,
	TUX_HTTP_1_1 = 1,
};

enum {
	TUX_METHOD_NONE = 0,
	TUX_METHOD_GET = 1,
	TUX_METHOD_HEAD = 2,
	TUX_METHOD_POST = 3,
	TUX_METHOD_PUT = 4,
	TUX_NR_METHODS = 5,
};

#ifndef MAX_URI_LEN
#define MAX_URI_LEN 256
#endif
#ifndef MAX_COOKIE_LEN
#define MAX_COOKIE_LEN 128
#endif
#ifndef MAX_FIELD_LEN
#define MAX_FIELD_LEN 64
#endif
#ifndef DATE_LEN
#define DATE_LEN 30
#endif

/*
 * user_req_t: the request as TUX 3 laid it out, byte for byte, the same for 32-bit and 64-bit
 * programs.
 * Strings end in a NUL; a value that does not fit is cut, except objectname, which is never cut.
 */
typedef struct user_req_s {
	__u32 version_major;		/* in: REGISTER_MODULE */
	__u32 version_minor;
	__u32 version_patch;
	__u32 http_version;		/* out: TUX_HTTP_1_0, TUX_HTTP_1_1 */
	__u32 http_method;		/* out: TUX_METHOD_* */
	__u32 http_status;		/* in: for the log */
	__u32 sock;			/* out: descriptor of the client's connection */
	__u32 event;			/* in/out: the module's own state, 0 for a new request */
	__u32 error;			/* out: 0 or a negative errno, see the actions; once */
	__u32 thread_nr;		/* in: STARTTHREAD */
	__u32 bytes_sent;		/* in/out: for the log */
	__u32 client_host;		/* out: IPv4, network order; 255.255.255.255: IPv6 */
	/*
	 * in/out: bytes of the object, or without one of the body; 0xffffffff for more, and for a
	 * chunked body that is not there as a whole
	 */
	__u32 objectlen;
	__u32 module_index;		/* in: REGISTER_MODULE; out: which module is asked */
	__u32 keep_alive;		/* out: the connection stays open after the response */
	__u32 cookies_len;		/* out: bytes of the cookie, before it was cut */
	__u64 id;			/* out: a token of the connection, never an address */
	__u64 priv;			/* in/out: the module's own */
	__u64 object_addr;		/* in: a pointer */

	char query[MAX_URI_LEN];
	char objectname[MAX_URI_LEN];
	char cookies[MAX_COOKIE_LEN];
	char content_type[MAX_FIELD_LEN];
	char user_agent[MAX_FIELD_LEN];
	char accept[MAX_FIELD_LEN];
	char accept_charset[MAX_FIELD_LEN];
	char accept_encoding[MAX_FIELD_LEN];
	char accept_language[MAX_FIELD_LEN];
	char cache_control[MAX_FIELD_LEN];
	char if_modified_since[MAX_FIELD_LEN];
	char negotiate[MAX_FIELD_LEN];
	char pragma[MAX_FIELD_LEN];
	char referer[MAX_FIELD_LEN];
	char new_date[DATE_LEN];
	char __pad[2];
} user_req_t;

/*
 * LISTEN_FD: hand a listening TCP socket of the handle's network namespace to the server.  On a
 * handle that owns no server the socket is kept for STARTUP, which then makes no sockets of its
 * own; on the handle that owns one it is added at once.  The server keeps the socket until
 * SHUTDOWN; the descriptor may be closed.
 */
struct tux_listen_fd {
	__u32 size;			/* sizeof(struct tux_listen_fd) */
	__u32 flags;			/* 0 */
	__s32 fd;
	__u32 worker;			/* who normally accepts from it, or TUX_LISTEN_ANY */
};

#define TUX_LISTEN_ANY 0xffffffffU

/*
 * ADOPT_FD: give a connected TCP socket of the handle's network namespace to a worker of the server
 * there, as if it had accepted it.  Close the descriptor afterwards.
 */
struct tux_adopt_fd {
	__u32 size;			/* sizeof(struct tux_adopt_fd) */
	__u32 flags;			/* 0 */
	__s32 fd;
	__u32 worker;			/* whose it becomes, or TUX_LISTEN_ANY */
};

/*
 * GRANT: let processes of a user register a module, until the server ends or the grant is removed.
 * Removing it ends no module that is registered.
 */
struct tux_grant {
	__u32 size;			/* sizeof(struct tux_grant) */
	__u32 flags;			/* 0 or TUX_GRANT_REMOVE */
	__u32 uid;			/* in the user namespace of the caller */
	__u32 __reserved;		/* 0 */
	char name[MAX_URI_LEN];		/* name or /prefix, as in REGISTER_MODULE; NUL-terminated */
};

#define TUX_GRANT_REMOVE 1

/* A piece of the buffer of GET_REQUEST; length 0 if the request has no such thing. */
struct tux_text {
	__u32 offset;
	__u32 length;
};

/*
 * GET_REQUEST: everything about the current request, nothing cut.  The buffer gets the head as it
 * was sent and, behind it, the decoded path; each ends in a NUL that does not count.
 */
struct tux_get_request {
	__u32 size;			/* in: sizeof(struct tux_get_request) */
	__u32 flags;			/* in: 0 */
	__u64 buffer;			/* in: a pointer */
	__u32 buffer_size;		/* in: bytes there */
	__u32 buffer_length;		/* out: bytes that were or would have been stored */
	struct tux_text head;		/* out: request line to blank line */
	struct tux_text method;		/* out: all that follow lie in the head... */
	struct tux_text target;
	struct tux_text query;
	struct tux_text host;		/* name or address asked for, without port */
	struct tux_text fields;		/* the header field lines */
	struct tux_text path;		/* out: ...and these in the decoded path: a leading "/" */
	struct tux_text path_info;	/* what follows the prefix that the module is bound to */
	__u64 content_length;		/* out: bytes of the body, TUX_LENGTH_UNKNOWN if chunked */
	__u64 content_read;		/* out: bytes of it that READ_POST_DATA has delivered */
	__u64 object_length;		/* out: bytes of the object, 0 without one */
	__u64 bytes_sent;		/* out */
	__u64 id;			/* out: as in user_req_t */
	__u8 client_address[16];	/* out: IPv6 or IPv4-mapped, network order */
	__u8 server_address[16];
	__u16 client_port;		/* out: host order */
	__u16 server_port;
	__u16 http_version_minor;	/* out: HTTP/1.x */
	__u16 __reserved;		/* out: 0 */
};

#define TUX_LENGTH_UNKNOWN (~(__u64)0)

/* A place for one request of a batch. */
struct tux_batch_entry {
	__u32 action;			/* in: what to do with the request */
	__s32 result;			/* out: what that came to, 0 or more, or a negative errno */
	user_req_t req;			/* as for that action */
};

/*
 * BATCH: answer many requests, and get many, in one call.
 *
 * A request that BATCH delivers is in one of the caller's entries, and stays there until it is
 * given back: any number of requests may be in hand.  They do not count as current.  BATCH first
 * does, for each of the first @submitted indices, the action of that entry with its req, as if the
 * entry's request were current, and stores the result; an action that fails, and one that is not
 * moving (READ_HEADERS, READ_OBJECT, READ_POST_DATA, WATCH_PROXY_SOCKET), leaves the request there.
 * If its client has gone meanwhile, the result is -ENOTCONN, and the entry is free.  Moving actions
 * do not run the event loop; that is run once, after all of them, until there is a request.  It is
 * stored in a free entry, and so are others that are ready, while there are free entries; then
 * @indices says which ones.  Nothing is waited for without a free entry, nor if a result is
 * negative or an action has left its request in an entry: @delivered may be 0 then.
 *
 * Entries and indices are the caller's memory, and may change from call to call; the number of the
 * entry is what stands for a request.  An index that is too large ends the call with EINVAL;
 * @submitted says how many were done.
 */
struct tux_batch {
	__u32 size;			/* sizeof(struct tux_batch) */
	__u32 flags;			/* 0 */
	__u64 entries;			/* pointer to struct tux_batch_entry [capacity] */
	__u64 indices;			/* in/out: pointer to __u32 [capacity] */
	__u32 capacity;			/* 1 to TUX_BATCH_MAX */
	__u32 submitted;		/* in: how many indices to work on; out: were worked on */
	__u32 delivered;		/* out: how many indices name new requests */
	__u32 __reserved;		/* 0 */
};

#define TUX_BATCH_MAX 256

/*
 * RING: have entries and indices in memory that the kernel shares with the process.  It is mapped
 * into the process, and stays the handle's until that is closed; a handle has one ring.
 */
struct tux_ring_setup {
	__u32 size;			/* in: sizeof(struct tux_ring_setup) */
	__u32 flags;			/* in: 0 */
	__u32 capacity;			/* in: entries, a power of two up to TUX_BATCH_MAX */
	__u32 __reserved;		/* in: 0 */
	__u64 address;			/* out: where it is mapped; tux_ring_control is first */
	__u64 length;			/* out: bytes of the mapping */
	__u32 submissions;		/* out: offset of __u32 [capacity] */
	__u32 completions;		/* out: offset of __u32 [capacity] */
	__u32 entries;			/* out: offset of struct tux_batch_entry [capacity] */
	__u32 __reserved2;		/* out: 0 */
};

/*
 * The beginning of a ring.  Numbers of places grow without end; modulo the capacity they say where
 * in submissions or completions.
 *
 * RING_ENTER does as BATCH.  What it submits are the indices in submissions from @submission_head
 * up to @submission_tail, as that was when the call began: user space writes indices, then
 * @submission_tail with a release.  The kernel sets @submission_head to how far it came: to the
 * end, or to an index that is too large, which is EINVAL.  EINVAL, too, is a tail that is further
 * from the head than the capacity; nothing is done then.  The indices of entries with new requests
 * are written to completions, then @completion_tail with a release.  The kernel copies numbers
 * before it judges them, and never reads its own ones back.
 */
struct tux_ring_control {
	__u32 submission_tail;		/* user space writes it */
	__u32 completion_head;		/* for user space: up to where it has looked */
	__u32 __padding_user[14];
	__u32 submission_head;		/* the kernel writes it */
	__u32 completion_tail;		/* the kernel writes it */
	__u32 __padding_kernel[14];
};

#define TUX_DEVICE "/dev/tux"
#define TUX_IOC_MAGIC 0xBB

/* The ioctl of an action that takes a user_req_t. */
#define TUX_IOC(action) _IOWR(TUX_IOC_MAGIC, (action), user_req_t)
#define TUX_IOC_LISTEN_FD _IOW(TUX_IOC_MAGIC, TUX_ACTION_LISTEN_FD, struct tux_listen_fd)
#define TUX_IOC_ADOPT_FD _IOW(TUX_IOC_MAGIC, TUX_ACTION_ADOPT_FD, struct tux_adopt_fd)
#define TUX_IOC_GRANT _IOW(TUX_IOC_MAGIC, TUX_ACTION_GRANT, struct tux_grant)
#define TUX_IOC_GET_REQUEST _IOWR(TUX_IOC_MAGIC, TUX_ACTION_GET_REQUEST, struct tux_get_request)
#define TUX_IOC_BATCH _IOWR(TUX_IOC_MAGIC, TUX_ACTION_BATCH, struct tux_batch)
#define TUX_IOC_RING _IOWR(TUX_IOC_MAGIC, TUX_ACTION_RING, struct tux_ring_setup)
#define TUX_IOC_RING_ENTER _IO(TUX_IOC_MAGIC, TUX_ACTION_RING_ENTER)

/*
 * The layout, asserted wherever this header is compiled.
 */
#if defined(__cplusplus)
#define __TUX_ASSERT(expression, text) static_assert(expression, text)
#else
#define __TUX_ASSERT(expression, text) _Static_assert(expression, text)
#endif
#define __TUX_AT(member, offset) \
	__TUX_ASSERT(__builtin_offsetof(user_req_t, member) == (offset), #member " is misplaced")

__TUX_ASSERT(sizeof(user_req_t) == 1464, "user_req_t has the wrong size");
__TUX_AT(version_major, 0);
__TUX_AT(version_minor, 4);
__TUX_AT(version_patch, 8);
__TUX_AT(http_version, 12);
__TUX_AT(http_method, 16);
__TUX_AT(http_status, 20);
__TUX_AT(sock, 24);
__TUX_AT(event, 28);
__TUX_AT(error, 32);
__TUX_AT(thread_nr, 36);
__TUX_AT(bytes_sent, 40);
__TUX_AT(client_host, 44);
__TUX_AT(objectlen, 48);
__TUX_AT(module_index, 52);
__TUX_AT(keep_alive, 56);
__TUX_AT(cookies_len, 60);
__TUX_AT(id, 64);
__TUX_AT(priv, 72);
__TUX_AT(object_addr, 80);
__TUX_AT(query, 88);
__TUX_AT(objectname, 344);
__TUX_AT(cookies, 600);
__TUX_AT(content_type, 728);
__TUX_AT(user_agent, 792);
__TUX_AT(accept, 856);
__TUX_AT(accept_charset, 920);
__TUX_AT(accept_encoding, 984);
__TUX_AT(accept_language, 1048);
__TUX_AT(cache_control, 1112);
__TUX_AT(if_modified_since, 1176);
__TUX_AT(negotiate, 1240);
__TUX_AT(pragma, 1304);
__TUX_AT(referer, 1368);
__TUX_AT(new_date, 1432);
__TUX_ASSERT(sizeof(struct tux_listen_fd) == 16, "struct tux_listen_fd has the wrong size");
__TUX_ASSERT(sizeof(struct tux_adopt_fd) == 16, "struct tux_adopt_fd has the wrong size");
__TUX_ASSERT(sizeof(struct tux_grant) == 272, "struct tux_grant has the wrong size");
__TUX_ASSERT(sizeof(struct tux_get_request) == 168, "struct tux_get_request has the wrong size");
__TUX_ASSERT(sizeof(struct tux_batch_entry) == 1472, "struct tux_batch_entry has the wrong size");
__TUX_ASSERT(sizeof(struct tux_batch) == 40, "struct tux_batch has the wrong size");
__TUX_ASSERT(sizeof(struct tux_ring_setup) == 48, "struct tux_ring_setup has the wrong size");
__TUX_ASSERT(sizeof(struct tux_ring_control) == 128, "struct tux_ring_control has the wrong size");
#undef __TUX_AT
#undef __TUX_ASSERT

#endif /* _UAPI_LINUX_TUX_H */
