// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the head of a request: field lines, and what they mean for the message.
 *
 * Called once for each request with the bytes that have arrived; calls line.c for the request
 * line, field.c for names of fields and host.c for Host.  One pass: request line, field lines,
 * then the rules that need all of them.  No locks: works on memory of the caller.
 */
#include "parse.h"

#include "chars.h"
#include "field.h"
#include "host.h"
#include "reader.h"

static const char *trim_left(const char *from, const char *to)
{
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	return from;
}

static const char *trim_right(const char *from, const char *to)
{
	while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	return to;
}

/* Takes one element of a comma-separated list without white space around; false at the end. */
static bool next_element(const char **at, const char *to, const char **element, size_t *length)
{
	const char *comma;

	if (!*at)
		return false;
	comma = memchr(*at, ',', to - *at);
	*element = trim_left(*at, comma ? comma : to);
	*length = trim_right(*element, comma ? comma : to) - *element;
	*at = comma ? comma + 1 : NULL;
	return true;
}

static int use_connection(struct http_reader *reader, const char *at, const char *to)
{
	const char *option;
	size_t length;

	while (next_element(&at, to, &option, &length)) {
		if (http_text_is(option, length, "keep-alive"))
			reader->persist = true;
		else if (http_text_is(option, length, "close"))
			reader->close = true;
	}
	return HTTP_READ_ON;
}

/* One number only: lists of equal numbers are allowed by RFC 9110 8.6 to be refused. */
static int use_content_length(struct http_reader *reader, const char *at, const char *to)
{
	const u64 largest = ~0ull >> 1;
	u64 number = 0;

	if (at == to || reader->request->has_content_length)
		return HTTP_READ_BAD;
	for (; at < to; at++) {
		u8 digit = (u8)*at - '0';

		if (digit > 9 || number > largest / 10)
			return HTTP_READ_BAD;
		number = number * 10 + digit;
		if (number > largest)
			return HTTP_READ_BAD;
	}
	reader->request->content_length = number;
	reader->request->has_content_length = true;
	return HTTP_READ_ON;
}

/* Chunked must come last and once (RFC 9112 6.1).  Empty elements are refused as ambiguous. */
static int use_transfer_encoding(struct http_reader *reader, const char *at, const char *to)
{
	const char *coding;
	size_t length;

	while (next_element(&at, to, &coding, &length)) {
		if (!length || reader->request->chunked)
			return HTTP_READ_BAD;
		if (http_text_is(coding, length, "chunked"))
			reader->request->chunked = true;
		else
			reader->coded = true;
	}
	return HTTP_READ_ON;
}

static int use_expect(struct http_reader *reader, const char *at, const char *to)
{
	const char *expectation;
	size_t length;

	while (next_element(&at, to, &expectation, &length)) {
		if (http_text_is(expectation, length, "100-continue"))
			reader->continues = true;
		else if (length)
			reader->unexpected = true;
	}
	return HTTP_READ_ON;
}

/* The authority of a target outranks Host, but Host must be right all the same. */
static int use_host(struct http_reader *reader, const char *at, const char *to)
{
	struct http_request *request = reader->request;
	struct http_host host;
	int result;

	if (request->repeated & (1u << HTTP_HEADER_HOST))
		return HTTP_READ_BAD;
	result = http_host_parse(at, to - at, &host);
	if (result)
		return result;
	if (request->form == HTTP_TARGET_ABSOLUTE || request->form == HTTP_TARGET_AUTHORITY)
		return HTTP_READ_ON;
	http_reader_use_host(reader, at, &host);
	return HTTP_READ_ON;
}

static int use_field(struct http_reader *reader, enum http_header header, const char *at,
		     const char *to)
{
	struct http_request *request = reader->request;
	u32 bit = 1u << header;

	if (request->present & bit) {
		request->repeated |= bit;
	} else {
		request->present |= bit;
		request->fields[header] = http_reader_span(reader, at, to);
	}
	switch (header) {
	case HTTP_HEADER_HOST:
		return use_host(reader, at, to);
	case HTTP_HEADER_CONNECTION:
		return use_connection(reader, at, to);
	case HTTP_HEADER_CONTENT_LENGTH:
		return use_content_length(reader, at, to);
	case HTTP_HEADER_TRANSFER_ENCODING:
		return use_transfer_encoding(reader, at, to);
	case HTTP_HEADER_EXPECT:
		return use_expect(reader, at, to);
	default:
		return HTTP_READ_ON;
	}
}

