/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the source of a TUX user module includes.
 *
 * A module is a shared object that the TUX daemon loads.  It has TUXAPI_init(), called once before
 * the workers start, and TUXAPI_handle_events(), called by a worker for each of its requests.
 * Modules rely on this header for the C library headers below, so they stay, needed or not; and on
 * its leaving out <arpa/inet.h>, whose names some of them use for their own.
 *
 * TUX_API says which user_req_t a source is written for; see <tux.h>.  What is compiled has the
 * symbol TUXAPI_layout with that number, by which the loader tells.
 */
#ifndef _TUXMODULE_H
#define _TUXMODULE_H

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tux.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Set by the daemon before TUXAPI_init() is called; empty in a program of another kind.  Lengths
 * leave out the NUL.
 */
extern char *TUXAPI_version;			/* name and release, for SERVER_SOFTWARE */
extern unsigned long TUXAPI_version_len;
extern char *TUXAPI_docroot;			/* the document root, as the daemon sees it */
extern unsigned long TUXAPI_docroot_len;
extern char *TUXAPI_servername;			/* the name of this machine */
extern unsigned long TUXAPI_servername_len;
extern char **TUXAPI_modulename_array; /* names of the loaded modules, by user_req_t.module_index */

/*
 * Which user_req_t this object was compiled for.  Weak, because each of its files has one.
 */
#ifndef TUXAPI_NO_LAYOUT_MARKER
extern const int TUXAPI_layout __attribute__((weak, visibility("default")));
const int TUXAPI_layout = TUX_API;
#endif

/* The entry points of a module. */
void TUXAPI_init(void);
int TUXAPI_handle_events(user_req_t *req);

/**
 * TUXAPI_malloc_shared() - Get zeroed memory that all workers share.
 * @len: Bytes.
 *
 * To be called from TUXAPI_init(), that is, before the workers are forked.  There is no call to
 * free it.
 *
 * Return: The memory, or NULL with errno set.
 */
void *TUXAPI_malloc_shared(unsigned int len);

/**
 * TUXAPI_alloc_read_objectbuf() - Get a buffer with the current object.
 * @req: The request, with an object (GET_OBJECT).
 * @fd: A descriptor of the object's file, to map it; or -1, to read it with READ_OBJECT.
 *
 * There is a NUL behind it.  Changing the buffer does not change the file.
 *
 * Return: req->objectlen bytes, to be released with TUXAPI_free_objectbuf(); or NULL with errno
 *   set: EFBIG for an object of 4 GiB or more, EINVAL if the file of @fd is shorter.
 */
char *TUXAPI_alloc_read_objectbuf(user_req_t *req, int fd)
	__TUX_LAYOUT2_NAME("TUXAPI_alloc_read_objectbuf_v2");

/**
 * TUXAPI_free_objectbuf() - Release a buffer of TUXAPI_alloc_read_objectbuf().
 * @req: Any request; not used.
 * @buf: The buffer, or NULL.
 */
void TUXAPI_free_objectbuf(user_req_t *req, char *buf);

/**
 * TUXAPI_down() - Take a lock in shared memory.
 * @lock: 0 when free.
 *
 * Spins, so hold it for a few instructions only.
 */
static inline void TUXAPI_down(int *lock)
{
	while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(lock, __ATOMIC_RELAXED))
#if defined(__x86_64__) || defined(__i386__)
			__builtin_ia32_pause()
#endif
			;
}

/**
 * TUXAPI_up() - Release a lock in shared memory.
 * @lock: Taken with TUXAPI_down().
 */
