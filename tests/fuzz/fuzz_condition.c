// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conditions: field values of any kind against a naive reader of lists, and the rules of RFC 9110
 * 13.2.2 written down once more as a truth table.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "http/condition.h"
#include "http/date.h"

#define NOW 1795262400
#define ETAG "\"x\""
#define MODIFIED 784111777

/**
 * struct message - A request under construction.
 */
struct message {
	/** @text: The bytes. */
	char text[8192];
	/** @length: Number of bytes. */
	size_t length;
};

static void append(struct message *message, const char *text, size_t length)
{
	memcpy(message->text + message->length, text, length);
	message->length += length;
}

/* Reads a list of entity tags by characters; true if one of those before the first fault fits. */
static bool naive_list(const char *text, bool weak_marks_fit)
{
	for (;;) {
		const char *quote;
		bool weak;
		bool fits;

		text += strspn(text, " \t,");
		weak = !strncmp(text, "W/", 2);
		text += weak ? 2 : 0;
		quote = *text == '"' ? strchr(text + 1, '"') : NULL;
		if (!quote || strcspn(text, " \t") < (size_t)(quote - text))
			return false;
		fits = !strncmp(text, ETAG, quote + 1 - text) &&
		       quote + 1 - text == sizeof(ETAG) - 1 && (weak_marks_fit || !weak);
		text = quote + 1 + strspn(quote + 1, " \t");
		if (*text && *text != ',')
			return false;
		if (fits)
			return true;
	}
}

static bool naive_match(const char *value, bool weak_marks_fit)
{
	return !strcmp(value, "*") || naive_list(value, weak_marks_fit);
}

/* The truth table. */
static int naive_evaluate(const char *const *values, bool fresh)
{
	bool unchanged = false;
	s64 date;

	if (values[0]) {
		if (strcmp(values[0], "*") && (fresh || !naive_match(values[0], false)))
			return 412;
	} else if (values[1] && http_date_parse(values[1], strlen(values[1]), NOW, &date)) {
		if (date < MODIFIED)
			return 412;
	}
	if (values[2])
		unchanged = naive_match(values[2], true);
	else if (values[3] && http_date_parse(values[3], strlen(values[3]), NOW, &date))
		unchanged = date >= MODIFIED;
	return unchanged && !fresh ? 304 : 200;
}

/* Takes the next line of the input as the value of a field, without white space around it. */
static char *take_value(struct fuzz_input *input)
{
	const char *end = memchr(input->data, '\n', input->size);
	size_t length = end ? (size_t)(end - input->data) : input->size;
	const char *from = input->data;
	const char *to = from + length;

	input->data += length + !!end;
	input->size -= length + !!end;
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (from < to && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	return fuzz_string(from, to - from);
}

static void try_fields(const char *const *names, char **values, u64 which)
{
	struct message message = { .length = 0 };
	const char *used[4] = { NULL };
	struct http_validators validators = {
		.modified = MODIFIED, .has_etag = true, .has_modified = true,
		.fresh = which & 16, .strong = !(which & 16),
	};
	const char *etag = validators.fresh ? "W/" ETAG : ETAG;
	struct http_request request;
	int result;
	int i;

	validators.etag_length = strlen(etag);
	memcpy(validators.etag, etag, validators.etag_length);
	append(&message, "GET / HTTP/1.0\r\n", 16);
	for (i = 0; i < 4; i++) {
		if (!(which & 1 << i))
			continue;
		used[i] = values[i];
		append(&message, names[i], strlen(names[i]));
		append(&message, values[i], strlen(values[i]));
		append(&message, "\r\n", 2);
	}
	append(&message, "\r\n", 2);
	if (http_request_parse(&request, message.text, message.length) != (int)message.length)
		return;
	result = http_condition_evaluate(&request, message.text, &validators, NOW);
	FUZZ_CHECK(result == naive_evaluate(used, validators.fresh));
}

void fuzz_one(struct fuzz_input *input)
{
	static const char *const names[] = {
		"If-Match: ", "If-Unmodified-Since: ", "If-None-Match: ", "If-Modified-Since: ",
	};
	char *values[4];
	u64 which;
	int i;

	if (input->size > 4000 || memchr(input->data, '\0', input->size))
		return;
	for (i = 0; i < 4; i++)
		values[i] = take_value(input);
	for (which = 0; which < 32; which++)
		try_fields(names, values, which);
	for (i = 0; i < 4; i++)
		free(values[i]);
}
