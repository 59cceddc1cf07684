// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host names and ports.
 *
 * Called by parse.c for the Host field and for targets that name a host.  Calls nothing but the
 * character table.  No locks: works on memory of the caller.
 */
#include "host.h"

#include "chars.h"

#define BAD (-HTTP_STATUS_BAD_REQUEST)
#define PORT_MAX 65535

static bool is_ipv4(const char *at, const char *end)
{
	int parts;

	for (parts = 0; parts < 4; parts++) {
		unsigned int number = 0;
		const char *start;

		if (parts && (at == end || *at++ != '.'))
			return false;
		for (start = at; at < end && http_char_is(*at, HTTP_CHAR_DIGIT); at++) {
			number = number * 10 + (*at - '0');
			if (number > 255)
				return false;
		}
		if (at == start || (*start == '0' && at - start > 1))
			return false;
	}
	return at == end;
}

/* Groups of up to four digits, at most one "::", at the end perhaps an IPv4 address. */
static bool is_ipv6(const char *at, const char *end)
{
	bool gap = false;
	int groups = 0;

	if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
		gap = true;
		at += 2;
	}
	while (at < end && groups < 8) {
		const char *start = at;

		while (at < end && at - start < 5 && http_char_hex(*at) >= 0)
			at++;
		if (at < end && *at == '.')
			return (gap ? groups < 6 : groups == 6) && is_ipv4(start, end);
		if (at == start || at - start > 4)
			return false;
		groups++;
		if (at == end)
			break;
		if (*at++ != ':' || at == end)
			return false;
		if (*at == ':') {
			if (gap)
				return false;
			gap = true;
			at++;
		}
	}
	return at == end && (gap ? groups < 8 : groups == 8);
}

/* The end of a registered name or IPv4 address, or NULL if a percent-encoding is broken. */
static const char *skip_name(const char *at, const char *end)
{
	for (; at < end; at++) {
		if (http_char_is(*at, HTTP_CHAR_HOST))
			continue;
		if (*at != '%')
			break;
		if (end - at < 3 || http_char_hex(at[1]) < 0 || http_char_hex(at[2]) < 0)
			return NULL;
		at += 2;
	}
	return at;
}

static int parse_port(const char *at, const char *end, struct http_host *host)
{
	u32 port = 0;

	if (at == end)
		return 0;
	for (; at < end; at++) {
		if (!http_char_is(*at, HTTP_CHAR_DIGIT))
			return BAD;
		port = port * 10 + (*at - '0');
		if (port > PORT_MAX)
			return BAD;
	}
	if (!port)
		return BAD;
	host->port = port;
	host->has_port = true;
	return 0;
}

int http_host_parse(const char *value, size_t length, struct http_host *host)
{
	const char *end = value + length;
	const char *name = value;
	const char *at;

	*host = (struct http_host){ 0 };
	if (!length)
		return 0;
	if (length > 65535)
		return BAD;
	if (*value == '[') {
		at = memchr(value, ']', length);
		if (!at || !is_ipv6(++name, at))
			return BAD;
		host->literal = true;
	} else {
		at = skip_name(value, end);
		if (!at || at == value)
			return BAD;
	}
	host->name_offset = name - value;
	host->name_length = at - name;
	at += host->literal;
	if (at == end)
		return 0;
	if (*at != ':')
		return BAD;
	return parse_port(at + 1, end, host);
}
