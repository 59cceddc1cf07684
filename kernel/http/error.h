/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole answers that are not about a file: errors and redirects, head and body.
 */
#ifndef HTTP_ERROR_H
#define HTTP_ERROR_H

#include "env.h"
#include "head.h"
#include "status.h"

/** define HTTP_ERROR_MAX - Bytes that hold any answer without a location. */
#define HTTP_ERROR_MAX 1024

/**
 * struct http_error - What shapes the answer.
 */
struct http_error {
	/** @stamp: Date and Server lines. */
	const struct http_stamp *stamp;
	/** @location: Where to go instead, for 301: an encoded URL or path; else NULL. */
	const char *location;
	/** @location_length: Bytes at @location. */
	size_t location_length;
	/** @status: enum http_status. */
	unsigned int status;
	/** @version_minor: Version of the request as far as it is known, else 1. */
	u8 version_minor;
	/** @keep_alive: The connection stays open after this answer. */
	bool keep_alive;
	/** @head_only: The request was HEAD: describe the body but leave it out. */
	bool head_only;
};

/**
 * http_error_response() - Write a whole answer.
 * @out: Where to write.
 * @size: Bytes at @out; HTTP_ERROR_MAX and seven times the length of the location are enough.
 * @error: What to say.
 *
 * 405 names the methods of static files in Allow.
 *
 * Context: Any context.
 * Return: Bytes written, or -HTTP_STATUS_INTERNAL_ERROR if they do not fit.
 */
int http_error_response(char *out, size_t size, const struct http_error *error);

#endif
