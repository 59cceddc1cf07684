#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=600 kernels=debug group=faults
"""Memory and user copies that fail, at each point of everything that TUX does."""
import faultops
from faults import sweep

sweep(faultops)
