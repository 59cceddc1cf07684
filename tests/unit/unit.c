// SPDX-License-Identifier: GPL-2.0-only
/*
 * The main program of the unit tests, and their memory.
 *
 * Every test runs in a process of its own, so a crash is one failure and memory is never freed.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void unit_case(Suite *suite, const char *name, const TTest *test, size_t rows)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test, 0, rows);
	suite_add_tcase(suite, tcase);
}

/* Pages for so many bytes, with an unreadable page on both sides. */
static char *map_between_guards(size_t size, size_t *mapped)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *memory;

	*mapped = (size + page) / page * page;
	memory = mmap(NULL, *mapped + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory + page, *mapped, PROT_READ | PROT_WRITE)) {
		perror("unit test memory");
		abort();
	}
	return memory + page;
}

char *unit_room(size_t size)
{
	size_t mapped;
	char *memory = map_between_guards(size, &mapped);

	return memory + mapped - size;
}

const char *unit_at_end(const void *bytes, size_t length)
{
	char *memory = unit_room(length);

	if (length)
		memcpy(memory, bytes, length);
	return memory;
}

const char *unit_at_start(const void *bytes, size_t length)
{
	size_t mapped;
	char *memory = map_between_guards(length, &mapped);

	if (length)
		memcpy(memory, bytes, length);
	return memory;
}

const char *unit_show(const char *bytes, size_t length)
{
	static char text[2000];
	size_t used = 0;
	size_t i;

	for (i = 0; i < length && used < sizeof(text) - 8; i++) {
		if (bytes[i] >= ' ' && bytes[i] <= '~')
			text[used++] = bytes[i];
		else
			used += sprintf(text + used, "\\x%02x", (unsigned char)bytes[i]);
	}
	text[used] = '\0';
	return text;
}

int main(void)
{
	SRunner *runner = srunner_create(unit_suite());
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
