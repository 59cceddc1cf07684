// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Words for errors: what an errno means after a given action, and what to do about it.
 *
 * An entry for ON_REQUEST is for every action on the current request that has none of its own, one
 * for ANY_ACTION for the rest.  The texts complete the sentence "cannot ...: TEXT".
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <tux.h>

enum { ANY_ACTION = 0, ON_REQUEST = 0x10000 };

struct error_text {
	unsigned int action;
	int error;
	const char *text;
};

static const struct error_text texts[] = {
	{ TUX_ACTION_STARTUP, EEXIST,
	  "TUX is already running in this network namespace; stop it with tuxctl shutdown first" },
	{ TUX_ACTION_STARTUP, ENOENT,
	  "the document root does not exist; make it, or name another with --docroot or "
	  "net.tux.documentroot" },
	{ TUX_ACTION_STARTUP, ENOTDIR,
	  "the document root is not a directory; name another with --docroot or "
	  "net.tux.documentroot" },
	{ TUX_ACTION_STARTUP, EACCES,
	  "the document root, or the device /dev/tux, is not accessible; check their permissions, "
	  "or run this as root" },
	{ TUX_ACTION_STARTUP, ELOOP,
	  "the path of the document root has too many symbolic links; name another with "
	  "--docroot" },
	{ TUX_ACTION_STARTUP, ENAMETOOLONG,
	  "the path of the document root is too long; name another with --docroot" },
	{ TUX_ACTION_STARTUP, EADDRINUSE,
	  "another program listens on the address; stop it, or choose another with --listen or "
	  "--port" },
	{ TUX_ACTION_STARTUP, EADDRNOTAVAIL,
	  "this machine does not have the address; choose another with --listen" },
	{ TUX_ACTION_STARTUP, EAFNOSUPPORT,
	  "the kernel does not support this kind of address; choose another with --listen" },
	{ TUX_ACTION_STARTUP, EINVAL,
	  "the handle has another role already, or a setting under net.tux is unusable; check "
	  "sysctl net.tux" },

	{ TUX_ACTION_SHUTDOWN, ESRCH, "TUX is not running in this network namespace" },
	{ TUX_ACTION_SHUTDOWN, EINTR,
	  "a signal came before the last worker had left; the shutdown goes on, call it again to "
	  "wait" },

	{ TUX_ACTION_STARTTHREAD, EBUSY,
	  "a worker of this number is there already, or the handle has a role; use a new handle "
	  "and a free number" },
	{ TUX_ACTION_STARTTHREAD, EINVAL,
	  "the number of the worker is not below net.tux.threads as it was at STARTUP, or the "
	  "server is stopping" },
	{ TUX_ACTION_STARTTHREAD, ESRCH,
	  "TUX is not running in this network namespace; call STARTUP first" },

	{ TUX_ACTION_STOPTHREAD, EINVAL, "this handle is not a worker; call STARTTHREAD first" },
	{ TUX_ACTION_LEAVE, EINVAL,
	  "this handle is not a worker, or has left already; call STARTTHREAD first" },
	{ TUX_ACTION_EVENTLOOP, EINVAL,
	  "this handle is no worker and has no module, or its server has ended; call STARTTHREAD "
	  "or REGISTER_MODULE first" },

	{ TUX_ACTION_GET_OBJECT, EINVAL,
	  "no request is current on this handle, or the name of the object is empty" },
	{ TUX_ACTION_SEND_OBJECT, EINVAL,
	  "no request is current on this handle, or it has no object that is still to be sent; "
	  "call GET_OBJECT first" },
	{ TUX_ACTION_READ_OBJECT, EINVAL,
	  "no request is current on this handle, or it has no object; call GET_OBJECT first" },
	{ TUX_ACTION_REDIRECT_REQ, EINVAL,
	  "no request is current on this handle, or something of it was read or answered already" },
	{ TUX_ACTION_DETACH_REQ, EINVAL,
	  "no request is current on this handle, or something of it was answered already" },
	{ TUX_ACTION_READ_POST_DATA, EINVAL,
	  "no request is current on this handle, or objectlen gives no room" },
	{ TUX_ACTION_READ_POST_DATA, EAGAIN,
	  "nothing more of the body has arrived; call WAIT_POST_DATA" },
	{ TUX_ACTION_SEND_BUFFER, EINVAL,
	  "no request is current on this handle, or objectlen is 0" },
	{ TUX_ACTION_SEND_BUFFER, EMSGSIZE,
	  "a buffer has up to 16 MiB; send it in pieces, or as an object" },
	{ TUX_ACTION_REPLY, EINVAL, "no request is current on this handle, or objectlen is 0" },
	{ TUX_ACTION_REPLY, EMSGSIZE,
	  "a reply has up to 16 MiB; use SEND_BUFFER in pieces, or an object" },
	{ TUX_ACTION_POSTPONE_REQ, ENOTCONN,
	  "the client has gone, and the request is over; call EVENTLOOP" },
	{ TUX_ACTION_CONTINUE_REQ, EBADF, "the descriptor is not open" },
	{ TUX_ACTION_CONTINUE_REQ, ENOTSOCK, "the descriptor is not a socket" },
	{ TUX_ACTION_CONTINUE_REQ, EINVAL, "the socket is not a connection of TUX" },
	{ TUX_ACTION_CONTINUE_REQ, ENOTCONN,
	  "the connection has ended; close the descriptor and forget the request" },
	{ TUX_ACTION_WATCH_PROXY_SOCKET, EBADF, "the descriptor to watch is not open" },
	{ TUX_ACTION_WATCH_PROXY_SOCKET, ENOTSOCK,
	  "the descriptor to watch is not a socket; give one that is connected" },
	{ TUX_ACTION_WAIT_PROXY_SOCKET, EINVAL,
	  "no request is current on this handle, or it watches no socket; call "
	  "WATCH_PROXY_SOCKET first" },
	{ TUX_ACTION_GET_REQUEST, EINVAL,
	  "no request is current on this handle, or a member of the structure that must be set "
	  "is not; set size to its size, flags to 0" },
	{ TUX_ACTION_BATCH, EINVAL,
	  "this handle is no worker and has no module, a request is current on it, an index is not "
	  "below capacity, or a member of the structure is out of range; capacity is 1 to 256" },
	{ TUX_ACTION_RING, EINVAL,
	  "this handle is no worker and has no module, or a member of the structure is out of "
	  "range; capacity is a power of two from 1 to 256" },
	{ TUX_ACTION_RING, EEXIST, "this handle has a ring already; use that" },
	{ TUX_ACTION_RING_ENTER, EINVAL,
	  "this handle has no ring, a request is current on it, or a number or index in the ring "
	  "is too large; submit each entry once, with tux_ring_submit()" },
	{ TUX_ACTION_RING_ENTER, EFAULT, "the ring is not mapped any more where it was" },
	{ TUX_ACTION_GET_REQUEST, EMSGSIZE,
	  "the buffer is too small; buffer_length says what it takes" },

	{ TUX_ACTION_REGISTER_MODULE, EEXIST,
	  "another module has this name; unregister that, or take another name" },
	{ TUX_ACTION_REGISTER_MODULE, EACCES,
	  "this user may not register the name; an administrator grants it with tuxctl module "
	  "allow" },
	{ TUX_ACTION_REGISTER_MODULE, EINVAL,
	  "the name is empty or malformed, module_index is 0, or the version is not one that the "
	  "module tux has (version_major must be 3)" },
	{ TUX_ACTION_REGISTER_MODULE, ENOSPC, "1024 modules are registered already" },
	{ TUX_ACTION_UNREGISTER_MODULE, ENOENT,
	  "no module of this name is registered on this handle" },
	{ TUX_ACTION_UNREGISTER_MODULE, EINVAL, "the name is empty or malformed" },
	{ TUX_ACTION_GRANT, ENOENT, "there is no such grant" },
	{ TUX_ACTION_GRANT, ENOSPC, "there are 1024 grants already; remove some" },
	{ TUX_ACTION_GRANT, ENAMETOOLONG, "a name has up to 255 bytes" },
	{ TUX_ACTION_GRANT, EINVAL,
	  "the name is empty or malformed, or there is no such user in this user namespace" },

	{ TUX_ACTION_REGISTER_MIMETYPE, EINVAL,
	  "the extension, the type or the max-age is empty, too long or malformed; an extension "
	  "has up to 32 bytes, a type 127" },
	{ TUX_ACTION_REGISTER_MIMETYPE, ENOSPC, "the table of MIME types is full; register fewer" },
	{ TUX_ACTION_REGISTER_MIMETYPE, ESRCH,
	  "TUX is not running in this network namespace; call STARTUP first" },

	{ TUX_ACTION_LISTEN_FD, EBADF, "the descriptor is not open" },
	{ TUX_ACTION_LISTEN_FD, ENOTSOCK, "the descriptor is not a socket" },
	{ TUX_ACTION_LISTEN_FD, EINVAL,
	  "the socket is not a plain listening TCP socket, or the number of the worker is out of "
	  "range; call listen(2) first" },
	{ TUX_ACTION_LISTEN_FD, EBUSY,
	  "another subsystem of the kernel uses the socket, or another thread the handle; use a "
	  "plain socket" },
	{ TUX_ACTION_LISTEN_FD, EXDEV,
	  "the socket is from another network namespace than the handle" },
	{ TUX_ACTION_LISTEN_FD, ENOSPC, "the server has as many listening sockets as it can have" },

	{ TUX_ACTION_ADOPT_FD, EBADF, "the descriptor is not open" },
	{ TUX_ACTION_ADOPT_FD, ENOTSOCK, "the descriptor is not a socket" },
	{ TUX_ACTION_ADOPT_FD, EINVAL,
	  "the socket is not a connected TCP socket, or there is no worker of this number" },
	{ TUX_ACTION_ADOPT_FD, EBUSY,
	  "another subsystem of the kernel uses the socket, or another thread the handle; use a "
	  "plain socket" },
	{ TUX_ACTION_ADOPT_FD, EXDEV,
	  "the socket is from another network namespace than the handle" },
	{ TUX_ACTION_ADOPT_FD, ENOSPC,
	  "the worker has as many connections as it can have; raise net.tux.max_connect" },

	{ ON_REQUEST, EINVAL, "no request is current on this handle" },
	{ ON_REQUEST, EAGAIN, "another process is inside a call on the connection; call again" },

	{ ANY_ACTION, ENOSYS,
	  "the module tux is not loaded, or not there for this user; load it with modprobe tux, "
	  "or join the group tux" },
	{ ANY_ACTION, ENOENT, "there is no /dev/tux; load the module with modprobe tux" },
	{ ANY_ACTION, ENODEV, "there is no /dev/tux; load the module with modprobe tux" },
	{ ANY_ACTION, ENXIO, "there is no /dev/tux; load the module with modprobe tux" },
	{ ANY_ACTION, EACCES,
	  "/dev/tux may not be opened by this user; run this as root, or as a member of the group "
	  "tux" },
	{ ANY_ACTION, EPERM,
	  "not permitted; run this as root (CAP_NET_ADMIN); in a user namespace the module needs "
	  "userns=1" },
	{ ANY_ACTION, EBUSY,
	  "another thread is using this handle, or it has a role already; use a handle per "
	  "thread" },
	{ ANY_ACTION, ESRCH,
	  "TUX is not running in this network namespace; start it with tuxctl startup" },
	{ ANY_ACTION, EINVAL, "the action is unknown, or does not fit the state of the handle" },
	{ ANY_ACTION, EFAULT, "the request structure, or a pointer in it, is not valid memory" },
	{ ANY_ACTION, EOPNOTSUPP, "this release of the module does not have this action yet" },
	{ ANY_ACTION, ENOTTY, "the descriptor is not a handle of TUX; get one from tux_open()" },
	{ ANY_ACTION, EBADF, "the handle is not open; get one from tux_open()" },
	{ ANY_ACTION, EINTR, "a signal came first; call again" },
	{ ANY_ACTION, ENOMEM,
	  "the kernel is out of memory; lower net.tux.max_connect or the number of workers" },
	{ ANY_ACTION, EMFILE, "the process has too many open files; raise its limit (ulimit -n)" },
	{ ANY_ACTION, ENFILE, "the system has too many open files; raise fs.file-max" },
};

