// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths: decoding, dot segments, climbing out, and encoding.
 */
#define _GNU_SOURCE
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "http/url.h"

/**
 * struct path_case - A path and the file name that it stands for.
 */
struct path_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @path: The path. */
	const char *path;
	/** @length: Bytes of @path. */
	size_t length;
	/** @result: Negative status; 0 if @name is the result. */
	int result;
	/** @name: The file name. */
	const char *name;
	/** @directory: It names a directory. */
	bool directory;
};

#define NAME(shows, path, name) { shows, UNIT_TEXT(path), 0, name, false }
#define FOLDER(shows, path, name) { shows, UNIT_TEXT(path), 0, name, true }
#define BAD(shows, path) { shows, UNIT_TEXT(path), -400, NULL, false }
#define ABSENT(shows, path) { shows, UNIT_TEXT(path), -404, NULL, false }

static const struct path_case cases[] = {
	FOLDER("the root", "/", ""),
	FOLDER("an empty path is the root", "", ""),
	NAME("a file", "/a", "a"),
	NAME("a file in a directory", "/a/b.html", "a/b.html"),
	FOLDER("a directory", "/a/b/", "a/b"),
	FOLDER("slashes only", "///", ""),
	NAME("repeated slashes", "//a///b", "a/b"),
	FOLDER("repeated slashes at the end", "/a//", "a"),
	NAME("percent-encoding", "/%41%62%63", "Abc"),
	NAME("hexadecimal digits of either case", "/%5b%5B%7e%7E", "[[~~"),
	NAME("a space", "/a%20b", "a b"),
	NAME("a percent sign", "/100%25", "100%"),
	NAME("decoding happens once", "/%2541", "%41"),
	NAME("a plus sign is not a space", "/a+b", "a+b"),
	NAME("a question mark in a name", "/a%3Fb", "a?b"),
	NAME("a number sign in a name", "/a%23b", "a#b"),
	NAME("a backslash is an ordinary byte", "/..\\..\\a", "..\\..\\a"),
	NAME("line ends in a name", "/%0d%0a", "\r\n"),
	NAME("bytes above ASCII", "/%C3%A9", "\xc3\xa9"),
	NAME("bytes that are not UTF-8", "/%FF%FE%80", "\xff\xfe\x80"),
	NAME("bytes above ASCII that came unencoded", "/\xc3\xa9", "\xc3\xa9"),
	NAME("dot segments (RFC 3986 5.2.4)", "/a/b/c/./../../g", "a/g"),
	FOLDER("a dot at the end", "/a/.", "a"),
	FOLDER("two dots at the end", "/a/b/..", "a"),
	FOLDER("two dots back to the root", "/a/..", ""),
	FOLDER("two dots and a slash", "/a/b/../", "a"),
	NAME("a dot in front", "/./a", "a"),
	NAME("a long name without a special byte", "/usr/share/doc/base-files/README.Debian",
	     "usr/share/doc/base-files/README.Debian"),
	FOLDER("a long directory without a special byte", "/usr/share/doc/base-files/",
	       "usr/share/doc/base-files"),
	NAME("the same with a dot in front of a name", "/usr/share/doc/.base-files/README.Debian",
	     "usr/share/doc/.base-files/README.Debian"),
	NAME("dots in names", "/.a/..b/c./d../.../....", ".a/..b/c./d../.../...."),
	NAME("encoded dots are dots", "/a/%2e%2E/b", "b"),
	NAME("half-encoded dots are dots", "/a/.%2e/%2e/b", "b"),
	NAME("repeated slashes are no segments to climb over", "/a//../b", "b"),
	NAME("climbing stays below the root", "/a/b/../../c", "c"),
	BAD("climbing above the root", "/.."),
	BAD("climbing above the root to a file", "/../etc/passwd"),
	BAD("climbing above the root after a name", "/a/../../b"),
	BAD("climbing above the root encoded", "/%2e%2e/b"),
	BAD("climbing above the root through slashes", "//..//a"),
	BAD("climbing above the root and back", "/../a/b"),
	ABSENT("an encoded slash", "/a%2Fb"),
	ABSENT("an encoded slash in lower case", "/a%2fb"),
	ABSENT("dots with an encoded slash", "/..%2f..%2fetc"),
	BAD("an encoded NUL", "/a%00b"),
	BAD("a plain NUL", "/a\0b"),
	BAD("a plain NUL in a long path", "/usr/share/doc/a\0b/README"),
	BAD("a percent sign alone", "/%"),
	BAD("a percent sign and one digit", "/%4"),
	BAD("a percent sign and no digits", "/%zz"),
	BAD("a percent sign, a digit and a letter", "/%4g"),
	BAD("a percent sign, a letter and a digit", "/%g4"),
	BAD("a percent sign before a slash", "/%/a"),
	BAD("the old notation of Unicode", "/%u0041"),
	BAD("no slash in front", "a"),
	BAD("an asterisk", "*"),
};

