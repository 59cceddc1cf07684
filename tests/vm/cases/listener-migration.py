#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=listener core
"""A foreign SO_REUSEPORT listener of the same user beside ours, and tcp_migrate_req=1.

The kernel moves connections from the accept queue of a listener that is closed to another one's,
with everything that the listener has given them.
"""
import contextlib
import signal

from stage import (LOOPBACK, PORT, Actor, Load, ask, away, connect, ends, hire, load, run, serve,
                   serves, startup, stopped, unload, unloads, within)
from tuxtest import expect, same, test

MIGRATE = "/proc/sys/net/ipv4/tcp_migrate_req"
CLIENTS = 64


@contextlib.contextmanager
def migration():
    """Migration switched on."""
    with open(MIGRATE, "w", encoding="ascii") as file:
        file.write("1")
    try:
        yield
    finally:
        with open(MIGRATE, "w", encoding="ascii") as file:
            file.write("0")


@test("Shutdown and rmmod under connect load, beside a foreign listener")
def _():
    with migration():
        for _ in range(2):
            master, one, two = serve(2)
            foreign = Actor("foreign", handle=False)
            foreign.tell("@one", "turn-away", foreign("listen", LOOPBACK, PORT, "reuseport"))
            clients = Load(24, close=True)
            clients.wait_for(50)
            with within(4, "SHUTDOWN"):
                same(master("shutdown"), 0, "SHUTDOWN")
            for actor in (master, one, two):
                actor.kill()
            unloads()
            # The kernel does not wake the foreign listener for what it has moved there; somebody
            # new does.
            ends(connect())
            clients.finish()
            same(foreign("interrupt", "one"), 0, "SIGTERM")
            expect(foreign.answer("one") > 0, "nobody came to the foreign listener")
            # Left open, it would get its share of the next round, and nobody would accept that.
            foreign.kill()
            load()


@test("Workers killed with full accept queues: the connections move to the foreign listener, and "
      "are whole there")
def _():
    with migration():
        master, one, two = serve(2)
        for worker in (one, two):
            worker.signal(signal.SIGSTOP)
            away(worker)
        foreign = Actor("foreign", handle=False)
        listener = foreign("listen", LOOPBACK, PORT, "reuseport")
        clients = [connect() for _ in range(CLIENTS)]
        for client in clients:
            ask(client)
        for actor in (master, one, two):
            actor.kill()
        stopped()
        same(unload(), "done", "rmmod")
        # Those of all three accept queues are now in one: each gets data, and can be closed.
        for _ in range(CLIENTS):
            fd = foreign("accept", listener)
            expect(isinstance(fd, int), f"accept: {fd}")
            same(foreign("syscall", 1, fd, "zeros", 5), 5, "write")
            foreign("close", fd)
        for client in clients:
            same(ends(client), b"\0" * 5, "what came")
        load()


@test("A listener handed in, that its maker accepts from too: nothing is lost, and it outlives the "
      "server")
def _():
    master = startup()
    hire(0)
    listener = master("listen", LOOPBACK, 8081)
    same(master("listen-fd", listener, 0), 0, "LISTEN_FD")
    serves(port=8081)
    same(master("shutdown"), 0, "SHUTDOWN")
    client = connect(port=8081)
    fd = master("accept", listener)
    same(master("syscall", 1, fd, "zeros", 5), 5, "write")
    master("close", fd)
    same(ends(client), b"\0" * 5, "what came")


run()
