#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=files core lifecycle
"""A worker's helpers are all busy: who waits for one, in which order, for how long, and what then."""
import contextlib
import os
import time

from faultyfs import Faults
from tuxtest import Client, expect, forget, run, same, test, wait_until
from usermodule import Site

HELPERS = 64
WAIT_SECONDS = 5
BIG = bytes(number % 251 for number in range(300000))


def look(call, req):
    """Looks up what the query says, and tells how that went."""
    if req.event == 0:
        req.event = 1
        req.objectname = req.query
        return call("GET_OBJECT", req)
    return call.reply(req, b"failed" if req.error else b"found")


# Without a page for 404, which would be looked up, too.
site = Site({"/look": look}, threads=1, send_timeout=2, **{"404_page": ""})
site.write("a.txt", b"a.txt", age=1000)
site.write("big.bin", BIG, age=1000)
faults = None


def lookups():
    """Lookups that were given to helpers so far."""
    return site.stat("lookups_blocking")


def ask(target, method="GET"):
    """A client that has asked."""
    client = Client()
    client.send(f"{method} {target} HTTP/1.1", "Host: tux")
    return client


def keep_all_busy():
    """Clients in whose lookups each helper hangs."""
    clients = [ask(f"/faulty/hang-{number}") for number in range(HELPERS)]
    wait_until(lambda: faults.tell("work") == HELPERS, "every helper to hang")
    return clients


@contextlib.contextmanager
def all_busy():
    """Each helper hangs in a lookup; afterwards, its client has got its answer."""
    clients = keep_all_busy()
    try:
        yield
    finally:
        faults.tell("release")
    for client in clients:
        same(client.answer().status, 404)
        client.socket.close()


def wait_in_line(target, method="GET"):
    """A client whose lookup waits for a helper."""
    before = lookups()
    client = ask(target, method)
    wait_until(lambda: lookups() == before + 1, f"{target} to wait")
    same(faults.tell("work"), HELPERS, "lookups that hang")
    return client


@test("More lookups than helpers: the others have their turn, in the order in which they came")
def _():
    global faults  # pylint: disable=global-statement
    faults = Faults(site.path("faulty"))
    same(site.get("/a.txt").body, b"a.txt")
    before = site.stats()
    with all_busy():
        waiting = [ask(f"/faulty/hang-{number}") for number in range(100, 100 + HELPERS)]
        wait_until(lambda: lookups() == before["lookups_blocking"] + 2 * HELPERS, "all to wait")
        last = wait_in_line("/faulty/hang-last")
        same(site.get("/a.txt").body, b"a.txt")
    wait_until(lambda: faults.tell("work") == HELPERS, "those that waited to hang")
    faults.tell("release")
    for client in waiting:
        same(client.answer().status, 404)
        client.socket.close()
    wait_until(lambda: faults.tell("work") == 1, "the last to hang")
    faults.tell("release")
    same(last.answer().status, 404)
    last.socket.close()
    site.grown("helpers_refused", before, 0)


@test("A client that goes while it waits takes its lookup with it")
def _():
    site.settle()
    with all_busy():
        for number in range(3):
            wait_in_line(f"/faulty/hang-{100 + number}").abort()
        last = wait_in_line("/faulty/hang-last")
        # Before their time would be over anyway.
        wait_until(lambda: site.open_connections() == HELPERS + 1, "the others to be closed",
                   WAIT_SECONDS - 0.5)
    wait_until(lambda: faults.tell("work"), "the last to hang")
    same(faults.tell("release"), 1, "lookups that hang")
    same(last.answer().status, 404)
    last.socket.close()


@test("No helper in time: 503 for a lookup, an error for GET_OBJECT; what needs none is answered, and "
      "what has begun to be answered waits on")
def _():
    same(site.get("/big.bin").body, BIG)
    forget(site.path("big.bin"))
    before = site.stats()
    with all_busy():
        begin = time.monotonic()
        waiting = [wait_in_line("/faulty/hang-more", method) for method in ("GET", "HEAD")]
        good = wait_in_line("/faulty/good")
        module = wait_in_line("/look?a-new-file")
        big = ask("/big.bin")
        same(site.get("/a.txt").body, b"a.txt")
        for client, method in zip(waiting, ("GET", "HEAD")):
            answer = client.answer(method=method)
            same((answer.status, answer.keeps), (503, True))
            expect(time.monotonic() - begin > WAIT_SECONDS, "time that it waited")
            client.expect_open("/a.txt")
            client.socket.close()
        same(good.answer().status, 503)
        same(module.answer().body, b"failed")
        site.grown("helpers_refused", before, 3)
        site.grown("status_5xx", before, 3)
        site.grown("page_misses", before, 1)
        big.expect_silence()
    same(big.answer().body, BIG)
    same(good.get("/faulty/good").status, 200)
    for client in (good, module, big):
        client.socket.close()


@test("GET_OBJECT waits for its turn")
def _():
    site.write("a-new-file", b"new", age=1000)
    with all_busy():
        module = wait_in_line("/look?a-new-file")
    same(module.answer().body, b"found")
    module.socket.close()


@test("A shutdown gives up who waits, after send_timeout; the lookups are never made")
def _():
    site.settle()
    clients = keep_all_busy()
    clients += [wait_in_line(f"/faulty/hang-{100 + number}") for number in range(10)]
    clients.append(wait_in_line("/look?faulty/hang-200"))
    site.stop()
    for client in clients:
        same(client.expect_reset(), b"")
        client.socket.close()
    same(faults.tell("release"), HELPERS, "lookups that hang")
    wait_until(lambda: not faults.tell("work"), "no more")
    faults.end()
    same(os.path.ismount(site.path("faulty")), False, "still mounted")


run(site)
