#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=dynamic core lifecycle
"""Workers and modules that end with requests in hand, sockets of a module's own, adopted connections."""
import os
import resource
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import usermodule
from faultyfs import Faults
from tuxtest import SCALE, Client, Temporarily, command, expect, run, same, test, wait_until
from usermodule import Handle, Request, Site, error_of, head, kill, tell

TCP_ULP = 31


def stuck(call, req):
    """Tells that it has the request, and then does nothing until it is killed."""
    if req.query == b"begun":
        os.write(req.sock, head(100))
    tell("stuck")
    while True:
        signal.pause()


def ready(call, req):
    """Just answers."""
    return call.reply(req, b"ready")


def get(call, req):
    """Looks up what the query says."""
    if req.event == 0:
        req.event = 1
        req.objectname = req.query
        return call("GET_OBJECT", req)
    return call.reply(req, str(req.error).encode())


def backend(call, req):
    """Asks another server, waits for its answer, and passes it on."""
    if req.event == 0:
        port = int(req.query)
        upstream = socket.create_connection(("127.0.0.1", port))
        upstream.send(b"question")
        req.event, req.priv = 1, upstream.detach()
        req.object_addr = req.priv
        call("WATCH_PROXY_SOCKET", req)
        return call("WAIT_PROXY_SOCKET", req)
    with socket.socket(fileno=req.priv) as upstream:
        if req.error:
            return call.reply(req, f"error {(1 << 32) - req.error}".encode())
        return call.reply(req, upstream.recv(1000))


def postpone(call, req):
    """Parks the request."""
    if req.event:
        return call.reply(req, b"continued")
    req.event = 1
    call("POSTPONE_REQ", req)
    tell("postponed", req.sock)
    return call("EVENTLOOP", req)


def thread(call, req):
    """A thread of the worker goes on with it, as PHP's did."""
    if req.event:
        return call.reply(req, b"by a thread")
    req.event = 1
    number = req.sock
    threading.Thread(target=lambda: call.raw(17, number)).start()
    call("POSTPONE_REQ", req)
    return call("EVENTLOOP", req)


def leave(call, req):
    """Leaves, and answers when it is told to."""
    result = call("LEAVE")
    tell(result, error_of(call, "LEAVE"), os.getpid())
    os.read(GATE[0], 1)
    return call.reply(req, b"left")


def server_lines():
    """What the kernel shows of the server, in words."""
    with open("/proc/net/tux/server", encoding="ascii") as file:
        return [line.split() for line in file]


def has_worker(number):
    """Whether this number is taken."""
    return any(words[:2] == ["worker", str(number)] for words in server_lines())


GATE = os.pipe()
MODULES = {"leave": leave, "stuck": stuck, "ready": ready, "get": get, "backend": backend, "postpone": postpone,
           "thread": thread}
site = Site({"/" + name: handler for name, handler in MODULES.items()}, threads=2)


@test("a worker is killed with a request: its client is reset, the other worker goes on, a new one comes")
def _():
    for query in ("", "begun"):
        with Client() as client:
            client.send(f"GET /stuck?{query} HTTP/1.1", "Host: tux")
            same(site.told(), ["stuck"])
            away = next(words for words in server_lines() if words[4:6] == ["state", "away"])
            number, child = int(away[1]), int(away[3])
            same(site.get("/ready").body, b"ready")
            kill(child)
            client.expect_reset()
        site.add_worker(number)
    same(site.get("/ready").body, b"ready")


@test("killed with requests that are postponed or wait: all connections are closed")
def _():
    with Client() as parked, Client() as waiting, socket.create_server(("127.0.0.1", 0)) as silent:
        parked.send("GET /postpone HTTP/1.1", "Host: tux")
        same(site.told()[0], "postponed")
        waiting.send(f"GET /backend?{silent.getsockname()[1]} HTTP/1.1", "Host: tux")
        upstream = silent.accept()[0]
        wait_until(lambda: not any("away" in words for words in server_lines()), "the requests to wait")
        for child in site.workers[-2:] + site.workers[:1]:
            kill(child)
        for child in list(site.workers):
            kill(child)
        parked.expect_reset()
        waiting.expect_reset()
        upstream.close()
    site.workers.clear()
    site.children.clear()
    for number in range(2):
        site.add_worker(number)


@test("STOPTHREAD with a request in hand: a reset; STARTTHREAD of the same number works")
def _():
    def stopping(call, req):
        tell("before")
        tell(call("STOPTHREAD", req), error_of(call, "EVENTLOOP", req),
             error_of(call, "FINISH_REQ", req))
        number = next(number for number in range(2) if not has_worker(number))
        call("STARTTHREAD", Request(thread_nr=number))
        return call("EVENTLOOP", req)
    site.modules["/stop"] = stopping
    site.restart()
    with Client() as client:
        client.send("GET /stop HTTP/1.1", "Host: tux")
        same(site.told(), ["before"])
        same(site.told(), [0, "EINVAL", "EINVAL"])
        client.expect_reset()
    same(site.get("/ready").body, b"ready")


@test("LEAVE: the number is free at once, what is in hand is finished, then EVENTLOOP says EXIT")
def _():
    with Client() as client:
        client.send("GET /leave HTTP/1.1", "Host: tux")
        result, again, leaver = site.told()
        same((result, again), (0, "EINVAL"))
        site.add_worker(next(number for number in range(2) if not has_worker(number)))
        same(site.get("/ready").body, b"ready")
        os.write(GATE[1], b"x")
        same(client.answer().body, b"left")
        client.expect_end()
    os.waitpid(leaver, 0)
    site.workers.remove(leaver)
    same(site.get("/ready").body, b"ready")


