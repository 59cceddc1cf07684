// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes one call of a function fail, or do less than it was asked to, when tux calls it; and starts
 * the countdown of fault injection in a task that nobody else can get at, such as a helper.
 *
 *	insmod forced.ko symbol=SYMBOL mode=return value=N
 *		The function does nothing and returns N.
 *	insmod forced.ko symbol=SYMBOL mode=argument argument=I value=N
 *		Its argument I (1 to 6) becomes N, for short reads and writes.
 *	insmod forced.ko symbol=SYMBOL mode=count|count-own
 *		While the task is in the function, its NTHth allocation or user copy fails; with
 *		count-own only if tux has called it.
 *
 * In /sys/module/forced/parameters, nth is written to choose the call from now, once; it counts
 * down to 0.  calls counts the calls by tux, where is the place of the last one that was made to
 * fail, left is what the function's end found of the countdown.
 */
#include <linux/atomic.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>

static char *symbol = "";
module_param(symbol, charp, 0);
MODULE_PARM_DESC(symbol, "Function to interfere with");

static char *mode = "return";
module_param(mode, charp, 0);
MODULE_PARM_DESC(mode, "return, argument, count or count-own");

static long value;
module_param(value, long, 0);
MODULE_PARM_DESC(value, "Value of the result or the argument");

static int argument;
module_param(argument, int, 0);
MODULE_PARM_DESC(argument, "Which argument");

static int nth;
module_param(nth, int, 0644);
MODULE_PARM_DESC(nth, "Which call, counted down");

static int calls;
module_param(calls, int, 0644);
MODULE_PARM_DESC(calls, "Calls by tux");

static int left = -1;
module_param(left, int, 0644);
MODULE_PARM_DESC(left, "Rest of the countdown of the last task; -1: none was begun");

static char where[KSYM_SYMBOL_LEN];
module_param_string(where, where, sizeof(where), 0444);
MODULE_PARM_DESC(where, "Who made the last call that was interfered with");

/* Calls may come from several processors at once. */
static DEFINE_RAW_SPINLOCK(lock);

static unsigned long *argument_of(struct pt_regs *regs, int number)
{
	switch (number) {
	case 1:
		return &regs->di;
	case 2:
		return &regs->si;
	case 3:
		return &regs->dx;
	case 4:
		return &regs->cx;
	case 5:
		return &regs->r8;
	default:
		return &regs->r9;
	}
}

/* At a function's first instruction the return address is on top of the stack. */
static unsigned long caller_of(const struct pt_regs *regs)
{
	return *(unsigned long *)regs->sp;
}

/* Is a return address in tux?  Writes its name. */
static bool is_in_tux(unsigned long address, char *name)
{
	sprint_symbol(name, address);
	return strstr(name, "[tux]");
}

/* Is it this call's turn? */
static bool is_due(const struct pt_regs *regs)
{
	char text[KSYM_SYMBOL_LEN];
	unsigned long flags;
	bool due = false;

	if (!is_in_tux(caller_of(regs), text))
		return false;
	raw_spin_lock_irqsave(&lock, flags);
	calls++;
	if (nth > 0 && !--nth) {
		strscpy(where, text, sizeof(where));
		due = true;
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	return due;
}

/* Runs instead of a function; leaves the result register alone. */
static noinline notrace void return_at_once(void)
{
	barrier();
}

static int begins(struct kprobe *probe, struct pt_regs *regs)
{
	if (!is_due(regs))
		return 0;
	if (!strcmp(mode, "argument")) {
		*argument_of(regs, argument) = value;
		return 0;
	}
	regs->ax = value;
	regs->ip = (unsigned long)return_at_once;
	return 1;
}

/* Keeps the probe from being optimised, which would forbid the change of regs->ip. */
static void after(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = { .pre_handler = begins, .post_handler = after };

static int task_begins(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	char text[KSYM_SYMBOL_LEN];
	unsigned long flags;
	int number;

	if (!strcmp(mode, "count-own") && !is_in_tux(caller_of(regs), text))
		return 1;
	raw_spin_lock_irqsave(&lock, flags);
	calls++;
	number = nth;
	nth = 0;
	raw_spin_unlock_irqrestore(&lock, flags);
	if (!number)
		return 1;
	current->fail_nth = number;
	return 0;
}

static int task_ends(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	WRITE_ONCE(left, current->fail_nth);
	current->fail_nth = 0;
	return 0;
}

static struct kretprobe task_probe = {
	.entry_handler = task_begins,
	.handler = task_ends,
	.maxactive = 64,
};

static bool is_count(void)
{
	return !strncmp(mode, "count", 5);
}

static int __init forced_init(void)
{
	probe.symbol_name = symbol;
	task_probe.kp.symbol_name = symbol;
	return is_count() ? register_kretprobe(&task_probe) : register_kprobe(&probe);
}

static void __exit forced_exit(void)
{
	if (is_count())
		unregister_kretprobe(&task_probe);
	else
		unregister_kprobe(&probe);
}

module_init(forced_init);
module_exit(forced_exit);
MODULE_DESCRIPTION("Makes calls of tux fail");
MODULE_LICENSE("GPL");
