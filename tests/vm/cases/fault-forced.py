#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=300 kernels=debug group=faults in-turn
"""Calls to the kernel that fail, the first few of each kind."""
from faultforce import force

force(most=4)
