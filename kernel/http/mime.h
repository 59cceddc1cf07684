/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Media types of files, by the extension of their names.
 */
#ifndef HTTP_MIME_H
#define HTTP_MIME_H

#include "env.h"

/** define HTTP_MIME_EXTENSION_MAX - Longest extension that can have a type, in bytes. */
#define HTTP_MIME_EXTENSION_MAX 32

/** define HTTP_MIME_DEFAULT - Type of names without a known extension, as in TUX. */
#define HTTP_MIME_DEFAULT "text/plain"

/**
 * struct http_mime - A row of the built-in table.  Constant.
 */
struct http_mime {
	/** @extension: Lower case, without the dot, terminated. */
	const char *extension;
	/** @type: Media type, terminated. */
	const char *type;
	/** @extension_length: Bytes of @extension. */
	u8 extension_length;
	/** @type_length: Bytes of @type. */
	u8 type_length;
};

/**
 * http_mime_extension() - Find the extension of a file name.
 * @path: Name, may have directories before it.
 * @length: Bytes at @path.
 * @extension_length: Set to the bytes of the extension, 0 if there is none.
 *
 * The extension is what follows the last dot of the last segment.  Dots that begin the segment do
 * not count (".profile"), nor does one that ends it.
 *
 * Context: Any context.
 * Return: The extension inside @path, or NULL.
 */
const char *http_mime_extension(const char *path, size_t length, size_t *extension_length);

/**
 * http_mime_hash() - Hash an extension.
 * @extension: Extension in any case.
 * @length: Bytes at @extension.
 *
 * Context: Any context.
 * Return: The same number for extensions that differ only in case.
 */
u32 http_mime_hash(const char *extension, size_t length);

/**
 * http_mime_find() - Look up the built-in type of an extension.
 * @extension: Extension in any case.
 * @length: Bytes at @extension.
 *
 * Context: Any context.
 * Return: A constant row, or NULL if the extension is not known.
 */
const struct http_mime *http_mime_find(const char *extension, size_t length);

#endif
