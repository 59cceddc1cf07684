#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=30 kernels=stock group=worker lifecycle
"""System suspend: every task is frozen, a worker in its loop, too, and goes on afterwards.

The kernel's own test of suspending stops after the tasks have been frozen.  The debug kernel has no
power management.
"""
from stage import Load, connect, in_loop, run, serve, serves, within
from tuxtest import same, test

POWER = "/sys/power/"


def write(path, text):
    """A file of sysfs."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def suspend():
    """Freeze all tasks but this one, wait a second, thaw them."""
    write("/sys/module/suspend/parameters/pm_test_delay", "1")
    write(POWER + "pm_test", "freezer")
    with within(5, "freezing and thawing"):
        write(POWER + "state", "freeze")
    write(POWER + "pm_test", "none")


@test("A worker that sleeps in its loop is frozen and thawed; EVENTLOOP does not return for it")
def _():
    _, worker = serve()
    client = connect()
    serves(client)
    suspend()
    serves(client)
    serves()
    in_loop(worker)
    same((worker.read(0), worker.answers["main"]), (False, []), "what EVENTLOOP has returned")


@test("Workers under load are frozen and thawed, and every request is answered")
def _():
    serve(2)
    clients = Load(8)
    clients.wait_for(20)
    suspend()
    clients.wait_for(20)
    clients.finish_well()


run()
