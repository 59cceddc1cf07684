// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Small text files of /proc: read whole, write whole; and the net.tux settings on top of that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tux.h>

#include "internal.h"

#define READ_STEP 16384

static char *read_all(int fd)
{
	size_t size = 0;
	size_t used = 0;
	char *text = NULL;

	for (;;) {
		ssize_t got;

		if (size - used < 2) {
			char *larger = realloc(text, size + READ_STEP);

			if (!larger)
				break;
			text = larger;
			size += READ_STEP;
		}
		got = read(fd, text + used, size - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		if (!got) {
			text[used] = '\0';
			return text;
		}
		used += got;
	}
	free(text);
	return NULL;
}

/**
 * tux_read_text() - Read a small file whole.
 * @path: The file.
 *
 * Return: Its content, terminated, to be freed with free(3); or NULL with errno set.
 */
char *tux_read_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	int error;

	if (fd < 0)
		return NULL;
	text = read_all(fd);
	error = errno;
	close(fd);
	errno = error;
	return text;
}

/* A setting's name is a file's name and must not be a path. */
static int make_setting_path(const char *name, char *path, size_t size)
{
	int length = snprintf(path, size, "%s%s", TUX_PROC_SETTINGS, name);

	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..") ||
	    length < 0 || (size_t)length >= size) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int tux_read_setting(const char *name, char *value, size_t size)
{
	char path[128];
	size_t length;
	char *text;

	if (make_setting_path(name, path, sizeof(path)))
		return -1;
	text = tux_read_text(path);
	if (!text)
		return -1;
	length = strlen(text);
	if (length && text[length - 1] == '\n')
		text[--length] = '\0';
	if (length >= size) {
		free(text);
		errno = ERANGE;
		return -1;
	}
	memcpy(value, text, length + 1);
	free(text);
	return 0;
}

int tux_write_setting(const char *name, const char *value)
{
	char path[128];
	ssize_t written;
	char *line;
	int length;
	int error;
	int fd;

	if (make_setting_path(name, path, sizeof(path)))
		return -1;
	/*
	 * One write, because the kernel takes each for a whole value; a newline, because no bytes
	 * are no write.
	 */
	length = asprintf(&line, "%s\n", value);
	if (length < 0)
		return -1;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	written = fd < 0 ? -1 : write(fd, line, length);
	error = written < 0 ? errno : EINVAL;
	if (fd >= 0)
		close(fd);
	free(line);
	if (written != length) {
		errno = error;
		return -1;
	}
	return 0;
}
