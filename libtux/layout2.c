// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Requests of TUX 2 into those of TUX 3, and back.
 *
 * The texts have the same sizes in both, and most of them stand in the same order.
 */
#include <stddef.h>
#include <string.h>

#include "module_layout.h"

/* From content_type to referer there are only fields of one size. */
#define FIELDS_LENGTH ((size_t)11 * MAX_FIELD_LEN)

_Static_assert(offsetof(user_req_t, new_date) - offsetof(user_req_t, content_type) ==
	       FIELDS_LENGTH, "layout 3 has other fields");
_Static_assert(offsetof(struct tux_req_layout2, post_data) -
	       offsetof(struct tux_req_layout2, content_type) == FIELDS_LENGTH,
	       "layout 2 has other fields");

/* A member that has the same name and meaning in both. */
#define COPY(member) (to->member = from->member)

/* A text, with its end made sure: whoever reads it may trust that it has one. */
#define COPY_TEXT(member) do {						\
	_Static_assert(sizeof(to->member) == sizeof(from->member),	\
		       #member " differs in size");			\
	memcpy(to->member, from->member, sizeof(to->member));		\
	to->member[sizeof(to->member) - 1] = '\0';			\
} while (0)

#define COPY_NUMBERS do {						\
	COPY(version_major);						\
	COPY(version_minor);						\
	COPY(version_patch);						\
	COPY(http_version);						\
	COPY(http_method);						\
	COPY(http_status);						\
	COPY(sock);							\
	COPY(event);							\
	COPY(error);							\
	COPY(thread_nr);						\
	COPY(bytes_sent);						\
	COPY(client_host);						\
	COPY(objectlen);						\
	COPY(module_index);						\
	COPY(keep_alive);						\
	COPY(cookies_len);						\
} while (0)

#define COPY_TEXTS do {							\
	COPY_TEXT(query);						\
	COPY_TEXT(objectname);						\
	COPY_TEXT(cookies);						\
	COPY_TEXT(content_type);					\
	COPY_TEXT(user_agent);						\
	COPY_TEXT(accept);						\
	COPY_TEXT(accept_charset);					\
	COPY_TEXT(accept_encoding);					\
	COPY_TEXT(accept_language);					\
	COPY_TEXT(cache_control);					\
	COPY_TEXT(if_modified_since);					\
	COPY_TEXT(negotiate);						\
	COPY_TEXT(pragma);						\
	COPY_TEXT(referer);						\
	COPY_TEXT(new_date);						\
} while (0)

void tux_layout2_import(const struct tux_req_layout2 *from, user_req_t *to)
{
	COPY_NUMBERS;
	COPY_TEXTS;
	to->id = (uintptr_t)from->id;
	to->priv = (uintptr_t)from->priv;
	to->object_addr = (uintptr_t)from->object_addr;
	memset(to->__pad, 0, sizeof(to->__pad));
}

void tux_layout2_export(const user_req_t *from, struct tux_req_layout2 *to)
{
	COPY_NUMBERS;
	COPY_TEXTS;
	to->id = (void *)(uintptr_t)from->id;
	to->priv = (void *)(uintptr_t)from->priv;
	to->object_addr = (char *)(uintptr_t)from->object_addr;
}
