// SPDX-License-Identifier: GPL-2.0-only
/*
 * The values of net.tux.*: their names, defaults and limits, and what a text may be.
 *
 * sysctl.c shows the tables to user space; everybody else reads the members of struct tux_config.
 * documentroot, listen, serverport, threads and max_backlog are looked at by STARTUP alone,
 * everything else from the next use on.
 *
 * Lock: @lock of struct tux_config for the texts and the generation.
 */
#include "config.h"

#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>

/*
 * max_connect: one connection for so much memory, within bounds that suit a toaster and a large
 * server.
 */
#define BYTES_PER_CONNECTION	(64 * 1024)
#define CONNECTIONS_MIN		256
#define CONNECTIONS_MAX		10000

#define NUMBER(name, value, min, max) { #name, offsetof(struct tux_config, name), value, min, max }

/* name, default, least, greatest */
const struct tux_config_number tux_config_numbers[TUX_CONFIG_NUMBERS] = {
	NUMBER(threads, 2, 1, TUX_THREADS_MAX),
	NUMBER(serverport, 80, 1, U16_MAX),
	NUMBER(max_backlog, 2048, 1, U16_MAX),
	NUMBER(max_connect, 0, 1, 1000000),
	NUMBER(max_keepalives, 10000, 0, 1000000),
	NUMBER(keepalive_timeout, 30, 0, 86400),
	NUMBER(header_timeout, 10, 1, 3600),
	NUMBER(send_timeout, 30, 1, 3600),
	NUMBER(max_header_len, 16384, 1024, U16_MAX),
	NUMBER(max_body_len, 1024 * 1024, 0, 1024 * 1024 * 1024),
	NUMBER(mode_allowed, 0004, 0, 07777),
	NUMBER(mode_forbidden, 0, 0, 07777),
	NUMBER(generate_etags, 1, 0, 1),
	NUMBER(generate_last_mod, 1, 0, 1),
	NUMBER(noid, 0, 0, 1),
	NUMBER(all_userspace, 0, 0, 1),
	NUMBER(ignore_query, 0, 0, 2),
	NUMBER(clientport, 8080, 0, U16_MAX),
	NUMBER(module_timeout, 60, 0, 86400),
	NUMBER(module_queue, 128, 1, 65536),
};

static bool is_absolute(const char *text, size_t length)
{
	return length && text[0] == '/';
}

/* Types of TUX's own are orders to the server and never go out. */
static bool is_sendable_type(const char *text, size_t length)
{
	if (length >= 4 && !strncasecmp(text, "TUX/", 4))
		return false;
	return tux_config_type_valid(text, length);
}

static bool is_anything(const char *text, size_t length)
{
	return true;
}

#define STRING(name, member, value, valid) \
	{ name, offsetof(struct tux_config, member), sizeof_field(struct tux_config, member), \
	  value, valid }

const struct tux_config_string tux_config_strings[TUX_CONFIG_STRINGS] = {
	STRING("documentroot", documentroot, "/var/www/tux/", is_absolute),
	STRING("listen", listen, "0.0.0.0 [::]", is_anything),
	STRING("default_type", default_type, "text/plain", is_sendable_type),
	STRING("404_page", page_404, "404.html", is_anything),
};

/**
 * tux_config_number() - Find a number by its place in the table.
 * @config: The values.
 * @index: Below TUX_CONFIG_NUMBERS.
 *
 * Context: Any context.
 * Return: Where the number stands.
 */
int *tux_config_number(struct tux_config *config, unsigned int index)
{
	return (int *)((char *)config + tux_config_numbers[index].offset);
}

/**
 * tux_config_text() - Find a text by its place in the table.
 * @config: The values.
 * @index: Below TUX_CONFIG_STRINGS.
 *
 * Context: Any context; the text itself is protected by the lock of @config.
 * Return: Where the text stands.
 */
