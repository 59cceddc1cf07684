// SPDX-License-Identifier: GPL-2.0-only
/*
 * A filesystem whose files fail or hang as they are told to, for tests of what a server does then.
 *
 *	fuse-fault DIRECTORY [DISK]
 *
 * Mounts itself on DIRECTORY, prints "ready" and serves until its standard input ends.  In it are
 *
 *	good         1 MiB of a pattern        bad-lookup   cannot be looked up: EIO
 *	bad-open     cannot be opened: EIO     bad-read     cannot be read: EIO
 *	bad-later    EIO behind 256 KiB
 *	hang-...     the lookup waits for "release", then ENOENT
 *	disk         the bytes of DISK
 *
 * Lines on standard input: "release" answers what hangs, "fail" makes every read of "disk" an
 * error, "work" ends that. Each is answered with a line "N", how many requests hung then.
 *
 * Speaks the kernel's own protocol, so that no library is needed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/fuse.h>

#define BUFFER_SIZE (256 * 1024)
#define FILE_SIZE (1024L * 1024)
#define GOOD_BYTES (256UL * 1024)
#define HANGING_MAX 1024

enum node { ROOT = FUSE_ROOT_ID, GOOD, BAD_OPEN, BAD_READ, BAD_LATER, DISK };

static const char *const names[] = {
	[GOOD] = "good",	   [BAD_OPEN] = "bad-open", [BAD_READ] = "bad-read",
	[BAD_LATER] = "bad-later", [DISK] = "disk",
};

static int device;
static int disk = -1;
static bool failing;
static __u64 hanging[HANGING_MAX];
static unsigned int hanging_count;
static char answer[BUFFER_SIZE];

static void die(const char *what)
{
	fprintf(stderr, "fuse-fault: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void reply(__u64 unique, int error, const void *data, size_t length)
{
	struct fuse_out_header header = {
		.len = sizeof(header) + (error ? 0 : length),
		.error = -error,
		.unique = unique,
	};
	struct iovec parts[] = {
		{ &header, sizeof(header) },
		{ (void *)data, error ? 0 : length },
	};

	/* ENOENT: whoever asked was killed meanwhile. */
	if (writev(device, parts, 2) < 0 && errno != ENOENT)
		die("cannot answer the kernel");
}

static __u64 size_of(enum node node)
{
	struct stat stat;

	if (node != DISK)
		return FILE_SIZE;
	return disk >= 0 && !fstat(disk, &stat) ? stat.st_size : 0;
}

static struct fuse_attr attributes(enum node node)
{
	return (struct fuse_attr){
		.ino = node,
		.size = node == ROOT ? 0 : size_of(node),
		.mode = node == ROOT ? S_IFDIR | 0755 : S_IFREG | 0644,
		.nlink = 1,
		.mtime = 1000000000,
		.ctime = 1000000000,
		.blksize = 4096,
	};
}

static void look_up(const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out entry = { .generation = 1 };
	enum node node;

	if (!strncmp(name, "hang-", 5) && hanging_count < HANGING_MAX) {
		hanging[hanging_count++] = in->unique;
		return;
	}
	if (!strcmp(name, "bad-lookup")) {
		reply(in->unique, EIO, NULL, 0);
		return;
	}
	for (node = GOOD; node <= DISK; node++)
		if (!strcmp(name, names[node]))
			break;
	entry.nodeid = node;
	entry.attr = attributes(node);
	reply(in->unique, node > DISK ? ENOENT : 0, &entry, sizeof(entry));
}

static void read_file(const struct fuse_in_header *in, const struct fuse_read_in *read)
{
	__u64 size = size_of(in->nodeid);
	size_t length = read->size < sizeof(answer) ? read->size : sizeof(answer);
	size_t i;

	if (read->offset >= size)
		length = 0;
	else if (length > size - read->offset)
		length = size - read->offset;
	if (in->nodeid == BAD_READ ||
	    (in->nodeid == BAD_LATER && read->offset + length > GOOD_BYTES) ||
	    (in->nodeid == DISK && failing)) {
		reply(in->unique, EIO, NULL, 0);
		return;
	}
	if (in->nodeid == DISK && pread(disk, answer, length, read->offset) != (ssize_t)length)
		die("cannot read the disk");
	for (i = 0; in->nodeid != DISK && i < length; i++)
		answer[i] = (read->offset + i) % 251;
	reply(in->unique, 0, answer, length);
}

static void begin(const struct fuse_in_header *in, const struct fuse_init_in *init)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = init->max_readahead,
		.flags = init->flags & (FUSE_ASYNC_READ | FUSE_PARALLEL_DIROPS),
		.max_background = 128,
		.congestion_threshold = 96,
		.max_write = 4096,
	};

	reply(in->unique, 0, &out, sizeof(out));
}

static void serve(const struct fuse_in_header *in, const void *argument)
{
	struct fuse_attr_out attr = { .attr = attributes(in->nodeid) };
	struct fuse_open_out opened = { .fh = in->nodeid };
	struct fuse_statfs_out statistics = { .st = { .bsize = 4096, .namelen = 255 } };

	switch (in->opcode) {
	case FUSE_INIT:
		begin(in, argument);
		break;
	case FUSE_LOOKUP:
		look_up(in, argument);
		break;
	case FUSE_GETATTR:
		reply(in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		reply(in->unique, in->nodeid == BAD_OPEN ? EIO : 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		read_file(in, argument);
		break;
	case FUSE_READDIR:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH:
		reply(in->unique, 0, NULL, 0);
		break;
	case FUSE_STATFS:
		reply(in->unique, 0, &statistics, sizeof(statistics));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		reply(in->unique, ENOSYS, NULL, 0);
		break;
	}
}

static void obey(const char *line)
{
	printf("%u\n", hanging_count);
	fflush(stdout);
	if (!strncmp(line, "release", 7)) {
		while (hanging_count)
			reply(hanging[--hanging_count], ENOENT, NULL, 0);
	} else if (!strncmp(line, "fail", 4)) {
		failing = true;
	} else if (!strncmp(line, "work", 4)) {
		failing = false;
	}
}

static void mount_on(const char *directory)
{
	char options[100];

	device = open("/dev/fuse", O_RDWR);
	if (device < 0)
		die("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
		 device);
	if (mount("fuse-fault", directory, "fuse.fault", MS_NOSUID | MS_NODEV, options))
		die(directory);
}

static void loop(void)
{
	static union {
		struct fuse_in_header header;
		char bytes[BUFFER_SIZE];
	} request;
	struct pollfd polled[] = {{.fd = device, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
	char line[64];

	for (;;) {
		ssize_t length;

		if (poll(polled, 2, -1) < 0)
			die("poll");
		if (polled[1].revents) {
			length = read(0, line, sizeof(line) - 1);
			if (length <= 0)
				return;
			line[length] = '\0';
			obey(line);
		}
		if (!polled[0].revents)
			continue;
		length = read(device, &request, sizeof(request));
		/* ENODEV: unmounted.  ENOENT: the request was taken back. */
		if (length < 0 && errno == ENODEV)
			return;
		if (length < 0 && errno != ENOENT && errno != EINTR)
			die("cannot read from the kernel");
		if (length > 0)
			serve(&request.header, &request.header + 1);
	}
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: fuse-fault DIRECTORY [DISK]\n");
		return 2;
	}
	if (argc == 3) {
		disk = open(argv[2], O_RDONLY);
		if (disk < 0)
			die(argv[2]);
	}
	mount_on(argv[1]);
	printf("ready\n");
	fflush(stdout);
	loop();
	umount2(argv[1], MNT_DETACH);
	return 0;
}
