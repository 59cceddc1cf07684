// SPDX-License-Identifier: GPL-2.0-only
/*
 * Validators and conditions.
 *
 * The rows are whole requests, read by the real parser, so that repeated fields and white space
 * come as they do in life.
 */
#define _GNU_SOURCE
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "http/condition.h"

/* 2026-11-21 12:00:00 */
#define NOW 1795262400
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"
#define DATE_SECONDS 784111777

/**
 * struct condition_case - Field lines and the answer to them.
 */
struct condition_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @fields: Field lines of a GET for a file with ETag "x" from @DATE. */
	const char *fields;
	/** @strong: Answer while the ETag is strong. */
	int strong;
	/** @fresh: Answer while the file is fresh and the ETag is W/"x". */
	int fresh;
};

static const struct condition_case cases[] = {
	{ "no condition", "", 200, 200 },
	{ "If-None-Match with the ETag", "If-None-Match: \"x\"\r\n", 304, 200 },
	{ "If-None-Match compares weakly", "If-None-Match: W/\"x\"\r\n", 304, 200 },
	{ "If-None-Match with another ETag", "If-None-Match: \"y\"\r\n", 200, 200 },
	{ "If-None-Match with a list", "If-None-Match: \"y\", \"x\"\r\n", 304, 200 },
	{ "If-None-Match with a list without spaces", "If-None-Match: \"y\",\"x\"\r\n", 304, 200 },
	{ "If-None-Match with empty elements", "If-None-Match: ,, \"x\" ,\r\n", 304, 200 },
	{ "If-None-Match with a list of others", "If-None-Match: \"a\", W/\"b\"\r\n", 200, 200 },
	{ "If-None-Match in two lines", "If-None-Match: \"y\"\r\nIf-None-Match: \"x\"\r\n", 304,
	  200 },
	{ "If-None-Match in two lines, none of which matches",
	  "If-None-Match: \"y\"\r\nA: \"x\"\r\nIf-None-Match: \"z\"\r\n", 200, 200 },
	{ "If-None-Match: *", "If-None-Match: *\r\n", 304, 200 },
	{ "an asterisk must stand alone", "If-None-Match: \"y\", *\r\n", 200, 200 },
	{ "an asterisk in two lines", "If-None-Match: *\r\nIf-None-Match: *\r\n", 200, 200 },
	{ "an ETag in quotes of its own with a comma", "If-None-Match: \"a,\"x\"\r\n", 200, 200 },
	{ "a comma inside an ETag", "If-None-Match: \"a,b\", \"x\"\r\n", 304, 200 },
	{ "an ETag without quotes", "If-None-Match: x\r\n", 200, 200 },
	{ "an ETag without its last quote", "If-None-Match: \"x\r\n", 200, 200 },
	{ "an ETag without its first quote", "If-None-Match: x\"\r\n", 200, 200 },
	{ "a longer ETag", "If-None-Match: \"xx\"\r\n", 200, 200 },
	{ "the ETag as the beginning of another", "If-None-Match: \"x\"y\r\n", 200, 200 },
	{ "two ETags without a comma", "If-None-Match: \"x\" \"y\"\r\n", 200, 200 },
	{ "a weak mark in lower case", "If-None-Match: w/\"x\"\r\n", 200, 200 },
	{ "a weak mark alone", "If-None-Match: W/\r\n", 200, 200 },
	{ "nothing", "If-None-Match:\r\n", 200, 200 },
	{ "If-Modified-Since with the date", "If-Modified-Since: " DATE "\r\n", 304, 200 },
	{ "If-Modified-Since with a later date", "If-Modified-Since: " AFTER "\r\n", 304, 200 },
	{ "If-Modified-Since with an earlier date", "If-Modified-Since: " BEFORE "\r\n", 200, 200 },
	{ "If-Modified-Since in the form of RFC 850",
	  "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n", 304, 200 },
	{ "If-Modified-Since in the form of asctime()",
	  "If-Modified-Since: Sun Nov  6 08:49:37 1994\r\n", 304, 200 },
	{ "If-Modified-Since with something else", "If-Modified-Since: yesterday\r\n", 200, 200 },
	{ "If-Modified-Since twice is not one date",
	  "If-Modified-Since: " DATE "\r\nIf-Modified-Since: " DATE "\r\n", 200, 200 },
	{ "If-None-Match hides If-Modified-Since (RFC 9110 13.1.3)",
	  "If-None-Match: \"y\"\r\nIf-Modified-Since: " DATE "\r\n", 200, 200 },
	{ "a broken If-None-Match hides it too",
	  "If-None-Match: y\r\nIf-Modified-Since: " DATE "\r\n", 200, 200 },
	{ "both agree", "If-None-Match: \"x\"\r\nIf-Modified-Since: " BEFORE "\r\n", 304, 200 },
	{ "If-Match with the ETag", "If-Match: \"x\"\r\n", 200, 412 },
	{ "If-Match compares strongly", "If-Match: W/\"x\"\r\n", 412, 412 },
	{ "If-Match with another ETag", "If-Match: \"y\"\r\n", 412, 412 },
	{ "If-Match with a list", "If-Match: \"y\", W/\"x\", \"x\"\r\n", 200, 412 },
	{ "If-Match: *", "If-Match: *\r\n", 200, 200 },
	{ "If-Match in two lines", "If-Match: \"y\"\r\nIf-Match: \"x\"\r\n", 200, 412 },
	{ "a broken If-Match fails", "If-Match: x\r\n", 412, 412 },
	{ "If-Unmodified-Since with the date", "If-Unmodified-Since: " DATE "\r\n", 200, 200 },
	{ "If-Unmodified-Since with an earlier date", "If-Unmodified-Since: " BEFORE "\r\n", 412,
	  412 },
	{ "If-Unmodified-Since with something else", "If-Unmodified-Since: x\r\n", 200, 200 },
	{ "If-Match hides If-Unmodified-Since (RFC 9110 13.1.4)",
	  "If-Match: \"x\"\r\nIf-Unmodified-Since: " BEFORE "\r\n", 200, 412 },
	{ "If-Match holds and If-None-Match matches",
	  "If-Match: \"x\"\r\nIf-None-Match: \"x\"\r\n", 304, 412 },
	{ "If-Match fails before If-None-Match is asked",
	  "If-Match: \"y\"\r\nIf-None-Match: \"x\"\r\n", 412, 412 },
	{ "If-Unmodified-Since holds and If-Modified-Since does not",
	  "If-Unmodified-Since: " DATE "\r\nIf-Modified-Since: " DATE "\r\n", 304, 200 },
};