static const char *find_colon(const char *at, const char *end)
{
	while (end - at >= 8) {
		u64 marks = http_word_equal(http_word_load(at), ':');

		if (marks)
			return at + http_word_first(marks);
		at += 8;
	}
	while (at < end && *at != ':')
		at++;
	return at;
}

/* A name that was not recognised still has to be a token; white space at its end is refused too. */
static bool is_token(const char *at, const char *to)
{
	while (at < to && http_char_is(*at, HTTP_CHAR_TOKEN))
		at++;
	return at == to;
}

static int read_field(struct http_reader *reader)
{
	const char *name = reader->at;
	const char *colon = find_colon(name, reader->end);
	enum http_header header = http_header_recognise(name, colon - name);
	const char *value;
	const char *line_end;

	if (header == HTTP_HEADER_OTHER && !is_token(name, colon))
		return HTTP_READ_BAD;
	if (colon == reader->end)
		return HTTP_READ_MISSING;
	if (colon == name)
		return HTTP_READ_BAD;
	value = trim_left(colon + 1, reader->end);
	line_end = http_skip_value(value, reader->end);
	if (line_end == reader->end)
		return HTTP_READ_MISSING;
	if (*line_end != '\r')
		return HTTP_READ_BAD;
	if (line_end + 1 == reader->end)
		return HTTP_READ_MISSING;
	if (line_end[1] != '\n')
		return HTTP_READ_BAD;
	reader->at = line_end + 2;
	if (header == HTTP_HEADER_OTHER)
		return HTTP_READ_ON;
	return use_field(reader, header, value, trim_right(value, line_end));
}

static int read_fields(struct http_reader *reader)
{
	while (reader->at < reader->end && *reader->at != '\r') {
		int result;

		if (reader->request->field_count == HTTP_FIELDS_MAX)
			return -HTTP_STATUS_HEADERS_TOO_LARGE;
		reader->request->field_count++;
		result = read_field(reader);
		if (result != HTTP_READ_ON)
			return result;
	}
	if (reader->end - reader->at < 2)
		return HTTP_READ_MISSING;
	if (reader->at[1] != '\n')
		return HTTP_READ_BAD;
	reader->at += 2;
	return HTTP_READ_ON;
}

/* The rules that need the whole head: RFC 9112 3.2 (Host), 6.1, 6.3 (framing) and 9.3. */
static int judge(struct http_reader *reader)
{
	struct http_request *request = reader->request;

	if (request->version_minor && !http_request_has(request, HTTP_HEADER_HOST))
		return HTTP_READ_BAD;
	if (http_request_has(request, HTTP_HEADER_TRANSFER_ENCODING)) {
		if (!request->version_minor || request->has_content_length || !request->chunked)
			return HTTP_READ_BAD;
		if (reader->coded)
			return -HTTP_STATUS_NOT_IMPLEMENTED;
	}
	request->keep_alive = !reader->close && (request->version_minor || reader->persist);
	if (request->version_minor && reader->unexpected)
		return -HTTP_STATUS_EXPECTATION_FAILED;
	request->expect_continue = request->version_minor && reader->continues &&
				   http_request_has_body(request);
	return HTTP_READ_ON;
}

int http_request_parse(struct http_request *request, const char *head, size_t length)
{
	bool cut = length > HTTP_HEAD_MAX;
	struct http_reader reader = {
		.head = head,
		.at = head,
		.end = head + (cut ? HTTP_HEAD_MAX : length),
		.request = request,
	};
	int result;

	memset(request, 0, sizeof(*request));
	/* An error answer to what is not even a version goes out as to HTTP/1.1. */
	request->version_minor = 1;
	result = http_reader_line(&reader);
	if (result == HTTP_READ_ON)
		result = read_fields(&reader);
	if (result == HTTP_READ_MISSING && cut)
		return -HTTP_STATUS_HEADERS_TOO_LARGE;
	if (result == HTTP_READ_ON)
		result = judge(&reader);
	if (result != HTTP_READ_ON)
		return result;
	request->head_length = reader.at - head;
	return request->head_length;
}
