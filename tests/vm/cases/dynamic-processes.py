#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=dynamic core lifecycle
"""Modules in processes of their own: grants, sharing, death, hanging, postponing, redirecting."""
import contextlib
import os
import select
import signal
import socket
import threading
import time

import usermodule
from tuxtest import (PATIENCE, SCALE, Client, Temporarily, expect, run, same, test, wait_until)
from usermodule import (ACTION, REDIRECT_MODULE, Handle, Site, error_of, head, kill, tell)

USER, OTHER = 4001, 4002
DEVICE_MODE = 0o666


def who(call, req):
    """Says which process it is."""
    return call.reply(req, str(os.getpid()).encode())


def stuck(call, req):
    """Tells that it has the request, and then does nothing until it is killed."""
    if req.query == b"begun":
        os.write(req.sock, head(100))
    tell("stuck", os.getpid(), req.sock)
    while True:
        signal.pause()


def postponing(call, req):
    """Postpones; somebody else continues."""
    if req.event == 0:
        req.event = 5
        call("POSTPONE_REQ", req)
        tell("postponed", os.getpid(), req.sock)
        return call("EVENTLOOP", req)
    return call.reply(req, f"event {req.event} error {req.error}".encode())


def continued_by_thread(call, req):
    """Postpones; a thread that seldom runs continues."""
    if req.event:
        return call.reply(req, b"continued")
    number = req.sock
    req.event = 1

    def go_on():
        os.sched_setaffinity(0, {0})
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        call.raw(ACTION["CONTINUE_REQ"], number)
    call("POSTPONE_REQ", req)
    threading.Thread(target=go_on).start()
    return call("EVENTLOOP", req)


def redirect(call, req):
    """Lets another server answer."""
    return call("REDIRECT_REQ", req)


def detach(call, req):
    """What a redirector does: takes the connection over and answers by itself."""
    number = req.sock
    result = call("DETACH_REQ", req)
    if result:
        return result
    child = usermodule.fork(lambda: take_over(number))
    os.close(number)
    tell("detached", child)
    return call("EVENTLOOP", req)


def take_over(number):
    """Serves one request on a connection that was detached, and closes it."""
    with socket.socket(fileno=number) as client:
        client.settimeout(PATIENCE)
        data = b""
        while b"\r\n\r\n" not in data:
            data += client.recv(1000)
        client.sendall(head(len(data), connection="close") + data)


site = Site({"/w": who, "/w/redirect": redirect, "/w/postpone": postponing}, threads=2)


def forbid(handle, name):
    """What registering comes to."""
    return error_of(handle.register, name, 1)


def as_user(uid, function):
    """Run something as another user, in a child; returns what it returned."""
    def work():
        os.setgroups([])
        os.setresuid(uid, uid, uid)
        tell(function())
    child = usermodule.fork(work)
    found = site.told()[0]
    os.waitpid(child, 0)
    return found


@test("without the right or a grant: EACCES; the grant is for one name and one user")
def _():
    os.chmod(usermodule.DEVICE, DEVICE_MODE)

    def attempts():
        call = Handle("ioctl")
        return [forbid(call, name) for name in ("/granted", "/granted/x", "granted")]
    same(as_user(USER, attempts), ["EACCES"] * 3)
    site.master.grant("/granted", USER)
    same(as_user(USER, attempts), [None, "EACCES", "EACCES"])
    same(as_user(OTHER, attempts), ["EACCES"] * 3)
    same(as_user(USER, lambda: error_of(Handle("ioctl").grant, "/x", USER)), "EPERM")
    same(error_of(site.master.grant, "/nobody", USER, True), "ENOENT")


@test("a granted process answers as its own user; another user cannot take the name, nor a worker")
def _():
    child = site.process({"/granted": who}, uid=USER)
    same(site.get("/granted/a/b").body, str(child).encode())
    site.master.grant("/granted", OTHER)
    same(as_user(OTHER, lambda: forbid(Handle("ioctl"), "/granted")), "EEXIST")
    same(forbid(site.master, "/granted"), "EEXIST")
    site.master.grant("/granted", USER, True)
    same(site.get("/granted").status, 200, "what is registered stays")
    kill(child)
    wait_until(lambda: site.get("/granted").status == 404, "the name to be free")


