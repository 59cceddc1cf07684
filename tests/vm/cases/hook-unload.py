#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=hook lifecycle in-turn
"""The module leaves and comes back while system call 184 and its unimplemented neighbours are called.

The kernel rewrites its code under calls here.  QEMU 7.2 with processors that run at the same time gets
that wrong on Linux 7.2, where the probe sits behind ftrace: a jump to address 0 within two seconds, in
5 of 5 runs; none in 80 comings and goings with processors that take turns, none in 120 with QEMU 11.1.
"""
from stage import load, run, server, unloads
from storm import counts, storm
from tuxtest import expect, same, test


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
