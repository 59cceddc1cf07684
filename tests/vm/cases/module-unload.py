#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=module lifecycle
"""Unloading: refused at once while anything lives, clean afterwards."""
import os
import socket

from stage import (Actor, Load, ask, connect, ends, hire, load, run, serve, serves, startup, unload,
                   unloads, within)
from tuxtest import expect, same, test


def busy(why):
    """rmmod must be refused, and at once."""
    with within(0.5, "the refusal"):
        same(unload(), "EAGAIN", f"rmmod with {why}")


@test("Nothing lives: the module unloads, and what it made is gone; it can be loaded again")
def _():
    for _ in range(5):
        same(unload(), "done", "rmmod")
        for path in ("/dev/tux", "/proc/net/tux", "/proc/sys/net/tux", "/sys/class/misc/tux"):
            expect(not os.path.exists(path), f"{path} is still there")
        load()


@test("An open handle, whatever it has done")
def _():
    actor = Actor("actor")
    busy("a handle")
    copy = actor("dup", actor.handle)
    actor("close", actor.handle)
    busy("a duplicate of a handle")
    actor("close", copy)
    unloads()
    load()


@test("A handle on its way over SCM_RIGHTS")
def _():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    actor = Actor("actor", passed=(ours.fileno(),))
    actor("give", ours.fileno(), actor.handle)
    actor.kill()
    ours.close()
    busy("a handle in a message")
    theirs.close()
    unloads()
    load()


@test("A server without workers, a worker in its loop, one outside, a connection")
def _():
    for transport in ("ioctl", "syscall"):
        master = startup(transport=transport)
        busy("a server")
        worker = hire(0, transport)
        busy("a worker")
        client = connect()
        serves(client)
        busy("a connection")
        worker.rest()
        busy("a worker in user space")
        worker.kill()
        busy("the server without its worker")
        master.kill()
        unloads()
        ends(client)
        load()


@test("A listener that was handed in and is kept for STARTUP")
def _():
    actor = Actor("actor")
    same(actor("listen-fd", actor("listen", "127.0.0.1", 8081), 0), 0, "LISTEN_FD")
    busy("a listener")
    actor("close", actor.handle)
    unloads()
    load()


@test("After SHUTDOWN, while the handles are open; clean when they are closed, with clients that "
      "still hold on")
def _():
    master, worker = serve()
    clients = [connect() for _ in range(8)]
    for client in clients:
        serves(client)
    half = connect(receive_buffer=4096)
    ask(half, "/large")
    half.head()
    worker.rest()
    same(worker("stop"), 0, "STOPTHREAD")
    same(master("shutdown"), 0, "SHUTDOWN")
    busy("handles that have no role any more")
    master.kill()
    worker.kill()
    same(unload(), "done", "rmmod")
    for client in clients:
        ends(client)
    load()


@test("SIGKILL of all workers with 200 connections in every state, then rmmod")
def _():
    master, one, two = serve(2)
    clients = [connect(receive_buffer=4096) for _ in range(200)]
    for number, client in enumerate(clients):
        if number % 4 == 0:
            ask(client, "/large")
        elif number % 4 == 1:
            client.raw(b"GET / HT")
        elif number % 4 == 2:
            serves(client)
    for actor in (master, one, two):
        actor.kill()
    with within(2, "rmmod"):
        unloads()
    for client in clients:
        ends(client)
    load()


@test("Shutdown and rmmod under connect load")
def _():
    for _ in range(2):
        master, one, two = serve(2)
        clients = Load(16, close=True)
        clients.wait_for(50)
        same(master("shutdown"), 0, "SHUTDOWN")
        for actor in (master, one, two):
            actor.kill()
        unloads()
        clients.finish()
        load()


@test("SIGKILL of everybody and rmmod under connect load")
def _():
    for _ in range(2):
        actors = serve(2)
        clients = Load(16, close=True)
        clients.wait_for(50)
        for actor in actors:
            actor.kill()
        unloads()
        clients.finish()
        load()


run()
