#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 kernels=debug group=faults
"""Memory and user copies that fail, at a few points of what user modules do."""
import faultdynamic
from faults import sweep

sweep(faultdynamic, sample=2)
