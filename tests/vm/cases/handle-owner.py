#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=handle lifecycle
"""Whose a handle is, and what ends it: see "The handle" in <linux/tux.h>."""
import os
import signal
import socket

from stage import (VERSION, Actor, can_listen, connect, ends, gone, hire, in_loop, refuses, run,
                   serve, server, serves, startup, state_of, stopped, until, within)
from tuxtest import expect, same, test


def handle_of(actor):
    """The descriptor that the system call has made."""
    folder = f"/proc/{actor.pid}/fd"
    found = [int(name) for name in os.listdir(folder)
             if "tux" in os.readlink(os.path.join(folder, name))]
    same(len(found), 1, f"handles of {actor.name}")
    return found[0]


def pair():
    """Two ends of a socket, for passing descriptors."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)


def killed_with_sleeping_child(transport):
    master, worker = serve(transport=transport)
    master("close", handle_of(master))
    client = connect()
    serves(client)
    worker.rest()
    worker("fork")
    worker.go_on()
    with within(1, "the end of connections and listeners"):
        worker.kill()
        ends(client)
        stopped()
    expect(can_listen(), "the port is not free")


@test("A worker forks a sleeping child, then SIGKILL of the worker: its connections are closed and "
      "the port is free within 1 s")
def _():
    killed_with_sleeping_child("ioctl")


@test("The same with a handle that the system call made")
def _():
    killed_with_sleeping_child("syscall")


@test("What a forked child does with its copy of the handle is nothing to the worker")
def _():
    master, worker = serve()
    worker.rest()
    same(worker("child", "close", worker.handle), 0, "close in the child")
    same(worker("child", "version"), VERSION, "QUERY_VERSION in the child")
    same(worker("child", "loop"), "EPERM", "EVENTLOOP in the child")
    same(worker("child", "stop"), "EPERM", "STOPTHREAD in the child")
    worker.go_on()
    serves()


@test("A handle passed over SCM_RIGHTS and closed by the sender: the worker ends, the receiver has "
      "nothing")
def _():
    ours, theirs = pair()
    with ours, theirs:
        startup()
        worker = hire(0, passed=(ours.fileno(),))
        receiver = Actor("receiver", handle=False, passed=(theirs.fileno(),))
        client = connect()
        serves(client)
        worker.rest()
        same(worker("give", ours.fileno(), worker.handle), 1, "sendmsg")
        receiver("take", theirs.fileno())
        for word in ("loop", "stop", "startup", "shutdown", "join 1"):
            same(receiver(*word.split()), "EPERM", f"{word} by the receiver")
        expect(state_of(worker), "the worker is gone before it is closed")
        worker("close", worker.handle)
        gone(worker)
        ends(client)
        same(receiver("loop"), "EPERM", "EVENTLOOP by the receiver")


@test("A handle closed while it is on its way over SCM_RIGHTS: the worker ends, and the receiver "
      "has nothing")
def _():
    ours, theirs = pair()
    with ours, theirs:
        startup()
        worker = hire(0, passed=(ours.fileno(),))
        worker.rest()
        worker("give", ours.fileno(), worker.handle)
        worker("close", worker.handle)
        gone(worker)
        receiver = Actor("receiver", handle=False, passed=(theirs.fileno(),))
        receiver("take", theirs.fileno())
        same(receiver("loop"), "EPERM", "EVENTLOOP by the receiver")


@test("A handle without a role belongs to whoever gives it one, not to whoever opened it")
def _():
    ours, theirs = pair()
    with ours, theirs:
        startup()
        opener = Actor("opener", passed=(ours.fileno(),))
        opener("give", ours.fileno(), opener.handle)
        worker = Actor("worker", handle=False, passed=(theirs.fileno(),))
        worker("take", theirs.fileno())
        same(worker("join", 0), 0, "STARTTHREAD by the receiver")
        same(opener("loop"), "EPERM", "EVENTLOOP by the opener")
        opener("close", opener.handle)
        worker.number = 0
        worker.go_on()
        serves()


@test("Closing a duplicate in the owner ends the worker")
def _():
    master, worker = serve()
    worker.rest()
    copy = worker("dup", worker.handle)
    expect(state_of(worker), "dup has ended the worker")
    same(worker("close", copy), 0, "close")
    gone(worker)
    same(worker("loop"), "EBADF", "EVENTLOOP on the other descriptor")


@test("close_range over the handle ends the worker")
def _():
    master, worker = serve()
    client = connect()
    serves(client)
    worker.rest()
    same(worker("close-range", worker.handle, worker.handle + 5), 0, "close_range")
    gone(worker)
    ends(client)


@test("dup2 over the handle ends the worker")
def _():
    master, worker = serve()
    worker.rest()
    worker("dup2", 0, worker.handle)
    gone(worker)


@test("A worker that exits, crashes or is killed by a signal of its own ends")
def _():
    for number in (None, signal.SIGSEGV, signal.SIGQUIT):
        master, worker = serve()
        client = connect()
        serves(client)
        worker.rest()
        if number:
            worker.signal(number)
        else:
            worker.tell("exit", 0)
        worker.wait()
        gone(worker)
        ends(client)
        same(master("shutdown"), 0, "SHUTDOWN")


@test("STARTTHREAD on one thread and EVENTLOOP on another")
def _():
    startup()
    worker = Actor("worker")
    same(worker("@one", "join", 0), 0, "STARTTHREAD")
    worker.tell("@two", "serve")
    worker.number = 0
    in_loop(worker)
    serves()
    worker.rest("two")
    same(worker("@one", "stop"), 0, "STOPTHREAD")


@test("Two threads in one handle at once: the second gets EBUSY, and the first goes on")
def _():
    master, worker = serve()
    worker.rest()
    worker.tell("@one", "serve")
    in_loop(worker)
    for words in ("loop", "stop", "join 1", "startup", "shutdown"):
        same(worker("@two", *words.split()), "EBUSY", words)
    same(worker("@two", "version"), VERSION, "QUERY_VERSION, which needs nobody's leave")
    serves()


@test("A thread that closes the handle ends another one's EVENTLOOP with EBADF")
def _():
    master, worker = serve()
    worker.rest()
    client = connect()
    worker.tell("@one", "serve")
    in_loop(worker)
    serves(client)
    same(worker("close", worker.handle), 0, "close")
    same(worker.answer("one"), "EBADF", "EVENTLOOP")
    gone(worker)
    ends(client)


@test("The thread that made the worker ends by pthread_exit: the worker goes on")
def _():
    startup()
    worker = Actor("worker")
    same(worker("@one", "join", 0), 0, "STARTTHREAD")
    worker.tell("@one", "thread-exit")
    until(lambda: worker.status_of("Threads") == "1", 5, "the thread's end")
    worker.number = 0
    worker.go_on()
    serves()


@test("The main thread ends by pthread_exit: a worker in another thread goes on, and SIGKILL ends "
      "it")
def _():
    master, worker = serve()
    worker.rest()
    worker.tell("@one", "serve")
    same(worker("leave-main"), 0, "pthread_exit of the main thread")
    until(lambda: "Z" in worker.status_of("State"), 5, "the main thread's end")
    in_loop(worker)
    client = connect()
    serves(client)
    # Longer than the interval in which dead owners are looked for.
    until(lambda: int(server()["uptime_seconds"]) >= 3, 10, "three seconds")
    serves(client)
    worker.kill()
    ends(client)
    gone(worker)


@test("exec with O_CLOEXEC ends the worker; the new program has no handle")
def _():
    for threads in ("main", "one"):
        master, worker = serve()
        client = connect()
        serves(client)
        worker.rest()
        if threads == "one":
            worker.tell("@one", "serve")
            in_loop(worker)
        same(worker("exec"), 0, "exec")
        gone(worker)
        ends(client)
        same(worker("loop"), "EBADF", "EVENTLOOP in the new program")
        same(master("shutdown"), 0, "SHUTDOWN")


@test("exec with a handle that is not close-on-exec: the new program is the worker, connections "
      "and all")
def _():
    master, worker = serve()
    client = connect()
    serves(client)
    worker.rest()
    same(worker("keep", worker.handle), 0, "fcntl")
    same(worker("exec"), 0, "exec")
    expect(state_of(worker), "the worker is gone")
    worker.go_on()
    serves(client)
    serves()


@test("exec by a thread that is not the main one")
def _():
    master, worker = serve()
    worker.rest()
    worker("keep", worker.handle)
    worker.tell("@one", "exec")
    same(worker.answer(), 0, "exec")
    expect(state_of(worker), "the worker is gone")
    worker.go_on()
    serves()
    worker.kill()
    gone(worker)


@test("A child made by clone(CLONE_FILES) outlives its SIGKILLed parent: the worker ends all the "
      "same")
def _():
    master, worker = serve()
    master("close", master.handle)
    client = connect()
    serves(client)
    worker.rest()
    worker("clone-files")
    worker.go_on()
    worker.kill()
    ends(client, 4)
    stopped(4)
    expect(can_listen(), "the port is not free")


@test("A child made by clone(CLONE_FILES) that ends before its parent changes nothing")
def _():
    master, worker = serve()
    worker.rest()
    os.kill(worker("clone-files"), signal.SIGKILL)
    worker.go_on()
    serves()


@test("Closing the STARTUP handle: the server lives as long as a worker does")
def _():
    master, one, two = serve(2)
    master("close", master.handle)
    one.kill()
    gone(one)
    same(server()["state"], "running", "the server's state")
    same(server()["owner"], "0", "its owner")
    serves()
    two.kill()
    stopped()
    refuses()


@test("Workers that end: the server lives as long as the STARTUP handle does, and takes new ones")
def _():
    master, worker = serve()
    worker.kill()
    gone(worker)
    same(server()["state"], "running", "the server's state")
    client = connect()
    hire(0)
    serves(client)
    master.kill()
    serves()


run()
