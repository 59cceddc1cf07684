/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of header fields.
 */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include "env.h"
#include "parse.h"

/**
 * http_header_recognise() - Which field has this name?
 * @name: The name in any case, any bytes.
 * @length: Bytes at @name.
 *
 * Context: Any context.  The hot path: called for each field line.
 * Return: HTTP_HEADER_OTHER if the name is none of those that are recognised.
 */
enum http_header http_header_recognise(const char *name, size_t length);

/**
 * http_header_name() - The name of a field.
 * @header: A recognised field.
 * @length: Where to store the length of the name.
 *
 * Context: Any context.
 * Return: A constant in lower case.
 */
const char *http_header_name(enum http_header header, size_t *length);

#endif
