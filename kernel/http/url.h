/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths of request targets: from what a client sends to a name below the document root, and back.
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "env.h"
#include "status.h"

/**
 * http_url_path() - Turn the path of a target into a file name below the document root.
 * @path: Encoded path without query; begins with "/" or is empty.
 * @length: Bytes at @path.
 * @out: Where to store the terminated name.
 * @size: Bytes at @out.
 * @directory: Set to true if the path names a directory: it is the root or ends in "/", "/." or
 *             "/..".
 *
 * Percent-encoding is decoded first; then repeated slashes are taken as one and dot segments are
 * removed (RFC 3986 5.2.4).  The name has no slash at its start or end, no empty segment and no
 * segment "." or ".."; the root is the empty name.  Any byte but NUL may be part of a segment.
 *
 * Context: Any context.
 * Return: Length of the name without its NUL; or -HTTP_STATUS_BAD_REQUEST (bad escape, NUL, or
 *         a path that climbs above the root), -HTTP_STATUS_NOT_FOUND (an encoded slash, which
 *         no file name has) or -HTTP_STATUS_URI_TOO_LONG (does not fit).
 */
int http_url_path(const char *path, size_t length, char *out, size_t size, bool *directory);

/**
 * http_url_encode() - Encode a file name for use in a header field or a link.
 * @out: Where to store the result; not terminated.
 * @size: Bytes at @out; three times @length is always enough.
 * @path: Name to encode.
 * @length: Bytes at @path.
 *
 * Unreserved characters of RFC 3986 and "/" stay as they are, everything else is percent-encoded.
 *
 * Context: Any context.
 * Return: Length of the result, or -HTTP_STATUS_URI_TOO_LONG if it does not fit.
 */
int http_url_encode(char *out, size_t size, const char *path, size_t length);

#endif
