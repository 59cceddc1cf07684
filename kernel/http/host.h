/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "host[:port]" as it stands in the Host field and in targets (RFC 9110 7.2, RFC 3986 3.2.2).
 */
#ifndef HTTP_HOST_H
#define HTTP_HOST_H

#include "env.h"
#include "status.h"

/**
 * struct http_host - Parts of an authority.
 */
struct http_host {
	/** @name_offset: Bytes from the start of the value to the name; 1 in "[::1]". */
	u16 name_offset;
	/** @name_length: Bytes of the name, without brackets; 0 for an empty host. */
	u16 name_length;
	/** @port: Port number, 0 if none was given. */
	u16 port;
	/** @has_port: A port with at least one digit was given. */
	bool has_port;
	/** @literal: The name is an IPv6 address that stood in brackets. */
	bool literal;
};

/**
 * http_host_parse() - Check and take apart "host[:port]".
 * @value: Value without white space around it.
 * @length: Bytes at @value.
 * @host: Where to store the parts.
 *
 * User information ("user@host"), addresses of future versions ("[v1.x]") and zones in literals
 * are refused, port 0 too.  An empty value is a valid empty host; a name may end in a dot and
 * may hold percent-encoded bytes, which stay encoded.
 *
 * Context: Any context.
 * Return: 0 or -HTTP_STATUS_BAD_REQUEST.
 */
int http_host_parse(const char *value, size_t length, struct http_host *host);

#endif
