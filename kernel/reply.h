/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Composing responses: which status, which head, which bytes of the file.
 */
#ifndef TUX_REPLY_H
#define TUX_REPLY_H

#include "context.h"

enum tux_reply {
	TUX_REPLY_READY,	/* the request has a head to send */
	TUX_REPLY_OPEN,		/* the file must be opened first */
	TUX_REPLY_FAILED,	/* no memory for a head: the connection must be closed */
};

enum tux_reply tux_reply_status(struct tux_context *context, struct tux_conn *conn,
				unsigned int status);
enum tux_reply tux_reply_redirect(struct tux_context *context, struct tux_conn *conn);
bool tux_reply_knows(struct tux_context *context, struct tux_file *file);
void tux_reply_remember(struct tux_context *context, struct tux_file *file);
char *tux_reply_memory(struct tux_context *context, size_t size);
void tux_reply_commit(struct tux_context *context, struct tux_request *request, size_t length);
enum tux_reply tux_reply_file(struct tux_context *context, struct tux_conn *conn,
			      unsigned int status);

#endif /* TUX_REPLY_H */