static int evaluate(const char *method, const char *fields,
		    const struct http_validators *validators)
{
	struct http_request request;
	const char *head;
	char text[512];
	int length = snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n", method,
			      fields);

	head = unit_at_end(text, length);
	ck_assert_int_eq(http_request_parse(&request, head, length), length);
	return http_condition_evaluate(&request, head, validators, NOW);
}

static const struct http_validators strong = {
	.modified = DATE_SECONDS, .etag = "\"x\"", .etag_length = 3, .strong = true,
	.has_etag = true, .has_modified = true, .settled = true,
};

static const struct http_validators fresh = {
	.modified = DATE_SECONDS, .etag = "W/\"x\"", .etag_length = 5, .has_etag = true,
	.has_modified = true, .fresh = true,
};

START_TEST(conditions)
{
	const struct condition_case *c = &cases[_i];
	int result = evaluate("GET", c->fields, &strong);

	ck_assert_msg(result == c->strong, "%s: %d", c->shows, result);
	result = evaluate("HEAD", c->fields, &strong);
	ck_assert_msg(result == c->strong, "%s: %d for HEAD", c->shows, result);
	result = evaluate("GET", c->fields, &fresh);
	ck_assert_msg(result == c->fresh, "%s: %d while fresh", c->shows, result);
}
END_TEST

