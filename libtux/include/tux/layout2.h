/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The request as TUX 2 laid it out: with pointers, so it differs between 32-bit and 64-bit
 * programs.
 *
 * In the header mode TUX_API=2 this is user_req_t, and <tux.h> binds tux() to a call that converts.
 */
#ifndef _TUX_LAYOUT2_H
#define _TUX_LAYOUT2_H

/**
 * struct tux_req_layout2 - user_req_t of TUX 2; <linux/tux.h> says what each member is for.
 */
struct tux_req_layout2 {
	int version_major;
	int version_minor;
	int version_patch;
	int http_version;
	int http_method;
	int sock;
	int event;
	int error;
	int thread_nr;
	void *id;
	void *priv;
	int http_status;
	int bytes_sent;
	char *object_addr;
	int module_index;
	char dummy[16];
	unsigned int client_host;
	unsigned int objectlen;
	char query[MAX_URI_LEN];
	char objectname[MAX_URI_LEN];
	unsigned int cookies_len;
	char cookies[MAX_COOKIE_LEN];
	char content_type[MAX_FIELD_LEN];
	char user_agent[MAX_FIELD_LEN];
	char accept[MAX_FIELD_LEN];
	char accept_charset[MAX_FIELD_LEN];
	char accept_encoding[MAX_FIELD_LEN];
	char accept_language[MAX_FIELD_LEN];
	char cache_control[MAX_FIELD_LEN];
	char if_modified_since[MAX_FIELD_LEN];
	char negotiate[MAX_FIELD_LEN];
	char pragma[MAX_FIELD_LEN];
	char referer[MAX_FIELD_LEN];
	/**
	 * @post_data: The body of a POST of up to TUX_POST_BUFFERED bytes, whole, and a NUL behind
	 * it; it stays there until the request is answered.  "" in all other cases, never NULL.
	 */
	char *post_data;
	char new_date[DATE_LEN];
	int keep_alive;
};

/* Two offsets each: for 64-bit programs, and for 32-bit ones. */
#ifdef __LP64__
#define __TUX2_VALUE(long_value, short_value) (long_value)
#else
#define __TUX2_VALUE(long_value, short_value) (short_value)
#endif
#ifdef __cplusplus
#define __TUX2_ASSERT(expression, text) static_assert(expression, text)
#else
#define __TUX2_ASSERT(expression, text) _Static_assert(expression, text)
#endif
#define __TUX2_AT(member, long_value, short_value)				\
	__TUX2_ASSERT(__builtin_offsetof(struct tux_req_layout2, member) ==	\
		      __TUX2_VALUE(long_value, short_value), #member " is misplaced")

__TUX2_ASSERT(sizeof(struct tux_req_layout2) == __TUX2_VALUE(1496, 1472), "the size is wrong");
__TUX2_AT(version_major, 0, 0);
__TUX2_AT(http_version, 12, 12);
__TUX2_AT(http_method, 16, 16);
__TUX2_AT(sock, 20, 20);
__TUX2_AT(event, 24, 24);
__TUX2_AT(error, 28, 28);
__TUX2_AT(thread_nr, 32, 32);
__TUX2_AT(id, 40, 36);
__TUX2_AT(priv, 48, 40);
__TUX2_AT(http_status, 56, 44);
__TUX2_AT(bytes_sent, 60, 48);
__TUX2_AT(object_addr, 64, 52);
__TUX2_AT(module_index, 72, 56);
__TUX2_AT(dummy, 76, 60);
__TUX2_AT(client_host, 92, 76);
__TUX2_AT(objectlen, 96, 80);
__TUX2_AT(query, 100, 84);
__TUX2_AT(objectname, 356, 340);
__TUX2_AT(cookies_len, 612, 596);
__TUX2_AT(cookies, 616, 600);
__TUX2_AT(content_type, 744, 728);
__TUX2_AT(referer, 1384, 1368);
__TUX2_AT(post_data, 1448, 1432);
__TUX2_AT(new_date, 1456, 1436);
__TUX2_AT(keep_alive, 1488, 1468);
#undef __TUX2_AT
#undef __TUX2_ASSERT
#undef __TUX2_VALUE

#endif /* _TUX_LAYOUT2_H */
