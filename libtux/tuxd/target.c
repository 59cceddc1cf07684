// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Targets of redirection.  Pure: no socket is made here.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "address.h"
#include "target.h"

static int parse_address(const char *text, struct target *target)
{
	target->length = address_parse(text, 0, &target->address);
	if (!target->length)
		return -1;
	if (target->address.ss_family == AF_INET)
		return ((struct sockaddr_in *)&target->address)->sin_port ? 0 : -1;
	return ((struct sockaddr_in6 *)&target->address)->sin6_port ? 0 : -1;
}

static int parse_path(const char *path, struct target *target)
{
	struct sockaddr_un *address = (struct sockaddr_un *)&target->address;

	if (*path != '/' || strlen(path) >= sizeof(address->sun_path))
		return -1;
	address->sun_family = AF_UNIX;
	strcpy(address->sun_path, path);
	target->length = sizeof(*address);
	return 0;
}

static const struct {
	const char *prefix;
	enum target_kind kind;
	int (*parse)(const char *text, struct target *target);
} schemes[] = {
	{ "tcp:", TARGET_TCP, parse_address },
	{ "proxy:", TARGET_PROXY, parse_address },
	{ "proxy2:", TARGET_PROXY2, parse_address },
	{ "forwarded-for:", TARGET_FORWARDED_FOR, parse_address },
	{ "unix:", TARGET_UNIX, parse_path },
};

/**
 * target_parse() - Read where redirected connections are to go.
 * @text: tcp:ADDRESS:PORT, proxy:ADDRESS:PORT, proxy2:ADDRESS:PORT, forwarded-for:ADDRESS:PORT,
 * unix:/PATH or off.
 * @target: Filled in.
 *
 * Return: 0, or -1 if the text is none of these.
 */
int target_parse(const char *text, struct target *target)
{
	memset(target, 0, sizeof(*target));
	if (!strcmp(text, "off")) {
		target->kind = TARGET_OFF;
		return 0;
	}
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t length = strlen(schemes[i].prefix);

		if (strncmp(text, schemes[i].prefix, length))
			continue;
		target->kind = schemes[i].kind;
		return schemes[i].parse(text + length, target);
	}
	return -1;
}

/* An address in text, and its port; an IPv4 address in an IPv6 one is an IPv4 address. */
static int describe(const struct sockaddr_storage *address, char *text, unsigned int *port)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;

	if (address->ss_family == AF_INET) {
		*port = ntohs(in->sin_port);
		inet_ntop(AF_INET, &in->sin_addr, text, INET6_ADDRSTRLEN);
		return AF_INET;
	}
	*port = ntohs(in6->sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, text, INET6_ADDRSTRLEN);
		return AF_INET;
	}
	inet_ntop(AF_INET6, &in6->sin6_addr, text, INET6_ADDRSTRLEN);
	return AF_INET6;
}

static int is_internet(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET || address->ss_family == AF_INET6;
}

/**
 * proxy_header() - Write the line of the PROXY protocol, version 1.
 * @text: Where to write it.
 * @size: Bytes of @text; PROXY_HEADER_MAX is enough.
 * @client: Address of the client.
 * @server: Address that it has connected to.
 *
 * Return: Bytes of the line, with its end.
 */
size_t proxy_header(char *text, size_t size, const struct sockaddr_storage *client,
		    const struct sockaddr_storage *server)
{
	char from[INET6_ADDRSTRLEN];
	char to[INET6_ADDRSTRLEN];
	unsigned int from_port;
	unsigned int to_port;
	int family;

	if (!is_internet(client) || !is_internet(server))
		return snprintf(text, size, "PROXY UNKNOWN\r\n");
	family = describe(client, from, &from_port);
	if (describe(server, to, &to_port) != family)
		return snprintf(text, size, "PROXY UNKNOWN\r\n");
	return snprintf(text, size, "PROXY %s %s %s %u %u\r\n", family == AF_INET ? "TCP4" : "TCP6",
			from, to, from_port, to_port);
}

/* The bytes of an address and its port, as an IPv4 or an IPv6 one; an IPv4 one can be either. */
static void put_address(const struct sockaddr_storage *address, int family, void *bytes, void *port)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;

	if (address->ss_family == AF_INET) {
		memcpy(bytes, &in->sin_addr, 4);
		memcpy(port, &in->sin_port, 2);
		return;
	}
	if (family == AF_INET)
		memcpy(bytes, in6->sin6_addr.s6_addr + 12, 4);
	else
		memcpy(bytes, &in6->sin6_addr, 16);
	memcpy(port, &in6->sin6_port, 2);
}

/**
 * proxy_header2() - Write the header of the PROXY protocol, version 2.
 * @header: Where to write it; PROXY_HEADER_MAX bytes are enough.
 * @client: Address of the client.
 * @server: Address that it has connected to.
 *
 * Return: Bytes of the header.
 */
size_t proxy_header2(char *header, const struct sockaddr_storage *client,
		     const struct sockaddr_storage *server)
{
	static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";
	char text[INET6_ADDRSTRLEN];
	unsigned int port;
	int family = AF_UNSPEC;
	size_t size = 0;

	if (is_internet(client) && is_internet(server)) {
		family = describe(client, text, &port);
		if (describe(server, text, &port) != family)
			family = AF_UNSPEC;
	}
	memcpy(header, signature, sizeof(signature));
	header[12] = 0x21;	/* version 2, with the address of somebody else */
	header[13] = 0;
	header[14] = 0;
	if (family != AF_UNSPEC) {
		size = family == AF_INET ? 4 : 16;
		header[13] = family == AF_INET ? 0x11 : 0x21;	/* TCP over IPv4 or IPv6 */
		put_address(client, family, header + 16, header + 16 + 2 * size);
		put_address(server, family, header + 16 + size, header + 16 + 2 * size + 2);
		size = 2 * size + 4;
	}
	header[15] = size;
	return 16 + size;
}

/**
 * forwarded_fields() - Write the fields that tell another server of the client.
 * @text: Where to write them.
 * @size: Bytes of @text; FORWARDED_FIELDS_MAX is enough.
 * @client: Address of the client.
 *
 * They say, too, that the connection ends after this request: the next one on it would come without
 * them.
 *
 * Return: Bytes of the fields, with the end of the last line.
 */
size_t forwarded_fields(char *text, size_t size, const struct sockaddr_storage *client)
{
	char from[INET6_ADDRSTRLEN] = "unknown";
	unsigned int port;

	if (is_internet(client))
		describe(client, from, &port);
	return snprintf(text, size, "X-Forwarded-For: %s\r\nConnection: close\r\n", from);
}

/**
 * forwarded_place() - Find where fields can be put into a request.
 * @data: The request, from its beginning.
 * @length: Bytes of @data.
 *
 * Return: Bytes before the empty line that ends the head, or 0 if there is no such line.
 */
size_t forwarded_place(const char *data, size_t length)
{
	const char *begin = data;
	const char *end;

	/* Empty lines may come before the request. */
	while (length && (*begin == '\r' || *begin == '\n')) {
		begin++;
		length--;
	}
	end = memmem(begin, length, "\r\n\r\n", 4);
	return end ? end - data + 2 : 0;
}
