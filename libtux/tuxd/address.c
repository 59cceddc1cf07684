// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Addresses as administrators write them, both ways.
 *
 * Names are not looked up: a server must not depend on DNS to start, and the kernel's
 * net.tux.listen takes numbers only.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

/* Decimal digits only, 1 to 65535; 0 if it is not that. */
static unsigned int parse_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long port;

	if (!digits || digits > 5 || text[digits])
		return 0;
	port = strtoul(text, NULL, 10);
	return port <= 65535 ? port : 0;
}

static socklen_t parse_ipv4(const char *host, unsigned int port, struct sockaddr_storage *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;

	if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
		return 0;
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	return sizeof(*in);
}

static socklen_t parse_ipv6(char *host, unsigned int port, struct sockaddr_storage *address)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;
	char *zone = strchr(host, '%');

	if (zone) {
		*zone++ = '\0';
		in6->sin6_scope_id = if_nametoindex(zone);
		if (!in6->sin6_scope_id)
			return 0;
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
		return 0;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	return sizeof(*in6);
}

/**
 * address_parse() - Read an address.
 * @text: ADDR, ADDR:PORT, ADDR6, [ADDR6] or [ADDR6]:PORT; terminated.
 * @default_port: The port if the text names none.
 * @address: Filled in.
 *
 * Return: The length of the address, or 0 if the text is none.
 */
socklen_t address_parse(const char *text, unsigned int default_port,
			struct sockaddr_storage *address)
{
	char copy[ADDRESS_TEXT_MAX];
	char *host = copy;
	char *port = NULL;

	if (strlen(text) >= sizeof(copy))
		return 0;
	strcpy(copy, text);
	memset(address, 0, sizeof(*address));
	if (*copy == '[') {
		char *end = strchr(copy, ']');

		if (!end || (end[1] && end[1] != ':'))
			return 0;
		port = end[1] ? end + 2 : NULL;
		*end = '\0';
		host++;
	} else if (strchr(copy, ':') && strchr(copy, ':') == strrchr(copy, ':')) {
		port = strchr(copy, ':');
		*port++ = '\0';
	}
	if (port) {
		default_port = parse_port(port);
		if (!default_port)
			return 0;
	}
	if (*copy == '[' || strchr(host, ':'))
		return parse_ipv6(host, default_port, address);
	return parse_ipv4(host, default_port, address);
}

/**
 * address_format() - Write an address as address_parse() reads it.
 * @address: An IPv4 or IPv6 address.
 * @text: Where to write it.
 * @size: Bytes of @text; ADDRESS_TEXT_MAX is enough.
 *
 * Return: @text.
 */
const char *address_format(const struct sockaddr_storage *address, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(text, size, "%s:%u", host, ntohs(in->sin_port));
	} else {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
		char zone[IF_NAMESIZE] = "";

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		if (in6->sin6_scope_id)
			if_indextoname(in6->sin6_scope_id, zone);
		snprintf(text, size, "[%s%s%s]:%u", host, *zone ? "%" : "", zone,
			 ntohs(in6->sin6_port));
	}
	return text;
}
