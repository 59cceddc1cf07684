#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 kernels=debug group=faults in-turn
"""Calls to the kernel that fail, the first two of each kind."""
from faultforce import force

force(most=2)
