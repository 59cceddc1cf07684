// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets that user space gets descriptors of, see handout.h.
 *
 * Called by conn.c and the code around user requests; calls sock.c.  The upper-layer protocol does
 * nothing: it is there because a socket has at most one, because a socket with one cannot listen or
 * enter a sockmap, and because it holds a reference of the module.
 */
#include "handout.h"

#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/tcp.h>

#define ULP_NAME "tux"

/* How often it is tried to end a connection whose socket somebody else keeps locked. */
#define END_INTERVAL (HZ / 10)

/**
 * struct attachment - A socket that is just being given our upper-layer protocol.
 */
struct attachment {
	/** @node: Place in the list. */
	struct list_head node;
	/** @sk: The socket. */
	const struct sock *sk;
	/** @task: Who does it; user space can make the same call, but is somebody else. */
	const struct task_struct *task;
};

/* For connections that are hard to end; of its own, so that the module's exit can wait for it. */
static struct workqueue_struct *end_queue;

/* Protects the list; innermost. */
static DEFINE_SPINLOCK(attachments_lock);
static LIST_HEAD(attachments);

static bool is_expected(const struct sock *sk)
{
	const struct attachment *attachment;
	bool found = false;

	spin_lock(&attachments_lock);
	list_for_each_entry(attachment, &attachments, node)
		if (attachment->sk == sk && attachment->task == current)
			found = true;
	spin_unlock(&attachments_lock);
	return found;
}

/*
 * Under the socket lock.  What else may live in sk_user_data (a sockmap's state) would be lost, and
 * the socket with it; tux_sock_attach() has made sure that it is ours.
 */
static int init_ulp(struct sock *sk)
{
	if (!is_expected(sk))
		return -EPERM;
	if (sk->sk_state != TCP_ESTABLISHED && sk->sk_state != TCP_CLOSE_WAIT)
		return -ENOTCONN;
	return tux_sock_is_attached(sk) ? 0 : -EBUSY;
}

static struct tcp_ulp_ops ulp = {
	.name = ULP_NAME,
	.owner = THIS_MODULE,
	.init = init_ulp,
};

/**
 * tux_handout_module_init() - Register the upper-layer protocol.
 *
 * Context: Module load.
 * Return: 0 or a negative errno.
 */
int tux_handout_module_init(void)
{
	int error;

	end_queue = alloc_workqueue("tux_handout", WQ_UNBOUND, 0);
	if (!end_queue)
		return -ENOMEM;
	error = tcp_register_ulp(&ulp);
	if (error)
		destroy_workqueue(end_queue);
	return error;
}

/**
 * tux_handout_module_exit() - Unregister the upper-layer protocol; no socket has it.
 *
 * Context: Module unload.
 */
void tux_handout_module_exit(void)
{
	tcp_unregister_ulp(&ulp);
	destroy_workqueue(end_queue);
}

static bool has_ulp(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM &&
	       (sk->sk_family == AF_INET || sk->sk_family == AF_INET6) &&
	       READ_ONCE(inet_csk(sk)->icsk_ulp_ops) == &ulp;
}

static int attach_ulp(struct socket *socket)
{
	struct attachment attachment = { .sk = socket->sk, .task = current };
	int error;

	spin_lock(&attachments_lock);
	list_add(&attachment.node, &attachments);
	spin_unlock(&attachments_lock);
	error = sock_common_setsockopt(socket, SOL_TCP, TCP_ULP, KERNEL_SOCKPTR(ULP_NAME),
				       sizeof(ULP_NAME) - 1);
	spin_lock(&attachments_lock);
	list_del(&attachment.node);
	spin_unlock(&attachments_lock);
	return error;
}

/**
 * tux_handout_prepare() - Make a socket fit for being handed out.
 * @sock: An attached socket.
 *
 * Does nothing if it is shared already.
 *
 * Context: The worker.  May sleep.
 * Return: 0, or a negative errno; then the connection must be closed.
 */
int tux_handout_prepare(struct tux_sock *sock)
{
	struct file *file;
	int error;

	if (sock->file)
		return 0;
	error = attach_ulp(sock->socket);
	if (error)
		return error;
	file = sock_alloc_file(sock->socket, O_NONBLOCK, NULL);
	if (IS_ERR(file)) {
		/* It has released the socket. */
		sock->socket = NULL;
		WRITE_ONCE(sock->lost, true);
		return PTR_ERR(file);
	}
	sock->file = file;
	return 0;
}

