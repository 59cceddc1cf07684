// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Words of HTTP: dates, and the texts of statuses.
 */
#include <stdio.h>
#include <time.h>

#include <tux.h>

#include "internal.h"

/**
 * tux_format_date() - A time as HTTP writes it.
 * @when: Seconds since 1970.
 * @text: Where to store the 29 characters and a NUL.
 *
 * In English, whatever the locale says.
 */
void tux_format_date(time_t when, char text[TUX_DATE_SIZE])
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
					    "Sep", "Oct", "Nov", "Dec" };
	struct tm parts;

	gmtime_r(&when, &parts);
	snprintf(text, TUX_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[parts.tm_wday],
		 parts.tm_mday % 100U, months[parts.tm_mon], (parts.tm_year + 1900U) % 10000,
		 parts.tm_hour % 100U, parts.tm_min % 100U, parts.tm_sec % 100U);
}

/**
 * tux_date() - Now, as HTTP writes it.
 *
 * Return: A text that this thread's next call may change.
 */
const char *tux_date(void)
{
	static __thread char text[TUX_DATE_SIZE];
	static __thread time_t written;
	time_t now = time(NULL);

	if (now != written) {
		tux_format_date(now, text);
		written = now;
	}
	return text;
}

const char *tux_status_text(unsigned int status)
{
	static const struct {
		unsigned int status;
		const char *text;
	} texts[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 205, "Reset Content" },
		{ 206, "Partial Content" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 411, "Length Required" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 417, "Expectation Failed" },
		{ 422, "Unprocessable Content" },
		{ 426, "Upgrade Required" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			return texts[i].text;
	return "Unknown";
}
