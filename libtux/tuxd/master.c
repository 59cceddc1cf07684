// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The master process.
 *
 * One loop over poll(): signals arrive through a signalfd, workers speak through pipes, everything
 * else is a time to wait for.  The phases follow one another:
 *
 *   STARTING  the workers were started; ends when all are in the event loop, or with the first
 *             that fails
 *   SERVING   a worker that dies is started again; modules come and go (command.c)
 *   STOPPING  SHUTDOWN was called; ends when the last worker, the redirector and the child that
 *             called it have ended
 *
 * SHUTDOWN blocks until the responses in flight are done, so a child calls it, and signals stay
 * handled meanwhile.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tux.h>

#include "command.h"
#include "descriptors.h"
#include "detach.h"
#include "log.h"
#include "master.h"
#include "notify.h"
#include "redirect.h"
#include "renewal.h"
#include "start.h"
#include "workers.h"

/*
 * How long the workers may take to enter the event loop, and how often that is looked at once they
 * have said so.
 */
#define START_LIMIT_MS 30000
#define LOOK_MS 5

/* How long SHUTDOWN may take to return when all workers have been killed. */
#define FORCE_LIMIT_MS 5000

enum phase { STARTING, SERVING, STOPPING };

/**
 * struct master - The state of the loop; owned by the only thread.
 */
struct master {
	/** @options: The command line. */
	const struct tuxd_options *options;
	/** @server: What was started. */
	struct server server;
	/** @workers: Its workers. */
	struct workers workers;
	/** @redirector: The process that takes what is redirected. */
	struct redirector redirector;
	/** @commander: Who adds and removes modules. */
	struct commander commander;
	/** @renewal: When to look at the renewal of workers again, or UINT64_MAX. */
	uint64_t renewal;
	/** @phase: Where we are. */
	enum phase phase;
	/** @signals: The signalfd. */
	int signals;
	/** @stopper: The child that calls SHUTDOWN, or 0. */
	pid_t stopper;
	/**
	 * @deadline: When the phase must be over, in milliseconds of the monotonic clock, or 0 for
	 * never.
	 */
	uint64_t deadline;
	/**
	 * @killed: The workers were killed because the deadline was over or the user is impatient.
	 */
	bool killed;
	/** @status: Exit status to be. */
	int status;
};

static int open_signals(struct master *master)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	master->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (master->signals < 0)
		return report_failure("cannot watch for signals: %s", strerror(errno));
	descriptor_keep(master->signals);
	return 0;
}

/* --- stopping */

static void __attribute__((noreturn)) call_shutdown(pid_t master)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != master)
		_exit(1);
	while (tux(TUX_ACTION_SHUTDOWN, NULL) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == ESRCH)
			break;
		log_error("cannot stop TUX: %s", tux_error_text(TUX_ACTION_SHUTDOWN, errno));
		_exit(1);
	}
	_exit(0);
}

static void kill_workers(struct master *master)
{
	master->killed = true;
	master->deadline = monotonic_ms() + FORCE_LIMIT_MS;
	workers_kill(&master->workers);
	if (master->redirector.process.pid)
		kill(master->redirector.process.pid, SIGKILL);
}

/*
 * @limit: Seconds for the responses in flight, or -1 if somebody else, who called SHUTDOWN, decides
 * on that.
 */
static void begin_stop(struct master *master, int limit)
{
	pid_t self = getpid();

	master->phase = STOPPING;
	commands_refuse(&master->commander, "the server is stopping");
	master->deadline = limit < 0 ? 0 : monotonic_ms() + limit * 1000ULL;
	notify_send("STOPPING=1\nSTATUS=Finishing the responses in flight");
	master->stopper = fork();
	if (!master->stopper)
		call_shutdown(self);
	if (master->stopper < 0) {
		log_error("cannot stop TUX in an orderly way: %s", strerror(errno));
		master->stopper = 0;
		master->status = 1;
		kill_workers(master);
	}
}

static void fail_start(struct master *master, const char *reason)
{
	report_failure("%s", reason);
	master->status = 1;
	begin_stop(master, 0);
	kill_workers(master);
}

/* The time of the phase is over. */
static void meet_deadline(struct master *master)
{
	if (master->phase == STARTING) {
		fail_start(master, "the workers did not enter the event loop in time");
	} else if (!master->killed) {
		log_warning("responses were still in flight after %u s and are cut off",
			    master->options->stop_timeout);
		kill_workers(master);
	} else {
		log_error("TUX does not stop although its workers are gone; "
			  "see tuxctl status and the kernel log");
		if (master->stopper)
			kill(master->stopper, SIGKILL);
		_exit(1);
	}
}

/* --- the redirector */

static void start_due_redirector(struct master *master)
{
	struct worker *process = &master->redirector.process;

	if (!master->redirector.is_wanted || process->pid || process->restart > monotonic_ms())
		return;
	if (redirector_start(&master->redirector)) {
		log_error("cannot start the redirector: %s", strerror(errno));
		process->started = monotonic_ms();
		worker_note_death(process);
	}
}

