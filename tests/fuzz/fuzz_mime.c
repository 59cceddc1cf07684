// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extensions against a naive version with strrchr(), and the table against a search from end to
 * end.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/mime.h"

static const char *naive_extension(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot;

	name += strspn(name, ".");
	dot = strrchr(name, '.');
	return dot && dot[1] && dot > name ? dot + 1 : NULL;
}

static const struct http_mime *naive_find(const char *extension)
{
	const struct http_mime *row = http_mime_find("7z", 2);
	const struct http_mime *last = http_mime_find("zst", 3);

	FUZZ_CHECK(row && last);
	for (; row <= last; row++)
		if (!strcasecmp(row->extension, extension))
			return row;
	return NULL;
}

static void check_hash(const char *text, size_t length)
{
	char *other = fuzz_copy(text, length);
	size_t i;

	for (i = 0; i < length; i++)
		if ((other[i] >= 'a' && other[i] <= 'z') || (other[i] >= 'A' && other[i] <= 'Z'))
			other[i] ^= 0x20;
	FUZZ_CHECK(http_mime_hash(other, length) == http_mime_hash(text, length));
	free(other);
}

void fuzz_one(struct fuzz_input *input)
{
	char *path = fuzz_copy(input->data, input->size);
	char *text = fuzz_string(input->data, input->size);
	const struct http_mime *row = http_mime_find(path, input->size);
	const char *expected;
	const char *extension;
	size_t length;

	if (strlen(text) == input->size) {
		expected = naive_extension(text);
		extension = http_mime_extension(path, input->size, &length);
		FUZZ_CHECK(!extension == !expected);
		FUZZ_CHECK(length == (expected ? strlen(expected) : 0));
		FUZZ_CHECK(!expected || extension - path == expected - text);
		FUZZ_CHECK(row == naive_find(text));
		if (extension)
			FUZZ_CHECK(http_mime_find(extension, length) == naive_find(expected));
	} else {
		FUZZ_CHECK(!row);
	}
	check_hash(path, input->size);
	free(path);
	free(text);
}
