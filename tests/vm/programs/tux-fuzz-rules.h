/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each action of tux(2) may answer, for tux-fuzz: what <linux/tux.h> and the manual pages say.
 */
#ifndef TUX_FUZZ_RULES_H
#define TUX_FUZZ_RULES_H

#define ACTIONS 256
#define VERSION (TUX_MAJOR_VERSION << 24 | TUX_MINOR_VERSION << 16 | TUX_PATCHLEVEL_VERSION)

/* It plays without rights. */
static int unprivileged;

static const int reserved[] = { TUX_ACTION_RELOAD };
static const int known[] = {
	TUX_ACTION_STARTUP, TUX_ACTION_SHUTDOWN, TUX_ACTION_STARTTHREAD, TUX_ACTION_STOPTHREAD,
	TUX_ACTION_EVENTLOOP, TUX_ACTION_CURRENT_DATE, TUX_ACTION_REGISTER_MIMETYPE,
	TUX_ACTION_QUERY_VERSION, TUX_ACTION_LISTEN_FD, TUX_ACTION_GET_OBJECT,
	TUX_ACTION_SEND_OBJECT, TUX_ACTION_READ_OBJECT, TUX_ACTION_FINISH_REQ,
	TUX_ACTION_FINISH_CLOSE_REQ, TUX_ACTION_REGISTER_MODULE, TUX_ACTION_UNREGISTER_MODULE,
	TUX_ACTION_READ_HEADERS, TUX_ACTION_POSTPONE_REQ, TUX_ACTION_CONTINUE_REQ,
	TUX_ACTION_REDIRECT_REQ, TUX_ACTION_READ_POST_DATA, TUX_ACTION_SEND_BUFFER,
	TUX_ACTION_WATCH_PROXY_SOCKET, TUX_ACTION_WAIT_PROXY_SOCKET, TUX_ACTION_ADOPT_FD,
	TUX_ACTION_GRANT, TUX_ACTION_GET_REQUEST, TUX_ACTION_REPLY, TUX_ACTION_WAIT_POST_DATA,
	TUX_ACTION_DETACH_REQ, TUX_ACTION_LEAVE, TUX_ACTION_BATCH,
	TUX_ACTION_RING, TUX_ACTION_RING_ENTER,
};

/* Without these nothing comes of the others. */
static const int often[] = {
	TUX_ACTION_STARTUP, TUX_ACTION_STARTTHREAD, TUX_ACTION_REGISTER_MODULE,
	TUX_ACTION_EVENTLOOP,
};

/* What returns with a request, or another reason to return. */
static const int moving[] = {
	TUX_ACTION_EVENTLOOP, TUX_ACTION_GET_OBJECT, TUX_ACTION_SEND_OBJECT, TUX_ACTION_FINISH_REQ,
	TUX_ACTION_FINISH_CLOSE_REQ, TUX_ACTION_REDIRECT_REQ, TUX_ACTION_SEND_BUFFER,
	TUX_ACTION_WAIT_PROXY_SOCKET, TUX_ACTION_REPLY, TUX_ACTION_WAIT_POST_DATA,
	TUX_ACTION_BATCH, TUX_ACTION_RING_ENTER,
};

static const int admin[] = {
	TUX_ACTION_STARTUP, TUX_ACTION_SHUTDOWN, TUX_ACTION_STARTTHREAD,
	TUX_ACTION_REGISTER_MIMETYPE, TUX_ACTION_LISTEN_FD, TUX_ACTION_ADOPT_FD, TUX_ACTION_GRANT,
};

/* What any action on a request may say. */
#define ON_REQUEST EPERM, EBUSY, EBADF, EINVAL, EFAULT