START_TEST(paths)
{
	const struct path_case *c = &cases[_i];
	const char *path = unit_at_end(c->path, c->length);
	char *out = unit_room(c->length + 1);
	bool directory;
	int result = http_url_path(path, c->length, out, c->length + 1, &directory);

	if (c->result) {
		ck_assert_msg(result == c->result, "%s: %d", c->shows, result);
		return;
	}
	ck_assert_msg(result == (int)strlen(c->name), "%s: %d", c->shows, result);
	ck_assert_msg(!memcmp(out, c->name, result + 1), "%s: %s", c->shows,
		      unit_show(out, result));
	ck_assert_msg(directory == c->directory, "%s: directory", c->shows);
	/* Where no segment is taken back, exact room is enough and one byte less is not. */
	if (strstr(c->path, "/.") || strcasestr(c->path, "%2e"))
		return;
	result = http_url_path(path, c->length, unit_room(result + 1), result + 1, &directory);
	ck_assert_msg(result == (int)strlen(c->name), "%s: %d in exact room", c->shows, result);
	result = http_url_path(path, c->length, unit_room(result), result, &directory);
	ck_assert_msg(result == -414, "%s: %d in too little room", c->shows, result);
}
END_TEST

START_TEST(long_encoded_name)
{
	static char path[1 + 3 * 2000];
	static char out[2001];
	bool directory;
	size_t i;

	path[0] = '/';
	for (i = 0; i < 2000; i++)
		memcpy(path + 1 + 3 * i, "%41", 3);
	ck_assert_int_eq(http_url_path(path, sizeof(path), out, sizeof(out), &directory), 2000);
	ck_assert_int_eq(http_url_path(path, sizeof(path), out, sizeof(out) - 1, &directory), -414);
}
END_TEST

/*
 * Long paths without special bytes take a shorter way.  A dot segment in front forces the other
 * way and changes nothing else, so both must agree wherever something special stands.
 */
START_TEST(both_ways_agree)
{
	static const char *const specials[] = {
		"//", "/./", "/../", "/..", "/.", "/", "%41", "%2F", "%00", "%", ".", "..", "/.x",
	};
	const char *special = specials[_i];
	char path[64] = "/./xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	size_t size = strlen(special);
	size_t place;
	size_t length;

	for (place = 3; place + size < 50; place++) {
		memset(path + 3, 'x', sizeof(path) - 3);
		memcpy(path + place, special, size);
		for (length = place + size; length < 50; length++) {
			const char *copy = unit_at_end(path, length);
			char expected[64] = "";
			char out[64] = "";
			bool other;
			bool directory;
			int wanted = http_url_path(copy, length, expected, 64, &other);
			int result = http_url_path(copy + 2, length - 2, out, 64, &directory);

			ck_assert_msg(result == wanted, "%s: %d, not %d", unit_show(copy, length),
				      result, wanted);
			ck_assert(result < 0 || (directory == other && !strcmp(out, expected)));
		}
	}
}
END_TEST

