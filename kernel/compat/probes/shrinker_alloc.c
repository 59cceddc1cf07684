// SPDX-License-Identifier: GPL-2.0-only
/* Since 6.7 shrinkers are allocated by the kernel; before, they were structures of their users. */
#include <linux/shrinker.h>

struct shrinker *probe(void);
struct shrinker *probe(void)
{
	return shrinker_alloc(0, "probe");
}
