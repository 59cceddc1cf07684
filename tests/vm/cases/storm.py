# SPDX-License-Identifier: GPL-2.0-only
"""Threads that call system call 184 and its unimplemented neighbours as fast as they can."""
import subprocess

from tuxtest import SCALE


def storm(threads, calls, *words):
    """Begin a storm."""
    return subprocess.Popen(["tux-storm", str(threads), str(calls), *words],
                            stdout=subprocess.PIPE, text=True)


def counts(process):
    """What came of it."""
    words = process.communicate(timeout=60 * SCALE)[0].split()
    return dict(zip(words[::2], map(int, words[1::2])))