@test("LEAVE with idle connections: they end; SHUTDOWN waits for a worker that leaves")
def _():
    site.restart()
    with Client() as first, Client() as second, Client() as client:
        idle = [first, second]
        for other in idle:
            same(other.get("/ready").body, b"ready")
        client.send("GET /leave HTTP/1.1", "Host: tux")
        site.told()
        stopper = ThreadPoolExecutor(1).submit(site.stop)
        wait_until(lambda: ["state", "stopping"] in server_lines(), "the shutdown to begin")
        expect(not stopper.done(), "it did not wait")
        os.write(GATE[1], b"x")
        same(client.answer().body, b"left")
        for other in idle:
            other.expect_end()
        stopper.result(20 * SCALE)
    site.restart()


@test("no descriptor left in the worker: 503, and the server goes on")
def _():
    limits = (3, 4096)
    for child in site.workers:
        resource.prlimit(child, resource.RLIMIT_NOFILE, limits)
    same(site.get("/ready").status, 503)
    same(site.get("/nothing").status, 404)
    for child in site.workers:
        resource.prlimit(child, resource.RLIMIT_NOFILE, (1024, 4096))
    same(site.get("/ready").body, b"ready")


@test("WATCH and WAIT: the request comes back when the other socket is readable, or the time is over")
def _():
    with socket.create_server(("127.0.0.1", 0)) as server, Client() as client, Client() as other:
        client.send(f"GET /backend?{server.getsockname()[1]} HTTP/1.1", "Host: tux")
        upstream = server.accept()[0]
        same(upstream.recv(100), b"question")
        for _ in range(3):
            same(other.get("/ready").body, b"ready")
        upstream.send(b"answer")
        same(client.answer().body, b"answer")
        upstream.close()
        with Temporarily("keepalive_timeout", 1):
            client.send(f"GET /backend?{server.getsockname()[1]} HTTP/1.1", "Host: tux")
            upstream = server.accept()[0]
            same(client.answer().body, b"error 110")
        upstream.close()


@test("CONTINUE_REQ by a thread of the worker, while it is in the event loop or just about to be")
def _():
    with Client() as client:
        for _ in range(20):
            same(client.get("/thread").body, b"by a thread")


@test("GET_OBJECT of a file whose filesystem hangs: the worker answers others")
def _():
    faults = Faults(site.path("faulty"))
    try:
        with Client() as client:
            client.send("GET /get?faulty/hang-1 HTTP/1.1", "Host: tux")
            wait_until(lambda: faults.tell("work") == 1, "the lookup to hang")
            for _ in range(4):
                same(site.get("/ready").body, b"ready")
            faults.tell("release")
            same(client.answer().body, str((1 << 32) - 2).encode())
    finally:
        faults.end()


@test("ADOPT_FD: a connection that another process accepted is served")
def _():
    with socket.create_server(("127.0.0.1", 8081)) as server:
        for worker in (0, 1, 0xFFFFFFFF):
            with Client(port=8081) as client:
                accepted = server.accept()[0]
                client.send("GET /ready HTTP/1.1", "Host: tux")
                site.master.adopt(accepted.fileno(), worker)
                accepted.close()
                same(client.answer().body, b"ready")
                same(client.get("/nothing").status, 404)
        with Client(port=8081) as client:
            accepted = server.accept()[0]
            site.master.adopt(accepted.fileno())
            same(error_of(site.master.adopt, accepted.fileno()), "EBUSY")
            accepted.close()


@test("ADOPT_FD refuses what is no connection of this network namespace that nobody has")
def _():
    adopt = site.master.adopt
    with socket.socket() as fresh, socket.socket(type=socket.SOCK_DGRAM) as datagram, \
            socket.socketpair()[0] as local, socket.create_server(("127.0.0.1", 0)) as server, \
            socket.create_connection(server.getsockname()) as taken:
        same(error_of(adopt, fresh.fileno()), "ENOTCONN")
        same(error_of(adopt, datagram.fileno()), "EINVAL")
        same(error_of(adopt, local.fileno()), "EINVAL")
        same(error_of(adopt, server.fileno()), "EINVAL")
        same(error_of(adopt, 0), "ENOTSOCK")
        same(error_of(adopt, 9999), "EBADF")
        same(error_of(adopt, taken.fileno(), 7), "EINVAL")
        command("modprobe", "-q", "tls") if os.path.isdir("/lib/modules") else None
        try:
            taken.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")
        except OSError as problem:
            print(f"# no TLS in this kernel: {problem}")
        else:
            same(error_of(adopt, taken.fileno()), "EBUSY")
    unprivileged = Handle("ioctl")

    def without_rights():
        os.setresuid(4001, 4001, 4001)
        tell(error_of(unprivileged.adopt, 0))
    child = usermodule.fork(without_rights)
    same(site.told(), ["EPERM"])
    os.waitpid(child, 0)
    unprivileged.close()


@test("SHUTDOWN with requests in hand: they are answered first; a postponed one is waited for")
def _():
    with Client() as client:
        client.send("GET /postpone HTTP/1.1", "Host: tux")
        _, number = site.told()
        owner = next(child for child in site.workers
                     if os.path.exists(f"/proc/{child}/fd/{number}"))
        pidfd = os.pidfd_open(owner)
        copy = usermodule.SYSCALL(438, pidfd, number, 0)
        os.close(pidfd)
        stopper = ThreadPoolExecutor(1).submit(site.stop)
        wait_until(lambda: ["state", "stopping"] in server_lines(), "the shutdown to begin")
        expect(not stopper.done(), "it did not wait")
        call = Handle("ioctl")
        same(call.raw(17, copy), 0)
        call.close()
        os.close(copy)
        same(client.answer().body, b"continued")
        stopper.result(20 * SCALE)


run(site)
