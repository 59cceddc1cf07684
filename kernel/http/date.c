// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dates, both ways.
 *
 * Written once per second by each worker and once per cached file, read for conditional requests.
 * Days are counted in years that begin in March, so that the leap day comes last and the lengths
 * of the months follow a straight line.  No locks: works on memory of the caller.
 */
#include "date.h"

#include "chars.h"

#define DAY 86400
#define DAYS_PER_ERA 146097	/* 400 years */
#define EPOCH_DAY 719468	/* 1970-01-01, counted from 0000-03-01 */
#define EPOCH_WEEKDAY 4		/* a Thursday, counted from Sunday */
#define NAME_LENGTH 3

/**
 * struct calendar - A moment by the calendar, UTC.
 */
struct calendar {
	/** @year: 0 to 9999. */
	int year;
	/** @month: 0 to 11. */
	int month;
	/** @day: 1 to 31. */
	int day;
	/** @hour: 0 to 23. */
	int hour;
	/** @minute: 0 to 59. */
	int minute;
	/** @second: 0 to 60, for leap seconds. */
	int second;
};

/**
 * struct cursor - Text that is being read.
 */
struct cursor {
	/** @at: Next byte. */
	const char *at;
	/** @end: First byte past the text. */
	const char *end;
};

static const char weekdays[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char *const long_weekdays[] = {
	"Sunday, ", "Monday, ", "Tuesday, ", "Wednesday, ", "Thursday, ", "Friday, ", "Saturday, ",
};

static const u8 month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

/* Valid for days from 0000-03-01 on. */
static void split_day(u32 day, struct calendar *calendar)
{
	u32 era = day / DAYS_PER_ERA;
	u32 day_of_era = day % DAYS_PER_ERA;
	u32 year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
		   365;
	u32 day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	u32 month = (5 * day_of_year + 2) / 153;

	calendar->day = day_of_year - (153 * month + 2) / 5 + 1;
	calendar->month = month < 10 ? month + 2 : month - 10;
	calendar->year = era * 400 + year + (month >= 10);
}

static s64 join(const struct calendar *calendar)
{
	u32 year = calendar->year + 400 - (calendar->month < 2);
	u32 month = calendar->month < 2 ? calendar->month + 10 : calendar->month - 2;
	u32 day_of_year = (153 * month + 2) / 5 + calendar->day - 1;
	u32 days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;

	return ((s64)days - DAYS_PER_ERA - EPOCH_DAY) * DAY + calendar->hour * 3600 +
	       calendar->minute * 60 + calendar->second;
}

static bool is_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static void put_two(char *out, u32 number)
{
	out[0] = '0' + number / 10;
	out[1] = '0' + number % 10;
}

void http_date_format(char out[HTTP_DATE_LENGTH], s64 seconds)
{
	struct calendar calendar;
	u32 second;
	u32 day;

	if (seconds < HTTP_DATE_FIRST)
		seconds = HTTP_DATE_FIRST;
	if (seconds > HTTP_DATE_LAST)
		seconds = HTTP_DATE_LAST;
	/* Not negative from here on, so that the divisions round down. */
	seconds += (s64)EPOCH_DAY * DAY;
	day = (u64)seconds / DAY;
	second = (u64)seconds % DAY;
	split_day(day, &calendar);
	memcpy(out, "Sun, 00 Jan 0000 00:00:00 GMT", HTTP_DATE_LENGTH);
	memcpy(out, weekdays + NAME_LENGTH * ((day - EPOCH_DAY % 7 + EPOCH_WEEKDAY + 7) % 7),
	       NAME_LENGTH);
	put_two(out + 5, calendar.day);
	memcpy(out + 8, months + NAME_LENGTH * calendar.month, NAME_LENGTH);
	put_two(out + 12, calendar.year / 100);
	put_two(out + 14, calendar.year % 100);
	put_two(out + 17, second / 3600);
	put_two(out + 20, second / 60 % 60);
	put_two(out + 23, second % 60);
}

static bool take_text(struct cursor *cursor, const char *text, size_t length)
{
	if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length))
		return false;
	cursor->at += length;
	return true;
}

static bool take_char(struct cursor *cursor, char byte)
{
	return take_text(cursor, &byte, 1);
}

static bool take_number(struct cursor *cursor, int digits, int *number)
{
	if (cursor->end - cursor->at < digits)
		return false;
	for (*number = 0; digits; digits--, cursor->at++) {
		if (!http_char_is(*cursor->at, HTTP_CHAR_DIGIT))
			return false;
		*number = *number * 10 + (*cursor->at - '0');
	}
	return true;
}

