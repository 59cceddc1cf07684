# SPDX-License-Identifier: GPL-2.0-only
"""What races share: how long they go on, and the load that they run under.

A race repeats something that happens at an unlucky moment.  "make check" gives each five seconds,
"make check-full" a minute (TUX_RACE_SECONDS).
"""
import contextlib
import os
import threading
import time

from stage import Load
from tuxtest import expect, same, say

SECONDS = float(os.environ.get("TUX_RACE_SECONDS", "5"))


def rounds():
    """Numbers of rounds, until the time is over; two at least."""
    begin = time.monotonic()
    number = 0
    while number < 2 or time.monotonic() - begin < SECONDS:
        yield number
        number += 1
    say(f"{number} rounds")


@contextlib.contextmanager
def under_load(connections=8, **more):
    """Clients that ask all the time; some may be turned away, but none may get a wrong answer."""
    clients = Load(connections, **more)
    yield clients
    # The last ones may be waiting for a server that there is no more.
    counts = clients.finish(60)
    same(counts["wrong"], 0, "wrong answers")
    expect(counts["answered"], "no request was answered")


@contextlib.contextmanager
def storm(*functions):
    """Threads that call functions without a pause meanwhile; what they raise is raised here."""
    over = threading.Event()
    problems = []

    def repeat(function):
        try:
            while not over.is_set():
                function()
        except BaseException as problem:  # pylint: disable=broad-except
            problems.append(problem)

    threads = [threading.Thread(target=repeat, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    if problems:
        raise problems[0]


def dismissed(actor):
    """Kill an actor, unless it has ended."""
    if actor.process.poll() is None:
        actor.kill()
