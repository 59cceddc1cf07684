#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=1200 kernels=debug group=faults
"""Memory and user copies that fail, at each point of what user modules do."""
import faultdynamic
from faults import sweep

sweep(faultdynamic)