static bool take_name(struct cursor *cursor, const char *names, int count, int *index)
{
	for (*index = 0; *index < count; ++*index)
		if (take_text(cursor, names + NAME_LENGTH * *index, NAME_LENGTH))
			return true;
	return false;
}

static bool take_month(struct cursor *cursor, struct calendar *calendar)
{
	return take_name(cursor, months, ARRAY_SIZE(month_days), &calendar->month);
}

static bool take_time(struct cursor *cursor, struct calendar *calendar)
{
	return take_number(cursor, 2, &calendar->hour) && take_char(cursor, ':') &&
	       take_number(cursor, 2, &calendar->minute) && take_char(cursor, ':') &&
	       take_number(cursor, 2, &calendar->second);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", read up to the first comma and space. */
static bool read_fixdate(struct cursor *cursor, struct calendar *calendar)
{
	return take_number(cursor, 2, &calendar->day) && take_char(cursor, ' ') &&
	       take_month(cursor, calendar) && take_char(cursor, ' ') &&
	       take_number(cursor, 4, &calendar->year) && take_char(cursor, ' ') &&
	       take_time(cursor, calendar) && take_text(cursor, " GMT", 4);
}

/* "Sun Nov  6 08:49:37 1994", read up to the first space. */
static bool read_asctime(struct cursor *cursor, struct calendar *calendar)
{
	return take_month(cursor, calendar) && take_char(cursor, ' ') &&
	       (take_char(cursor, ' ') ? take_number(cursor, 1, &calendar->day) :
					 take_number(cursor, 2, &calendar->day)) &&
	       take_char(cursor, ' ') && take_time(cursor, calendar) && take_char(cursor, ' ') &&
	       take_number(cursor, 4, &calendar->year);
}

/* "Sunday, 06-Nov-94 08:49:37 GMT", read up to the first comma and space. */
static bool read_rfc850(struct cursor *cursor, struct calendar *calendar)
{
	return take_number(cursor, 2, &calendar->day) && take_char(cursor, '-') &&
	       take_month(cursor, calendar) && take_char(cursor, '-') &&
	       take_number(cursor, 2, &calendar->year) && take_char(cursor, ' ') &&
	       take_time(cursor, calendar) && take_text(cursor, " GMT", 4);
}

/*
 * The latest year with these two digits whose date is at most 50 years in the future (RFC 9110
 * 5.6.7).
 */
static void choose_century(struct calendar *calendar, s64 now)
{
	struct calendar limit = { 0 };
	int digits = calendar->year;
	u32 second;

	if (now < 0)
		now = 0;
	if (now > HTTP_DATE_LAST - 100LL * 366 * DAY)
		now = HTTP_DATE_LAST - 100LL * 366 * DAY;
	split_day((u64)now / DAY + EPOCH_DAY, &limit);
	second = (u64)now % DAY;
	limit.hour = second / 3600;
	limit.minute = second / 60 % 60;
	limit.second = second % 60;
	limit.year += 50;
	calendar->year = limit.year - limit.year % 100 + digits;
	if (join(calendar) > join(&limit))
		calendar->year -= 100;
}

static bool is_possible(const struct calendar *calendar)
{
	if (calendar->day < 1 || calendar->day > month_days[calendar->month])
		return false;
	if (calendar->month == 1 && calendar->day == 29 && !is_leap_year(calendar->year))
		return false;
	return calendar->hour < 24 && calendar->minute < 60 && calendar->second <= 60;
}

static bool take_long_weekday(struct cursor *cursor)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(long_weekdays); i++)
		if (take_text(cursor, long_weekdays[i], strnlen(long_weekdays[i], 16)))
			return true;
	return false;
}

bool http_date_parse(const char *value, size_t length, s64 now, s64 *seconds)
{
	struct cursor cursor = { .at = value, .end = value + length };
	struct calendar calendar = { 0 };
	int weekday;
	bool read;

	if (take_long_weekday(&cursor)) {
		read = read_rfc850(&cursor, &calendar);
		if (read)
			choose_century(&calendar, now);
	} else if (!take_name(&cursor, weekdays, 7, &weekday)) {
		return false;
	} else if (take_text(&cursor, ", ", 2)) {
		read = read_fixdate(&cursor, &calendar);
	} else {
		read = take_char(&cursor, ' ') && read_asctime(&cursor, &calendar);
	}
	if (!read || cursor.at != cursor.end || !is_possible(&calendar))
		return false;
	*seconds = join(&calendar);
	return true;
}