/**
 * tux_handout_adopt() - Make a socket that user space has made a shared one.
 * @sock: An attached socket.
 * @file: The socket's file; a reference is taken on success.
 *
 * Context: The task that hands it in, which may have to wait for whoever holds the socket's lock.
 * Return: 0 or a negative errno.
 */
int tux_handout_adopt(struct tux_sock *sock, struct file *file)
{
	int error = attach_ulp(sock->socket);

	if (!error)
		sock->file = get_file(file);
	return error;
}

/**
 * tux_handout_check() - Is a socket that user space could play with still the client's?
 * @sock: A shared socket, locked.
 *
 * Options that would hamper us are set right.
 *
 * Context: The worker, socket lock held.
 * Return: False if the connection must be ended.
 */
bool tux_handout_check(struct tux_sock *sock)
{
	struct sock *sk = sock->sk;

	if (READ_ONCE(sock->lost) || !has_ulp(sk) || !tux_sock_is_attached(sk) ||
	    tcp_sk(sk)->repair || (sk->sk_shutdown & SEND_SHUTDOWN))
		return false;
	if (sk->sk_state != TCP_ESTABLISHED && sk->sk_state != TCP_CLOSE_WAIT)
		return false;
	tux_sock_tame(sock);
	return true;
}

/* --- the end */

/**
 * struct ending - A connection that could not be ended because its socket was locked, or that is
 * somebody else's.
 */
struct ending {
	/** @work: When it is tried again. */
	struct delayed_work work;
	/** @file: The socket's file; referenced. */
	struct file *file;
	/** @sock: Enough of the connection's to try with. */
	struct tux_sock sock;
	/** @abort: Reset it. */
	bool abort;
};

/*
 * Tells the client that it is over, even if somebody keeps a descriptor.  Through the protocol's
 * own table, since the exported calls take the lock.  False if somebody else has the lock.
 */
static bool end_connection(struct tux_sock *sock, bool abort)
{
	struct sock *sk = sock->sk;

	/* It is somebody else's connection now, or nobody's. */
	if (READ_ONCE(sock->lost))
		return true;
	if (!tux_sock_lock(sock))
		return false;
	sk->sk_shutdown |= SHUTDOWN_MASK;
	if (abort)
		sk->sk_prot->disconnect(sk, 0);
	else
		sk->sk_prot->shutdown(sk, SEND_SHUTDOWN);
	tux_sock_unlock(sock);
	return true;
}

static void end_again(struct work_struct *work)
{
	struct ending *ending = container_of(to_delayed_work(work), struct ending, work);

	/* Only we and the queue know the file: whoever had the lock has closed it. */
	if (file_count(ending->file) > 1 && !end_connection(&ending->sock, ending->abort)) {
		queue_delayed_work(end_queue, &ending->work, END_INTERVAL);
		return;
	}
	fput(ending->file);
	sock_put(ending->sock.sk);
	kfree(ending);
	module_put(THIS_MODULE);
}

/* False if there is no memory.  A connection that is lost has only its file dropped, at once. */
static bool end_later(struct tux_sock *sock, bool abort)
{
	const bool lost = READ_ONCE(sock->lost);
	struct ending *ending = kzalloc(sizeof(*ending), GFP_KERNEL_ACCOUNT);

	if (!ending)
		return false;
	INIT_DELAYED_WORK(&ending->work, end_again);
	ending->file = sock->file;
	ending->sock.sk = sock->sk;
	ending->sock.file = sock->file;
	ending->sock.lost = lost;
	ending->abort = abort;
	sock_hold(sock->sk);
	__module_get(THIS_MODULE);
	queue_delayed_work(end_queue, &ending->work, lost ? 0 : END_INTERVAL);
	return true;
}

/**
 * tux_handout_end() - End a connection on a shared socket and drop its file.
 * @sock: A detached shared socket; its file is not to be used afterwards.
 * @abort: Reset the connection.
 *
 * If the connection is somebody else's now, who may have closed it already, it ends with the last
 * reference.  A worker's fput() would drop that when the worker next returns to user space, which
 * can be seconds later, so a helper does it if there is memory for that.
 *
 * Context: Process context.  Does not wait for whoever has the socket's lock.
 */
