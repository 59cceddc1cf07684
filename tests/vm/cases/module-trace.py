#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=30 group=module lifecycle in-turn
"""Trace events: they are there, and each comes when it should.

Switching an event on rewrites kernel code; QEMU 7.2 with processors that run at the same time has
left a breakpoint behind (an oops "int3" in the scheduler, once).
"""
import os
import re

from stage import PORT, ask, clean_up, connect, ends, load, run, serve, serves, unload, until
from tuxtest import expect, same, test

TRACING = "/sys/kernel/tracing"
EVENTS = ("tux_connection_start", "tux_request_start", "tux_request_end", "tux_connection_end")


def write(name, text):
    """A file of tracefs."""
    with open(f"{TRACING}/{name}", "w", encoding="ascii") as file:
        file.write(text)


def trace():
    """The events so far: name and text."""
    with open(TRACING + "/trace", encoding="ascii") as file:
        return re.findall(r": (tux_\w+): (.*)", file.read())


@test("Events of a connection with two requests come in their order, with what they say")
def _():
    same(sorted(name for name in os.listdir(TRACING + "/events/tux") if name.startswith("tux_")),
         sorted(EVENTS),
         "events/tux")
    serve()
    write("trace", "")
    write("events/tux/enable", "1")
    client = connect()
    port = client.socket.getsockname()[1]
    serves(client)
    same(client.get("/nothing?x=1", "Connection: close").status, 404, "the answer")
    ends(client)
    until(lambda: len(trace()) >= 6, 5, "six events")
    write("events/tux/enable", "0")
    same(trace(), [
        ("tux_connection_start", f"client=[::ffff:127.0.0.1]:{port} port={PORT}"),
        ("tux_request_start", f"client_port={port} method=1 target=/"),
        ("tux_request_end", f"client_port={port} status=200"),
        ("tux_request_start", f"client_port={port} method=1 target=/nothing?x=1"),
        ("tux_request_end", f"client_port={port} status=404"),
        ("tux_connection_end", f"client_port={port} requests=2"),
    ], "events")


@test("A reset is told apart, and a target that is too long is cut")
def _():
    master, worker = serve()
    write("trace", "")
    write("events/tux/enable", "1")
    client = connect(receive_buffer=4096)
    ask(client, "/large?" + "x" * 500)
    client.head()
    worker.kill()
    ends(client)
    until(lambda: len(trace()) >= 3, 5, "three events")
    write("events/tux/enable", "0")
    names = [name for name, _ in trace()]
    same(names, ["tux_connection_start", "tux_request_start", "tux_connection_end"], "events")
    expect(trace()[1][1].endswith("target=/large?" + "x" * 56), trace()[1][1])
    expect(trace()[2][1].endswith("requests=0 reset"), trace()[2][1])


@test("The module unloads while its events are switched on")
def _():
    write("events/tux/enable", "1")
    serve()
    serves()
    clean_up()
    same(unload(), "done", "rmmod")
    load()


run()
