#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=hook
"""System call 184 under stress, and the other calls that the same stub of the kernel answers."""
import subprocess

from stage import VERSION, Actor, load, run, server, unloads
from tuxtest import SCALE, expect, same, test

# Numbers that our kernels do not implement: some between others, and some behind the last.
UNIMPLEMENTED = (174, 177, 178, 180, 181, 182, 183, 185, 214, 215, 236, 1000, 100000)


@test("Other calls that are not implemented still give ENOSYS")
def _():
    root = Actor("root", "syscall")
    for number in UNIMPLEMENTED:
        for argument in (0, 1, 23, "kernel"):
            same(root("syscall", number, argument, argument), "ENOSYS", f"system call {number}")
    same(root("version"), VERSION, "QUERY_VERSION")


def storm(threads, calls, *words):
    """Begin a storm."""
    return subprocess.Popen(["tux-storm", str(threads), str(calls), *words],
                            stdout=subprocess.PIPE, text=True)


def counts(process):
    """What came of it."""
    words = process.communicate(timeout=60 * SCALE)[0].split()
    return dict(zip(words[::2], map(int, words[1::2])))


@test("100,000 calls by 8 threads, between calls that are not implemented: every answer is right")
def _():
    same(counts(storm(8, 12500)), {"served": 100000, "absent": 0, "wrong": 0}, "the storm")


@test("The module goes and comes while 8 threads call: each call is answered or ENOSYS")
def _():
    process = storm(8, 1 << 40, "may-end")
    for _ in range(3):
        unloads(10)
        load()
        same(server()["hook"], "armed", "hook")
    process.terminate()
    result = counts(process)
    same(result["wrong"], 0, "wrong answers")
    expect(result["served"] and result["absent"], f"no storm: {result}")


run()
