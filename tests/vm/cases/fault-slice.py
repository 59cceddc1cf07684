#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 kernels=debug group=faults
"""Memory and user copies that fail, at a few points of everything that TUX does."""
import faultops
from faults import sweep

sweep(faultops, sample=3)