static void read_redirector(struct master *master)
{
	char text[512];

	if (master->redirector.process.report >= 0 &&
	    worker_read_report(&master->redirector.process, text, sizeof(text)) == REPORT_FAILED &&
	    *text)
		log_error("%s", text);
}

/* --- workers */

static void start_due_workers(struct master *master)
{
	struct workers *workers = &master->workers;

	for (unsigned int i = 0; i < workers->count; i++) {
		if (workers->worker[i].pid || workers->worker[i].restart > monotonic_ms())
			continue;
		if (worker_start(workers, i)) {
			log_error("cannot start worker %u: %s", i, strerror(errno));
			workers->worker[i].started = monotonic_ms();
			worker_note_death(&workers->worker[i]);
		}
	}
}

static void read_reports(struct master *master)
{
	struct workers *workers = &master->workers;
	char text[512];

	for (unsigned int i = 0; i < workers->count; i++) {
		enum report report = REPORT_NOTHING;

		if (workers->worker[i].report >= 0)
			report = worker_read_report(&workers->worker[i], text, sizeof(text));
		if (report == REPORT_LEFT)
			renewal_retire(workers, i);
		if (report != REPORT_FAILED || !*text)
			continue;
		if (master->phase == STARTING)
			fail_start(master, text);
		else
			log_error("%s", text);
	}
	read_redirector(master);
}

static void describe_end(char *text, size_t size, int status)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(status),
			 sigdescr_np(WTERMSIG(status)) ? sigdescr_np(WTERMSIG(status)) : "unknown");
	else
		snprintf(text, size, "ended with status %d", WEXITSTATUS(status));
}

static bool was_told_to_end(int status)
{
	return WIFEXITED(status) && (WEXITSTATUS(status) == WORKER_EXIT_DONE ||
				     WEXITSTATUS(status) == WORKER_EXIT_NO_SERVER);
}

static void take_worker_end(struct master *master, unsigned int number, int status)
{
	struct worker *worker = &master->workers.worker[number];
	pid_t pid = worker->pid;
	char reason[128];
	char text[256];

	worker_note_death(worker);
	if (master->phase == STOPPING)
		return;
	if (was_told_to_end(status) && master->phase == SERVING) {
		log_info("TUX was told to stop");
		begin_stop(master, -1);
		return;
	}
	describe_end(reason, sizeof(reason), status);
	snprintf(text, sizeof(text), "worker %u (process %d) %s", number, pid, reason);
	if (master->phase == STARTING)
		fail_start(master, text);
	else
		log_warning("%s; starting it again in %.2f s", text,
			    worker_backoff_ms(worker->deaths) / 1000.0);
}

static void take_redirector_end(struct master *master, int status)
{
	pid_t pid = master->redirector.process.pid;
	char reason[128];

	worker_note_death(&master->redirector.process);
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_EXIT_UNSUPPORTED) {
		log_info("there is no redirection: the kernel module does not have it");
		master->redirector.is_wanted = false;
	} else if (was_told_to_end(status)) {
		/* The workers will hear of it, too. */
		master->redirector.is_wanted = false;
	} else if (master->phase == SERVING) {
		describe_end(reason, sizeof(reason), status);
		log_warning("the redirector (process %d) %s; starting it again in %.2f s", pid,
			    reason, worker_backoff_ms(master->redirector.process.deaths) / 1000.0);
	}
}

static void take_stopper_end(struct master *master, int status)
{
	master->stopper = 0;
	if (!master->killed && status) {
		master->status = 1;
		kill_workers(master);
	}
}

static void take_end(struct master *master, pid_t pid, int status)
{
	if (pid == master->stopper) {
		take_stopper_end(master, status);
		return;
	}
	if (pid == master->redirector.process.pid) {
		take_redirector_end(master, status);
		return;
	}
	/* What is no child of ours was forked by a module. */
	if (renewal_take_end(&master->workers, pid))
		return;
	for (unsigned int i = 0; i < master->workers.count; i++)
		if (master->workers.worker[i].pid == pid)
			take_worker_end(master, i, status);
}

static void reap_children(struct master *master)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		/* Its last words may still be in the pipe. */
		read_reports(master);
		take_end(master, pid, status);
	}
}

/* --- serving */

/* Whether the kernel, too, says that all are in the loop; without /proc their own word counts. */
static bool is_serving(const struct master *master)
{
	struct tux_status *status;
	bool serving;

	if (!workers_all_ready(&master->workers))
		return false;
	status = tux_read_status();
	if (!status)
		return true;
	serving = status->worker_count >= master->workers.count;
	for (size_t i = 0; i < status->worker_count; i++)
		serving = serving && status->workers[i].in_loop;
	tux_free_status(status);
	return serving;
}

static void announce(struct master *master)
{
	const struct server *server = &master->server;

	master->phase = SERVING;
	master->deadline = 0;
	log_info("serving %s at %s with %u worker%s as %s", server->document_root,
		 server->addresses, server->workers, server->workers == 1 ? "" : "s",
		 server->identity.name);
	notify_send("READY=1\nMAINPID=%d\nSTATUS=Serving %s at %s", getpid(), server->document_root,
		    server->addresses);
	report_ready();
}

