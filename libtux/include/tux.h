/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libtux: the user side of TUX, the in-kernel web server.
 *
 * tux() is the one call that everything is made of; <linux/tux.h> says what it does.  The rest is
 * what a program that manages a server needs beside it: explicit handles, texts for errors, the
 * state and the counters of the server, its settings, and loading the module; and what a module
 * may use beside it: <tux/request.h> to read requests, <tux/serve.h> to answer them, <tux/ring.h>
 * to have many of them in hand.
 *
 * Conventions: a call that fails returns -1 (or NULL) and sets errno, like a system call.  Every
 * call may be used from several threads at once.  What the library allocates is freed by the call
 * named beside it.  Structures that it returns may grow at their end.
 */
#ifndef _TUX_H
#define _TUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * TUX_API says which user_req_t a source is written for: 3, of fixed size, or 2, with pointers.
 * Define it before the first header, or let pkg-config do so: "libtux" is 3, "libtux-2" is 2.
 * In layout 2 tux() is bound to a call that converts, and what takes a user_req_t besides is left
 * out.
 */
#ifndef TUX_API
#define TUX_API 3
#endif

#if TUX_API == 3
#include <linux/tux.h>
#define __TUX_LAYOUT2_NAME(name)
#elif TUX_API == 2
#ifdef _UAPI_LINUX_TUX_H
#error "with TUX_API 2, include <tux.h> or <tuxmodule.h> instead of <linux/tux.h>"
#endif
#define user_req_s tux_req_layout3
#define user_req_t tux_req_layout3_t
#include <linux/tux.h>
#undef user_req_s
#undef user_req_t
#undef TUX_IOC
#define TUX_IOC(action) _IOWR(TUX_IOC_MAGIC, (action), tux_req_layout3_t)
#include <tux/layout2.h>
#define user_req_s tux_req_layout2
typedef struct tux_req_layout2 user_req_t;
#define __TUX_LAYOUT2_NAME(name) __asm__(name)
#else
#error "TUX_API is the layout of user_req_t: 2 or 3"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- orders */

/**
 * tux() - Ask the kernel for an action.
 * @action: One of enum tux_action.
 * @req: The request, or NULL where the action takes none.  For TUX_ACTION_CONTINUE_REQ it is a
 *   descriptor, cast.  For the actions with structures of their own use tux_listen_fd(),
 *   tux_adopt_fd(), tux_grant(), tux_get_request(), tux_batch() and tux_ring_open().
 *
 * Uses the handle of the calling process, which is opened when it is first needed and closed on
 * exec and in a forked child.  The environment variable TUX_TRANSPORT says how: "ioctl" (default;
 * falls back to the system call where /dev/tux is absent) or "syscall".
 *
 * Return: What the action returns, 0 or more, or -1 with errno set.
 */
int tux(unsigned int action, user_req_t *req) __TUX_LAYOUT2_NAME("tux_v2");

/**
 * tux_transport() - How tux() reaches the kernel.
 *
 * Return: "ioctl" or "syscall".  Never NULL.
 */
const char *tux_transport(void);

/**
 * tux_open() - Open a handle of one's own.
 *
 * Return: A close-on-exec descriptor of /dev/tux, to be closed with close(2), or -1 with errno set.
 */
int tux_open(void);

#if TUX_API == 3
/**
 * tux_action() - Ask the kernel for an action on a given handle.
 * @handle: From tux_open().
 * @action: One of enum tux_action.
 * @req: As for tux().
 *
 * Return: As tux().
 */
int tux_action(int handle, unsigned int action, user_req_t *req);
#endif

/**
 * tux_listen_fd() - Hand a listening socket to the server.
 * @handle: From tux_open(), or -1 for the handle that tux() uses.
 * @fd: A listening TCP socket.  The server has a reference of its own: the descriptor may be
 *   closed.
 * @worker: Number of the worker that normally accepts from it, or TUX_LISTEN_ANY.
 *
 * Return: 0, or -1 with errno set.
 */
int tux_listen_fd(int handle, int fd, unsigned int worker);

/**
 * tux_adopt_fd() - Give a connected socket to a worker, as if it had accepted it.
 * @handle: From tux_open(), or -1 for the handle that tux() uses.
 * @fd: A connected TCP socket.  Close it afterwards.
 * @worker: Number of the worker that gets it, or TUX_LISTEN_ANY.
 *
 * Return: 0, or -1 with errno set.
 */
int tux_adopt_fd(int handle, int fd, unsigned int worker);

/**
 * tux_grant() - Let the processes of a user register a module.
 * @handle: From tux_open(), or -1 for the handle that tux() uses.
 * @name: "/prefix", or the name of a file under the document root.
 * @uid: The user.
 * @flags: 0, or TUX_GRANT_REMOVE to take the grant back.
 *
 * Return: 0, or -1 with errno set; ENAMETOOLONG if @name takes more than MAX_URI_LEN - 1 bytes.
 */
int tux_grant(int handle, const char *name, uid_t uid, unsigned int flags);

/**
 * tux_get_request() - Ask for everything about the current request.
 * @handle: From tux_open(), or -1 for the handle that tux() uses.
 * @request: Its members size, buffer and buffer_size say what there is room for; the rest is
 *   filled in.  tux_read_request() finds the room by itself.
 *
 * Return: 0, or -1 with errno set; EMSGSIZE if the buffer is too small, and then buffer_length says
 *   what it takes.
 */
int tux_get_request(int handle, struct tux_get_request *request);

