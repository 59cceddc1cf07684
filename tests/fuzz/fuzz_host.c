// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authorities against a naive version made of the C library's functions.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>

#include "fuzz.h"
#include "http/host.h"

#define DIGITS "0123456789"
#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS "-._~!$&'()*+,;=%"

static bool naive_name(const char *name)
{
	const char *percent = name;

	if (strspn(name, NAME_CHARS) != strlen(name))
		return false;
	while ((percent = strchr(percent, '%'))) {
		if (!isxdigit((u8)percent[1]) || !isxdigit((u8)percent[2]))
			return false;
		percent++;
	}
	return true;
}

static bool naive_port(const char *port, unsigned long *number)
{
	*number = 0;
	if (!*port)
		return true;
	if (strspn(port, DIGITS) != strlen(port))
		return false;
	*number = strtoul(port, NULL, 10);
	return *number >= 1 && *number <= 65535;
}

/* Cuts the text into name and port; false if it is bad. */
static bool naive_parse(char *text, char **name, unsigned long *port)
{
	struct in6_addr address;
	char *rest;

	*port = 0;
	*name = text;
	if (!*text)
		return true;
	if (*text == '[') {
		++*name;
		rest = strchr(text, ']');
		if (!rest)
			return false;
		*rest++ = '\0';
		if (inet_pton(AF_INET6, *name, &address) != 1)
			return false;
		return !*rest || (*rest == ':' && naive_port(rest + 1, port));
	}
	rest = strchr(text, ':');
	if (rest)
		*rest++ = '\0';
	return *text && naive_name(text) && (!rest || naive_port(rest, port));
}

void fuzz_one(struct fuzz_input *input)
{
	char *value = fuzz_copy(input->data, input->size);
	char *text = fuzz_string(input->data, input->size);
	bool has_nul = strlen(text) != input->size;
	struct http_host host;
	unsigned long port;
	char *name;
	int result = http_host_parse(value, input->size, &host);
	bool good = !has_nul && naive_parse(text, &name, &port);

	FUZZ_CHECK(result == (good ? 0 : -400));
	if (good) {
		FUZZ_CHECK(host.name_length == strlen(name));
		FUZZ_CHECK(host.name_offset == name - text);
		FUZZ_CHECK(host.port == port && host.has_port == !!port);
		FUZZ_CHECK(host.literal == (name != text));
	}
	free(value);
	free(text);
}