static inline void TUXAPI_up(int *lock)
{
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

/* A module says with this which layout it stands by. */
#define TUXAPI_declare int TUXAPI_protocol_version = TUX_API

/* The names that modules know the numbers of <linux/tux.h> by. */
enum {
	HTTP_1_0 = TUX_HTTP_1_0,
	HTTP_1_1 = TUX_HTTP_1_1,
};

enum {
	METHOD_NONE = TUX_METHOD_NONE,
	METHOD_GET = TUX_METHOD_GET,
	METHOD_HEAD = TUX_METHOD_HEAD,
	METHOD_POST = TUX_METHOD_POST,
	METHOD_PUT = TUX_METHOD_PUT,
	NR_METHODS = TUX_NR_METHODS,
};

/* The variables of RFC 3875 for the request at hand, which must be called "req". */
#define CGI_SERVER_NAME TUXAPI_servername
#define CGI_SERVER_NAME_LEN TUXAPI_servername_len
#define CGI_SERVER_SOFTWARE TUXAPI_version
#define CGI_SERVER_SOFTWARE_LEN TUXAPI_version_len
#define CGI_GATEWAY_INTERFACE "CGI/1.1"
#define CGI_SERVER_PROTOCOL (req->http_version == TUX_HTTP_1_1 ? "HTTP/1.1" : "HTTP/1.0")
#define CGI_SERVER_PORT 80
#define CGI_REQUEST_METHOD                                  \
	(req->http_method == TUX_METHOD_GET ? "GET" :       \
	 req->http_method == TUX_METHOD_HEAD ? "HEAD" :     \
	 req->http_method == TUX_METHOD_POST ? "POST" :     \
	 req->http_method == TUX_METHOD_PUT ? "PUT" : "NONE")
#define CGI_HTTP_ACCEPT (req->accept)
#define CGI_HTTP_USER_AGENT (req->user_agent)
#define CGI_HTTP_REFERER (req->referer)
#define CGI_PATH_TRANSLATED TUXAPI_docroot
#define CGI_DOCUMENT_ROOT TUXAPI_docroot
#define CGI_PATH_INFO (req->query)
#define CGI_QUERY_STRING (req->query)
#define CGI_SCRIPT_NAME (TUXAPI_modulename_array[req->module_index])
#define CGI_REMOTE_USER ""
#define CGI_REMOTE_AUTH_TYPE ""
#define CGI_ANNOTATION_SERVER ""
#define CGI_CONTENT_TYPE (req->content_type)

/*
 * Helpers that modules have come to use.  A module may have its own: each is left out if the name
 * is taken.
 */

/* With TUX_DEBUG 1, Dprintk() and HTTP_TRACE() print to standard error; else they do nothing. */
#ifndef TUX_DEBUG
#define TUX_DEBUG 0
#endif
#ifndef Dprintk
#define Dprintk(...) do {						\
	if (TUX_DEBUG)							\
		fprintf(stderr, __VA_ARGS__);				\
} while (0)
#endif
#ifndef HTTP_TRACE
#define HTTP_TRACE() Dprintk("%s:%d\n", __FILE__, __LINE__)
#endif

/* Ends this worker: the kernel answers or resets what it had, and the daemon starts another. */
#ifndef BUG
#define BUG() do {							\
	fprintf(stderr, "BUG at %s:%d\n", __FILE__, __LINE__);		\
	abort();							\
} while (0)
#endif

/* The compiler does not move memory accesses across it. */
#ifndef barrier
#define barrier() __asm__ __volatile__("" : : : "memory")
#endif

/* For inline assembly of x86: what makes an instruction atomic, and "addr" as its operand. */
#ifndef LOCK_PREFIX
#define LOCK_PREFIX "lock; "
#endif
#ifndef ADDR
#define ADDR (*(__volatile__ long *)addr)
#endif

/**
 * test_and_set_bit() - Set a bit in shared memory.
 * @nr: Number of the bit, from 0.
 * @addr: Words of 32 bits.
 *
 * Return: Whether it was set before.
 */
#ifndef test_and_set_bit
static inline int test_and_set_bit(int nr, __volatile__ void *addr)
{
	__volatile__ unsigned int *word = (__volatile__ unsigned int *)addr + nr / 32;
	unsigned int mask = 1U << nr % 32;

	return (__atomic_fetch_or(word, mask, __ATOMIC_SEQ_CST) & mask) != 0;
}
#endif

#ifdef __cplusplus
}
#endif

#endif /* _TUXMODULE_H */
