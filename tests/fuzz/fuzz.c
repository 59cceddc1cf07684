// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the fuzz targets share.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input input = { .data = (const char *)data, .size = size };

	fuzz_one(&input);
	return 0;
}

void fuzz_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

u64 fuzz_number(struct fuzz_input *input, size_t bytes)
{
	u64 number = 0;

	if (input->size < bytes)
		return 0;
	while (bytes--)
		number = number << 8 | (u8)input->data[--input->size];
	return number;
}

char *fuzz_copy(const char *text, size_t length)
{
	char *copy = malloc(length ? length : 1);

	/* Memory of no bytes would have to be told apart from none: shrink to a byte never read. */
	if (length)
		memcpy(copy, text, length);
	return copy;
}

char *fuzz_string(const char *text, size_t length)
{
	char *copy = malloc(length + 1);

	if (length)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}
