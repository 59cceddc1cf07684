// SPDX-License-Identifier: GPL-2.0-only
/*
 * Error answers: any status, any location, any room.  The page must hold the location in a form
 * that a reader of HTML turns back into it, and nothing of it must act as markup.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/error.h"
#include "http/html.h"

static const char *const entities[][2] = {
	{ "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" }, { "&#39;", "'" },
};

/* Reads escaped text as HTML does; every "&" must begin one of the entities. */
static void check_escaped(const char *html, size_t length, const char *text, size_t text_length)
{
	const char *end = html + length;
	size_t i;

	while (html < end) {
		char byte = *html;

		FUZZ_CHECK(!strchr("<>\"'", byte) || !byte);
		FUZZ_CHECK(text_length);
		for (i = 0; byte == '&' && i < ARRAY_SIZE(entities); i++) {
			size_t size = strlen(entities[i][0]);

			if ((size_t)(end - html) < size || memcmp(html, entities[i][0], size))
				continue;
			byte = *entities[i][1];
			html += size - 1;
			break;
		}
		FUZZ_CHECK(i < ARRAY_SIZE(entities) || *html != '&');
		FUZZ_CHECK(byte == *text);
		html++;
		text++;
		text_length--;
	}
	FUZZ_CHECK(!text_length);
}

static void check_html(const char *text, size_t length)
{
	size_t size = 6 * length;
	char *out = malloc(size ? size : 1);
	struct http_buffer buffer;

	http_buffer_init(&buffer, out, size);
	http_html_escape(&buffer, text, length);
	FUZZ_CHECK(!buffer.overflow);
	check_escaped(out, http_buffer_length(&buffer), text, length);
	free(out);
}

/* The head says how long the body is. */
static void check_length(const char *answer, size_t length, bool head_only)
{
	const char *end = memmem(answer, length, "\r\n\r\n", 4);
	const char *field = memmem(answer, length, "\r\nContent-Length: ", 18);
	size_t body;

	FUZZ_CHECK(end && field);
	end += 4;
	body = answer + length - end;
	FUZZ_CHECK(head_only ? body == 0 : strtoul(field + 18, NULL, 10) == body);
	FUZZ_CHECK(head_only || !memcmp(end, "<!DOCTYPE html>\n", 16));
	FUZZ_CHECK(head_only || !memcmp(end + body - 8, "</html>\n", 8));
}

void fuzz_one(struct fuzz_input *input)
{
	u64 flags = fuzz_number(input, 1);
	unsigned int status = fuzz_number(input, 2);
	size_t room = fuzz_number(input, 2) % 4096;
	size_t enough = HTTP_ERROR_MAX + 16 * input->size;
	struct http_stamp stamp;
	struct http_error error = {
		.stamp = &stamp, .location = flags & 1 ? input->data : NULL,
		.location_length = input->size, .status = status, .version_minor = !!(flags & 2),
		.keep_alive = flags & 4, .head_only = flags & 8,
	};
	char *small = malloc(room ? room : 1);
	char *out = malloc(enough);
	int length;
	int result;

	check_html(input->data, input->size);
	/* A location never holds a line end: it comes out of http_url_encode(). */
	if (memchr(input->data, '\r', input->size) || memchr(input->data, '\n', input->size))
		error.location = NULL;
	http_stamp_init(&stamp, "s", flags & 16 ? 1 : 0, 0);
	length = http_error_response(out, enough, &error);
	FUZZ_CHECK(length > 0);
	check_length(out, length, error.head_only);
	result = http_error_response(small, room, &error);
	FUZZ_CHECK(result == -HTTP_STATUS_INTERNAL_ERROR ||
		   (result == length && !memcmp(small, out, length)));
	free(small);
	free(out);
}