/* A row for each action that can do something: the errors it may have, up to a 0. */
static const struct {
	unsigned int action;
	int errors[16];
} allowed[] = {
	{ TUX_ACTION_STARTUP, { EPERM, EBUSY, EBADF, EEXIST, EINVAL, EADDRINUSE, EINTR, EMFILE } },
	{ TUX_ACTION_SHUTDOWN, { EPERM, EBUSY, EBADF, EINVAL, ESRCH, EINTR } },
	{ TUX_ACTION_STARTTHREAD, { EPERM, EBUSY, EBADF, EFAULT, EINVAL, ESRCH, EMFILE } },
	{ TUX_ACTION_STOPTHREAD, { EPERM, EBUSY, EBADF, EINVAL } },
	{ TUX_ACTION_EVENTLOOP, { ON_REQUEST } },
	{ TUX_ACTION_REGISTER_MIMETYPE, { EPERM, EBUSY, EBADF, EFAULT, EINVAL, ESRCH } },
	{ TUX_ACTION_LISTEN_FD, { EPERM, EBUSY, EBADF, EFAULT, EINVAL, ENOTSOCK, ENOSPC, EXDEV,
				  ESRCH } },
	{ TUX_ACTION_GET_OBJECT, { ON_REQUEST } },
	{ TUX_ACTION_SEND_OBJECT, { ON_REQUEST } },
	{ TUX_ACTION_READ_OBJECT, { ON_REQUEST } },
	{ TUX_ACTION_FINISH_REQ, { ON_REQUEST } },
	{ TUX_ACTION_FINISH_CLOSE_REQ, { ON_REQUEST } },
	{ TUX_ACTION_REGISTER_MODULE, { ON_REQUEST, EEXIST, EACCES, ESRCH, ENOSPC, EMFILE } },
	{ TUX_ACTION_UNREGISTER_MODULE, { ON_REQUEST, ENOENT, EACCES, ESRCH } },
	{ TUX_ACTION_READ_HEADERS, { ON_REQUEST } },
	{ TUX_ACTION_POSTPONE_REQ, { ON_REQUEST } },
	{ TUX_ACTION_CONTINUE_REQ, { EBADF, ENOTSOCK, EINVAL, ENOTCONN } },
	{ TUX_ACTION_REDIRECT_REQ, { ON_REQUEST } },
	{ TUX_ACTION_READ_POST_DATA, { ON_REQUEST, EAGAIN, ENOTCONN, ECONNRESET } },
	{ TUX_ACTION_SEND_BUFFER, { ON_REQUEST, EMSGSIZE } },
	{ TUX_ACTION_WATCH_PROXY_SOCKET, { ON_REQUEST, ENOTSOCK } },
	{ TUX_ACTION_WAIT_PROXY_SOCKET, { ON_REQUEST } },
	{ TUX_ACTION_ADOPT_FD, { ON_REQUEST, ENOTSOCK, EXDEV, ENOTCONN, ESRCH, ENOSPC } },
	{ TUX_ACTION_GRANT, { ON_REQUEST, ENOENT, ESRCH, ENOSPC } },
	{ TUX_ACTION_GET_REQUEST, { ON_REQUEST, EMSGSIZE } },
	{ TUX_ACTION_REPLY, { ON_REQUEST, EMSGSIZE } },
	{ TUX_ACTION_WAIT_POST_DATA, { ON_REQUEST } },
	{ TUX_ACTION_DETACH_REQ, { ON_REQUEST } },
	{ TUX_ACTION_LEAVE, { EPERM, EBUSY, EBADF, EINVAL } },
	{ TUX_ACTION_BATCH, { ON_REQUEST } },
	{ TUX_ACTION_RING, { ON_REQUEST, EEXIST, ENOMEM } },
	{ TUX_ACTION_RING_ENTER, { ON_REQUEST } },
};

static int is_one_of(int number, const int *numbers, size_t count)
{
	while (count--)
		if (numbers[count] == number)
			return 1;
	return 0;
}

static int may_succeed(unsigned int action, long result)
{
	switch (action) {
	case TUX_ACTION_QUERY_VERSION:
		return result == VERSION;
	case TUX_ACTION_CURRENT_DATE:
		return result == DATE_LEN - 1;
	default:
		if (is_one_of(action, moving, sizeof(moving) / sizeof(*moving)))
			return result <= TUX_RETURN_SIGNAL && !unprivileged;
		return !result && !unprivileged && action < ACTIONS &&
		       is_one_of(action, known, sizeof(known) / sizeof(*known));
	}
}

static int is_right(unsigned int action, long result, int error)
{
	size_t i;

	if (result >= 0)
		return may_succeed(action, result);
	if (unprivileged && is_one_of(action, admin, sizeof(admin) / sizeof(*admin)))
		return error == EPERM;
	for (i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		if (allowed[i].action == action)
			return is_one_of(error, allowed[i].errors, 16);
	if (action == TUX_ACTION_QUERY_VERSION || action == TUX_ACTION_CURRENT_DATE)
		return 0;
	return error == (is_one_of(action, reserved, sizeof(reserved) / sizeof(*reserved)) ?
			 EOPNOTSUPP : EINVAL);
}

#endif /* TUX_FUZZ_RULES_H */
