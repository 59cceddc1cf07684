#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=180 kernels=stock group=adversary
"""10,000 idle connections, and the memory that each of them takes."""
from idle import measure

measure(10000, 10000)
