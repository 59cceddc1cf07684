// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dates: the three forms, the century of two digits, the calendar, compared with the C library.
 */
#define _GNU_SOURCE
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/date.h"

/* 2026-11-21 12:00:00, the present of these tests unless a row says otherwise. */
#define NOW 1795262400

/**
 * struct date_case - A date as text and as a number.
 */
struct date_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @text: The text. */
	const char *text;
	/** @valid: It is a date. */
	bool valid;
	/** @seconds: Its value. */
	s64 seconds;
};

static const struct date_case cases[] = {
	{ "the preferred form (RFC 9110 5.6.7)", "Sun, 06 Nov 1994 08:49:37 GMT", true, 784111777 },
	{ "the form of RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", true, 784111777 },
	{ "the form of asctime()", "Sun Nov  6 08:49:37 1994", true, 784111777 },
	{ "asctime() with a day of two digits", "Wed Nov 16 08:49:37 1994", true, 784975777 },
	{ "the epoch", "Thu, 01 Jan 1970 00:00:00 GMT", true, 0 },
	{ "before the epoch", "Wed, 31 Dec 1969 23:59:59 GMT", true, -1 },
	{ "past 32 bits", "Tue, 19 Jan 2038 03:14:08 GMT", true, 2147483648 },
	{ "a leap day", "Tue, 29 Feb 2000 00:00:00 GMT", true, 951782400 },
	{ "a leap second", "Sat, 31 Dec 2016 23:59:60 GMT", true, 1483228800 },
	{ "the last second that can be written", "Fri, 31 Dec 9999 23:59:59 GMT", true,
	  HTTP_DATE_LAST },
	{ "the year 0", "Sat, 01 Jan 0000 00:00:00 GMT", true, -62167219200 },
	{ "the wrong day of the week is not checked", "Mon, 06 Nov 1994 08:49:37 GMT", true,
	  784111777 },
	{ "no leap day in 1900", "Thu, 29 Feb 1900 00:00:00 GMT", false, 0 },
	{ "no leap day in 2023", "Wed, 29 Feb 2023 00:00:00 GMT", false, 0 },
	{ "no 31st of April", "Wed, 31 Apr 2024 00:00:00 GMT", false, 0 },
	{ "no day 0", "Sun, 00 Nov 1994 08:49:37 GMT", false, 0 },
	{ "no day 32", "Sun, 32 Jan 1994 08:49:37 GMT", false, 0 },
	{ "no hour 24", "Sun, 06 Nov 1994 24:00:00 GMT", false, 0 },
	{ "no minute 60", "Sun, 06 Nov 1994 08:60:00 GMT", false, 0 },
	{ "no second 61", "Sun, 06 Nov 1994 08:49:61 GMT", false, 0 },
	{ "months are case-sensitive", "Sun, 06 nov 1994 08:49:37 GMT", false, 0 },
	{ "days are case-sensitive", "sun, 06 Nov 1994 08:49:37 GMT", false, 0 },
	{ "GMT is case-sensitive", "Sun, 06 Nov 1994 08:49:37 gmt", false, 0 },
	{ "no other zone", "Sun, 06 Nov 1994 08:49:37 UTC", false, 0 },
	{ "no offset", "Sun, 06 Nov 1994 08:49:37 +0000", false, 0 },
	{ "no date without a zone", "Sun, 06 Nov 1994 08:49:37", false, 0 },
	{ "no day of one digit", "Sun, 6 Nov 1994 08:49:37 GMT", false, 0 },
	{ "no day with a space", "Sun,  6 Nov 1994 08:49:37 GMT", false, 0 },
	{ "no year of two digits in the preferred form", "Sun, 06 Nov 94 08:49:37 GMT", false, 0 },
	{ "no year of five digits", "Sun, 06 Nov 19940 08:49:37 GMT", false, 0 },
	{ "no other month", "Sun, 06 Foo 1994 08:49:37 GMT", false, 0 },
	{ "no other day of the week", "Foo, 06 Nov 1994 08:49:37 GMT", false, 0 },
	{ "no long day in the preferred form", "Sunday, 06 Nov 1994 08:49:37 GMT", false, 0 },
	{ "no short day in the form of RFC 850", "Sun, 06-Nov-94 08:49:37 GMT", false, 0 },
	{ "no full month", "Sun, 06 November 1994 08:49:37 GMT", false, 0 },
	{ "nothing after the date", "Sun, 06 Nov 1994 08:49:37 GMT ", false, 0 },
	{ "no length parameter, as old browsers sent", "Sun, 06 Nov 1994 08:49:37 GMT; length=5",
	  false, 0 },
	{ "nothing before the date", " Sun, 06 Nov 1994 08:49:37 GMT", false, 0 },
	{ "asctime() has no zone", "Sun Nov  6 08:49:37 1994 GMT", false, 0 },
	{ "asctime() needs two places for the day", "Sun Nov 6 08:49:37 1994", false, 0 },
	{ "no date of RFC 3339", "1994-11-06T08:49:37Z", false, 0 },
	{ "no number", "784111777", false, 0 },
	{ "not empty", "", false, 0 },
	{ "a minus sign is no digit", "Sun, -6 Nov 1994 08:49:37 GMT", false, 0 },
};

START_TEST(parsing)
{
	const struct date_case *c = &cases[_i];
	size_t length = strlen(c->text);
	s64 seconds = 42;
	bool valid = http_date_parse(unit_at_end(c->text, length), length, NOW, &seconds);

	ck_assert_msg(valid == c->valid, "%s", c->shows);
	ck_assert_msg(seconds == (valid ? c->seconds : 42), "%s: %lld", c->shows,
		      (long long)seconds);
	/* No beginning of a date is a date. */
	while (c->valid && length--)
		ck_assert_msg(!http_date_parse(unit_at_end(c->text, length), length, NOW, &seconds),
			      "%s: a date after %zu bytes", c->shows, length);
}
END_TEST

