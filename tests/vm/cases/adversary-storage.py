#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=adversary
"""The document root itself is on a filesystem that hangs or returns EIO.

file-errors has such a filesystem below a good document root.
"""
import os
import re
import signal

from faultyfs import Faults
from tuxtest import (SCALE, Client, Failure, Server, command, expect, run, same, test, wait_until)

GOOD = bytes(number % 251 for number in range(1 << 20))

server = Server(threads=2, send_timeout=2)
faults = Faults(server.docroot)


def hang(count):
    """Clients whose lookups hang."""
    clients = []
    for number in range(count):
        client = Client()
        client.send(f"GET /hang-{number} HTTP/1.1", "Host: tux")
        wait_until(lambda: faults.tell("work") == number + 1, "the lookup to hang")
        clients.append(client)
    return clients


def workers():
    """The process numbers of the workers."""
    with open("/proc/net/tux/server", encoding="ascii") as file:
        return [int(number) for number in re.findall(r"^worker \d+ pid (\d+) state loop", file.read(), re.M)]


@test("EIO for every lookup, open and read: 500 each time, and the server goes on")
def _():
    before = server.stats()
    for target in ("/bad-lookup", "/bad-open", "/bad-read") * 10:
        with Client() as client:
            same(client.get(target).status, 500, target)
    with Client() as client:
        same(client.get("/good").body == GOOD, True)
        same(client.get("/nothing").status, 404)
    server.grown("status_5xx", before, 30)


@test("a worker is killed while lookups hang: it ends at once, and another one takes its place")
def _():
    clients = hang(20)
    old = wait_until(lambda: len(workers()) == 2 and workers(), "two workers")
    for worker in old:
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(workers()) == 2 and not set(workers()) & set(old), "new workers", 5 * SCALE)
    with Client() as client:
        same(client.get("/good").body == GOOD, True)
    for client in clients:
        same(client.expect_reset(), b"")
        client.socket.close()
    same(faults.tell("release"), 20)
    server.settle()


@test("the server shuts down while lookups hang: clients are reset after send_timeout")
def _():
    clients = hang(10)
    server.stop()
    for client in clients:
        same(client.expect_reset(), b"")
        client.socket.close()
    same(faults.tell("work"), 10, "lookups that still hang")


@test("when what hung is released, the module goes and the filesystem can be unmounted")
def _():
    faults.tell("release")

    def unload():
        try:
            command("rmmod", "tux")
        except Failure:
            return False
        return True
    wait_until(unload, "the module to go")
    expect(not os.path.isdir("/sys/module/tux"), "gone")
    faults.end()


run(server)
