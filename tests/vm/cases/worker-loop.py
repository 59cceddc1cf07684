#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=worker core
"""Workers: in and out of their loop, stopped, frozen, traced, interrupted."""
import contextlib
import os
import signal

from stage import (Actor, Load, ask, away, connect, ends, gone, hire, in_loop, run, serve,
                   server, serves, startup, state_of, until)
from tuxtest import SCALE, Server, expect, same, test

# Connections in the hope that each of two workers gets some; all of them go to one worker once in
# 32,000 times.
SOME = 16


def connections_of(worker):
    """How many connections a worker has."""
    return int(state_of(worker)["connections"])


def shared(one, two):
    """Connections of which each worker has at least one."""
    clients = [connect() for _ in range(SOME)]
    for client in clients:
        serves(client)
    expect(connections_of(one) and connections_of(two), "one worker has all connections")
    return clients


def others_serve(absent, present):
    """New connections are served, all of them by the worker that is there."""
    before = connections_of(absent)
    clients = [connect() for _ in range(SOME)]
    for client in clients:
        serves(client)
    same(connections_of(absent), before, "connections of the absent worker")
    expect(connections_of(present) >= SOME, "the other worker has not got them")


@contextlib.contextmanager
def control_group(name):
    """A control group of this case's own, removed afterwards."""
    with open("/proc/self/cgroup", encoding="ascii") as file:
        path = "/sys/fs/cgroup" + file.read().strip().split(":")[2] + "/" + name
    os.mkdir(path)
    try:
        yield path
    finally:
        with open(path + "/cgroup.kill", "w", encoding="ascii") as file:
            file.write("1")
        until(lambda: "populated 0" in read(path + "/cgroup.events"), 5, "the group is empty")
        os.rmdir(path)


def read(path):
    """A small file."""
    with open(path, encoding="ascii") as file:
        return file.read()


def write(path, text):
    """A small file."""
    with open(path, "w", encoding="ascii") as file:
        file.write(str(text))


@test("A worker that sits outside the loop: the others accept its share of new connections")
def _():
    master, one, two = serve(2)
    clients = shared(one, two)
    one.rest()
    others_serve(one, two)
    one.go_on()
    for client in clients:
        serves(client)


@test("Requests to a worker outside the loop are answered when it comes back")
def _():
    master, worker = serve()
    client = connect()
    serves(client)
    worker.rest()
    waiting = connect()
    ask(client)
    ask(waiting)
    same(worker("signals") > 0, True, "it is in user space")
    worker.go_on()
    same(client.answer().status, 200, "the answer on the old connection")
    same(waiting.answer().status, 200, "the answer on the new connection")


@test("A connection that came while nobody was in the loop is accepted by the first who enters, "
      "whoever's it is")
def _():
    startup(2)
    clients = [connect() for _ in range(SOME)]
    for client in clients:
        ask(client)
    hire(1)
    for client in clients:
        same(client.answer().status, 200, "the answer")


@test("A worker that dies with connections in its accept queue: another takes them")
def _():
    master, one, two = serve(2)
    two.rest()
    one.signal(signal.SIGSTOP)
    away(one)
    clients = [connect() for _ in range(SOME)]
    for client in clients:
        ask(client)
    one.kill()
    two.go_on()
    for client in clients:
        same(client.answer().status, 200, "the answer")


@test("A worker that gets SIGSTOP: the others accept its share; with SIGCONT it goes on")
def _():
    master, one, two = serve(2)
    clients = shared(one, two)
    one.signal(signal.SIGSTOP)
    away(one)
    others_serve(one, two)
    for client in clients:
        ask(client)
    one.signal(signal.SIGCONT)
    in_loop(one)
    for client in clients:
        same(client.answer().status, 200, "the answer")


@test("A worker that is full leaves new connections to the others, and accepts again when it has "
      "room")
def _():
    before = Server.value("max_connect")
    Server.set("max_connect", 8)
    try:
        master, one, two = serve(2)
        # Half-sent requests: such connections are not closed in favour of new ones.
        clients = [connect() for _ in range(16)]
        for client in clients:
            client.raw(b"GET / HTTP/1.1\r\n")
        until(lambda: connections_of(one) == 8 and connections_of(two) == 8, 5, "both workers full")
        late = connect()
        ask(late)
        late.expect_silence()
        clients[0].raw(b"Host: tux\r\nConnection: close\r\n\r\n")
        same(clients[0].answer().status, 200, "the answer to a request that is finished")
        same(late.answer().status, 200, "the answer to the one that waited for room")
    finally:
        Server.set("max_connect", before)