/* What may come out is only what cannot lead astray, whatever goes in. */
START_TEST(random_paths)
{
	static const char *const parts[] = {
		"/", "/", ".", "..", "a", "%2e", "%2E.", "%", "b%20", "%2f", "/./", "/../", "%c3",
	};
	char path[256];
	char out[256];
	bool directory;
	int round;

	srandom(_i);
	for (round = 0; round < 20000; round++) {
		size_t length = 0;
		int result;

		path[length++] = '/';
		while (length < 60 && random() % 16) {
			const char *part = parts[random() % UNIT_ROWS(parts)];

			length = stpcpy(path + length, part) - path;
		}
		result = http_url_path(path, length, out, sizeof(out), &directory);
		if (result < 0)
			continue;
		ck_assert_int_eq(strlen(out), result);
		ck_assert_msg(*out != '/' && !strstr(out, "//") && strncmp(out, "../", 3) &&
			      strcmp(out, "..") && !strstr(out, "/../") && !strstr(out, "/./") &&
			      (!result || out[result - 1] != '/'), "%s from %s", out, path);
	}
}
END_TEST

/**
 * struct encode_case - A name and its encoded form.
 */
struct encode_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @name: The name. */
	const char *name;
	/** @length: Bytes of @name. */
	size_t length;
	/** @encoded: The result. */
	const char *encoded;
};

static const struct encode_case encode_cases[] = {
	{ "nothing", UNIT_TEXT(""), "" },
	{ "unreserved characters and slashes stay", UNIT_TEXT("/aZ09-._~/"), "/aZ09-._~/" },
	{ "spaces", UNIT_TEXT("a b"), "a%20b" },
	{ "percent signs", UNIT_TEXT("%41"), "%2541" },
	{ "question marks and number signs", UNIT_TEXT("?#"), "%3F%23" },
	{ "line ends, so that no field line can be made", UNIT_TEXT("\r\n"), "%0D%0A" },
	{ "markup", UNIT_TEXT("<\"'&>"), "%3C%22%27%26%3E" },
	{ "bytes above ASCII", UNIT_TEXT("\xc3\xa9\xff"), "%C3%A9%FF" },
	{ "NUL", UNIT_TEXT("\0"), "%00" },
	{ "a colon, so that no scheme can be made", UNIT_TEXT("a:b"), "a%3Ab" },
};

START_TEST(encoding)
{
	const struct encode_case *c = &encode_cases[_i];
	size_t size = strlen(c->encoded);
	const char *name = unit_at_end(c->name, c->length);
	char *out = unit_room(size);
	int result = http_url_encode(out, size, name, c->length);

	ck_assert_msg(result == (int)size, "%s: %d", c->shows, result);
	ck_assert_msg(!memcmp(out, c->encoded, size), "%s: %s", c->shows, unit_show(out, size));
	if (size)
		ck_assert_msg(http_url_encode(unit_room(size - 1), size - 1, name, c->length) ==
			      -414, "%s: too little room", c->shows);
}
END_TEST

START_TEST(there_and_back)
{
	int byte;

	for (byte = 1; byte < 256; byte++) {
		char name[4] = { 'x', byte, 'y', '\0' };
		char encoded[16] = "/";
		char out[16];
		bool directory;
		int length = http_url_encode(encoded + 1, sizeof(encoded) - 1, name, 3);

		ck_assert_int_gt(length, 0);
		ck_assert_int_eq(http_url_path(encoded, length + 1, out, sizeof(out), &directory),
				 3);
		ck_assert_str_eq(out, name);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("url");

	unit_case(suite, "RFC 3986 5.2.4, 6.2.2 paths", paths, UNIT_ROWS(cases));
	unit_case(suite, "an encoded name longer than its result", long_encoded_name, 1);
	unit_case(suite, "both ways to a name agree", both_ways_agree, 13);
	unit_case(suite, "random paths", random_paths, 4);
	unit_case(suite, "RFC 3986 2.1 encoding", encoding, UNIT_ROWS(encode_cases));
	unit_case(suite, "every byte there and back", there_and_back, 1);
	return suite;
}
