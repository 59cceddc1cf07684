// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers in text.
 *
 * The rest of the buffer is inline in buffer.h, because heads of answers are made of it.
 */
#include "buffer.h"

/* Digits of the largest u64. */
#define DIGITS_MAX 20

void http_buffer_number(struct http_buffer *buffer, u64 number)
{
	char digits[DIGITS_MAX];
	char *at = digits + sizeof(digits);

	do {
		*--at = '0' + number % 10;
		number /= 10;
	} while (number);
	http_buffer_text(buffer, at, digits + sizeof(digits) - at);
}
