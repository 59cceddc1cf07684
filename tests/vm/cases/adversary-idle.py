#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 kernels=stock group=adversary
"""1,000 idle connections, and the memory that each of them takes."""
from idle import measure

measure(1000, 10000)
