// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function for GNU make: $(become PROGRAM,ARGUMENT,...) replaces make by a program.
 *
 * "make run" stops on ^C and on SIGTERM with exit status 0.  Make as the server's parent could not
 * do that: it dies of such a signal itself, whatever its child makes of it.
 */
#include <gnumake.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int plugin_is_GPL_compatible;

int become_gmk_setup(void);

/* A call may go over several lines, which make turns into a blank before the next argument. */
static char *become(const char *name, unsigned int count, char **arguments)
{
	unsigned int i;

	(void)name;
	for (i = 0; i < count; i++)
		arguments[i] += strspn(arguments[i], " ");
	execv(arguments[0], arguments);
	perror(arguments[0]);
	return NULL;
}

/* Called by make when it has loaded this object; any other value than 0 means success. */
int become_gmk_setup(void)
{
	gmk_add_function("become", become, 1, 0, GMK_FUNC_DEFAULT);
	return 1;
}
