// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extensions and media types.
 */
#include "unit.h"

#include <ctype.h>
#include <string.h>

#include "http/mime.h"

/**
 * struct extension_case - A name and its extension.
 */
struct extension_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @path: The name. */
	const char *path;
	/** @extension: Its extension, or NULL. */
	const char *extension;
};

static const struct extension_case extension_cases[] = {
	{ "a file", "index.html", "html" },
	{ "a file in a directory", "a/b/c.txt", "txt" },
	{ "only the last dot counts", "a.tar.gz", "gz" },
	{ "capitals stay", "A.HTML", "HTML" },
	{ "no dot", "README", NULL },
	{ "a dot in the directory", "dir.d/file", NULL },
	{ "a hidden file", ".profile", NULL },
	{ "a hidden file in a directory", "a/.profile", NULL },
	{ "a hidden file with an extension", ".a.html", "html" },
	{ "two dots in front", "..a", NULL },
	{ "two dots in front and an extension", "..a.b", "b" },
	{ "a dot at the end", "a.", NULL },
	{ "dots at the end", "a..", NULL },
	{ "two dots inside", "a..b", "b" },
	{ "dots only", "...", NULL },
	{ "a slash at the end", "a.b/", NULL },
	{ "nothing", "", NULL },
	{ "one letter", "a.c", "c" },
};

START_TEST(extensions)
{
	const struct extension_case *c = &extension_cases[_i];
	size_t length = strlen(c->path);
	int start;

	for (start = 0; start < 2; start++) {
		const char *path = start ? unit_at_start(c->path, length) :
					   unit_at_end(c->path, length);
		size_t found = 99;
		const char *extension = http_mime_extension(path, length, &found);

		if (!c->extension) {
			ck_assert_msg(!extension && !found, "%s", c->shows);
			continue;
		}
		ck_assert_msg(extension && found == strlen(c->extension) &&
			      extension + found == path + length &&
			      !memcmp(extension, c->extension, found), "%s", c->shows);
	}
}
END_TEST

/**
 * struct type_case - An extension and its type.
 */
struct type_case {
	/** @extension: The extension. */
	const char *extension;
	/** @type: Its type, or NULL. */
	const char *type;
};

static const struct type_case type_cases[] = {
	{ "html", "text/html" }, { "htm", "text/html" }, { "HtMl", "text/html" },
	{ "css", "text/css" }, { "js", "text/javascript" }, { "json", "application/json" },
	{ "txt", "text/plain" }, { "xml", "application/xml" }, { "svg", "image/svg+xml" },
	{ "png", "image/png" }, { "jpg", "image/jpeg" }, { "JPEG", "image/jpeg" },
	{ "gif", "image/gif" }, { "webp", "image/webp" }, { "ico", "image/vnd.microsoft.icon" },
	{ "pdf", "application/pdf" }, { "gz", "application/gzip" }, { "zip", "application/zip" },
	{ "wasm", "application/wasm" }, { "woff2", "font/woff2" }, { "mp4", "video/mp4" },
	{ "c", "text/x-csrc" }, { "7z", "application/x-7z-compressed" },
	{ "zst", "application/zstd" },
	{ "ht", NULL }, { "htmlx", NULL }, { "", NULL }, { "zzz", NULL }, { "!", NULL },
	{ "ht\xffl", NULL }, { "\x7f", NULL },
};

START_TEST(types)
{
	const struct type_case *c = &type_cases[_i];
	size_t length = strlen(c->extension);
	const struct http_mime *row = http_mime_find(unit_at_end(c->extension, length), length);

	if (!c->type) {
		ck_assert_msg(!row, "%s", c->extension);
		return;
	}
	ck_assert_msg(row && !strcmp(row->type, c->type), "%s", c->extension);
	ck_assert_uint_eq(row->type_length, strlen(c->type));
	ck_assert_uint_eq(row->extension_length, strlen(row->extension));
}
END_TEST

/* Rows next to the one that is found belong to the same table: walk to both of its ends. */
START_TEST(table_is_in_order)
{
	const struct http_mime *row = http_mime_find("7z", 2);
	const struct http_mime *last = http_mime_find("zst", 3);

	ck_assert_ptr_nonnull(row);
	ck_assert_ptr_nonnull(last);
	ck_assert_int_ge(last - row, 100);
	for (; row < last; row++) {
		ck_assert_msg(strcmp(row->extension, row[1].extension) < 0, "%s", row->extension);
		ck_assert_ptr_eq(http_mime_find(row->extension, row->extension_length), row);
		ck_assert_uint_le(row->extension_length, HTTP_MIME_EXTENSION_MAX);
		ck_assert_ptr_nonnull(strchr(row->type, '/'));
		ck_assert_uint_eq(strcspn(row->type, " ;\r\n"), row->type_length);
	}
}
END_TEST

START_TEST(hash)
{
	static const char letters[] = "aBcDeFgHiJkLmNoPqRsTuVwXyZ09-_";
	char upper[32];
	char lower[32];
	size_t length;
	size_t i;

	for (i = 0; i < sizeof(letters); i++) {
		upper[i] = toupper(letters[i]);
		lower[i] = tolower(letters[i]);
	}
	for (length = 0; length < sizeof(letters); length++) {
		u32 value = http_mime_hash(unit_at_end(upper, length), length);

		ck_assert_uint_eq(value, http_mime_hash(lower, length));
		ck_assert_uint_ne(value, http_mime_hash(lower, length + 1));
	}
	ck_assert_uint_ne(http_mime_hash("ab", 2), http_mime_hash("ba", 2));
	ck_assert_uint_ne(http_mime_hash("[", 1), http_mime_hash("{", 1));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("mime");

	unit_case(suite, "extensions", extensions, UNIT_ROWS(extension_cases));
	unit_case(suite, "types", types, UNIT_ROWS(type_cases));
	unit_case(suite, "the table", table_is_in_order, 1);
	unit_case(suite, "the hash", hash, 1);
	return suite;
}
