// SPDX-License-Identifier: GPL-2.0-only
/*
 * Character classes, compared with the sets of the RFCs written out, and the functions that look
 * at eight bytes at a time, compared with ones that look at one.
 */
#include "unit.h"

#include <ctype.h>
#include <string.h>

#include "http/chars.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define UNRESERVED LETTERS DIGITS "-._~"
#define SUB_DELIMS "!$&'()*+,;="

static bool in(int byte, const char *set)
{
	return byte && strchr(set, byte);
}

START_TEST(classes)
{
	int byte;

	for (byte = 0; byte < 256; byte++) {
		bool visible = byte > ' ' && byte < 0x7f;
		bool inside = visible || byte == ' ' || byte == '\t' || byte >= 0x80;
		u8 expected = in(byte, LETTERS DIGITS "!#$%&'*+-.^_`|~") * HTTP_CHAR_TOKEN |
			      (visible && byte != '#') * HTTP_CHAR_TARGET |
			      inside * HTTP_CHAR_VALUE |
			      in(byte, UNRESERVED SUB_DELIMS) * HTTP_CHAR_HOST |
			      in(byte, UNRESERVED) * HTTP_CHAR_UNRESERVED |
			      in(byte, DIGITS) * HTTP_CHAR_DIGIT |
			      (byte && byte != '/' && byte != '%') * HTTP_CHAR_PATH;

		ck_assert_msg(http_char_class[byte] == expected, "byte %02x: %02x, not %02x", byte,
			      http_char_class[byte], expected);
	}
}
END_TEST

START_TEST(hexadecimal)
{
	const char *digits = "0123456789abcdef";
	int byte;

	for (byte = 0; byte < 256; byte++) {
		const char *at = byte ? strchr(digits, tolower(byte)) : NULL;

		ck_assert_msg(http_char_hex(byte) == (at ? at - digits : -1), "byte %02x", byte);
	}
}
END_TEST

static int skipped(const char *text, size_t length)
{
	return http_skip_value(text, text + length) - text;
}

/* Each byte at each place of a text whose other bytes are of one kind. */
START_TEST(skip)
{
	static const char fillers[] = { 'x', ' ', '\t', '\xff', '\x80', '~' };
	char filler = fillers[_i];
	char text[40];
	size_t place;
	int byte;

	for (byte = 0; byte < 256; byte++) {
		for (place = 0; place < sizeof(text); place++) {
			int expected = place;

			memset(text, filler, sizeof(text));
			text[place] = byte;
			if (http_char_is(byte, HTTP_CHAR_VALUE))
				expected = sizeof(text);
			ck_assert_msg(skipped(text, sizeof(text)) == expected,
				      "byte %02x at %zu among %02x", byte, place, (u8)filler);
		}
	}
}
END_TEST

START_TEST(skip_stops_at_the_end)
{
	int length;

	for (length = 0; length <= 26; length++)
		ck_assert_int_eq(skipped(unit_at_end("abcdefghijklmnopqrstuvwxyz", length), length),
				 length);
}
END_TEST

START_TEST(marks)
{
	char bytes[8];
	int place;
	int byte;

	for (byte = 0; byte < 256; byte++) {
		for (place = 0; place < 8; place++) {
			u64 word;

			memset(bytes, byte ^ 0x55, sizeof(bytes));
			bytes[place] = byte;
			word = http_word_load(bytes);
			ck_assert_uint_eq(word >> (8 * place) & 0xff, byte);
			ck_assert_uint_eq(http_word_first(http_word_equal(word, byte)), place);
		}
		memset(bytes, byte, sizeof(bytes));
		ck_assert_int_eq(!!http_word_below(http_word_load(bytes), 0x20), byte < 0x20);
		ck_assert_int_eq(!!http_word_below(http_word_load(bytes), 0x80), byte < 0x80);
	}
}
END_TEST

/**
 * struct text_case - Two texts to compare.
 */
struct text_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @text: Text as sent. */
	const char *text;
	/** @length: Bytes of @text. */
	size_t length;
	/** @lower: What it is compared with. */
	const char *lower;
	/** @same: The result. */
	bool same;
};

static const struct text_case text_cases[] = {
	{ "equal", UNIT_TEXT("close"), "close", true },
	{ "capitals", UNIT_TEXT("CLOSE"), "close", true },
	{ "digits and hyphens", UNIT_TEXT("100-Continue"), "100-continue", true },
	{ "both empty", UNIT_TEXT(""), "", true },
	{ "too short", UNIT_TEXT("clos"), "close", false },
	{ "too long", UNIT_TEXT("closed"), "close", false },
	{ "empty", UNIT_TEXT(""), "close", false },
	{ "NUL at the end", UNIT_TEXT("close\0"), "close", false },
	{ "a hyphen is not CR", UNIT_TEXT("a\rb"), "a-b", false },
	{ "a digit is not a control character", UNIT_TEXT("\x11"), "1", false },
	{ "another byte is not a letter", UNIT_TEXT("[lose"), "close", false },
};

START_TEST(text)
{
	const struct text_case *c = &text_cases[_i];
	const char *copy = unit_at_end(c->text, c->length);

	ck_assert_msg(http_text_is(copy, c->length, c->lower) == c->same, "%s", c->shows);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("chars");

	unit_case(suite, "RFC 9110 5.6, RFC 3986 2 classes", classes, 1);
	unit_case(suite, "hexadecimal digits", hexadecimal, 1);
	unit_case(suite, "skipping a value", skip, 6);
	unit_case(suite, "skipping up to the end", skip_stops_at_the_end, 1);
	unit_case(suite, "words", marks, 1);
	unit_case(suite, "text without case", text, UNIT_ROWS(text_cases));
	return suite;
}
