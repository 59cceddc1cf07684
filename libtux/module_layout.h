/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Modules of the two layouts, for the loader: a module of layout 3 is called with a user_req_t as
 * it is, one of layout 2 through tux_v2_handle().
 */
#ifndef LIBTUX_MODULE_LAYOUT_H
#define LIBTUX_MODULE_LAYOUT_H

#include <tux.h>
#include <tux/layout2.h>

/**
 * tux_v2_handle() - Give a request to the handler of a module of layout 2.
 * @handler: Its TUXAPI_handle_events().
 * @req: A request that was just delivered, for this module.
 *
 * While the handler runs, its tux() acts on @req: what the handler's last call delivered, perhaps
 * for another module, is in @req when this returns.
 *
 * Context: One thread per @req; never from a handler.
 * Return: What the handler returned, as if it were one of layout 3.
 */
int tux_v2_handle(int (*handler)(void *req), user_req_t *req);

/**
 * tux_v2() - What modules of layout 2 call by the name of tux().
 * @action: One of enum tux_action.
 * @req: A request in layout 2, or NULL; for the actions with structures of their own, that, and for
 *   CONTINUE_REQ a descriptor, cast.
 *
 * Return: As tux().
 */
int tux_v2(unsigned int action, struct tux_req_layout2 *req);

/**
 * tux_layout2_import() - Turn a request of layout 2 into one of layout 3.
 * @from: The request.
 * @to: Every member is set.
 */
void tux_layout2_import(const struct tux_req_layout2 *from, user_req_t *to);

/**
 * tux_layout2_export() - Turn a request of layout 3 into one of layout 2.
 * @from: The request.
 * @to: Every member but dummy and post_data is set.  On 32-bit machines the high half of id, priv
 *   and object_addr is cut off.
 */
void tux_layout2_export(const user_req_t *from, struct tux_req_layout2 *to);

/* Bodies of requests for layout 2; see body.c. */
char *tux_body_find(user_req_t *req);
int tux_body_read(user_req_t *req);
void tux_body_drop(uint64_t id);

/* A body for requests that have none. */
extern char tux_no_body[1];

#endif /* LIBTUX_MODULE_LAYOUT_H */
