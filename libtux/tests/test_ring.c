// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The process's side of a ring.  The test stands in for ioctl(2), and for the kernel's side.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include <tux.h>

#include "unit.h"

#define HANDLE 77
#define CAPACITY 4

static struct {
	struct tux_ring_control control;
	__u32 submissions[CAPACITY];
	__u32 completions[CAPACITY];
	struct tux_batch_entry entries[CAPACITY];
} shared;

static struct tux_ring ring;
static struct tux_ring_setup asked;
static unsigned long last_number;
static int fails;

int __wrap_ioctl(int handle, unsigned long number, ...);

int __wrap_ioctl(int handle, unsigned long number, ...)
{
	struct tux_ring_setup *setup;
	va_list list;

	ck_assert_int_eq(handle, HANDLE);
	last_number = number;
	if (number != TUX_IOC_RING)
		return TUX_RETURN_SIGNAL;
	va_start(list, number);
	setup = va_arg(list, struct tux_ring_setup *);
	va_end(list);
	asked = *setup;
	if (fails) {
		errno = EEXIST;
		return -1;
	}
	setup->address = (uintptr_t)&shared;
	setup->length = sizeof(shared);
	setup->submissions = offsetof(typeof(shared), submissions);
	setup->completions = offsetof(typeof(shared), completions);
	setup->entries = offsetof(typeof(shared), entries);
	return 0;
}

static void open_ring(void)
{
	memset(&shared, 0, sizeof(shared));
	ck_assert_int_eq(tux_ring_open(&ring, HANDLE, CAPACITY), 0);
}

START_TEST(open_asks_for_the_capacity_and_finds_everything)
{
	open_ring();
	ck_assert_uint_eq(last_number, TUX_IOC_RING);
	ck_assert_uint_eq(asked.size, sizeof(asked));
	ck_assert_uint_eq(asked.flags | asked.__reserved, 0);
	ck_assert_uint_eq(asked.capacity, CAPACITY);
	ck_assert_uint_eq(ring.capacity, CAPACITY);
	ck_assert_ptr_eq(ring.control, &shared.control);
	ck_assert_ptr_eq(ring.submissions, shared.submissions);
	ck_assert_ptr_eq(ring.completions, shared.completions);
	ck_assert_ptr_eq(ring.entries, shared.entries);
}
END_TEST

START_TEST(open_that_fails_leaves_the_ring_as_it_was)
{
	struct tux_ring before;

	open_ring();
	before = ring;
	fails = 1;
	ck_assert_int_eq(tux_ring_open(&ring, HANDLE, 2), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_mem_eq(&ring, &before, sizeof(ring));
	fails = 0;
}
END_TEST

START_TEST(enter_is_an_action_without_argument)
{
	open_ring();
	ck_assert_int_eq(tux_ring_enter(&ring), TUX_RETURN_SIGNAL);
	ck_assert_uint_eq(last_number, TUX_IOC_RING_ENTER);
}
END_TEST

/* From where the numbers are about to overflow, too. */
static const __u32 beginnings[] = { 0, 3, 0xfffffffe };

START_TEST(next_takes_each_index_once_and_in_order)
{
	__u32 begin = beginnings[_i], i;

	open_ring();
	shared.control.completion_head = shared.control.completion_tail = begin;
	ck_assert_int_eq(tux_ring_next(&ring), -1);
	for (i = 0; i < CAPACITY; i++)
		shared.completions[(begin + i) % CAPACITY] = 3 - i;
	shared.control.completion_tail = begin + CAPACITY;
	for (i = 0; i < CAPACITY; i++)
		ck_assert_int_eq(tux_ring_next(&ring), 3 - i);
	ck_assert_int_eq(tux_ring_next(&ring), -1);
	ck_assert_uint_eq(shared.control.completion_head, begin + CAPACITY);
}
END_TEST

START_TEST(submit_puts_indices_in_order)
{
	__u32 begin = beginnings[_i], i;

	open_ring();
	shared.control.submission_tail = begin;
	for (i = 0; i < CAPACITY; i++)
		tux_ring_submit(&ring, 3 - i);
	ck_assert_uint_eq(shared.control.submission_tail, begin + CAPACITY);
	for (i = 0; i < CAPACITY; i++)
		ck_assert_uint_eq(shared.submissions[(begin + i) % CAPACITY], 3 - i);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("ring");

	unit_case(suite, "calls", open_asks_for_the_capacity_and_finds_everything, 1);
	unit_case(suite, "calls", open_that_fails_leaves_the_ring_as_it_was, 1);
	unit_case(suite, "calls", enter_is_an_action_without_argument, 1);
	unit_case(suite, "queues", next_takes_each_index_once_and_in_order,
		  UNIT_ROWS(beginnings));
	unit_case(suite, "queues", submit_puts_indices_in_order, UNIT_ROWS(beginnings));
	return suite;
}