@test("several processes of one user share a module; when one goes the others go on")
def _():
    children = {site.process({"/shared": stuck}) for _ in range(3)}
    with contextlib.ExitStack() as all_of_them:
        for _ in children:
            all_of_them.enter_context(Client()).send("GET /shared HTTP/1.1", "Host: tux")
        same({site.told()[1] for _ in children}, children, "those who have a request")
        for child in children:
            kill(child)
    children = [site.process({"/shared": who}) for _ in range(2)]
    kill(children[0])
    for _ in range(5):
        same(site.get("/shared").body, str(children[1]).encode())
    kill(children[1])


@contextlib.contextmanager
def on_processor(number, tasks):
    """These tasks run on one processor while this lasts."""
    before = {task: os.sched_getaffinity(task) for task in tasks}
    for task in tasks:
        os.sched_setaffinity(task, {number})
    try:
        yield
    finally:
        for task, processors in before.items():
            os.sched_setaffinity(task, processors)


def spin(client, seconds):
    """Use the processor until something has come, or for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not select.select([client.socket], [], [], 0)[0]:
        pass


@test("one that has answered, and does not come to run again, does not cost the client its connection")
def _():
    children = [site.process({"/shared": who}) for _ in range(2)]
    slow, other = children
    answers = [str(child).encode() for child in children]
    os.sched_setscheduler(slow, os.SCHED_IDLE, os.sched_param(0))
    with on_processor(0, (0, slow, *site.workers)), on_processor(1, (other,)), Client() as client:
        for turn in range(20):
            client.send("GET /shared HTTP/1.1", "Host: tux")
            # In every other turn we leave no time to the slow one, unless it has this request.
            spin(client, turn % 2 * 0.1 * SCALE)
            expect(client.answer().body in answers, "another answer")
    for child in children:
        kill(child)


@test("killed with a request: 502, or a reset if it had begun; waiting ones are 503 when all are gone")
def _():
    for query, begun in (("", False), ("begun", True)):
        child = site.process({"/stuck": stuck})
        with Client() as client, Client() as waiting:
            client.send(f"GET /stuck?{query} HTTP/1.1", "Host: tux")
            same(site.told()[0], "stuck")
            waiting.send("GET /stuck HTTP/1.1", "Host: tux")
            wait_until(lambda: site.open_connections() >= 2, "both connections")
            kill(child)
            if begun:
                client.expect_reset()
            else:
                same(client.answer().status, 502)
            expect(waiting.answer().status in (502, 503), "an answer for the one that waits")


@test("a process that hangs: 504 after module_timeout; what waits for it, too")
def _():
    with Temporarily("module_timeout", 1):
        child = site.process({"/hangs": stuck})
        with Client() as client, Client() as waiting:
            client.send("GET /hangs HTTP/1.1", "Host: tux")
            same(site.told()[0], "stuck")
            waiting.send("GET /hangs HTTP/1.1", "Host: tux")
            same(client.answer().status, 504)
            same(waiting.answer().status, 504)
        kill(child)


@test("the queue is bounded: 503 beyond module_queue")
def _():
    child = site.process({"/full": stuck})
    with Temporarily("module_queue", 3), contextlib.ExitStack() as all_of_them:
        first = all_of_them.enter_context(Client())
        first.send("GET /full HTTP/1.1", "Host: tux")
        same(site.told()[0], "stuck")
        clients = [all_of_them.enter_context(Client()) for _ in range(4)]
        for client in clients:
            client.send("GET /full HTTP/1.1", "Host: tux")
        answered = select.select([client.socket for client in clients], [], [], PATIENCE)[0]
        same(len(answered), 1, "clients with an answer")
        for client in clients:
            if client.socket in answered:
                same(client.answer().status, 503)
            else:
                client.expect_silence()
        kill(child)


@test("the descriptor is valid in the process, and closed there when the request is finished")
def _():
    def descriptors(call, req):
        valid = os.readlink(f"/proc/self/fd/{req.sock}").startswith("socket:")
        return call.reply(req, f"{valid} {len(os.listdir('/proc/self/fd'))}".encode())
    child = site.process({"/fd": descriptors})
    bodies = {site.get("/fd").body for _ in range(10)}
    same(len(bodies), 1, "descriptors pile up")
    same(bodies.pop().split()[0], b"True")
    with Client() as client:
        for _ in range(3):
            same(client.get("/fd").status, 200)
            same(client.get("/w").status, 200)
    kill(child)


@test("a process that keeps a copy of the descriptor loses the connection after the response")
def _():
    def keeper(call, req):
        os.dup(req.sock)
        return call.reply(req, b"kept")
    child = site.process({"/keeper": keeper})
    with Client() as client:
        client.send("GET /keeper HTTP/1.1", "Host: tux")
        same(client.answer().body, b"kept")
        client.expect_end()
    kill(child)


@test("POSTPONE_REQ and CONTINUE_REQ from another process that has the descriptor")
def _():
    child = site.process({"/later": postponing})
    for target in ("/later", "/w/postpone"):
        with Client() as client:
            client.send(f"GET {target} HTTP/1.1", "Host: tux")
            _, owner, number = site.told()
            pidfd = os.pidfd_open(owner)
            copy = pidfd_getfd(pidfd, number)
            os.close(pidfd)
            expect(site.is_silent(), "it went on by itself")
            same(usermodule.Handle("ioctl").raw(17, copy), 0)
            same(client.answer().body, b"event 5 error 0")
            # Because of the copy a process's connection ends; a worker's does not.
            if owner == child:
                client.expect_end()
            same(error_of(Handle("ioctl").raw, 17, copy), "ENOTCONN" if owner == child else None)
        os.close(copy)
    same(error_of(Handle("ioctl").raw, 17, 9999), "EBADF")
    same(error_of(Handle("ioctl").raw, 17, 0), "ENOTSOCK")
    with socket.socket() as stranger:
        same(error_of(Handle("ioctl").raw, 17, stranger.fileno()), "EINVAL")
    kill(child)


@test("a thread that has continued a request, and does not come to run again: the connection stays")
def _():
    child = site.process({"/thread": continued_by_thread})
    with on_processor(0, (0, *site.workers)), on_processor(1, (child,)), Client() as client:
        for _ in range(3):
            client.send("GET /thread HTTP/1.1", "Host: tux")
            spin(client, PATIENCE)
            same(client.answer().body, b"continued")
    kill(child)


def pidfd_getfd(pidfd, number):
    """A copy of another process's descriptor."""
    result = usermodule.SYSCALL(438, pidfd, number, 0)
    expect(result >= 0, "pidfd_getfd failed")
    return result


