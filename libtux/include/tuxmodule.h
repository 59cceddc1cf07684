/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the source of a TUX user module includes.
 *
 * A module is a shared object that the TUX daemon loads.  It has TUXAPI_init(), called once before
 * the workers start, and TUXAPI_handle_events(), called by a worker for each of its requests.
 * Modules rely on this header for the C library headers below, so they stay, needed or not.
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

/* A module that stands by the layout of TUX 3 says so with this. */
#define TUXAPI_declare int TUXAPI_protocol_version = 3

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

#ifdef __cplusplus
}
#endif

#endif /* _TUXMODULE_H */
