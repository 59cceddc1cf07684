// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goes wrong in a chosen way when it is loaded, so that the test rig can show that it notices.
 *
 *	insmod trouble.ko kind=KIND
 *
 * It does not stay loaded, unless it leaves something behind that needs it.  A kind that the kernel
 * survives makes loading fail with ENODATA; unknown kinds with EINVAL.
 */
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char *kind = "";
module_param(kind, charp, 0);
MODULE_PARM_DESC(kind, "What goes wrong");

/* Parameters so that the compiler cannot know their values beforehand. */
static int zero;
module_param(zero, int, 0);
MODULE_PARM_DESC(zero, "0");

static int many = 100;
module_param(many, int, 0);
MODULE_PARM_DESC(many, "100");

static uint seconds = 5;
module_param(seconds, uint, 0);
MODULE_PARM_DESC(seconds, "How long a hung task hangs, and a stall stalls");

static void cause_oops(void)
{
	int *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere);
	*nowhere = 1;
}

static void cause_bug(void)
{
	BUG_ON(!zero);
}

static void cause_warning(void)
{
	WARN_ON(!zero);
}

static void cause_refcount(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	refcount_inc(&count);
}

/* Two locks in one order, then in the other. */
static void cause_lockdep(void)
{
	static DEFINE_MUTEX(first);
	static DEFINE_MUTEX(second);

	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void cause_sleep(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static void cause_kasan(void)
{
	char *memory = kmalloc(many, GFP_KERNEL);

	if (!memory)
		return;
	OPTIMIZER_HIDE_VAR(memory);
	READ_ONCE(memory[many]);
	kfree(memory);
}

static void cause_ubsan(void)
{
	zero = many << many;
	zero = 0;
}

static void cause_leak(void)
{
	int i;

	/* Of several, some address may still lie on a stack. */
	for (i = 0; i < 10; i++) {
		char *memory = kmalloc(many, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(memory);
	}
}

/* kernel.hung_task_timeout_secs must have been set to a second or two. */
static void cause_hung_task(void)
{
	ssleep(seconds);
}

/*
 * The stall timeout, rcupdate.rcu_cpu_stall_timeout, must have been set to its minimum, 3 s.  Only
 * a grace period can stall, and an idle machine has none, so one is asked for.  The time is that of
 * the detector: mdelay() goes by a processor's clock, whose pace an emulator may tell wrong.
 */
static void cause_rcu_stall(void)
{
	unsigned long end = jiffies + seconds * HZ;

	rcu_read_lock();
	start_poll_synchronize_rcu();
	preempt_disable();
	while (time_before(jiffies, end))
		cpu_relax();
	preempt_enable();
	rcu_read_unlock();
}

/* Opens the device of tux for ever. */
static void cause_pin(void)
{
	if (IS_ERR(filp_open("/dev/tux", O_RDWR, 0)))
		pr_err("trouble: cannot open /dev/tux\n");
}

static const struct {
	const char *name;
	void (*cause)(void);
} kinds[] = {
	{ "oops", cause_oops },
	{ "bug", cause_bug },
	{ "warning", cause_warning },
	{ "refcount", cause_refcount },
	{ "lockdep", cause_lockdep },
	{ "sleep", cause_sleep },
	{ "kasan", cause_kasan },
	{ "ubsan", cause_ubsan },
	{ "leak", cause_leak },
	{ "hung-task", cause_hung_task },
	{ "rcu-stall", cause_rcu_stall },
	{ "pin", cause_pin },
};

static int __init trouble_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kind, kinds[i].name)) {
			kinds[i].cause();
			return -ENODATA;
		}
	}
	return -EINVAL;
}

module_init(trouble_init);
MODULE_DESCRIPTION("Provokes the reports that the test rig must notice");
MODULE_LICENSE("GPL");
