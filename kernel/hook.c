// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way in by system call, number 184 on x86-64.
 *
 * The number is reserved and answered by the kernel's stub for calls that are not implemented.  A
 * kprobe on that stub looks at each such call; if it is ours, the probe lets the task go on in
 * tux_call() instead, which runs as if the stub had called it: in the task, preemptible, free to
 * sleep.
 *
 * The probe has a post_handler, which does nothing: it keeps the kernel from turning the probe into
 * a jump, whose handler could not change where the task goes on.
 *
 * Leaving: the probe is removed; then nobody enters any more; then those inside are waited for (an
 * action that takes long holds the module by its handle, so they are few and quick); then a grace
 * period of tasks covers the last instructions.
 */
#define pr_fmt(format) KBUILD_MODNAME ": " format

#include "hook.h"

#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/tux.h>

static bool hook = true;
module_param(hook, bool, 0444);
MODULE_PARM_DESC(hook, "put the system call 184 in place (default: yes; x86-64 only)");

#ifdef CONFIG_X86_64

/* What the system call does.  Set before the probe is armed. */
static long (*function)(unsigned long first, unsigned long second);

/*
 * Calls that are inside tux_call() or about to be; a call may enter and leave on different CPUs, so
 * only the sum counts.
 */
static DEFINE_PER_CPU(long, inside);

static bool armed;

static long calls_inside(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += *per_cpu_ptr(&inside, cpu);
	return sum;
}

/* The registers that the self-test calls the stub with; no system call has them. */
static struct pt_regs selftest_registers = { .orig_ax = __NR_tux };

#define SELFTEST_PASSED 0x545558L

/* Goes on where the stub would have begun, and returns to the stub's caller. */
static noinline long tux_call(const struct pt_regs *registers)
{
	long result = SELFTEST_PASSED;

	if (registers != &selftest_registers)
		result = function(registers->di, registers->si);
	this_cpu_dec(inside);
	return result;
}

/*
 * Runs with interrupts off, before the stub's first instruction; regs->di is the stub's argument.
 */
static int stub_called(struct kprobe *probe, struct pt_regs *regs)
{
	const struct pt_regs *registers = (const struct pt_regs *)regs->di;

	if (registers->orig_ax != __NR_tux || in_ia32_syscall())
		return 0;
	this_cpu_inc(inside);
	instruction_pointer_set(regs, (unsigned long)tux_call);
	return 1;
}
NOKPROBE_SYMBOL(stub_called);

static void stub_stepped(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}
NOKPROBE_SYMBOL(stub_stepped);

/* The stub has had several names. */
static const char * const stub_names[] = {
	"__x64_sys_ni_syscall",
	"__do_sys_ni_syscall",
	"sys_ni_syscall",
};

static struct kprobe probe;

static int arm(void)
{
	int error = -ENOENT;
	int i;

	for (i = 0; i < ARRAY_SIZE(stub_names); i++) {
		memset(&probe, 0, sizeof(probe));
		probe.symbol_name = stub_names[i];
		probe.pre_handler = stub_called;
		probe.post_handler = stub_stepped;
		error = register_kprobe(&probe);
		if (!error)
			break;
	}
	return error;
}

/* Calls the stub as the kernel's entry code does. */
static bool selftest(void)
{
	static const u8 endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	unsigned long address = (unsigned long)probe.addr;
	long (*stub)(const struct pt_regs *registers);

	/*
	 * A probe at the head of a function sits behind its landing mark, which an indirect call
	 * needs.
	 */
	if (!memcmp((void *)(address - sizeof(endbr64)), endbr64, sizeof(endbr64)))
		address -= sizeof(endbr64);
	stub = (void *)address;
	return stub(&selftest_registers) == SELFTEST_PASSED;
}

static void disarm(void)
{
	unregister_kprobe(&probe);
	/* Who was in the probe has entered by now. */
	synchronize_rcu();
	while (calls_inside())
		msleep(20);
	synchronize_rcu_tasks();
	armed = false;
}

/**
 * tux_hook_init() - Put the system call in place, if it is wanted and can be.
 * @call: What it does; runs in the caller's task and may sleep.
 *
 * Failure is no reason not to load: there is /dev/tux.  It is told in the log.
 *
 * Context: Module load.
 */
void tux_hook_init(long (*call)(unsigned long first, unsigned long second))
{
	int error;

	if (!hook)
		return;
	function = call;
	error = arm();
	if (error) {
		pr_warn("no system call %d: no probe (error %d); use " TUX_DEVICE "\n", __NR_tux,
			error);
		return;
	}
	armed = true;
	if (!selftest()) {
		disarm();
		pr_warn("no system call %d: kprobes are off; use " TUX_DEVICE "\n", __NR_tux);
	}
}

/**
 * tux_hook_exit() - Take the system call away.
 *
 * Context: Module unload.  Waits for calls that are inside.
 */
void tux_hook_exit(void)
{
	if (armed)
		disarm();
}

/**
 * tux_hook_state() - Does the system call work at this moment?
 *
 * Kprobes can be switched off at run time; so it is tried.
 *
 * Context: Process context.
 * Return: "armed", "failed" or "off"; "unsupported" on other machines than x86-64.
 */
const char *tux_hook_state(void)
{
	if (!hook)
		return "off";
	return armed && selftest() ? "armed" : "failed";
}

#else

void tux_hook_init(long (*call)(unsigned long first, unsigned long second))
{
}

void tux_hook_exit(void)
{
}

const char *tux_hook_state(void)
{
	return "unsupported";
}

#endif