START_TEST(other_methods)
{
	ck_assert_int_eq(evaluate("PUT", "If-None-Match: \"x\"\r\n", &strong), 412);
	ck_assert_int_eq(evaluate("PUT", "If-None-Match: *\r\n", &strong), 412);
	ck_assert_int_eq(evaluate("PUT", "If-None-Match: \"y\"\r\n", &strong), 200);
	ck_assert_int_eq(evaluate("PUT", "If-Modified-Since: " DATE "\r\n", &strong), 200);
	ck_assert_int_eq(evaluate("PUT", "If-Match: \"y\"\r\n", &strong), 412);
}
END_TEST

START_TEST(missing_validators)
{
	struct http_validators none = strong;

	none.has_etag = false;
	ck_assert_int_eq(evaluate("GET", "If-None-Match: \"x\"\r\n", &none), 200);
	ck_assert_int_eq(evaluate("GET", "If-None-Match: *\r\n", &none), 304);
	ck_assert_int_eq(evaluate("GET", "If-Match: \"x\"\r\n", &none), 412);
	none = strong;
	none.has_modified = false;
	ck_assert_int_eq(evaluate("GET", "If-Modified-Since: " DATE "\r\n", &none), 200);
	ck_assert_int_eq(evaluate("GET", "If-Unmodified-Since: " BEFORE "\r\n", &none), 412);
}
END_TEST

static const struct http_file file = {
	.size = 1234, .identity = 77, .modified = 1000, .changed = 1000,
	.modified_nsec = 500000000, .changed_nsec = 600000000,
};

static const char *etag_of(const struct http_file *f, bool weak)
{
	static char text[2][HTTP_ETAG_MAX + 1];
	static int turn;
	char *room = unit_room(HTTP_ETAG_MAX);

	turn ^= 1;
	*(char *)mempcpy(text[turn], room, http_etag_format(room, f, weak)) = '\0';
	return text[turn];
}

START_TEST(etag_form)
{
	struct http_file plain = { .size = 42, .modified_nsec = 0x1f, .changed_nsec = 0x20 };
	const char *quote;
	const char *at;

	ck_assert_str_eq(etag_of(&plain, false), "\"42-bp-ca\"");
	ck_assert_str_eq(etag_of(&plain, true), "W/\"42-bp-ca\"");
	at = etag_of(&file, false);
	quote = strchr(at + 1, '"');
	ck_assert_int_eq(*at, '"');
	ck_assert_int_eq(quote[1], '\0');
	ck_assert_int_eq(strspn(at + 1, "0123456789-abcdefghijklmnop"), quote - at - 1);
}
END_TEST

START_TEST(etag_longest)
{
	struct http_file large = { .size = ~0ull, .identity = 1, .modified = -1, .changed = -1,
				   .modified_nsec = 999999998, .changed_nsec = 999999998 };

	ck_assert_uint_le(strlen(etag_of(&large, true)), HTTP_ETAG_MAX);
	ck_assert_int_eq(etag_of(&large, true)[strlen(etag_of(&large, true)) - 1], '"');
}
END_TEST

START_TEST(etag_tells_apart)
{
	struct http_file other[7];
	int i;

	for (i = 0; i < 7; i++)
		other[i] = file;
	other[0].size++;
	other[1].modified++;
	other[2].modified_nsec++;
	other[3].changed++;
	other[4].changed_nsec++;
	other[5].identity++;
	other[6].identity += 1ull << 40;
	for (i = 0; i < 7; i++)
		ck_assert_msg(strcmp(etag_of(&file, false), etag_of(&other[i], false)),
			      "difference %d does not show", i);
}
END_TEST

/**
 * struct age_case - A moment after the change of a file, and what may be promised then.
 */
struct age_case {
	/** @shows: What the case shows. */
	const char *shows;
	/** @now: Seconds; the file was modified at 1000.5 and changed at 1000.6. */
	s64 now;
	/** @now_nsec: Nanoseconds. */
	u32 now_nsec;
	/** @step_nsec: Step of the time stamps. */
	u32 step_nsec;
	/** @fresh: Too fresh for a 304. */
	bool fresh;
	/** @dated: Has Last-Modified. */
	bool dated;
};

