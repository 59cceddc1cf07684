/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a program in the guest speaks to counter.c: by a no-operation instruction with a number in
 * it, nopl NUMBER(%rax), which no compiler makes and every processor passes over.
 */
#ifndef TUX_BENCH_MARK_H
#define TUX_BENCH_MARK_H

#define MARK_OPCODE "\x0f\x1f\x80"
#define MARK_OPCODE_SIZE 3
#define MARK_NUMBER 0x54555800

#define MARK_PROCESSOR 1 /* the processor that executes this is the one to measure */
#define MARK_BEGIN 2
#define MARK_END 3

#define MARK(what) asm volatile(".byte 0x0f, 0x1f, 0x80; .long %c0" : : "i"(MARK_NUMBER | (what)) \
				: "memory")

#endif
