/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes of characters, and ways to run over many bytes at once.
 *
 * A request head is mostly bytes that mean nothing special.  The functions that skip them look at
 * eight at a time: a word is searched for special bytes with a few arithmetic operations whose
 * result has the top bit of a byte set for each special byte, exact up to the first of them.
 */
#ifndef HTTP_CHARS_H
#define HTTP_CHARS_H

#include "env.h"

/** define HTTP_CHAR_TOKEN - tchar of RFC 9110 5.6.2. */
#define HTTP_CHAR_TOKEN 0x01
/** define HTTP_CHAR_TARGET - Visible ASCII without "#": what a request target may hold. */
#define HTTP_CHAR_TARGET 0x02
/** define HTTP_CHAR_VALUE - What may stand inside a field line: HTAB, SP, VCHAR, obs-text. */
#define HTTP_CHAR_VALUE 0x04
/** define HTTP_CHAR_HOST - unreserved and sub-delims of RFC 3986, without percent-encoding. */
#define HTTP_CHAR_HOST 0x08
/** define HTTP_CHAR_UNRESERVED - unreserved of RFC 3986. */
#define HTTP_CHAR_UNRESERVED 0x10
/** define HTTP_CHAR_DIGIT - 0 to 9. */
#define HTTP_CHAR_DIGIT 0x20
/** define HTTP_CHAR_PATH - What is taken as it is in a path: all but "%", "/" and NUL. */
#define HTTP_CHAR_PATH 0x40

/* The classes of each byte, as HTTP_CHAR_ bits. */
extern const u8 http_char_class[256];

/**
 * http_char_is() - Does a byte belong to a class?
 * @byte: The byte.
 * @class: One or more HTTP_CHAR_ bits.
 *
 * Context: Any context.
 * Return: True if it belongs to one of them.
 */
static inline bool http_char_is(char byte, u8 class)
{
	return http_char_class[(u8)byte] & class;
}

/**
 * http_char_hex() - The value of a hexadecimal digit.
 * @byte: The digit, in either case.
 *
 * Context: Any context.
 * Return: 0 to 15, or -1 if it is none.
 */
static inline int http_char_hex(char byte)
{
	u8 letter = (u8)byte | 0x20;

	if ((u8)(byte - '0') < 10)
		return byte - '0';
	if ((u8)(letter - 'a') < 6)
		return letter - 'a' + 10;
	return -1;
}

/**
 * http_text_is() - Compare text without regard to case.
 * @text: Text to compare.
 * @length: Bytes at @text.
 * @lower: What to compare with: letters in lower case, digits and "-"; terminated.
 *
 * Context: Any context.
 * Return: True if they are equal.
 */
static inline bool http_text_is(const char *text, size_t length, const char *lower)
{
	size_t i;

	for (i = 0; i < length; i++) {
		u8 letter = lower[i];

		/* Only letters have 0x40 set, so only they may differ in 0x20. */
		if (!letter || (((u8)text[i] ^ letter) & ~((letter & 0x40) >> 1)))
			return false;
	}
	return !lower[length];
}

#define HTTP_WORD_ONES 0x0101010101010101ull
#define HTTP_WORD_HIGHS 0x8080808080808080ull

/**
 * http_word_load() - Take eight bytes as one number, the first as its lowest part.
 * @bytes: The bytes; no alignment needed.
 *
 * Compilers make one load of it.
 *
 * Context: Any context.
 * Return: The number.
 */
static __always_inline u64 http_word_load(const char *bytes)
{
	const u8 *b = (const u8 *)bytes;

	return (u64)b[0] | (u64)b[1] << 8 | (u64)b[2] << 16 | (u64)b[3] << 24 |
	       (u64)b[4] << 32 | (u64)b[5] << 40 | (u64)b[6] << 48 | (u64)b[7] << 56;
}

/**
 * http_word_below() - Which bytes of a word are below a limit?
 * @word: The word.
 * @limit: At most 128.
 *
 * Context: Any context.
 * Return: Top bits of the bytes; exact up to the first.
 */
static __always_inline u64 http_word_below(u64 word, u8 limit)
{
	return (word - HTTP_WORD_ONES * limit) & ~word & HTTP_WORD_HIGHS;
}

/**
 * http_word_equal() - Which bytes of a word have a value?
 * @word: The word.
 * @byte: The value.
 *
 * Context: Any context.
 * Return: Top bits of the bytes; exact up to the first.
 */
static __always_inline u64 http_word_equal(u64 word, u8 byte)
{
	return http_word_below(word ^ HTTP_WORD_ONES * byte, 1);
}

/**
 * http_word_first() - Where is the first byte that is marked?
 * @marks: Result of one of the functions above, not 0.
 *
 * Context: Any context.
 * Return: 0 to 7.
 */
static __always_inline unsigned int http_word_first(u64 marks)
{
	return (unsigned int)__builtin_ctzll(marks) >> 3;
}

/**
 * http_skip_value() - Skip what may stand inside a field line.
 * @at: First byte.
 * @end: First byte past the input.
 *
 * Context: Any context.
 * Return: The first byte that is a control character other than HTAB, or @end.
 */
static inline const char *http_skip_value(const char *at, const char *end)
{
	while (end - at >= 8) {
		u64 word = http_word_load(at);
		u64 marks = http_word_below(word, 0x20) | http_word_equal(word, 0x7f);

		if (!marks) {
			at += 8;
			continue;
		}
		at += http_word_first(marks);
		if (*at != '\t')
			return at;
		at++;
	}
	while (at < end && http_char_is(*at, HTTP_CHAR_VALUE))
		at++;
	return at;
}

#endif
