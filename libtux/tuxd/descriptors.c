// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The list of the master's own descriptors.
 *
 * Who closes one of them does so with descriptor_close(): its number may be a module's next time.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
#include "log.h"

static int *kept;
static unsigned int kept_count;

/**
 * descriptor_keep() - Take down that a descriptor is not for the children.
 * @fd: The descriptor.
 */
void descriptor_keep(int fd)
{
	int *larger = realloc(kept, (kept_count + 1) * sizeof(*kept));

	if (!larger) {
		log_warning("out of memory: the children get descriptor %d, too", fd);
		return;
	}
	kept = larger;
	kept[kept_count++] = fd;
}

static bool is_any(int directory, const char *name)
{
	return atoi(name) != directory;
}

/* What the system call makes for a process that starts a server. */
static bool is_handle(int directory, const char *name)
{
	static const char expected[] = "anon_inode:[tux]";
	char target[sizeof(expected)];
	ssize_t length = readlinkat(directory, name, target, sizeof(target));

	return length == sizeof(expected) - 1 && !memcmp(target, expected, length);
}

static void keep_each(bool (*is_wanted)(int directory, const char *name))
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		int fd = atoi(entry->d_name);

		if (fd > STDERR_FILENO && is_wanted(dirfd(directory), entry->d_name))
			descriptor_keep(fd);
	}
	closedir(directory);
}

/**
 * descriptor_keep_all() - Take this down for every descriptor that is open now, beside the standard
 * streams.
 */
void descriptor_keep_all(void)
{
	/* It would connect again, under a number that somebody else's file has had. */
	log_close();
	keep_each(is_any);
}

/**
 * descriptor_keep_handle() - Take this down for the handle that the system call has made.
 */
void descriptor_keep_handle(void)
{
	keep_each(is_handle);
}

/**
 * descriptor_close() - Close a descriptor that may be on the list.
 * @fd: The descriptor, or -1.
 */
void descriptor_close(int fd)
{
	if (fd < 0)
		return;
	for (unsigned int i = 0; i < kept_count; i++)
		if (kept[i] == fd)
			kept[i--] = kept[--kept_count];
	close(fd);
}

/**
 * descriptors_close_kept() - In a child: close what is the master's.
 */
void descriptors_close_kept(void)
{
	while (kept_count)
		close(kept[--kept_count]);
}
