/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Telling the service manager what goes on (sd_notify(3)).
 */
#ifndef TUXD_NOTIFY_H
#define TUXD_NOTIFY_H

void notify_open(void);
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* TUXD_NOTIFY_H */
