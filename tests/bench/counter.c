// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU: what one emulated processor has done between two marks of the guest (mark.h).
 *
 *	-plugin counter.so,out=FILE[,count=no][,blocks=FILE]
 *
 * For each pair of marks it appends a line to out:
 *
 *	INSTRUCTIONS NANOSECONDS
 *
 * that is instructions executed, and CPU time of the host's thread that emulates the processor.
 * Counting costs a function call for each block of code, which is part of that time; with count=no
 * the time is without it, and INSTRUCTIONS is 0.  With blocks=, that file has a line "ADDRESS
 * INSTRUCTIONS" for each block executed between the last two marks.
 *
 * An instruction that repeats itself (rep movs) counts once for each repetition.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"
#include "qemu-plugin.h"

/* One translation of a block.  Kept for ever: the translation may be executed at any time. */
struct block {
	struct block *next;
	uint64_t address;
	uint64_t executed;
	uint32_t instructions;
};

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static FILE *out;
static FILE *blocks_out;
static bool counting_wanted = true;

/* The processor that is measured, the clock of its thread, and whether it is measured now. */
static atomic_uint measured = UINT32_MAX;
static clockid_t measured_clock;
static atomic_bool counting;

/* Only the thread of the measured processor writes this; the reader may be a few blocks late. */
static _Atomic uint64_t instructions;
static uint64_t begin_nanoseconds;

static _Atomic(struct block *) blocks;

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(measured_clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void begin(void)
{
	for (struct block *block = blocks; block; block = block->next)
		block->executed = 0;
	atomic_store(&instructions, 0);
	begin_nanoseconds = nanoseconds();
	atomic_store(&counting, true);
}

static void write_blocks(void)
{
	rewind(blocks_out);
	for (struct block *block = blocks; block; block = block->next)
		if (block->executed)
			fprintf(blocks_out, "%" PRIx64 " %" PRIu64 "\n", block->address,
				block->executed * block->instructions);
	fflush(blocks_out);
	if (ftruncate(fileno(blocks_out), ftell(blocks_out)))
		abort();
}

static void end(void)
{
	uint64_t spent = nanoseconds() - begin_nanoseconds;

	atomic_store(&counting, false);
	if (blocks_out)
		write_blocks();
	fprintf(out, "%llu %llu\n", (unsigned long long)instructions, (unsigned long long)spent);
	fflush(out);
}

static void mark_executed(unsigned int processor, void *data)
{
	switch ((uintptr_t)data) {
	case MARK_PROCESSOR:
		pthread_getcpuclockid(pthread_self(), &measured_clock);
		atomic_store(&measured, processor);
		break;
	case MARK_BEGIN:
		begin();
		break;
	case MARK_END:
		end();
		break;
	}
}

static void block_executed(unsigned int processor, void *data)
{
	struct block *block = data;

	if (processor != atomic_load_explicit(&measured, memory_order_relaxed) ||
	    !atomic_load_explicit(&counting, memory_order_relaxed))
		return;
	block->executed++;
	atomic_store_explicit(&instructions, instructions + block->instructions,
			      memory_order_relaxed);
}

/* Which mark an instruction is, or 0. */
static uintptr_t mark_of(const struct qemu_plugin_insn *instruction)
{
	const char *bytes = qemu_plugin_insn_data(instruction);
	uint32_t number;

	if (qemu_plugin_insn_size(instruction) != MARK_OPCODE_SIZE + sizeof(number) ||
	    memcmp(bytes, MARK_OPCODE, MARK_OPCODE_SIZE))
		return 0;
	memcpy(&number, bytes + MARK_OPCODE_SIZE, sizeof(number));
	return (number & ~0xffu) == MARK_NUMBER ? number & 0xff : 0;
}

static void block_translated(uint64_t plugin __attribute__((unused)), struct qemu_plugin_tb *tb)
{
	size_t count = qemu_plugin_tb_n_insns(tb);
	struct block *block;

	for (size_t i = 0; i < count; i++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, i);
		uintptr_t mark = mark_of(instruction);

		if (mark)
			qemu_plugin_register_vcpu_insn_exec_cb(instruction, mark_executed,
							       QEMU_PLUGIN_CB_NO_REGS,
							       (void *)mark);
	}
	if (!counting_wanted)
		return;
	block = calloc(1, sizeof(*block));
	if (!block)
		abort();
	block->address = qemu_plugin_tb_vaddr(tb);
	block->instructions = count;
	block->next = atomic_load(&blocks);
	while (!atomic_compare_exchange_weak(&blocks, &block->next, block))
		;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_executed, QEMU_PLUGIN_CB_NO_REGS, block);
}

int qemu_plugin_install(uint64_t plugin, const void *info __attribute__((unused)), int argc,
			char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "a");
		else if (!strncmp(argv[i], "blocks=", 7))
			blocks_out = fopen(argv[i] + 7, "w");
		else if (!strcmp(argv[i], "count=no"))
			counting_wanted = false;
	}
	if (!out) {
		fprintf(stderr, "counter: cannot write to out=\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(plugin, block_translated);
	return 0;
}
