/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What counter.c uses of the interface that QEMU offers to plugins, version 1 (QEMU 4.2 to 8.2).
 *
 * Debian packages no header for it.  QEMU checks the version and resolves the names when it loads
 * the plugin, so a QEMU that offers something else refuses it.
 */
#ifndef TUX_BENCH_QEMU_PLUGIN_H
#define TUX_BENCH_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define QEMU_PLUGIN_VERSION 1
#define QEMU_PLUGIN_EXPORT __attribute__((visibility("default")))

/* A translated block of the guest's code, and an instruction in it. */
struct qemu_plugin_tb;
struct qemu_plugin_insn;

/* Whether a callback looks at the guest's registers. */
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

typedef void (*qemu_plugin_translated)(uint64_t plugin, struct qemu_plugin_tb *tb);
typedef void (*qemu_plugin_executed)(unsigned int processor, void *data);

/* Called for each block when it is translated, which for many blocks happens more than once. */
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, qemu_plugin_translated callback);

/* Called whenever the block, or the instruction, is about to be executed. */
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, qemu_plugin_executed callback,
					  enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    qemu_plugin_executed callback,
					    enum qemu_plugin_cb_flags flags, void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

/* Defined by the plugin. */
extern QEMU_PLUGIN_EXPORT int qemu_plugin_version;
QEMU_PLUGIN_EXPORT int qemu_plugin_install(uint64_t plugin, const void *info, int argc,
					   char **argv);

#endif