@test("a postponed request outlives its client, and says so when it is continued")
def _():
    child = site.process({"/gone": postponing})
    client = Client()
    client.send("GET /gone HTTP/1.1", "Host: tux")
    _, owner, number = site.told()
    pidfd = os.pidfd_open(owner)
    copy = pidfd_getfd(pidfd, number)
    client.abort()
    call = Handle("ioctl")
    same(call.raw(17, copy), 0)
    os.close(copy)
    os.close(pidfd)
    wait_until(lambda: not site.open_connections(), "the connection to be closed")
    kill(child)


@test("REDIRECT_REQ: without a redirector 503; with one it gets every byte, and the connection")
def _():
    with Client() as client:
        same(client.get("/w/redirect").status, 503)
    child = site.process({REDIRECT_MODULE: detach})
    for _ in range(3):
        with Client() as client:
            client.send("GET /w/redirect/%41?b HTTP/1.1", "Host: tux", "X: y")
            same(site.told()[0], "detached")
            answer = client.answer()
            same(answer.body, b"GET /w/redirect/%41?b HTTP/1.1\r\nHost: tux\r\nX: y\r\n\r\n")
            # Closing is all that the process does, and nobody else keeps the connection.
            client.socket.settimeout(5 * SCALE)
            client.expect_end()
    kill(child)


@test("SHUTDOWN waits for a request in a process, which is then told to end")
def _():
    def slow(call, req):
        tell("slow")
        time.sleep(0.3 * SCALE)
        return call.reply(req, b"done")
    site.process({"/slow": slow})
    with Client() as client:
        client.send("GET /slow HTTP/1.1", "Host: tux")
        same(site.told(), ["slow"])
        site.stop()
        same(client.head().status, 200)
        same(client.body(4), b"done")
    same(site.told(), ["exit"])


run(site)
