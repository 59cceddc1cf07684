// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of header fields, and the walk over the field lines of a head.
 *
 * A name is looked up in one step: first letter, last letter and length give a slot of a table in
 * which each recognised name has a slot of its own.  The compiler warns when two rows meet in one
 * slot.  Constant, so no locks.
 */
#include "field.h"

#include "chars.h"

#define SHORTEST_NAME 4
#define LONGEST_NAME 19
#define SLOTS 64
#define SLOT(first, last, length) ((4 * (first) + (last) + (length)) % SLOTS)

/**
 * struct header_name - One row of the table.
 */
struct header_name {
	/** @text: Name in lower case. */
	char text[LONGEST_NAME + 1];
	/** @length: Bytes of @text; 0 in an unused slot. */
	u8 length;
	/** @header: enum http_header. */
	u8 header;
};

#define NAME(first, last, name, header) \
	[SLOT(first, last, sizeof(name) - 1)] = { name, sizeof(name) - 1, header }

static const struct header_name names[SLOTS] = {
	NAME('a', 't', "accept", HTTP_HEADER_ACCEPT),
	NAME('a', 't', "accept-charset", HTTP_HEADER_ACCEPT_CHARSET),
	NAME('a', 'g', "accept-encoding", HTTP_HEADER_ACCEPT_ENCODING),
	NAME('a', 'e', "accept-language", HTTP_HEADER_ACCEPT_LANGUAGE),
	NAME('c', 'l', "cache-control", HTTP_HEADER_CACHE_CONTROL),
	NAME('c', 'n', "connection", HTTP_HEADER_CONNECTION),
	NAME('c', 'h', "content-length", HTTP_HEADER_CONTENT_LENGTH),
	NAME('c', 'e', "content-type", HTTP_HEADER_CONTENT_TYPE),
	NAME('c', 'e', "cookie", HTTP_HEADER_COOKIE),
	NAME('e', 't', "expect", HTTP_HEADER_EXPECT),
	NAME('h', 't', "host", HTTP_HEADER_HOST),
	NAME('i', 'h', "if-match", HTTP_HEADER_IF_MATCH),
	NAME('i', 'e', "if-modified-since", HTTP_HEADER_IF_MODIFIED_SINCE),
	NAME('i', 'h', "if-none-match", HTTP_HEADER_IF_NONE_MATCH),
	NAME('i', 'e', "if-range", HTTP_HEADER_IF_RANGE),
	NAME('i', 'e', "if-unmodified-since", HTTP_HEADER_IF_UNMODIFIED_SINCE),
	NAME('n', 'e', "negotiate", HTTP_HEADER_NEGOTIATE),
	NAME('p', 'a', "pragma", HTTP_HEADER_PRAGMA),
	NAME('r', 'e', "range", HTTP_HEADER_RANGE),
	NAME('r', 'r', "referer", HTTP_HEADER_REFERER),
	NAME('t', 'g', "transfer-encoding", HTTP_HEADER_TRANSFER_ENCODING),
	NAME('u', 'e', "upgrade", HTTP_HEADER_UPGRADE),
	NAME('u', 't', "user-agent", HTTP_HEADER_USER_AGENT),
};

static __always_inline u32 load_four(const char *bytes)
{
	const u8 *b = (const u8 *)bytes;

	return (u32)b[0] | (u32)b[1] << 8 | (u32)b[2] << 16 | (u32)b[3] << 24;
}

/* Bits in which text may not differ from lower-case letters, digits and "-" (see chars.h). */
static __always_inline u64 difference(u64 text, u64 lower)
{
	return (text ^ lower) & ~((lower & (HTTP_WORD_ONES * 0x40)) >> 1);
}

/* The words overlap where the length is no multiple of their size. */
static bool same_name(const char *name, const struct header_name *row)
{
	size_t last = row->length - 8;
	u64 differs;

	if (row->length < 8) {
		last = row->length - 4;
		return !(difference(load_four(name), load_four(row->text)) |
			 difference(load_four(name + last), load_four(row->text + last)));
	}
	differs = difference(http_word_load(name), http_word_load(row->text)) |
		  difference(http_word_load(name + last), http_word_load(row->text + last));
	if (row->length > 16)
		differs |= difference(http_word_load(name + 8), http_word_load(row->text + 8));
	return !differs;
}

enum http_header http_header_recognise(const char *name, size_t length)
{
	const struct header_name *row;

	if (length < SHORTEST_NAME || length > LONGEST_NAME)
		return HTTP_HEADER_OTHER;
	row = &names[SLOT((u8)name[0] | 0x20, (u8)name[length - 1] | 0x20, length)];
	if (row->length != length || !same_name(name, row))
		return HTTP_HEADER_OTHER;
	return row->header;
}

const char *http_header_name(enum http_header header, size_t *length)
{
	size_t i;

	for (i = 0; i < SLOTS - 1; i++)
		if (names[i].length && names[i].header == header)
			break;
	*length = names[i].length;
	return names[i].text;
}

static struct http_span span_between(const char *head, const char *from, const char *to)
{
	return (struct http_span){ .offset = from - head, .length = to - from };
}

bool http_field_next(const struct http_request *request, const char *head, u32 *offset,
		     struct http_field *field)
{
	const char *at = head + *offset;
	const char *end = head + request->head_length - 2;
	const char *line_end;
	const char *colon;

	if (at >= end)
		return false;
	colon = memchr(at, ':', end - at);
	line_end = http_skip_value(colon, end);
	*offset = line_end + 2 - head;
	field->name = span_between(head, at, colon);
	field->header = http_header_recognise(at, colon - at);
	for (at = colon + 1; at < line_end && (*at == ' ' || *at == '\t'); at++)
		;
	while (line_end > at && (line_end[-1] == ' ' || line_end[-1] == '\t'))
		line_end--;
	field->value = span_between(head, at, line_end);
	return true;
}
