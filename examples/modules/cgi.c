// SPDX-License-Identifier: MIT
/*
 * Runs CGI programs (RFC 3875) of one directory, as a program of its own and an unprivileged user:
 *
 *   cgi PREFIX DIRECTORY [USER]
 *
 * http://HOST/PREFIX/NAME/... runs DIRECTORY/NAME.  Started as root, it becomes USER when it has
 * registered the prefix; otherwise it needs a grant of it.  No shell and no other program is
 * involved.  A program gets 10 seconds, 5 of them on a processor, 256 MiB of memory and a body of
 * up to 1 MiB; it may say as much.  Each runs in a thread's care, so the loop goes on meanwhile.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <tuxmodule.h>

#define BODY_MAX (1 << 20)
#define OUTPUT_MAX (1 << 20)
#define VARIABLES_MAX 96
#define JOBS_MAX 32
#define SECONDS_MAX 10

enum { NEW, READING, DONE };

struct job {
	char program[128];
	char *variables[VARIABLES_MAX + 1];
	unsigned int variable_count;
	char *body;
	size_t body_length;
	char *output;
	size_t output_length;
	int sock;
	int failed;
};

static const char *prefix;
static int directory;
static unsigned int job_count;

static void free_job(struct job *job)
{
	while (job->variable_count)
		free(job->variables[--job->variable_count]);
	free(job->body);
	free(job->output);
	free(job);
	job_count--;
}

/* --- what the program is told */

static void set(struct job *job, const char *name, struct tux_string value)
{
	char *variable;

	if (job->variable_count < VARIABLES_MAX &&
	    asprintf(&variable, "%s=%.*s", name, (int)value.length,
		     value.text ? value.text : "") >= 0)
		job->variables[job->variable_count++] = variable;
}

static void set_number(struct job *job, const char *name, unsigned long long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", number);
	set(job, name, tux_make_string(text));
}

static int is_named(struct tux_string name, const char *expected)
{
	return name.length == strlen(expected) && !strncasecmp(name.text, expected, name.length);
}

/* "User-Agent" is HTTP_USER_AGENT.  Secrets, and what would be a setting, are kept back. */
static void set_field(struct job *job, struct tux_string name, struct tux_string value)
{
	char variable[80] = "HTTP_";
	size_t used = strlen(variable);

	if (name.length >= sizeof(variable) - used || is_named(name, "Proxy") ||
	    is_named(name, "Authorization"))
		return;
	for (size_t i = 0; i < name.length; i++) {
		if (!isalnum((unsigned char)name.text[i]) && name.text[i] != '-')
			return;
		variable[used++] = name.text[i] == '-' ? '_' :
				   toupper((unsigned char)name.text[i]);
	}
	variable[used] = '\0';
	if (is_named(name, "Content-Type"))
		set(job, "CONTENT_TYPE", value);
	else
		set(job, variable, value);
}

static void set_variables(struct job *job, const struct tux_get_request *request)
{
	struct tux_string fields = tux_get_part(request, request->fields);
	struct tux_string path = tux_get_part(request, request->path_info);
	struct tux_string name;
	struct tux_string value;
	char text[INET6_ADDRSTRLEN];
	char script[MAX_URI_LEN + sizeof(job->program)];
	size_t skip = strlen(job->program) + 1;

	set(job, "GATEWAY_INTERFACE", tux_make_string("CGI/1.1"));
	set(job, "SERVER_SOFTWARE", tux_make_string("TUX/4"));
	set(job, "SERVER_PROTOCOL", tux_make_string("HTTP/1.1"));
	set(job, "PATH", tux_make_string("/usr/local/bin:/usr/bin:/bin"));
	set(job, "REQUEST_METHOD", tux_get_part(request, request->method));
	set(job, "QUERY_STRING", tux_get_part(request, request->query));
	set(job, "SERVER_NAME", tux_get_part(request, request->host));
	set_number(job, "SERVER_PORT", request->server_port);
	set(job, "PATH_INFO", (struct tux_string){ path.text + skip, path.length - skip });
	snprintf(script, sizeof(script), "%s%.*s", prefix, (int)skip, path.text);
	set(job, "SCRIPT_NAME", tux_make_string(script));
	inet_ntop(AF_INET6, request->client_address, text, sizeof(text));
	set(job, "REMOTE_ADDR", tux_make_string(strncmp(text, "::ffff:", 7) ? text : text + 7));
	if (job->body_length)
		set_number(job, "CONTENT_LENGTH", job->body_length);
	while (tux_next_field(&fields, &name, &value))
		set_field(job, name, value);
}

