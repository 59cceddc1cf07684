/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the unit tests share: a main program, and memory that ends at a page nobody may touch.
 *
 * Each test program defines unit_suite().  Behaviour is tested by tables: one row per case, whose
 * first member says in words what it shows and comes with every failure.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stddef.h>

/** UNIT_TEXT() - A string constant as "pointer, length", NUL bytes inside included. */
#define UNIT_TEXT(text) text, sizeof(text) - 1

/** UNIT_ROWS() - Number of rows of a table. */
#define UNIT_ROWS(table) (sizeof(table) / sizeof((table)[0]))

/**
 * unit_suite() - The tests of a program.
 *
 * Return: The suite to run.
 */
Suite *unit_suite(void);

/**
 * unit_case() - Add a test case with one test that runs once for each row of a table.
 * @suite: Suite to add to.
 * @name: What is tested; the section of an RFC if there is one.
 * @test: Test function made with START_TEST.
 * @rows: Number of rows; 1 for a test without a table.
 */
void unit_case(Suite *suite, const char *name, const TTest *test, size_t rows);

/**
 * unit_at_end() - Copy bytes so that reading past them kills the test.
 * @bytes: What to copy.
 * @length: Number of bytes.
 *
 * Return: The copy, right before an unreadable page; never freed.
 */
const char *unit_at_end(const void *bytes, size_t length);

/**
 * unit_at_start() - Copy bytes so that reading before them kills the test.
 * @bytes: What to copy.
 * @length: Number of bytes.
 *
 * Return: The copy, right after an unreadable page; never freed.
 */
const char *unit_at_start(const void *bytes, size_t length);

/**
 * unit_room() - Memory for output, so that writing past it kills the test.
 * @size: Number of bytes.
 *
 * Return: Memory right before an unreadable page; never freed.
 */
char *unit_room(size_t size);

/**
 * unit_show() - Make bytes readable for a failure message.
 * @bytes: What to show.
 * @length: Number of bytes.
 *
 * Return: A string constant's look, in static memory.
 */
const char *unit_show(const char *bytes, size_t length);

#endif
