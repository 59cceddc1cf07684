/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of libtux share and no client sees.
 */
#ifndef LIBTUX_INTERNAL_H
#define LIBTUX_INTERNAL_H

#include <stddef.h>
#include <time.h>

/* Where the kernel shows the server and its counters, and takes its settings. */
#define TUX_PROC_SERVER "/proc/net/tux/server"
#define TUX_PROC_STAT "/proc/net/tux/stat"
#define TUX_PROC_SETTINGS "/proc/sys/net/tux/"

/* The handle that tux() uses; life cycle in handle.c. */
int tux_process_handle(void);
int tux_forget_handle(int handle);

/* An action with any structure; see action.c. */
int tux_call(int handle, unsigned int action, void *argument);

/*
 * The text parsers behind tux_read_status() and tux_read_counters(): they are given the text, so
 * tests need no kernel.
 */
struct tux_status *tux_parse_status(const char *text);
struct tux_counter *tux_parse_counters(const char *text, size_t *count);

/* Dates of HTTP, 29 characters and a NUL. */
#define TUX_DATE_SIZE 30
void tux_format_date(time_t when, char text[TUX_DATE_SIZE]);
const char *tux_date(void);

/* A whole small file as a terminated string, to be freed; NULL with errno set. */
char *tux_read_text(const char *path);

#endif /* LIBTUX_INTERNAL_H */