/* The first part of the path behind the prefix: a name without directories, and nothing hidden. */
static int find_program(struct job *job, const struct tux_get_request *request)
{
	struct tux_string path = tux_get_part(request, request->path_info);
	size_t length = 0;

	if (path.length < 2 || path.text[1] == '.')
		return 0;
	while (length < path.length - 1 && path.text[1 + length] != '/')
		length++;
	if (!length || length >= sizeof(job->program))
		return 0;
	memcpy(job->program, path.text + 1, length);
	return strlen(job->program) == length &&
	       !faccessat(directory, job->program, X_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
}

/* --- the program */

static void limit(int resource, rlim_t value)
{
	setrlimit(resource, &(struct rlimit){ value, value });
}

/* Between fork() and exec(): nothing that takes a lock, since there are other threads. */
static void __attribute__((noreturn)) become_program(struct job *job, int in, int out)
{
	char *const arguments[] = { job->program, NULL };

	setsid();
	limit(RLIMIT_CPU, 5);
	limit(RLIMIT_AS, 256 << 20);
	limit(RLIMIT_FSIZE, 64 << 20);
	limit(RLIMIT_NPROC, 512);
	limit(RLIMIT_CORE, 0);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || fchdir(directory))
		_exit(126);
	close_range(3, ~0U, 0);
	job->variables[job->variable_count] = NULL;
	execve(job->program, arguments, job->variables);
	_exit(127);
}

static int milliseconds_left(const struct timespec *end)
{
	struct timespec now;
	long left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (end->tv_sec - now.tv_sec) * 1000 + (end->tv_nsec - now.tv_nsec) / 1000000;
	return left > 0 ? left : 0;
}

/* Gives the body and takes the output; false if it takes too long or says too much. */
static int exchange(struct job *job, int in, int out)
{
	struct pollfd fds[2] = { { .fd = out, .events = POLLIN }, { .fd = in, .events = POLLOUT } };
	size_t given = 0;
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += SECONDS_MAX;
	for (;;) {
		ssize_t done;

		if (fds[1].fd >= 0 && given == job->body_length) {
			close(in);
			fds[1].fd = -1;
		}
		if (poll(fds, 2, milliseconds_left(&end)) <= 0)
			break;
		if (fds[1].revents) {
			done = write(in, job->body + given, job->body_length - given);
			/* It need not read all of it. */
			given = done > 0 ? given + done : job->body_length;
		}
		if (!fds[0].revents)
			continue;
		done = read(out, job->output + job->output_length, OUTPUT_MAX - job->output_length);
		if (done <= 0)
			break;
		job->output_length += done;
		if (job->output_length == OUTPUT_MAX)
			break;
	}
	if (fds[1].fd >= 0)
		close(in);
	return milliseconds_left(&end) && job->output_length < OUTPUT_MAX;
}

