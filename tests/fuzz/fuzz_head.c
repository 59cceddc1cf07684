// SPDX-License-Identifier: GPL-2.0-only
/*
 * Heads of answers against snprintf(), in memory of any size, and ETags against their form.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/head.h"

/* Writes the whole head with the C library. */
static int expected_head(char *out, size_t size, const struct http_reply *reply,
			 const struct http_content *content)
{
	const struct http_validators *validators = content->validators;
	bool whole = reply->status != HTTP_STATUS_NOT_MODIFIED;
	char date[HTTP_DATE_LENGTH];
	FILE *file = fmemopen(out, size, "w");
	const char *line;
	size_t length;
	int result;

	line = http_status_line(reply->status, &length);
	fprintf(file, "%.*s", (int)length, line);
	if (whole && content->type_length)
		fprintf(file, "Content-Type: %.*s\r\n", (int)content->type_length, content->type);
	if (reply->keep_alive || reply->version_minor)
		fprintf(file, "Connection: %s\r\n", reply->keep_alive ? "Keep-Alive" : "close");
	fprintf(file, "%.*s", reply->stamp->length, reply->stamp->text);
	if (whole)
		fprintf(file, "Content-Length: %llu\r\n", (unsigned long long)content->size);
	if (validators->has_etag)
		fprintf(file, "ETag: %.*s\r\n", validators->etag_length, validators->etag);
	if (validators->has_modified) {
		http_date_format(date, validators->modified);
		fprintf(file, "Last-Modified: %.29s\r\n", date);
	}
	fputs("\r\n", file);
	result = ftell(file);
	fclose(file);
	return result;
}

static void check_etag(const struct http_validators *validators, u64 size)
{
	char *etag = fuzz_string(validators->etag, validators->etag_length);
	char *at = etag + (validators->strong ? 0 : 2);
	char *end;

	FUZZ_CHECK(validators->etag_length <= HTTP_ETAG_MAX);
	FUZZ_CHECK(validators->strong || !strncmp(etag, "W/", 2));
	FUZZ_CHECK(*at == '"' && strtoull(at + 1, &end, 10) == size && *end == '-');
	end++;
	end += strspn(end, "abcdefghijklmnop");
	FUZZ_CHECK(*end == '-');
	end++;
	end += strspn(end, "abcdefghijklmnop");
	FUZZ_CHECK(!strcmp(end, "\""));
	free(etag);
}

static void try_size(size_t size, const struct http_reply *reply, const char *expected, int length)
{
	char *out = malloc(size ? size : 1);
	int result = http_head_entity(out, size, reply);

	FUZZ_CHECK(result == ((int)size >= length ? length : -HTTP_STATUS_INTERNAL_ERROR));
	FUZZ_CHECK(result < 0 || !memcmp(out, expected, length));
	free(out);
}

void fuzz_one(struct fuzz_input *input)
{
	u64 flags = fuzz_number(input, 2);
	struct http_file file = {
		.size = fuzz_number(input, 8), .modified = fuzz_number(input, 8),
		.changed = fuzz_number(input, 8), .identity = fuzz_number(input, 1),
		.modified_nsec = fuzz_number(input, 3), .changed_nsec = fuzz_number(input, 3),
	};
	s64 now = fuzz_number(input, 8);
	struct http_validators validators;
	struct http_entity entity;
	struct http_stamp stamp;
	size_t server = input->size < HTTP_SERVER_MAX ? input->size : HTTP_SERVER_MAX;
	struct http_content content = {
		.type = input->data, .type_length = input->size, .size = file.size,
		.validators = &validators,
	};
	struct http_reply reply = {
		.stamp = &stamp, .entity = &entity,
		.status = flags & 1 ? 304 : flags & 2 ? 404 : 200,
		.version_minor = !!(flags & 4), .keep_alive = flags & 8,
	};
	size_t room = HTTP_ENTITY_FIXED + input->size;
	char *text = malloc(room);
	static char expected[16384];
	int length;

	if (memchr(input->data, '\0', input->size) || input->size > 4096) {
		free(text);
		return;
	}
	http_validators_make(&validators, &file, now, 0, 8000000);
	FUZZ_CHECK(validators.fresh == !validators.strong);
	FUZZ_CHECK(!validators.fresh || !validators.settled);
	FUZZ_CHECK(!validators.has_modified || validators.modified < now);
	check_etag(&validators, file.size);
	validators.has_etag = flags & 16;
	http_stamp_init(&stamp, flags & 32 ? input->data : NULL, server, now ^ 1);
	http_stamp_update(&stamp, now);
	FUZZ_CHECK(http_entity_make(&entity, text, room, &content) > 0);
	length = expected_head(expected, sizeof(expected), &reply, &content);
	try_size(length, &reply, expected, length);
	try_size(length - 1, &reply, expected, length);
	try_size((flags >> 8) * length / 256, &reply, expected, length);
	free(text);
}
