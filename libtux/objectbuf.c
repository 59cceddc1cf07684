// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Buffers for the current object: TUXAPI_alloc_read_objectbuf() and its counterpart.
 *
 * A buffer has a word in front that says how to free it.  Before a file that is mapped there is a
 * page for it, and behind each buffer a NUL.
 */
#define TUXAPI_NO_LAYOUT_MARKER
#include <stddef.h>
#include <sys/stat.h>
#include <tuxmodule.h>

#include "module_layout.h"

char *TUXAPI_alloc_read_objectbuf_v2(struct tux_req_layout2 *req, int fd);

/* What stands in front of a buffer; aligned as malloc() would do. */
struct front {
	/* Bytes of the mapping that starts a page before the buffer; 0 for memory of malloc(). */
	size_t mapped;
} __attribute__((aligned(16)));

static char *allocate(size_t length)
{
	struct front *front = malloc(sizeof(*front) + length + 1);

	if (!front)
		return NULL;
	front->mapped = 0;
	((char *)(front + 1))[length] = '\0';
	return (char *)(front + 1);
}

/* Reading a mapping past the end of its file would be deadly. */
static int has_bytes(int fd, size_t length)
{
	struct stat status;

	if (fstat(fd, &status))
		return 0;
	if (status.st_size >= (off_t)length)
		return 1;
	errno = EINVAL;
	return 0;
}

static char *map_file(int fd, size_t length)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t size = page + length + 1;
	struct front *front;
	char *start;

	if (!has_bytes(fd, length))
		return NULL;
	start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED)
		return NULL;
	if (length && mmap(start + page, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
			   fd, 0) == MAP_FAILED) {
		munmap(start, size);
		return NULL;
	}
	start[page + length] = '\0';
	front = (struct front *)(start + page) - 1;
	front->mapped = size;
	return start + page;
}

static char *get_buffer(uint32_t length, int fd)
{
	if (length == UINT32_MAX) {
		errno = EFBIG;
		return NULL;
	}
	return fd >= 0 ? map_file(fd, length) : allocate(length);
}

void TUXAPI_free_objectbuf(user_req_t *req, char *buf)
{
	struct front *front;

	(void)req;
	if (!buf)
		return;
	front = (struct front *)buf - 1;
	if (front->mapped)
		munmap(buf - sysconf(_SC_PAGESIZE), front->mapped);
	else
		free(front);
}

char *TUXAPI_alloc_read_objectbuf(user_req_t *req, int fd)
{
	uint32_t length = req->objectlen;
	char *buffer = get_buffer(length, fd);

	if (!buffer || fd >= 0)
		return buffer;
	req->object_addr = (uintptr_t)buffer;
	if (!tux(TUX_ACTION_READ_OBJECT, req) && req->objectlen <= length) {
		buffer[req->objectlen] = '\0';
		return buffer;
	}
	TUXAPI_free_objectbuf(req, buffer);
	return NULL;
}

/**
 * TUXAPI_alloc_read_objectbuf_v2() - TUXAPI_alloc_read_objectbuf() for layout 2.
 * @req: The request.
 * @fd: As there.
 *
 * Return: As there.
 */
char *TUXAPI_alloc_read_objectbuf_v2(struct tux_req_layout2 *req, int fd)
{
	uint32_t length = req->objectlen;
	char *buffer = get_buffer(length, fd);

	if (!buffer || fd >= 0)
		return buffer;
	req->object_addr = buffer;
	if (!tux_v2(TUX_ACTION_READ_OBJECT, req) && req->objectlen <= length) {
		buffer[req->objectlen] = '\0';
		return buffer;
	}
	TUXAPI_free_objectbuf(NULL, buffer);
	return NULL;
}
