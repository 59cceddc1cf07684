// SPDX-License-Identifier: GPL-2.0-only
/*
 * Request heads: the parser against itself on every beginning of the input, against the scan, and
 * against the grammar of the parts that it says it found.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "http/chars.h"
#include "http/parse.h"

static int parse(const char *text, size_t length, struct http_request *request)
{
	char *copy = fuzz_copy(text, length);
	int result = http_request_parse(request, copy, length);

	free(copy);
	FUZZ_CHECK(result <= (int)length);
	return result;
}

static int scan_byte_by_byte(const char *text, size_t length)
{
	struct http_scan scan;
	int result = 0;
	size_t i;

	http_scan_init(&scan);
	for (i = 0; i < length && !result; i++) {
		char *copy = fuzz_copy(text + i, 1);

		result = http_head_scan(&scan, copy, 1, HTTP_HEAD_MAX, HTTP_HEAD_MAX);
		free(copy);
	}
	return result;
}

static void check_inside(struct http_span inner, struct http_span outer)
{
	FUZZ_CHECK(inner.offset >= outer.offset);
	FUZZ_CHECK(inner.offset + inner.length <= outer.offset + outer.length);
}

static void check_class(const char *head, struct http_span span, u8 class)
{
	u16 i;

	for (i = 0; i < span.length; i++)
		FUZZ_CHECK(http_char_is(head[span.offset + i], class));
}

static void check_target(const char *head, const struct http_request *request)
{
	struct http_span target = request->target;

	check_class(head, request->method_name, HTTP_CHAR_TOKEN);
	check_class(head, target, HTTP_CHAR_TARGET);
	FUZZ_CHECK(target.length && request->method_name.length);
	if (request->form == HTTP_TARGET_ORIGIN || request->form == HTTP_TARGET_ABSOLUTE) {
		check_inside(request->path, target);
		FUZZ_CHECK(!request->path.length || head[request->path.offset] == '/');
		FUZZ_CHECK(!memchr(head + request->path.offset, '?', request->path.length));
	}
	if (request->form == HTTP_TARGET_ORIGIN)
		FUZZ_CHECK(request->path.length);
	if (request->has_query) {
		check_inside(request->query, target);
		FUZZ_CHECK(head[request->query.offset - 1] == '?');
	}
	if (request->form == HTTP_TARGET_ABSOLUTE || request->form == HTTP_TARGET_AUTHORITY)
		check_inside(request->host, request->authority);
	FUZZ_CHECK((request->form == HTTP_TARGET_AUTHORITY) ==
		   (request->method == HTTP_METHOD_CONNECT));
}

static void check_framing(const struct http_request *request)
{
	FUZZ_CHECK(!(request->chunked && request->has_content_length));
	FUZZ_CHECK(!(request->chunked && !request->version_minor));
	FUZZ_CHECK(request->chunked == http_request_has(request, HTTP_HEADER_TRANSFER_ENCODING));
	FUZZ_CHECK(request->has_content_length ==
		   http_request_has(request, HTTP_HEADER_CONTENT_LENGTH));
	FUZZ_CHECK(request->content_length <= ~0ull >> 1);
	FUZZ_CHECK(!(request->repeated & (1u << HTTP_HEADER_HOST)));
	FUZZ_CHECK(!(request->repeated & (1u << HTTP_HEADER_CONTENT_LENGTH)));
	FUZZ_CHECK(!request->version_minor || http_request_has(request, HTTP_HEADER_HOST));
	FUZZ_CHECK(!request->expect_continue || http_request_has_body(request));
}

/* The walk over the lines must see what the parser saw. */
static void check_fields(const char *head, const struct http_request *request)
{
	u32 offset = request->fields_offset;
	struct http_field field;
	u32 present = 0;
	u32 repeated = 0;
	int count = 0;

	while (http_field_next(request, head, &offset, &field)) {
		count++;
		FUZZ_CHECK(field.name.length);
		check_class(head, field.name, HTTP_CHAR_TOKEN);
		check_class(head, field.value, HTTP_CHAR_VALUE);
		if (field.header == HTTP_HEADER_OTHER)
			continue;
		if (!(present & (1u << field.header)))
			FUZZ_CHECK(!memcmp(&field.value, &request->fields[field.header],
					   sizeof(field.value)));
		repeated |= present & (1u << field.header);
		present |= 1u << field.header;
	}
	FUZZ_CHECK(count == request->field_count && count <= HTTP_FIELDS_MAX);
	FUZZ_CHECK(present == request->present && repeated == request->repeated);
	FUZZ_CHECK(offset == request->head_length - 2);
}

void fuzz_one(struct fuzz_input *input)
{
	size_t cut = fuzz_number(input, 2);
	const char *text = input->data;
	struct http_request request;
	struct http_request other;
	int scanned = scan_byte_by_byte(text, input->size);
	int result;
	int part;

	/* A beginning never says anything that the whole takes back. */
	cut = input->size ? cut % input->size : 0;
	part = parse(text, cut, &other);
	result = parse(text, input->size, &request);
	FUZZ_CHECK(part == 0 || part == result);
	if (result > 0) {
		FUZZ_CHECK((int)cut >= result ? part == result : part == 0);
		FUZZ_CHECK(scanned == result);
		check_target(text, &request);
		check_framing(&request);
		check_fields(text, &request);
		/* The bytes after a head do not change it. */
		FUZZ_CHECK(parse(text, result, &other) == result);
		FUZZ_CHECK(!memcmp(&request, &other, sizeof(other)));
	} else if (result == 0) {
		FUZZ_CHECK(scanned == 0);
	}
	/* What the scan refuses cannot be a request. */
	FUZZ_CHECK(scanned >= 0 || result < 0);
}
