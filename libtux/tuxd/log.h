/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages of tuxd: to syslog, or to standard error in the foreground.  Usable from the master and
 * from its children.
 */
#ifndef TUXD_LOG_H
#define TUXD_LOG_H

#include <stdbool.h>

void log_open(bool to_syslog);
void log_close(void);
void log_connect(void);
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* TUXD_LOG_H */
