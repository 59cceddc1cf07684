#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=hook core lifecycle
"""System call 184 under stress, and the other calls that the same stub of the kernel answers."""
from stage import VERSION, Actor, run
from storm import counts, storm
from tuxtest import same, test

# Numbers that our kernels do not implement: some between others, and some behind the last.
UNIMPLEMENTED = (174, 177, 178, 180, 181, 182, 183, 185, 214, 215, 236, 1000, 100000)


@test("Other calls that are not implemented still give ENOSYS")
def _():
    root = Actor("root", "syscall")
    for number in UNIMPLEMENTED:
        for argument in (0, 1, 23, "kernel"):
            same(root("syscall", number, argument, argument), "ENOSYS", f"system call {number}")
    same(root("version"), VERSION, "QUERY_VERSION")


@test("100,000 calls by 8 threads, between calls that are not implemented: every answer is right")
def _():
    same(counts(storm(8, 12500)), {"served": 100000, "absent": 0, "wrong": 0}, "the storm")


run()
