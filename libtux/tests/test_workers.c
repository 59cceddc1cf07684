// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How long tuxd waits before it starts a worker again.
 */
#include "tuxd/workers.h"
#include "unit.h"

static const struct {
	unsigned int deaths;
	uint64_t wait;
} rows[] = {
	{ 0, 0 },     { 1, 0 },     { 2, 250 },     { 3, 500 },
	{ 4, 1000 },  { 5, 2000 },  { 6, 4000 },    { 7, 8000 },
	{ 8, 10000 }, { 9, 10000 }, { 1000, 10000 }, { 0xffffffff, 10000 },
};

START_TEST(the_wait_doubles_up_to_ten_seconds)
{
	ck_assert_uint_eq(worker_backoff_ms(rows[_i].deaths), rows[_i].wait);
}
END_TEST

START_TEST(a_death_soon_after_the_start_adds_up)
{
	struct worker worker = { .pid = 1, .report = -1, .is_ready = true, .deaths = 3 };

	worker.started = monotonic_ms();
	worker_note_death(&worker);
	ck_assert_uint_eq(worker.deaths, 4);
	ck_assert_uint_ge(worker.restart, worker.started + 1000);
	ck_assert_int_eq(worker.pid, 0);
	ck_assert(!worker.is_ready);
}
END_TEST

START_TEST(a_long_life_starts_afresh)
{
	struct worker worker = { .pid = 1, .report = -1, .deaths = 9 };

	worker.started = monotonic_ms() - 10001;
	worker_note_death(&worker);
	ck_assert_uint_eq(worker.deaths, 1);
	ck_assert_uint_le(worker.restart, monotonic_ms());
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("workers");

	unit_case(suite, "back-off", the_wait_doubles_up_to_ten_seconds, UNIT_ROWS(rows));
	unit_case(suite, "back-off", a_death_soon_after_the_start_adds_up, 1);
	unit_case(suite, "back-off", a_long_life_starts_afresh, 1);
	return suite;
}