/* --- the loop */

static void stop_by_signal(struct master *master, bool at_once)
{
	/* Some workers may be serving already. */
	if (master->phase == STARTING)
		report_failure("stopped by a signal before all workers served");
	if (master->phase == STOPPING)
		at_once = true;
	else
		begin_stop(master, master->options->stop_timeout);
	if (at_once && !master->killed)
		kill_workers(master);
}

static void take_signal(struct master *master, unsigned int signal)
{
	switch (signal) {
	case SIGCHLD:
		break;
	case SIGHUP:
		log_info("nothing to read again: settings are live in net.tux, "
			 "and syslog keeps the log");
		break;
	default:
		stop_by_signal(master, signal == SIGQUIT);
	}
}

static void read_signals(struct master *master)
{
	struct signalfd_siginfo info;

	while (read(master->signals, &info, sizeof(info)) == sizeof(info))
		take_signal(master, info.ssi_signo);
}

static int next_timeout(const struct master *master)
{
	uint64_t now = monotonic_ms();
	uint64_t next = master->deadline ? master->deadline : UINT64_MAX;

	if (master->phase == STARTING && workers_all_ready(&master->workers))
		next = now + LOOK_MS;
	for (unsigned int i = 0; master->phase != STOPPING && i < master->workers.count; i++) {
		const struct worker *worker = &master->workers.worker[i];

		if (!worker->pid && worker->restart < next)
			next = worker->restart;
	}
	if (master->phase != STOPPING && master->redirector.is_wanted &&
	    !master->redirector.process.pid && master->redirector.process.restart < next)
		next = master->redirector.process.restart;
	if (master->phase == SERVING && master->renewal < next)
		next = master->renewal;
	if (master->commander.control.client >= 0 && !master->commander.control.is_waiting &&
	    master->commander.control.deadline < next)
		next = master->commander.control.deadline;
	if (next == UINT64_MAX)
		return -1;
	return next > now ? next - now : 0;
}

static void wait_for_events(struct master *master)
{
	struct pollfd polled[TUXD_WORKERS_MAX + 3];
	unsigned int count = 0;

	polled[count++] = (struct pollfd){ .fd = master->signals, .events = POLLIN };
	for (unsigned int i = 0; i < master->workers.count; i++)
		if (master->workers.worker[i].report >= 0)
			polled[count++] = (struct pollfd){ .fd = master->workers.worker[i].report,
							   .events = POLLIN };
	polled[count++] = (struct pollfd){ .fd = master->redirector.process.report,
					   .events = POLLIN };
	if (master->phase == SERVING && !master->commander.adding)
		polled[count++] = control_poll(&master->commander.control);
	poll(polled, count, next_timeout(master));
}

static bool is_over(const struct master *master)
{
	return master->phase == STOPPING && !master->stopper &&
	       !workers_alive(&master->workers) && !master->redirector.process.pid;
}

/* Workers are started when it is their time, and replaced when modules have come. */
static void look_after_workers(struct master *master)
{
	unsigned int limit = master->options->stop_timeout;

	start_due_workers(master);
	start_due_redirector(master);
	master->renewal = UINT64_MAX;
	if (master->phase == SERVING && !renewal_is_over(&master->workers))
		master->renewal = renewal_step(&master->workers, limit ? limit : 1);
	commands_continue(&master->commander, &master->workers);
}

static void run_loop(struct master *master)
{
	while (!is_over(master)) {
		if (master->phase != STOPPING)
			look_after_workers(master);
		wait_for_events(master);
		read_signals(master);
		read_reports(master);
		reap_children(master);
		if (master->phase == SERVING)
			commands_take(&master->commander, &master->workers);
		if (master->phase == STARTING && is_serving(master))
			announce(master);
		if (master->deadline && monotonic_ms() >= master->deadline && !is_over(master))
			meet_deadline(master);
	}
}

/**
 * master_run() - Start the server, look after it, and stop it.
 * @options: The command line.
 *
 * Return: The exit status of the program.
 */
int master_run(const struct tuxd_options *options)
{
	static struct master master;

	master.options = options;
	notify_open();
	if (open_signals(&master) || server_start(&master.server, options))
		return 1;
	master.workers.count = master.server.workers;
	master.workers.identity = &master.server.identity;
	master.workers.root = master.server.root;
	for (unsigned int i = 0; i < master.workers.count; i++)
		master.workers.worker[i].report = -1;
	master.redirector = (struct redirector){
		.process.report = -1,
		.identity = &master.server.identity,
		.target = &options->redirect,
		.is_wanted = options->redirect.kind != TARGET_OFF,
	};
	control_open(&master.commander.control);
	master.deadline = monotonic_ms() + START_LIMIT_MS;
	run_loop(&master);
	log_info("stopped");
	return master.status;
}