static int is_on_request(unsigned int action)
{
	switch (action) {
	case TUX_ACTION_GET_OBJECT ... TUX_ACTION_FINISH_CLOSE_REQ:
	case TUX_ACTION_READ_HEADERS ... TUX_ACTION_POSTPONE_REQ:
	case TUX_ACTION_REDIRECT_REQ ... TUX_ACTION_WAIT_PROXY_SOCKET:
	case TUX_ACTION_GET_REQUEST:
	case TUX_ACTION_REPLY ... TUX_ACTION_DETACH_REQ:
		return 1;
	default:
		return 0;
	}
}

static const char *find_text(unsigned int action, int error)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].action == action && texts[i].error == error)
			return texts[i].text;
	return NULL;
}

const char *tux_error_text(unsigned int action, int error)
{
	const char *text = find_text(action, error);

	if (!text && is_on_request(action))
		text = find_text(ON_REQUEST, error);
	if (!text)
		text = find_text(ANY_ACTION, error);
	if (!text)
		text = strerrordesc_np(error);
	return text ? text : "unknown error";
}

static const char *const names[] = {
	[TUX_ACTION_STARTUP] = "STARTUP",
	[TUX_ACTION_SHUTDOWN] = "SHUTDOWN",
	[TUX_ACTION_STARTTHREAD] = "STARTTHREAD",
	[TUX_ACTION_STOPTHREAD] = "STOPTHREAD",
	[TUX_ACTION_EVENTLOOP] = "EVENTLOOP",
	[TUX_ACTION_GET_OBJECT] = "GET_OBJECT",
	[TUX_ACTION_SEND_OBJECT] = "SEND_OBJECT",
	[TUX_ACTION_READ_OBJECT] = "READ_OBJECT",
	[TUX_ACTION_FINISH_REQ] = "FINISH_REQ",
	[TUX_ACTION_FINISH_CLOSE_REQ] = "FINISH_CLOSE_REQ",
	[TUX_ACTION_REGISTER_MODULE] = "REGISTER_MODULE",
	[TUX_ACTION_UNREGISTER_MODULE] = "UNREGISTER_MODULE",
	[TUX_ACTION_CURRENT_DATE] = "CURRENT_DATE",
	[TUX_ACTION_REGISTER_MIMETYPE] = "REGISTER_MIMETYPE",
	[TUX_ACTION_READ_HEADERS] = "READ_HEADERS",
	[TUX_ACTION_POSTPONE_REQ] = "POSTPONE_REQ",
	[TUX_ACTION_CONTINUE_REQ] = "CONTINUE_REQ",
	[TUX_ACTION_REDIRECT_REQ] = "REDIRECT_REQ",
	[TUX_ACTION_READ_POST_DATA] = "READ_POST_DATA",
	[TUX_ACTION_SEND_BUFFER] = "SEND_BUFFER",
	[TUX_ACTION_WATCH_PROXY_SOCKET] = "WATCH_PROXY_SOCKET",
	[TUX_ACTION_WAIT_PROXY_SOCKET] = "WAIT_PROXY_SOCKET",
	[TUX_ACTION_QUERY_VERSION] = "QUERY_VERSION",
	[TUX_ACTION_LISTEN_FD] = "LISTEN_FD",
	[TUX_ACTION_ADOPT_FD] = "ADOPT_FD",
	[TUX_ACTION_GRANT] = "GRANT",
	[TUX_ACTION_GET_REQUEST] = "GET_REQUEST",
	[TUX_ACTION_RELOAD] = "RELOAD",
	[TUX_ACTION_REPLY] = "REPLY",
	[TUX_ACTION_WAIT_POST_DATA] = "WAIT_POST_DATA",
	[TUX_ACTION_DETACH_REQ] = "DETACH_REQ",
	[TUX_ACTION_LEAVE] = "LEAVE",
	[TUX_ACTION_BATCH] = "BATCH",
	[TUX_ACTION_RING] = "RING",
	[TUX_ACTION_RING_ENTER] = "RING_ENTER",
};

const char *tux_action_name(unsigned int action)
{
	if (action < sizeof(names) / sizeof(names[0]) && names[action])
		return names[action];
	return "unknown action";
}
