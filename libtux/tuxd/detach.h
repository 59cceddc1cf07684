/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Becoming a daemon, and telling whoever waits whether the start succeeded.
 */
#ifndef TUXD_DETACH_H
#define TUXD_DETACH_H

int detach_from_terminal(void);
void report_ready(void);
int report_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* TUXD_DETACH_H */