#if TUX_API == 3
/**
 * tux_batch() - Answer many requests, and get many, in one call.
 * @handle: From tux_open(), or -1 for the handle that tux() uses.
 * @batch: What <linux/tux.h> says; @size to @submitted are for the caller to set.
 *
 * Return: As tux(TUX_ACTION_EVENTLOOP): with TUX_RETURN_USERSPACE_REQUEST the first
 *   @batch->delivered indices say which entries have new requests.
 */
int tux_batch(int handle, struct tux_batch *batch);
#endif

/* --- words */

/**
 * tux_error_text() - Say in words why an action failed, and what to do about it.
 * @action: The action that failed.
 * @error: The value of errno it left.
 *
 * Return: A constant text without a final full stop or newline.  Never NULL.
 */
const char *tux_error_text(unsigned int action, int error);

/**
 * tux_action_name() - The name of an action.
 * @action: One of enum tux_action.
 *
 * Return: A constant text, such as "STARTUP"; "unknown action" for other values.
 */
const char *tux_action_name(unsigned int action);

/* --- the server, seen from outside */

/**
 * struct tux_listener - One listening socket of the server.
 */
struct tux_listener {
	/** @address: ADDRESS:PORT, with brackets around an IPv6 address. */
	char *address;
	/** @worker: The worker that normally accepts from it, or -1 for any. */
	int worker;
};

/**
 * struct tux_worker - One worker of the server.
 */
struct tux_worker {
	/** @number: From 0. */
	unsigned int number;
	/** @pid: Its process, 0 if not visible from here. */
	pid_t pid;
	/** @in_loop: 1 while it is inside the event loop, 0 while it is away from it. */
	int in_loop;
	/** @connections: Connections it has now. */
	uint64_t connections;
};

/**
 * struct tux_module_status - One user module of the server.
 */
struct tux_module_status {
	/** @name: Its name below the document root, or a prefix, which begins with a slash. */
	char *name;
	/** @in_workers: 1 if the workers answer, 0 if processes of its own do. */
	int in_workers;
	/** @count: How many of them there are. */
	unsigned int count;
};

/**
 * struct tux_status - The server of this network namespace.
 */
struct tux_status {
	/** @state: "stopped", "running" or "stopping". */
	char *state;
	/** @hook: The system call: "armed", "off", "failed" or "unsupported". */
	char *hook;
	/** @document_root: As STARTUP found it; NULL without a server. */
	char *document_root;
	/** @owner: The process that started it, 0 if not visible from here or without a server. */
	pid_t owner;
	/** @threads: Number of workers it is meant to have. */
	unsigned int threads;
	/** @uptime_seconds: Since STARTUP. */
	uint64_t uptime_seconds;
	/** @connections: Of all workers, now. */
	uint64_t connections;
	/** @listeners: @listener_count of them. */
	struct tux_listener *listeners;
	/** @listener_count: Elements of @listeners. */
	size_t listener_count;
	/** @workers: @worker_count of them, those that are there. */
	struct tux_worker *workers;
	/** @worker_count: Elements of @workers. */
	size_t worker_count;
	/** @modules: @module_count of them. */
	struct tux_module_status *modules;
	/** @module_count: Elements of @modules. */
	size_t module_count;
};

/**
 * tux_read_status() - Read the state of the server of this network namespace.
 *
 * Return: The state, to be freed with tux_free_status(); or NULL with errno set, ENOENT if the
 *   module is not loaded.
 */
struct tux_status *tux_read_status(void);

/**
 * tux_free_status() - Free what tux_read_status() returned.
 * @status: The state, or NULL.
 */
void tux_free_status(struct tux_status *status);

/**
 * struct tux_counter - One counter of the server.
 */
struct tux_counter {
	/** @name: Lower-case words, joined by underscores. */
	const char *name;
	/** @value: Since the module was loaded. */
	uint64_t value;
};

/**
 * tux_read_counters() - Read the counters of this network namespace.
 * @count: Where to store how many there are.
 *
 * Return: An array, in the order of the kernel, to be freed with free(3), names included; or NULL
 *   with errno set, ENOENT if the module is not loaded.
 */
struct tux_counter *tux_read_counters(size_t *count);

/* --- settings and module */

/**
 * tux_read_setting() - Read one of the net.tux settings.
 * @name: Without "net.tux.", such as "documentroot".
 * @value: Where to store it, without the final newline.
 * @size: Bytes of @value.
 *
 * Return: 0, or -1 with errno set: ENOENT if there is no such setting or no module, ERANGE if it
 *   does not fit.
 */
int tux_read_setting(const char *name, char *value, size_t size);

/**
 * tux_write_setting() - Change one of the net.tux settings.
 * @name: Without "net.tux.".
 * @value: The new value.
 *
 * Return: 0, or -1 with errno set.
 */
int tux_write_setting(const char *name, const char *value);

/**
 * tux_load_module() - Make sure that the kernel module is loaded.
 * @why: On failure, filled with a line of text that says what was wrong and what to do.
 * @size: Bytes of @why.
 *
 * Does nothing if it is there already.  Loads the file that the environment variable TUX_KO names,
 * if set, else asks modprobe(8) for "tux".  Needs CAP_SYS_MODULE.
 *
 * Return: 0, or -1 with errno set.
 */
int tux_load_module(char *why, size_t size);

/* --- modules: reading requests, answering them */

#include <tux/request.h>
#if TUX_API == 3
#include <tux/ring.h>
#include <tux/serve.h>
#endif

#ifdef __cplusplus
}
#endif

#endif /* _TUX_H */
