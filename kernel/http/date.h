/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dates of HTTP (RFC 9110 section 5.6.7), in seconds since 1970-01-01 00:00:00 UTC.
 */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include "env.h"

/** define HTTP_DATE_LENGTH - Bytes of "Sun, 06 Nov 1994 08:49:37 GMT". */
#define HTTP_DATE_LENGTH 29

/** define HTTP_DATE_FIRST - First second of the year 1, the earliest date that is written. */
#define HTTP_DATE_FIRST (-62135596800LL)

/** define HTTP_DATE_LAST - Last second of the year 9999, the latest date that is written. */
#define HTTP_DATE_LAST 253402300799LL

/**
 * http_date_format() - Write a date in the preferred form (IMF-fixdate).
 * @out: HTTP_DATE_LENGTH bytes to write; not terminated.
 * @seconds: Time to write; moved into HTTP_DATE_FIRST ... HTTP_DATE_LAST.
 *
 * Context: Any context.
 */
void http_date_format(char out[HTTP_DATE_LENGTH], s64 seconds);

/**
 * http_date_parse() - Read a date in any of the three forms that are in use.
 * @value: Value without white space around it.
 * @length: Bytes at @value.
 * @now: Present time, which decides the century of a year of two digits.
 * @seconds: Where to store the date; untouched if the value is not a date.
 *
 * Names of days and months are case-sensitive and must exist; whether the day of the week fits
 * the date is not checked.
 *
 * Context: Any context.
 * Return: True if the value is a date.
 */
bool http_date_parse(const char *value, size_t length, s64 now, s64 *seconds);

#endif