/**
 * struct century_case - A date with two digits, read at some time.
 */
struct century_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @now: The present, in the preferred form. */
	const char *now;
	/** @text: The date. */
	const char *text;
	/** @means: The same date in the preferred form. */
	const char *means;
};

static const struct century_case century_cases[] = {
	{ "this year", "Sat, 21 Nov 2026 12:00:00 GMT", "Saturday, 21-Nov-26 00:00:00 GMT",
	  "Sat, 21 Nov 2026 00:00:00 GMT" },
	{ "fifty years ahead to the second", "Sat, 21 Nov 2026 12:00:00 GMT",
	  "Saturday, 21-Nov-76 12:00:00 GMT", "Sat, 21 Nov 2076 12:00:00 GMT" },
	{ "one second more is a hundred years ago", "Sat, 21 Nov 2026 12:00:00 GMT",
	  "Sunday, 21-Nov-76 12:00:01 GMT", "Sun, 21 Nov 1976 12:00:01 GMT" },
	{ "the last century", "Sat, 21 Nov 2026 12:00:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
	  "Sun, 06 Nov 1994 08:49:37 GMT" },
	{ "the next century near its beginning", "Wed, 01 Jan 2070 00:00:00 GMT",
	  "Friday, 01-Jan-10 00:00:00 GMT", "Wed, 01 Jan 2110 00:00:00 GMT" },
	{ "the last century, seen early in this one", "Sat, 01 Jan 2000 00:00:00 GMT",
	  "Friday, 31-Dec-99 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:59 GMT" },
};

START_TEST(centuries)
{
	const struct century_case *c = &century_cases[_i];
	s64 now;
	s64 date;
	s64 expected;

	ck_assert(http_date_parse(c->now, strlen(c->now), 0, &now));
	ck_assert(http_date_parse(c->means, strlen(c->means), 0, &expected));
	ck_assert(http_date_parse(c->text, strlen(c->text), now, &date));
	ck_assert_msg(date == expected, "%s: %lld", c->shows, (long long)date);
}
END_TEST

START_TEST(extreme_present)
{
	static const char text[] = "Sunday, 06-Nov-94 08:49:37 GMT";
	s64 date;

	ck_assert(http_date_parse(text, sizeof(text) - 1, INT64_MAX, &date));
	ck_assert(date > 0 && date <= HTTP_DATE_LAST);
	ck_assert(http_date_parse(text, sizeof(text) - 1, INT64_MIN, &date));
	ck_assert_int_eq(date, 784111777);
}
END_TEST

static void check_against_library(s64 seconds)
{
	char expected[64];
	char *out = unit_room(HTTP_DATE_LENGTH);
	struct tm tm;
	time_t time = seconds;
	s64 back;

	ck_assert_ptr_nonnull(gmtime_r(&time, &tm));
	/* Not %Y, which does not fill up years below 1000. */
	strftime(expected, sizeof(expected), "%a, %d %b ", &tm);
	sprintf(expected + strlen(expected), "%04d ", tm.tm_year + 1900);
	strftime(expected + strlen(expected), 32, "%H:%M:%S GMT", &tm);
	http_date_format(out, seconds);
	ck_assert_msg(!memcmp(out, expected, HTTP_DATE_LENGTH), "%.29s, not %s", out, expected);
	ck_assert_msg(http_date_parse(out, HTTP_DATE_LENGTH, NOW, &back) && back == seconds,
		      "%.29s read back", out);
}

/* The first and last second of every month of 800 years, and of far ones. */
START_TEST(calendar)
{
	int base = _i ? 1600 : 1;
	int month;

	if (_i == 2)
		base = 9200;
	for (month = 0; month < 800 * 12 - (_i == 2); month += 7) {
		struct tm tm = { .tm_year = base - 1900 + month / 12, .tm_mon = month % 12,
				 .tm_mday = 1 };
		s64 seconds = timegm(&tm);

		check_against_library(seconds);
		if (seconds > HTTP_DATE_FIRST)
			check_against_library(seconds - 1);
	}
}
END_TEST

START_TEST(random_dates)
{
	int round;

	srandom(_i);
	for (round = 0; round < 3000; round++) {
		u64 bits = (u64)random() << 31 ^ random();

		check_against_library(HTTP_DATE_FIRST +
				      (s64)(bits % (HTTP_DATE_LAST - HTTP_DATE_FIRST + 1)));
	}
}
END_TEST

START_TEST(clamping)
{
	char out[HTTP_DATE_LENGTH];

	http_date_format(out, INT64_MAX);
	ck_assert(!memcmp(out, "Fri, 31 Dec 9999 23:59:59 GMT", sizeof(out)));
	http_date_format(out, INT64_MIN);
	ck_assert(!memcmp(out, "Mon, 01 Jan 0001 00:00:00 GMT", sizeof(out)));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("date");

	unit_case(suite, "RFC 9110 5.6.7 reading", parsing, UNIT_ROWS(cases));
	unit_case(suite, "RFC 9110 5.6.7 two digits", centuries, UNIT_ROWS(century_cases));
	unit_case(suite, "an extreme present", extreme_present, 1);
	unit_case(suite, "every month", calendar, 3);
	unit_case(suite, "random dates", random_dates, 2);
	unit_case(suite, "dates out of range", clamping, 1);
	return suite;
}
