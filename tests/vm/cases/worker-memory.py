#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=40 kernels=debug group=worker lifecycle
"""Memory that runs out for a worker, by the debug kernel's fault injection: nothing is stuck."""
import contextlib

from stage import Actor, ask, configure, connect, run, serve, serves
from tuxtest import same, test

FAULTS = "/sys/kernel/debug/failslab/"


def write(path, text):
    """A small file."""
    with open(path, "w", encoding="ascii") as file:
        file.write(str(text))


@contextlib.contextmanager
def no_memory_for(actor):
    """Every allocation of this process fails."""
    for name, value in (("task-filter", "Y"), ("probability", 100), ("times", -1), ("verbose", 0),
                        ("ignore-gfp-wait", "N")):
        write(FAULTS + name, value)
    write(f"/proc/{actor.pid}/make-it-fail", 1)
    try:
        yield
    finally:
        write(f"/proc/{actor.pid}/make-it-fail", 0)
        write(FAULTS + "probability", 0)


@test("A connection that cannot be accepted for lack of memory is accepted when there is some")
def _():
    master, worker = serve()
    with no_memory_for(worker):
        client = connect()
        ask(client)
        client.expect_silence()
    same(client.answer().status, 200, "the answer")
    serves()
    same(master("shutdown"), 0, "SHUTDOWN")


@test("SHUTDOWN while connections cannot be accepted ends all the same")
def _():
    master, worker = serve()
    with no_memory_for(worker):
        ask(connect())
        same(master("shutdown"), 0, "SHUTDOWN")


@test("STARTUP and STARTTHREAD without memory are ENOMEM, and nothing is left of them")
def _():
    configure()
    master = Actor("master")
    with no_memory_for(master):
        same(master("startup"), "ENOMEM", "STARTUP")
    same(master("startup"), 0, "STARTUP")
    worker = Actor("worker")
    with no_memory_for(worker):
        same(worker("join", 0), "ENOMEM", "STARTTHREAD")
    same(worker("join", 0), 0, "STARTTHREAD")


run()
