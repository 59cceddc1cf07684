// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What <tuxmodule.h> offers to user modules beside tux() itself.
 *
 * The variables are the daemon's to fill in; they stand here so that modules and other programs
 * link against one library.
 */
#define TUXAPI_NO_LAYOUT_MARKER
#include <tuxmodule.h>

char *TUXAPI_version = (char *)"TUX/" TUX_RELEASE;
unsigned long TUXAPI_version_len = sizeof("TUX/" TUX_RELEASE) - 1;
char *TUXAPI_docroot = (char *)"";
unsigned long TUXAPI_docroot_len;
char *TUXAPI_servername = (char *)"";
unsigned long TUXAPI_servername_len;

static char *no_modules[] = { NULL };
char **TUXAPI_modulename_array = no_modules;

void *TUXAPI_malloc_shared(unsigned int len)
{
	void *memory = mmap(NULL, len ? len : 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}