static const struct age_case age_cases[] = {
	{ "in the moment of the change", 1000, 600000000, 8000000, true, false },
	{ "just before the step is over", 1000, 607999999, 8000000, true, false },
	{ "when the step is over", 1000, 608000000, 8000000, false, false },
	{ "in the next second, the step of it not over", 1001, 7999999, 8000000, false, false },
	{ "in the next second", 1001, 8000000, 8000000, false, true },
	{ "steps of one second: before", 1001, 599999999, 1000000000, true, false },
	{ "steps of one second: after", 1001, 600000000, 1000000000, false, false },
	{ "steps of one second: later", 1002, 0, 1000000000, false, true },
	{ "long after", 1795262400, 0, 4000000000u, false, true },
	{ "the clock was set back", 999, 0, 8000000, true, false },
};

START_TEST(ages)
{
	const struct age_case *c = &age_cases[_i];
	struct http_validators validators;

	http_validators_make(&validators, &file, c->now, c->now_nsec, c->step_nsec);
	ck_assert_msg(validators.fresh == c->fresh, "%s: fresh", c->shows);
	ck_assert_msg(validators.strong == !c->fresh, "%s: strong", c->shows);
	ck_assert_msg(validators.has_modified == c->dated, "%s: dated", c->shows);
	ck_assert_msg(validators.settled == (!c->fresh && c->dated), "%s: settled", c->shows);
	ck_assert_msg((validators.etag[0] == 'W') == c->fresh, "%s: weak mark", c->shows);
	ck_assert(validators.has_etag);
	ck_assert_int_eq(validators.modified, 1000);
}
END_TEST

START_TEST(extreme_times)
{
	struct http_file f = file;
	struct http_validators validators;

	f.modified = INT64_MAX;
	f.changed = INT64_MAX;
	http_validators_make(&validators, &f, 0, 0, 1);
	ck_assert(validators.fresh && !validators.has_modified);
	f.modified = INT64_MIN;
	f.changed = INT64_MIN;
	http_validators_make(&validators, &f, INT64_MAX, 999999999, ~0u);
	ck_assert(!validators.fresh && validators.has_modified);
}
END_TEST

/* A file whose own date lies in the future, as tar and touch can make it (RFC 9110 8.8.2.1). */
START_TEST(future_modification)
{
	struct http_file f = file;
	struct http_validators validators;

	f.modified = 5000;
	http_validators_make(&validators, &f, 4999, 0, 8000000);
	ck_assert(!validators.fresh && !validators.has_modified && !validators.settled);
}
END_TEST

START_TEST(round_trip)
{
	struct http_validators validators;
	char fields[128];

	http_validators_make(&validators, &file, NOW, 0, 8000000);
	sprintf(fields, "If-None-Match: %.*s\r\n", validators.etag_length, validators.etag);
	ck_assert_int_eq(evaluate("GET", fields, &validators), 304);
	sprintf(fields, "If-Match: %.*s\r\n", validators.etag_length, validators.etag);
	ck_assert_int_eq(evaluate("GET", fields, &validators), 200);
	http_validators_make(&validators, &file, file.changed, file.changed_nsec, 8000000);
	sprintf(fields, "If-None-Match: %.*s\r\n", validators.etag_length, validators.etag);
	ck_assert_int_eq(evaluate("GET", fields, &validators), 200);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("condition");

	unit_case(suite, "RFC 9110 13.2.2 conditions", conditions, UNIT_ROWS(cases));
	unit_case(suite, "RFC 9110 13.1.2 other methods", other_methods, 1);
	unit_case(suite, "validators that are not sent", missing_validators, 1);
	unit_case(suite, "RFC 9110 8.8.3 form of the ETag", etag_form, 1);
	unit_case(suite, "the longest ETag", etag_longest, 1);
	unit_case(suite, "every difference shows in the ETag", etag_tells_apart, 1);
	unit_case(suite, "RFC 9110 8.8.1 age of a change", ages, UNIT_ROWS(age_cases));
	unit_case(suite, "extreme times", extreme_times, 1);
	unit_case(suite, "a date in the future", future_modification, 1);
	unit_case(suite, "what is sent comes back", round_trip, 1);
	return suite;
}
