/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MIME types from a file such as /etc/mime.types: "type extension..." per line.
 */
#ifndef TUXD_MIME_H
#define TUXD_MIME_H

typedef int (*mime_found)(const char *type, const char *extension, void *argument);

int mime_parse(char *text, mime_found found, void *argument);
int mime_register_file(const char *path);

#endif /* TUXD_MIME_H */
