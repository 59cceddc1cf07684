/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Status codes of HTTP (RFC 9110 section 15) and their texts.
 *
 * Functions of this folder that can refuse their input return the negative status of the answer
 * to send: -HTTP_STATUS_BAD_REQUEST and so on.
 */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include "env.h"

/* enum http_status - The status codes that this server sends. */
enum http_status {
	HTTP_STATUS_CONTINUE = 100,
	HTTP_STATUS_OK = 200,
	HTTP_STATUS_PARTIAL_CONTENT = 206,
	HTTP_STATUS_MOVED_PERMANENTLY = 301,
	HTTP_STATUS_NOT_MODIFIED = 304,
	HTTP_STATUS_BAD_REQUEST = 400,
	HTTP_STATUS_FORBIDDEN = 403,
	HTTP_STATUS_NOT_FOUND = 404,
	HTTP_STATUS_METHOD_NOT_ALLOWED = 405,
	HTTP_STATUS_REQUEST_TIMEOUT = 408,
	HTTP_STATUS_LENGTH_REQUIRED = 411,
	HTTP_STATUS_PRECONDITION_FAILED = 412,
	HTTP_STATUS_CONTENT_TOO_LARGE = 413,
	HTTP_STATUS_URI_TOO_LONG = 414,
	HTTP_STATUS_RANGE_NOT_SATISFIABLE = 416,
	HTTP_STATUS_EXPECTATION_FAILED = 417,
	HTTP_STATUS_HEADERS_TOO_LARGE = 431,
	HTTP_STATUS_INTERNAL_ERROR = 500,
	HTTP_STATUS_NOT_IMPLEMENTED = 501,
	HTTP_STATUS_BAD_GATEWAY = 502,
	HTTP_STATUS_UNAVAILABLE = 503,
	HTTP_STATUS_GATEWAY_TIMEOUT = 504,
	HTTP_STATUS_VERSION_UNSUPPORTED = 505,
};

/**
 * http_status_line() - The status line of an answer, with its line end.
 * @status: One of enum http_status; anything else gives the line of 500.
 * @length: Where to store the length of the line.
 *
 * Context: Any context.
 * Return: A constant like "HTTP/1.1 404 Not Found\r\n"; never NULL.
 */
const char *http_status_line(unsigned int status, size_t *length);

/**
 * http_status_reason() - The reason phrase of a status.
 * @status: One of enum http_status; anything else gives the phrase of 500.
 * @length: Where to store the length of the phrase.
 *
 * Context: Any context.
 * Return: A constant like "Not Found"; never NULL and not terminated after @length.
 */
const char *http_status_reason(unsigned int status, size_t *length);

/**
 * http_status_is_known() - Is this one of enum http_status?
 * @status: Number to look up.
 *
 * Context: Any context.
 * Return: True if @status has a line of its own.
 */
bool http_status_is_known(unsigned int status);

#endif
