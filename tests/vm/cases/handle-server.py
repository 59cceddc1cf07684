#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=handle lifecycle
"""Starting, joining, leaving and shutting down a server, and what goes wrong with it."""
import signal
import socket

from stage import (LOOPBACK, PORT, RETURN_EXIT, Actor, Load, ask, can_listen, configure, connect,
                   ends, hire,  make_site, refuses, run, serve, server, serves, startup,
                   stopped, until, within)
from tuxtest import Server, expect, same, test


@test("Two startups at once: exactly one wins, the others get EEXIST")
def _():
    configure()
    masters = [Actor(f"master{i}") for i in range(6)]
    for _ in range(10):
        for master in masters:
            master.tell("startup")
        results = [master.answer() for master in masters]
        same(sorted(map(str, results)), ["0"] + ["EEXIST"] * 5, "what STARTUP returned")
        same(masters[results.index(0)]("shutdown"), 0, "SHUTDOWN")


@test("Two workers of the same number at once: exactly one wins, the others get EBUSY")
def _():
    startup()
    workers = [Actor(f"worker{i}") for i in range(4)]
    for _ in range(10):
        for worker in workers:
            worker.tell("join", 0)
        results = [worker.answer() for worker in workers]
        same(sorted(map(str, results)), ["0"] + ["EBUSY"] * 3, "what STARTTHREAD returned")
        same(workers[results.index(0)]("stop"), 0, "STOPTHREAD")


@test("STARTTHREAD: a number out of range, a second time, a number that is taken, no server")
def _():
    worker = Actor("worker")
    same(worker("join", 0), "ESRCH", "without a server")
    startup(2)
    for number in (2, 64, 0x7fffffff, 0xffffffff):
        same(worker("join", number), "EINVAL", f"number {number} of 2")
    same(worker("join", 1), 0, "the last number")
    same(worker("join", 1), "EBUSY", "the same number again")
    same(worker("join", 0), "EBUSY", "another number in the same handle")
    same(Actor("other")("join", 1), "EBUSY", "a number that is taken")
    same(worker("stop"), 0, "STOPTHREAD")
    same(Actor("another")("join", 1), 0, "a number that is free again")


@test("STOPTHREAD closes the worker's connections and makes room for another of its number")
def _():
    master, worker = serve()
    client = connect()
    serves(client)
    worker.rest()
    same(worker("stop"), 0, "STOPTHREAD")
    ends(client)
    same(worker("stop"), "EINVAL", "STOPTHREAD of one who is none any more")
    same(worker("loop"), "EINVAL", "EVENTLOOP of one who is none any more")
    hire(0)
    serves()


@test("One process can be master and worker in one handle")
def _():
    configure()
    both = Actor("both")
    same(both("startup"), 0, "STARTUP")
    same(both("join", 0), 0, "STARTTHREAD")
    both.number = 0
    both.go_on()
    serves()
    both.rest()
    same(both("shutdown"), "EINVAL", "SHUTDOWN, which would wait for the caller itself")
    both.go_on()
    serves()
    both.rest()
    same(both("stop"), 0, "STOPTHREAD")
    same(both("shutdown"), 0, "SHUTDOWN")
    stopped()


@test("STARTUP again in the same handle: EEXIST while the server runs, a new server afterwards")
def _():
    master, worker = serve()
    same(master("startup"), "EEXIST", "STARTUP while it runs")
    same(master("shutdown"), 0, "SHUTDOWN")
    same(master("startup"), 0, "STARTUP afterwards")
    same(worker.answer(), RETURN_EXIT, "EVENTLOOP")
    same(worker("join", 0), 0, "STARTTHREAD in a handle that was a worker")
    worker.go_on()
    serves()


@test("A document root that is missing, or no directory, or not to be entered")
def _():
    site = make_site()
    master = Actor("master")
    for path, error in ((site + "/nothing", "ENOENT"), (site + "/index.html", "ENOTDIR"),
                        (site + "/index.html/", "ENOTDIR"), (site + "/index.html/x", "ENOTDIR")):
        configure(docroot=path)
        same(master("startup"), error, path)
        same(server()["state"], "stopped", "the state")
        expect(can_listen(), "the port is taken")
    configure()
    same(master("startup"), 0, "STARTUP when all is well")


@test("A port that is in use: EADDRINUSE, and nothing of the attempt is left")
def _():
    def listeners():
        # Not the connections that earlier tests have left in TIME_WAIT, which go when it is over.
        with open("/proc/net/tcp", encoding="ascii") as file:
            return sum(line.split()[3] == "0A" for line in file)
    configure(4, f"{LOOPBACK}:8081 {LOOPBACK}:{PORT} {LOOPBACK}:8082")
    master = Actor("master")
    with socket.create_server((LOOPBACK, PORT)):
        before = listeners()
        for _ in range(3):
            same(master("startup"), "EADDRINUSE", "STARTUP")
        same(server()["state"], "stopped", "the state")
        same(listeners(), before, "listening sockets")
        expect(can_listen(8081) and can_listen(8082), "the other addresses are taken")
        same(master("version"), 3 << 24, "QUERY_VERSION in the same handle")
    same(master("startup"), 0, "STARTUP when the port is free")


