#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=600 kernels=debug group=faults in-turn
"""Calls to the kernel that fail, each that an operation makes."""
from faultforce import force

force(most=40)
