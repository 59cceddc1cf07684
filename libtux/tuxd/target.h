/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where redirected connections go: the text of --redirect, and how the other server is told the
 * client's address.
 */
#ifndef TUXD_TARGET_H
#define TUXD_TARGET_H

#include <stddef.h>
#include <sys/socket.h>

/* Room for the longest header of the PROXY protocol, of either version. */
#define PROXY_HEADER_MAX 108

/* Room for the fields that are put into a head. */
#define FORWARDED_FIELDS_MAX 96

enum target_kind {
	TARGET_CLIENTPORT,	/* 127.0.0.1, port net.tux.clientport */
	TARGET_TCP,		/* a connection to @address, copied */
	TARGET_PROXY,		/* the same, with the client's address in a line in front */
	TARGET_PROXY2,		/* the same, in the binary header of version 2 */
	TARGET_FORWARDED_FOR,	/* the same, with the address in a field of the request's head */
	TARGET_UNIX,		/* the descriptor, to who listens at @address */
	TARGET_OFF,		/* nowhere: there is no redirector */
};

/**
 * struct target - Where redirected connections go; constant after target_parse().
 */
struct target {
	/** @kind: How. */
	enum target_kind kind;
	/** @address: Of the server, unless @kind says all. */
	struct sockaddr_storage address;
	/** @length: Bytes of @address. */
	socklen_t length;
};

int target_parse(const char *text, struct target *target);
size_t proxy_header(char *text, size_t size, const struct sockaddr_storage *client,
		    const struct sockaddr_storage *server);
size_t proxy_header2(char *header, const struct sockaddr_storage *client,
		     const struct sockaddr_storage *server);
size_t forwarded_fields(char *text, size_t size, const struct sockaddr_storage *client);
size_t forwarded_place(const char *data, size_t length);

#endif /* TUXD_TARGET_H */