@test("Addresses: one that is not ours is EADDRNOTAVAIL, text that is none is EINVAL")
def _():
    master = Actor("master")
    configure(listen="192.0.2.1")
    same(master("startup"), "EADDRNOTAVAIL", "STARTUP with an address of somebody else")
    for text in ("localhost", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x", "[::1", "[::1]x",
                 "[]", "1" * 200, ""):
        configure(listen=text)
        same(master("startup"), "EINVAL", f"STARTUP with '{text}'")
    same(server()["state"], "stopped", "the state")


@test("SHUTDOWN without a server is ESRCH")
def _():
    same(Actor("anybody")("shutdown"), "ESRCH", "SHUTDOWN")


@test("SHUTDOWN waits for the last worker, and every worker's EVENTLOOP returns TUX_RETURN_EXIT")
def _():
    master, one, two = serve(2)
    client = connect()
    serves(client)
    same(Actor("operator")("shutdown"), 0, "SHUTDOWN by another process")
    for worker in (one, two):
        same(worker.answer(), RETURN_EXIT, "EVENTLOOP")
        same(worker("loop"), RETURN_EXIT, "EVENTLOOP once more")
        same(worker("stop"), 0, "STOPTHREAD of one whose server has ended")
        same(worker("stop"), "EINVAL", "STOPTHREAD once more")
    ends(client)
    refuses()
    expect(can_listen(), "the port is not free")


@test("SHUTDOWN lets responses in flight be finished")
def _():
    master, worker = serve()
    client = connect(receive_buffer=4096)
    ask(client, "/large")
    client.head()
    master.tell("shutdown")
    until(lambda: server()["state"] == "stopping", 5, "the server stopping")
    same(len(client.body(4 << 20)), 4 << 20, "bytes of the response")
    same(worker.answer(), RETURN_EXIT, "EVENTLOOP")
    same(master.answer(), 0, "SHUTDOWN")


@test("SHUTDOWN interrupted by a signal is EINTR; the shutdown goes on, and can be waited for "
      "again")
def _():
    master, worker = serve()
    worker.rest()
    master.tell("shutdown")
    until(lambda: server()["state"] == "stopping", 5, "the server stopping")
    master.signal(signal.SIGUSR1)
    same(master.answer(), "EINTR", "SHUTDOWN")
    same(server()["state"], "stopping", "the state")
    same(Actor("late")("join", 0), "ESRCH", "STARTTHREAD now")
    same(Actor("second")("startup"), "EEXIST", "STARTUP now")
    operator = Actor("operator")
    operator.tell("shutdown")
    operator.waits_in_kernel()
    worker.tell("loop")
    same(worker.answer(), RETURN_EXIT, "EVENTLOOP")
    same(operator.answer(), 0, "SHUTDOWN by the other")
    stopped()


@test("A handle without a role that is closed while a thread waits in SHUTDOWN: the thread goes on "
      "waiting")
def _():
    master, worker = serve()
    worker.rest()
    operator = Actor("operator")
    operator.tell("@one", "shutdown")
    operator.waits_in_kernel()
    same(operator("close", operator.handle), 0, "close")
    worker.tell("loop")
    same(worker.answer(), RETURN_EXIT, "EVENTLOOP")
    same(operator.answer("one"), 0, "SHUTDOWN")


@test("The master closes its handle while it waits in SHUTDOWN: EBADF, and the shutdown goes on")
def _():
    master, worker = serve()
    worker.rest()
    master.tell("@one", "shutdown")
    until(lambda: server()["state"] == "stopping", 5, "the server stopping")
    master("close", master.handle)
    same(master.answer("one"), "EBADF", "SHUTDOWN")
    worker.tell("loop")
    same(worker.answer(), RETURN_EXIT, "EVENTLOOP")
    stopped()


@test("Several SHUTDOWNs at once, and the master killed in one")
def _():
    master, worker = serve()
    worker.rest()
    others = [Actor(f"operator{i}") for i in range(3)]
    for actor in (master, *others):
        actor.tell("shutdown")
        actor.waits_in_kernel()
    master.kill()
    worker.kill()
    for actor in others:
        same(actor.answer(), 0, "SHUTDOWN")
    stopped()


@test("SHUTDOWN under connect load ends in bounded time")
def _():
    for _ in range(3):
        master, one, two = serve(2)
        clients = Load(64, close=True)
        clients.wait_for(100)
        # Connections are accepted for two seconds.
        with within(4, "SHUTDOWN"):
            same(master("shutdown"), 0, "SHUTDOWN")
        clients.finish()
        same((one.answer(), two.answer()), (RETURN_EXIT, RETURN_EXIT), "EVENTLOOP")


@test("100 times STARTUP, STARTTHREAD, a request, SHUTDOWN")
def _():
    configure(2)
    master, one, two = Actor("master"), Actor("one"), Actor("two")
    for _ in range(100):
        same(master("startup"), 0, "STARTUP")
        same((one("join", 0), two("join", 1)), (0, 0), "STARTTHREAD")
        one.tell("loop")
        two.tell("loop")
        serves()
        same(master("shutdown"), 0, "SHUTDOWN")
        same((one.answer(), two.answer()), (RETURN_EXIT, RETURN_EXIT), "EVENTLOOP")
    counts = Server.stats()
    same(counts["connections_closed"], counts["connections_accepted"], "connections")


run()