void tux_handout_end(struct tux_sock *sock, bool abort)
{
	bool ended = end_connection(sock, abort);

	if ((!ended || READ_ONCE(sock->lost)) && end_later(sock, abort))
		return;
	fput(sock->file);
}

/* --- descriptors */

/**
 * tux_handout_get() - The file of a shared socket, by a descriptor of the current task.
 * @fd: The descriptor.
 *
 * Context: Process context.
 * Return: A reference, or ERR_PTR(): -EBADF, -ENOTSOCK, -EINVAL if it is a socket but none of ours.
 */
struct file *tux_handout_get(unsigned int fd)
{
	struct file *file = fget(fd);
	struct socket *socket;
	int error = 0;

	if (!file)
		return ERR_PTR(-EBADF);
	socket = sock_from_file(file);
	if (!socket)
		error = -ENOTSOCK;
	else if (!socket->sk || !has_ulp(socket->sk))
		error = -EINVAL;
	if (!error)
		return file;
	fput(file);
	return ERR_PTR(error);
}

/**
 * tux_handout_is_ours() - Has the current task a shared socket under this number?
 * @fd: The number, as user space gave it.
 *
 * Context: Process context.
 * Return: True if so.
 */
bool tux_handout_is_ours(unsigned long fd)
{
	struct file *file = fd > INT_MAX ? ERR_PTR(-EBADF) : tux_handout_get(fd);

	if (IS_ERR(file))
		return false;
	fput(file);
	return true;
}

/**
 * tux_handout_continue() - Tell the worker of a connection that CONTINUE_REQ was called.
 * @fd: A descriptor of the current task.
 *
 * Context: Process context.
 * Return: 0, -ENOTCONN if the connection has ended, or as tux_handout_get().
 */
int tux_handout_continue(unsigned int fd)
{
	struct file *file = tux_handout_get(fd);
	struct tux_sock *sock;
	struct sock *sk;
	int error = -ENOTCONN;

	if (IS_ERR(file))
		return PTR_ERR(file);
	sk = sock_from_file(file)->sk;
	sock_hold(sk);
	/* Before the worker knows: it would take this for a copy that somebody keeps. */
	fput(file);
	rcu_read_lock();
	sock = rcu_dereference_sk_user_data(sk);
	if (sock) {
		WRITE_ONCE(sock->continued, true);
		tux_ready_push(sock->list, &sock->ready);
		error = 0;
	}
	rcu_read_unlock();
	sock_put(sk);
	return error;
}

/**
 * tux_handout_let_go() - A connection is user space's own from now on.
 * @file: The file of its socket, which the caller keeps.
 *
 * The connection's worker forgets it without a word to the client.
 *
 * Context: Process context.
 */
void tux_handout_let_go(struct file *file)
{
	struct tux_sock *sock;

	rcu_read_lock();
	sock = rcu_dereference_sk_user_data(sock_from_file(file)->sk);
	if (sock)
		WRITE_ONCE(sock->lost, true);
	rcu_read_unlock();
}

/**
 * tux_handout_install() - Give the current process a descriptor of a shared socket.
 * @file: The socket's file.
 *
 * Context: Process context.
 * Return: The descriptor, close-on-exec; or -EMFILE, -ENOMEM...
 */
int tux_handout_install(struct file *file)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
}

/**
 * tux_handout_is_installed() - Does a descriptor of the current process still mean a socket?
 * @fd: From tux_handout_install(), or negative.
 * @file: The socket's file.
 *
 * Context: Process context.
 * Return: False if the process has closed it, or uses the number for something else.
 */
bool tux_handout_is_installed(int fd, const struct file *file)
{
	struct file *found;

	/* A task that ends has no descriptors any more. */
	if (fd < 0 || !current->files)
		return false;
	found = fget(fd);
	if (found)
		fput(found);
	return found == file;
}

/**
 * tux_handout_withdraw() - Close a descriptor of the current process, if it still means a socket.
 * @fd: From tux_handout_install(), or negative.
 * @file: The socket's file, of which the caller has a reference.
 *
 * Context: Process context.
 */
void tux_handout_withdraw(int fd, const struct file *file)
{
	if (tux_handout_is_installed(fd, file))
		close_fd(fd);
}