static int run(struct job *job)
{
	int in[2];
	int out[2];
	int good = 0;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC))
		return 0;
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return 0;
	}
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	pid = fork();
	if (!pid)
		become_program(job, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	if (pid > 0)
		good = exchange(job, in[1], out[0]);
	else
		close(in[1]);
	close(out[0]);
	if (pid > 0) {
		/* With everything that it has started. */
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return good;
}

static void *care_for(void *argument)
{
	struct job *job = argument;
	int sock = job->sock;

	job->failed = !run(job);
	/* Comes back to the loop, which frees the job. */
	tux(TUX_ACTION_CONTINUE_REQ, (user_req_t *)(intptr_t)sock);
	return NULL;
}

/* --- what it has said */

/* Takes a line off, without its end; false if there is none. */
static int next_line(struct tux_string *rest, struct tux_string *line)
{
	const char *end = memchr(rest->text, '\n', rest->length);

	if (!end)
		return 0;
	line->text = rest->text;
	line->length = end - rest->text;
	rest->length -= line->length + 1;
	rest->text = end + 1;
	if (line->length && line->text[line->length - 1] == '\r')
		line->length--;
	return 1;
}

/* These are for the server to say. */
static int is_ours(struct tux_string name)
{
	static const char *const names[] = { "Connection", "Content-Length", "Date", "Keep-Alive",
					     "Transfer-Encoding", "Server", "Upgrade" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_named(name, names[i]))
			return 1;
	return 0;
}

/* One field of the program; false if it is none. */
static int take_field(struct tux_string line, struct tux_reply *reply, char **type, char **fields)
{
	struct tux_string name;
	struct tux_string value;
	char *more;

	if (!tux_next_field(&line, &name, &value))
		return 0;
	if (is_named(name, "Status")) {
		reply->status = strtoul(value.text, NULL, 10);
	} else if (is_named(name, "Content-Type")) {
		free(*type);
		*type = strndup(value.text, value.length);
	} else if (!is_ours(name)) {
		if (is_named(name, "Location") && !reply->status)
			reply->status = 302;
		if (asprintf(&more, "%s%.*s: %.*s\r\n", *fields ? *fields : "", (int)name.length,
			     name.text, (int)value.length, value.text) < 0)
			return 0;
		free(*fields);
		*fields = more;
	}
	return 1;
}

static int pass_on(user_req_t *req, const struct job *job)
{
	struct tux_string rest = { job->output, job->output_length };
	struct tux_reply reply = { 0 };
	struct tux_string line;
	char *fields = NULL;
	char *type = NULL;
	int good = 0;
	int result = -1;

	while ((good = next_line(&rest, &line)) && line.length)
		if (!take_field((struct tux_string){ line.text, rest.text - line.text }, &reply,
				&type, &fields))
			break;
	if (good && !line.length && (type || fields || reply.status)) {
		reply.status = reply.status ? reply.status : 200;
		reply.type = type;
		reply.fields = fields;
		reply.body = rest.text;
		reply.length = rest.length;
		result = tux_send_reply(req, &reply);
	}
	free(type);
	free(fields);
	if (result == -1)
		return tux_send_text(req, 502, "text/plain", "The program made no sense.\n");
	return result;
}

static int answer(user_req_t *req)
{
	struct job *job = (struct job *)(uintptr_t)req->priv;
	int result;

	if (req->error)
		result = tux(TUX_ACTION_FINISH_CLOSE_REQ, req);
	else if (job->failed)
		result = tux_send_text(req, 504, "text/plain", "The program did not end well.\n");
	else
		result = pass_on(req, job);
	free_job(job);
	return result;
}

/* --- the request */

static int refuse(user_req_t *req, unsigned int status, const char *text)
{
	free_job((struct job *)(uintptr_t)req->priv);
	return tux_send_text(req, status, "text/plain", text);
}

static int start(user_req_t *req)
{
	struct job *job = (struct job *)(uintptr_t)req->priv;
	struct tux_get_request *request = tux_read_request();
	pthread_t thread;

	job->output = malloc(OUTPUT_MAX);
	if (!request || !job->output) {
		free(request);
		return refuse(req, 503, "There is no memory.\n");
	}
	if (!find_program(job, request)) {
		free(request);
		return refuse(req, 404, "There is no such program.\n");
	}
	set_variables(job, request);
	free(request);
	job->sock = req->sock;
	req->event = DONE;
	/* Parked first: a request that is not cannot be continued. */
	if (tux(TUX_ACTION_POSTPONE_REQ, req))
		return refuse(req, 503, "It cannot wait.\n");
	if (pthread_create(&thread, NULL, care_for, job)) {
		job->failed = 1;
		tux(TUX_ACTION_CONTINUE_REQ, (user_req_t *)(intptr_t)job->sock);
	} else {
		pthread_detach(thread);
	}
	return TUX_CONTINUE_EVENTLOOP;
}

static int read_body(user_req_t *req)
{
	struct job *job = (struct job *)(uintptr_t)req->priv;

	if (req->error)
		return refuse(req, 400, "The body did not come.\n");
	for (;;) {
		req->object_addr = (uintptr_t)job->body + job->body_length;
		req->objectlen = BODY_MAX + 1 - job->body_length;
		if (tux(TUX_ACTION_READ_POST_DATA, req) == -1)
			break;
		if (!req->objectlen)
			return start(req);
		job->body_length += req->objectlen;
		if (job->body_length > BODY_MAX)
			return refuse(req, 413, "That is too much.\n");
	}
	if (errno == EFBIG)
		return refuse(req, 413, "That is too much.\n");
	if (errno != EAGAIN)
		return refuse(req, 400, "The body cannot be read.\n");
	req->event = READING;
	return tux(TUX_ACTION_WAIT_POST_DATA, req);
}

static int begin(user_req_t *req)
{
	struct job *job = job_count < JOBS_MAX ? calloc(1, sizeof(*job)) : NULL;

	if (!job)
		return tux_send_text(req, 503, "text/plain", "Too many programs are running.\n");
	job_count++;
	req->priv = (uintptr_t)job;
	if (req->http_method != METHOD_POST && req->http_method != METHOD_PUT)
		return start(req);
	job->body = malloc(BODY_MAX + 1);
	return job->body ? read_body(req) : refuse(req, 503, "There is no memory.\n");
}

static int handle(user_req_t *req)
{
	switch (req->event) {
	case NEW:
		return begin(req);
	case READING:
		return read_body(req);
	default:
		return answer(req);
	}
}

static void assume_user(const char *name)
{
	const struct passwd *user = getpwnam(name);

	if (!user || !user->pw_uid)
		errx(1, "%s is no user to run programs as", name);
	if (initgroups(name, user->pw_gid) || setgid(user->pw_gid) || setuid(user->pw_uid))
		err(1, "cannot become %s", name);
}

int main(int argc, char **argv)
{
	struct tux_route routes[] = { { NULL, handle }, { NULL, NULL } };
	user_req_t req = { 0 };
	int result = TUX_CONTINUE_EVENTLOOP;

	if (argc < 3 || (!getuid() && argc < 4))
		errx(1, "usage: cgi PREFIX DIRECTORY USER; programs are never run as root");
	prefix = argv[1];
	routes[0].name = prefix;
	directory = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		err(1, "%s", argv[2]);
	if (tux_register_module(prefix, 1))
		errx(1, "%s: %s", prefix, tux_error_text(TUX_ACTION_REGISTER_MODULE, errno));
	if (!getuid())
		assume_user(argv[3]);
	signal(SIGPIPE, SIG_IGN);
	do {
		result = tux_dispatch(routes, &req, result);
	} while (result != TUX_RETURN_EXIT && result != -1);
	return result == TUX_RETURN_EXIT ? 0 : 1;
}
