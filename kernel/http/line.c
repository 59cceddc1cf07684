// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the request line: method, target and version (RFC 9112 sections 2.2, 2.3 and 3).
 *
 * Called by parse.c first; calls host.c for a target that names a host.  No locks: works on memory
 * of the caller.
 */
#include "reader.h"

#include "chars.h"
#include "host.h"

/**
 * struct method_name - A row of the table of methods.
 */
struct method_name {
	/** @text: The name. */
	const char *text;
	/** @length: Bytes of @text. */
	u8 length;
	/** @method: enum http_method. */
	u8 method;
};

#define METHOD(name) { #name, sizeof(#name) - 1, HTTP_METHOD_##name }

static const struct method_name methods[] = {
	METHOD(GET),
	METHOD(HEAD),
	METHOD(POST),
	METHOD(PUT),
	METHOD(DELETE),
	METHOD(CONNECT),
	METHOD(OPTIONS),
	METHOD(TRACE),
	METHOD(PATCH),
};

/* Clients may send an empty line after a body that needed none (RFC 9112 2.2). */
static int skip_empty_lines(struct http_reader *reader)
{
	int lines;

	for (lines = 0; reader->at < reader->end && *reader->at == '\r'; lines++) {
		if (lines == HTTP_EMPTY_LINES_MAX)
			return HTTP_READ_BAD;
		if (reader->end - reader->at == 1)
			return HTTP_READ_MISSING;
		if (reader->at[1] != '\n')
			return HTTP_READ_BAD;
		reader->at += 2;
	}
	return reader->at < reader->end ? HTTP_READ_ON : HTTP_READ_MISSING;
}

static enum http_method find_method(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(methods); i++)
		if (methods[i].length == length && !memcmp(methods[i].text, name, length))
			return methods[i].method;
	return HTTP_METHOD_UNKNOWN;
}

static int read_method(struct http_reader *reader)
{
	const char *name = reader->at;
	const char *at = name;

	if (likely(reader->end - at >= 4 && !memcmp(at, "GET ", 4))) {
		reader->request->method = HTTP_METHOD_GET;
		at += 3;
	} else {
		while (at < reader->end && http_char_is(*at, HTTP_CHAR_TOKEN))
			at++;
		if (at == reader->end)
			return HTTP_READ_MISSING;
		if (at == name || *at != ' ')
			return HTTP_READ_BAD;
		reader->request->method = find_method(name, at - name);
	}
	reader->request->method_name = http_reader_span(reader, name, at);
	reader->at = at + 1;
	return HTTP_READ_ON;
}

/* The first byte that is a "?" or cannot be part of a target. */
static const char *skip_target(const char *at, const char *end)
{
	while (end - at >= 8) {
		u64 word = http_word_load(at);
		u64 marks = ((word - HTTP_WORD_ONES * 0x21) | (word + HTTP_WORD_ONES) | word) &
			    HTTP_WORD_HIGHS;

		marks |= http_word_equal(word, '#') | http_word_equal(word, '?');
		if (marks)
			return at + http_word_first(marks);
		at += 8;
	}
	while (at < end && *at != '?' && http_char_is(*at, HTTP_CHAR_TARGET))
		at++;
	return at;
}

static int read_target(struct http_reader *reader)
{
	const char *target = reader->at;
	const char *at = skip_target(target, reader->end);

	if (at < reader->end && *at == '?') {
		reader->question = at;
		do {
			at = skip_target(at + 1, reader->end);
		} while (at < reader->end && *at == '?');
	}
	if (at == reader->end)
		return HTTP_READ_MISSING;
	if (at == target || *at != ' ')
		return HTTP_READ_BAD;
	reader->request->target = http_reader_span(reader, target, at);
	reader->at = at + 1;
	return HTTP_READ_ON;
}

static int read_unusual_version(struct http_reader *reader)
{
	static const char pattern[] = "HTTP/0.0\r\n";
	const char *at = reader->at;
	size_t i;

	for (i = 0; i < sizeof(pattern) - 1; i++) {
		if (at + i == reader->end)
			return HTTP_READ_MISSING;
		if (pattern[i] == '0' ? !http_char_is(at[i], HTTP_CHAR_DIGIT) :
					at[i] != pattern[i])
			return HTTP_READ_BAD;
	}
	if (at[5] == '0')
		return HTTP_READ_BAD;
	if (at[5] != '1')
		return -HTTP_STATUS_VERSION_UNSUPPORTED;
	/* A higher minor version promises to be understood as the highest one known. */
	reader->request->version_minor = at[7] != '0';
	return HTTP_READ_ON;
}

static int read_version(struct http_reader *reader)
{
	int result = HTTP_READ_ON;

	if (likely(reader->end - reader->at >= 10 && !memcmp(reader->at, "HTTP/1.1\r\n", 10)))
		reader->request->version_minor = 1;
	else
		result = read_unusual_version(reader);
	if (result == HTTP_READ_ON)
		reader->at += 10;
	return result;
}

static int use_authority(struct http_reader *reader, const char *from, const char *to,
			 bool needs_port)
{
	struct http_host host;
	int result = http_host_parse(from, to - from, &host);

	if (result)
		return result;
	if (!host.name_length || (needs_port && !host.has_port))
		return HTTP_READ_BAD;
	reader->request->authority = http_reader_span(reader, from, to);
	http_reader_use_host(reader, from, &host);
	return HTTP_READ_ON;
}

static void use_path(struct http_reader *reader, const char *from, const char *to)
{
	struct http_request *request = reader->request;

	if (reader->question) {
		request->has_query = true;
		request->query = http_reader_span(reader, reader->question + 1, to);
		to = reader->question;
	}
	request->path = http_reader_span(reader, from, to);
}

static int use_absolute_form(struct http_reader *reader, const char *from, const char *to)
{
	const char *authority = from + 7;
	const char *limit = reader->question ? reader->question : to;
	const char *path;

	if (to - from < 7 || !http_text_is(from, 4, "http") || memcmp(from + 4, "://", 3))
		return HTTP_READ_BAD;
	reader->request->form = HTTP_TARGET_ABSOLUTE;
	path = memchr(authority, '/', limit - authority);
	if (!path)
		path = limit;
	use_path(reader, path, to);
	return use_authority(reader, authority, path, false);
}

/* Which of the four forms the target has depends on the method (RFC 9112 3.2). */
static int use_target(struct http_reader *reader)
{
	struct http_request *request = reader->request;
	const char *from = reader->head + request->target.offset;
	const char *to = from + request->target.length;

	if (unlikely(request->method == HTTP_METHOD_CONNECT)) {
		request->form = HTTP_TARGET_AUTHORITY;
		return use_authority(reader, from, to, true);
	}
	if (likely(*from == '/')) {
		use_path(reader, from, to);
		return HTTP_READ_ON;
	}
	if (request->method == HTTP_METHOD_OPTIONS && *from == '*' && to - from == 1) {
		request->form = HTTP_TARGET_ASTERISK;
		return HTTP_READ_ON;
	}
	return use_absolute_form(reader, from, to);
}

int http_reader_line(struct http_reader *reader)
{
	const char *line;
	int result = skip_empty_lines(reader);

	if (result != HTTP_READ_ON)
		return result;
	line = reader->at;
	result = read_method(reader);
	if (result != HTTP_READ_ON)
		return result;
	result = read_target(reader);
	if (result != HTTP_READ_ON)
		return result;
	result = read_version(reader);
	if (result != HTTP_READ_ON)
		return result;
	reader->request->line_length = reader->at - 2 - line;
	reader->request->fields_offset = reader->at - reader->head;
	return use_target(reader);
}