char *tux_config_text(struct tux_config *config, unsigned int index)
{
	return (char *)config + tux_config_strings[index].offset;
}

static int default_connections(void)
{
	u64 bytes = (u64)totalram_pages() << PAGE_SHIFT;

	return clamp_t(u64, bytes / BYTES_PER_CONNECTION, CONNECTIONS_MIN, CONNECTIONS_MAX);
}

/**
 * tux_config_init() - Set all values to their defaults.
 * @config: The values; memory that nobody else knows yet.
 *
 * Context: Any context.
 */
void tux_config_init(struct tux_config *config)
{
	unsigned int i;

	memset(config, 0, sizeof(*config));
	mutex_init(&config->lock);
	for (i = 0; i < TUX_CONFIG_NUMBERS; i++)
		*tux_config_number(config, i) = tux_config_numbers[i].value;
	for (i = 0; i < TUX_CONFIG_STRINGS; i++)
		strscpy(tux_config_text(config, i), tux_config_strings[i].value,
			tux_config_strings[i].size);
	config->max_connect = default_connections();
}

/*
 * Everything in these texts goes into heads, logs or addresses, so a line end or an escape must not
 * get in.
 */
static bool is_printable(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return true;
}

static bool is_path(unsigned int index)
{
	size_t offset = tux_config_strings[index].offset;

	return offset == offsetof(struct tux_config, documentroot) ||
	       offset == offsetof(struct tux_config, page_404);
}

/**
 * tux_config_set_text() - Set a text.
 * @config: The values.
 * @index: Place in tux_config_strings.
 * @text: New text, need not be terminated.
 * @length: Bytes of it.
 *
 * Context: May sleep.  Takes the lock of @config.
 * Return: 0, or -EINVAL if the text is too long or not allowed; the old one then stays.
 */
int tux_config_set_text(struct tux_config *config, unsigned int index, const char *text,
			size_t length)
{
	const struct tux_config_string *string = &tux_config_strings[index];
	char *place = tux_config_text(config, index);

	if (length >= string->size || memchr(text, '\0', length))
		return -EINVAL;
	/* A path may have any bytes. */
	if (!is_path(index) && !is_printable(text, length))
		return -EINVAL;
	if (!string->valid(text, length))
		return -EINVAL;
	mutex_lock(&config->lock);
	memcpy(place, text, length);
	place[length] = '\0';
	mutex_unlock(&config->lock);
	tux_config_changed(config);
	return 0;
}

/**
 * tux_config_changed() - Tell readers that a value has changed.
 * @config: The values.
 *
 * Context: May sleep.  Takes the lock of @config.
 */
void tux_config_changed(struct tux_config *config)
{
	mutex_lock(&config->lock);
	WRITE_ONCE(config->generation, config->generation + 1);
	mutex_unlock(&config->lock);
}

/* A token of RFC 9110 section 5.6.2. */
static size_t token_length(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		char c = text[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    (!c || !strchr("!#$%&'*+-.^_`|~", c)))
			break;
	}
	return i;
}

/**
 * tux_config_type_valid() - Can this text stand in a Content-Type field?
 * @type: Text, need not be terminated.
 * @length: Bytes of it.
 *
 * Asks for token/token, with parameters after a semicolon, in printable ASCII: in particular
 * nothing that could end the line and begin another.
 *
 * Context: Any context.
 * Return: True if so.
 */
bool tux_config_type_valid(const char *type, size_t length)
{
	size_t main_length = token_length(type, length);
	size_t sub_length;

	if (!main_length || main_length == length || type[main_length] != '/')
		return false;
	type += main_length + 1;
	length -= main_length + 1;
	sub_length = token_length(type, length);
	if (!sub_length)
		return false;
	type += sub_length;
	length -= sub_length;
	if (!length)
		return true;
	return (type[0] == ';' || (length > 1 && type[0] == ' ' && type[1] == ';')) &&
	       type[length - 1] != ' ' && is_printable(type, length);
}
