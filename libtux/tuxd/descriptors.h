/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which descriptors are the master's own, and not for its children.
 *
 * A child is forked with everything that the master has open.  What user modules have opened in
 * TUXAPI_init() is for the workers, the rest is not.
 */
#ifndef TUXD_DESCRIPTORS_H
#define TUXD_DESCRIPTORS_H

void descriptor_keep(int fd);
void descriptor_keep_all(void);
void descriptor_keep_handle(void);
void descriptor_close(int fd);
void descriptors_close_kept(void);

#endif /* TUXD_DESCRIPTORS_H */