@test("setns by the worker: it goes on serving the network namespace of its handle")
def _():
    startup()
    elsewhere = Actor("elsewhere", handle=False)
    same(elsewhere("unshare-net"), 0, "unshare")
    worker = Actor("worker")
    same(worker("setns", f"/proc/{elsewhere.pid}/ns/net"), 0, "setns before STARTTHREAD")
    same(worker("join", 0), 0, "STARTTHREAD")
    worker.tell("serve")
    until(lambda: server()["workers"].get(0, {}).get("state") == "loop", 5,
          "the worker in its loop")
    same(server(worker.pid)["state"], "stopped", "the state of the other namespace")
    serves()


@test("setns by a worker that serves: its connections and new ones go on")
def _():
    master, worker = serve()
    client = connect()
    serves(client)
    elsewhere = Actor("elsewhere", handle=False)
    elsewhere("unshare-net")
    worker.rest()
    same(worker("setns", f"/proc/{elsewhere.pid}/ns/net"), 0, "setns")
    worker.tell("serve")
    until(lambda: server()["workers"][0]["state"] == "loop", 5, "the worker in its loop")
    serves(client)
    serves()


@test("The control group's freezer: the worker is frozen at once, others serve, and it survives")
def _():
    with control_group("frozen") as group:
        master, one, two = serve(2)
        clients = shared(one, two)
        write(group + "/cgroup.procs", one.pid)
        for _ in range(3):
            write(group + "/cgroup.freeze", 1)
            until(lambda: "frozen 1" in read(group + "/cgroup.events"), 2, "the worker frozen")
            others_serve(one, two)
            ask(clients[0])
            write(group + "/cgroup.freeze", 0)
            in_loop(one)
            same(clients[0].answer().status, 200, "the answer")
        write(group + "/cgroup.freeze", 1)
        until(lambda: "frozen 1" in read(group + "/cgroup.events"), 2, "the worker frozen")
        one.kill()
        gone(one)
        same(master("shutdown"), 0, "SHUTDOWN")


@test("A debugger attaches to a worker and detaches: others serve meanwhile, and it goes on")
def _():
    master, one, two = serve(2)
    clients = shared(one, two)
    debugger = Actor("debugger", handle=False)
    for _ in range(3):
        same(debugger("attach", one.pid), signal.SIGSTOP, "the stop")
        others_serve(one, two)
        same(debugger("detach", one.pid), 0, "detach")
        in_loop(one)
    for client in clients:
        serves(client)


@test("A worker is traced as strace does it, under load: every request is answered")
def _():
    master, worker = serve()
    clients = Load(8)
    tracer = Actor("tracer", handle=False)
    clients.wait_for(5)
    same(tracer("trace", worker.pid, 40), 0, "ptrace")
    clients.wait_for(5)
    clients.finish_well()
    in_loop(worker)
    serves()


@test("SIGKILL of a worker that a debugger holds")
def _():
    master, worker = serve()
    client = connect()
    serves(client)
    debugger = Actor("debugger", handle=False)
    debugger("attach", worker.pid)
    worker.signal(signal.SIGKILL)
    gone(worker)
    ends(client)


@test("A signal under full load: each EVENTLOOP returns TUX_RETURN_SIGNAL in bounded time")
def _():
    _, worker = serve()
    worker.rest()
    # So many requests at a time that the worker always finds some: it is never about to sleep.
    clients = Load(8, pipelined=200)
    longest = worker("answer-alarms", 10, 50, seconds=30)
    expect(isinstance(longest, int) and longest < 250 * SCALE,
           f"longest time from a signal to the return: {longest} ms")
    worker.go_on()
    clients.finish_well()


@test("A storm of SIGALRM under full load: every request is answered")
def _():
    master, worker = serve()
    worker.rest()
    clients = Load(16)
    same(worker("alarm", 2000), 0, "setitimer")
    worker.tell("serve")
    clients.wait_for(300)
    clients.finish_well()
    worker.rest()
    expect(worker("signals") > 20, "there was no storm")


@test("A storm of signals while large files are sent: every byte arrives")
def _():
    master, worker = serve()
    worker.rest()
    clients = Load(4, "/large", 4 << 20)
    worker("alarm", 2000)
    worker.tell("serve")
    clients.wait_for(12)
    clients.finish_well(30)


run()
