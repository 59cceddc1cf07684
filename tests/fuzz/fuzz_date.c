// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dates against strptime(), timegm() and gmtime().
 *
 * strptime() is more lenient, so it alone decides nothing: what it reads is written again, and only
 * a text that comes out as it went in has to be accepted.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"
#include "http/date.h"

/* 2018-12-31 23:59:59: from here 68 is 2068 and 69 is 1969, just as strptime() has it. */
#define NOW 1546300799

static const char *const forms[] = {
	"%a, %d %b %Y %H:%M:%S GMT",
	"%A, %d-%b-%y %H:%M:%S GMT",
	"%a %b %e %H:%M:%S %Y",
	"%a %b %d %H:%M:%S %Y",
};

/* Writes one of the forms again with a year of four digits. */
static void write_again(char *out, size_t size, int form, const struct tm *tm)
{
	char format[64];
	const char *year = strstr(forms[form], "%Y");

	if (year)
		snprintf(format, sizeof(format), "%.*s%04d%s", (int)(year - forms[form]),
			 forms[form], tm->tm_year + 1900, year + 2);
	else
		snprintf(format, sizeof(format), "%s", forms[form]);
	if (!strftime(out, size, format, tm))
		*out = '\0';
}

/* What the C library makes of the text; true if it is a date of this form and nothing else. */
static bool library_parse(const char *text, int form, s64 *seconds)
{
	struct tm tm = { .tm_isdst = 0 };
	struct tm normal;
	const char *rest = strptime(text, forms[form], &tm);
	char again[128];

	if (!rest || *rest)
		return false;
	write_again(again, sizeof(again), form, &tm);
	normal = tm;
	/* timegm() moves leap seconds and days that do not exist; only the former may pass. */
	*seconds = timegm(&normal);
	if (tm.tm_sec != 60 && (normal.tm_mday != tm.tm_mday || normal.tm_mon != tm.tm_mon))
		return false;
	return !strcmp(again, text);
}

static void check_text(const char *data, size_t size)
{
	char *value = fuzz_copy(data, size);
	char *text = fuzz_string(data, size);
	bool expected = false;
	s64 wanted = 0;
	s64 seconds = 0;
	bool result = http_date_parse(value, size, NOW, &seconds);
	size_t form;

	for (form = 0; form < ARRAY_SIZE(forms) && !expected && strlen(text) == size; form++)
		expected = library_parse(text, form, &wanted);
	/*
	 * A leap second after a day that does not exist is the one thing the library cannot be
	 * asked about.
	 */
	if (!strstr(text, ":60"))
		FUZZ_CHECK(result == expected);
	else
		FUZZ_CHECK(!result || expected);
	if (result)
		FUZZ_CHECK(seconds == wanted);
	free(value);
	free(text);
}

static void check_number(s64 seconds)
{
	char *out = malloc(HTTP_DATE_LENGTH);
	char expected[128];
	time_t time = seconds < HTTP_DATE_FIRST ? HTTP_DATE_FIRST :
		      seconds > HTTP_DATE_LAST ? HTTP_DATE_LAST : seconds;
	struct tm tm;
	s64 back;

	http_date_format(out, seconds);
	write_again(expected, sizeof(expected), 0, gmtime_r(&time, &tm));
	FUZZ_CHECK(!memcmp(out, expected, HTTP_DATE_LENGTH));
	FUZZ_CHECK(http_date_parse(out, HTTP_DATE_LENGTH, NOW, &back) && back == time);
	free(out);
}

/* Whatever the present is, two digits mean a year that ends in them and is not too far ahead. */
static void check_century(s64 now, int digits)
{
	char text[64];
	time_t date;
	struct tm tm;
	s64 seconds;

	snprintf(text, sizeof(text), "Monday, 01-Jun-%02d 00:00:00 GMT", digits);
	FUZZ_CHECK(http_date_parse(text, strlen(text), now, &seconds));
	date = seconds;
	gmtime_r(&date, &tm);
	FUZZ_CHECK((tm.tm_year + 1900) % 100 == digits);
	if (now < 0 || now > HTTP_DATE_LAST - 200LL * 366 * 86400)
		return;
	FUZZ_CHECK(seconds <= now + 50LL * 366 * 86400);
	FUZZ_CHECK(seconds >= now - 50LL * 366 * 86400);
}

void fuzz_one(struct fuzz_input *input)
{
	s64 number = fuzz_number(input, 8);

	check_number(number);
	check_number(number % HTTP_DATE_LAST);
	check_century(number % HTTP_DATE_LAST, (u64)number % 100);
	check_century(number, (u64)number % 100);
	check_text(input->data, input->size);
}
