// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths against a naive version that makes a list of segments, and encoding there and back.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/url.h"

#define SEGMENTS_MAX 4096

/**
 * struct segments - The naive version's list.
 */
struct segments {
	/** @count: Segments on the list. */
	size_t count;
	/** @text: The segments, terminated, to be freed. */
	char *text[SEGMENTS_MAX];
	/** @directory: The last thing was a slash or dots. */
	bool directory;
};

static int naive_hex(char digit)
{
	const char *digits = "00112233445566778899aAbBcCdDeEfF";
	const char *at = digit ? strchr(digits, digit) : NULL;

	return at ? (at - digits) / 2 : -1;
}

static int naive_decode(const char *in, size_t length, char *out)
{
	while (length) {
		char byte = *in++;

		length--;
		if (byte == '%') {
			if (length < 2 || naive_hex(in[0]) < 0 || naive_hex(in[1]) < 0)
				return -400;
			byte = naive_hex(in[0]) * 16 + naive_hex(in[1]);
			if (byte == '/')
				return -404;
			in += 2;
			length -= 2;
		}
		if (!byte)
			return -400;
		*out++ = byte;
	}
	*out = '\0';
	return 0;
}

static int naive_add(struct segments *list, const char *in, size_t length)
{
	char *segment = calloc(1, length + 1);
	int result = naive_decode(in, length, segment);
	bool parent = !strcmp(segment, "..");

	if (!result && parent && !list->count)
		result = -400;
	list->directory = !*segment || !strcmp(segment, ".") || parent;
	if (!result && !list->directory) {
		list->text[list->count++] = segment;
		return 0;
	}
	if (!result && parent)
		free(list->text[--list->count]);
	free(segment);
	return result;
}

static int naive_path(const char *path, size_t length, char *out, bool *directory)
{
	static struct segments list;
	int result = 0;
	size_t at = 1;
	size_t i;

	list.count = 0;
	list.directory = true;
	*out = '\0';
	if (length && *path != '/')
		result = -400;
	while (at <= length && !result) {
		const char *slash = memchr(path + at, '/', length - at);
		size_t end = slash ? (size_t)(slash - path) : length;

		result = naive_add(&list, path + at, end - at);
		at = end + 1;
	}
	*directory = list.directory;
	for (i = 0; i < list.count; i++) {
		out = stpcpy(stpcpy(out, i ? "/" : ""), list.text[i]);
		free(list.text[i]);
	}
	return result;
}

static void check_encoding(const char *name, size_t length)
{
	char *encoded = malloc(1 + 3 * length + 1);
	char *out = malloc(3 * length + 2);
	bool directory;
	int result;

	encoded[0] = '/';
	result = http_url_encode(encoded + 1, 3 * length, name, length);
	FUZZ_CHECK(result >= (int)length && result <= 3 * (int)length);
	encoded[1 + result] = '\0';
	FUZZ_CHECK(strspn(encoded, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			  "-._~/%") == 1 + (size_t)result);
	FUZZ_CHECK(http_url_path(encoded, 1 + result, out, 3 * length + 2, &directory) ==
		   (int)length);
	FUZZ_CHECK(!memcmp(out, name, length));
	free(encoded);
	free(out);
}

void fuzz_one(struct fuzz_input *input)
{
	size_t room = fuzz_number(input, 1);
	size_t length = input->size < SEGMENTS_MAX ? input->size : SEGMENTS_MAX;
	char *path = fuzz_copy(input->data, length);
	char *expected = malloc(length + 2);
	char *out = malloc(length + 1);
	char *small = malloc(room);
	bool expected_directory;
	bool directory;
	int result = http_url_path(path, length, out, length + 1, &directory);
	int wanted = naive_path(path, length, expected, &expected_directory);

	if (wanted < 0) {
		FUZZ_CHECK(result == wanted);
	} else {
		FUZZ_CHECK(result == (int)strlen(expected));
		FUZZ_CHECK(!memcmp(out, expected, result + 1));
		FUZZ_CHECK(directory == expected_directory);
		check_encoding(out, result);
	}
	/* Little room may end the work early, but gives no other result. */
	wanted = http_url_path(path, length, small, room, &directory);
	FUZZ_CHECK(wanted == result || wanted == -414);
	FUZZ_CHECK(wanted < 0 || !memcmp(small, out, wanted + 1));
	FUZZ_CHECK(wanted == result || room <= length);
	free(path);
	free(expected);
	free(out);
	free(small);
}
