// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bodies of the trace events that trace.h declares.
 */
#include <linux/module.h>
#include <net/ipv6.h>

#define CREATE_TRACE_POINTS
#include "trace.h"
