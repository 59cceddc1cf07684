/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share: taking an input apart, and checks.
 *
 * A target takes a few bytes from the end of the input as parameters and the rest as text, so that
 * files of the corpus begin with the text and can be read and written by hand.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "http/env.h"

/**
 * struct fuzz_input - What is left of an input.
 */
struct fuzz_input {
	/** @data: First byte left. */
	const char *data;
	/** @size: Bytes left. */
	size_t size;
};

/** FUZZ_CHECK() - Stop, and keep the input, if something does not hold. */
#define FUZZ_CHECK(condition) \
	((condition) ? (void)0 : fuzz_failed(#condition, __FILE__, __LINE__))

/**
 * fuzz_failed() - Say what did not hold, and stop.
 * @condition: Its text.
 * @file: Where it stands.
 * @line: Where it stands.
 */
void fuzz_failed(const char *condition, const char *file, int line) __attribute__((__noreturn__));

/**
 * fuzz_one() - Try one input; each target defines it.
 * @input: The input.
 */
void fuzz_one(struct fuzz_input *input);

/**
 * fuzz_number() - Take a number from the end of the input.
 * @input: The input.
 * @bytes: Bytes of the number, up to eight.
 *
 * Return: The number; 0 if the input is too short.
 */
u64 fuzz_number(struct fuzz_input *input, size_t bytes);

/**
 * fuzz_copy() - Copy text into memory of its exact size, so that over-reads are seen.
 * @text: The text.
 * @length: Bytes of the text.
 *
 * Return: The copy, to be freed.
 */
char *fuzz_copy(const char *text, size_t length);

/**
 * fuzz_string() - Copy text and terminate it, for oracles from the C library.
 * @text: The text.
 * @length: Bytes of the text.
 *
 * Return: The copy, to be freed.
 */
char *fuzz_string(const char *text, size_t length);

#endif
