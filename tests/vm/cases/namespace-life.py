#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=namespace core
"""Network namespaces: their end, several servers, and those of unprivileged users."""
import os

from elsewhere import THEIRS, server_elsewhere, set_values
from stage import (DEVICE, LOOPBACK, PORT, VERSION, Actor, ask, connect, ends, load, run, serve,
                   server, serves, until, unload, unloads, within)
from tuxtest import expect, same, test

NOBODY = 65534


def exists(interface):
    """Whether there is such a network interface."""
    return os.path.isdir("/sys/class/net/" + interface)


def allow_user_namespaces(value):
    """Set the module parameter userns."""
    with open("/sys/module/tux/parameters/userns", "w", encoding="ascii") as file:
        file.write(str(value))


@test("Two servers in two network namespaces, with the same port, know nothing of each other")
def _():
    master, worker = server_elsewhere()
    same(server()["state"], "stopped", "the state here")
    same(master("get", LOOPBACK, PORT, "/"), 200, "the answer there")
    here, its_worker = serve()
    serves()
    same(here("shutdown"), 0, "SHUTDOWN here")
    same(server(master.pid)["state"], "running", "the state there")
    same(master("get", LOOPBACK, PORT, "/nothing"), 404, "the answer there")
    same(master("shutdown"), 0, "SHUTDOWN there")


@test("rmmod beside another namespace's busy server is refused, and the server does not notice")
def _():
    for transport in ("ioctl", "syscall"):
        master, worker = server_elsewhere(transport)
        here, its_worker = serve()
        for actor in (here, its_worker):
            actor.kill()
        with within(0.5, "the refusal"):
            same(unload(), "EAGAIN", "rmmod")
        same(master("get", LOOPBACK, PORT, "/"), 200, "the answer")
        for actor in (master, worker):
            actor.kill()
        unloads()
        load()


@test("SIGKILL of all processes, with live connections across veth: the network namespace is gone "
      "within 2 s")
def _():
    for transport in ("ioctl", "syscall"):
        master, worker = server_elsewhere(transport, THEIRS, veth="tuxveth")
        clients = [connect(host=THEIRS, receive_buffer=4096) for _ in range(16)]
        for number, client in enumerate(clients):
            if number % 4 == 0:
                ask(client, "/large")
                client.head()
            elif number % 4 == 1:
                client.raw(b"GET / HT")
            elif number % 4 == 2:
                serves(client)
        with within(2, "the namespace's end"):
            for actor in (master, worker):
                actor.kill()
            # When they are told of the end, clients close.  Linux may keep a whole socket, and with
            # it the namespace, for who does not: if the FIN is acknowledged while the socket is
            # still being closed (tcp_rcv_state_process()).
            for client in clients:
                ends(client)
                client.socket.close()
            until(lambda: not exists("tuxveth"), 2, "the interface gone")
        unloads()
        load()


@test("The last process of a namespace is a worker that holds only its handle; the namespace ends "
      "with it")
def _():
    master, worker = server_elsewhere(listen=THEIRS, veth="tuxveth")
    worker.rest()
    same(worker("setns", f"/proc/{os.getpid()}/ns/net"), 0, "setns to the first namespace")
    master.kill()
    expect(exists("tuxveth"), "the namespace went although a handle holds it")
    worker.tell("serve")
    serves(host=THEIRS)
    with within(2, "the namespace's end"):
        worker.kill()
        until(lambda: not exists("tuxveth"), 2, "the interface gone")


@test("unshare -Urn as nobody: /dev/tux cannot be opened; with the device open to all, STARTUP is "
      "EPERM")
def _():
    nobody = Actor("nobody", handle=False)
    same(nobody("become", NOBODY, NOBODY), 0, "setuid")
    same(nobody("unshare-user"), 0, "unshare")
    same(nobody("open"), "EACCES", "open")
    os.chmod(DEVICE, 0o666)
    expect(isinstance(nobody("open"), int), "open")
    same(nobody("version"), VERSION, "QUERY_VERSION")
    for words in ("startup", "shutdown", "join 0", "type x a/b", "listen-fd 0 any"):
        same(nobody(*words.split()), "EPERM", words)
    os.chmod(DEVICE, 0o660)


@test("unshare -Urn as nobody: the system call is ENOSYS, with a bad pointer too")
def _():
    nobody = Actor("nobody", "syscall")
    same(nobody("become", NOBODY, NOBODY), 0, "setuid")
    same(nobody("unshare-user"), 0, "unshare")
    for userns in (0, 1):
        allow_user_namespaces(userns)
        for action in (1, 2, 3, 5, 6, 23, 24, 64):
            for pointer in ("null", "zeros", "kernel"):
                same(nobody("call", action, pointer), "ENOSYS",
                     f"action {action}, {pointer}, userns={userns}")
    allow_user_namespaces(0)


@test("userns=1: the administrator of such a namespace runs a server there, and only there")
def _():
    os.chmod(DEVICE, 0o666)
    allow_user_namespaces(1)
    master = Actor("master'", handle=False)
    same(master("become", NOBODY, NOBODY), 0, "setuid")
    before = master("open")
    same(master("startup"), "EPERM", "STARTUP before unshare")
    same(master("unshare-user"), 0, "unshare")
    same(master("startup"), "EPERM", "STARTUP with the handle of the first namespace")
    master("close", before)
    same(master("up", "lo"), 0, "lo up")
    master("open")
    set_values(master)
    same(master("startup"), 0, "STARTUP")
    same(master("join", 0), 0, "STARTTHREAD")
    master.number = 0
    master.tell("@one", "serve")
    until(lambda: server(master.pid)["workers"][0]["state"] == "loop", 5, "the worker in its loop")
    same(master("get", LOOPBACK, PORT, "/"), 200, "the answer")
    same(server()["state"], "stopped", "the state of the first namespace")
    allow_user_namespaces(0)
    same(master("get", LOOPBACK, PORT, "/"), 200, "the answer after userns=0")
    master.kill()
    os.chmod(DEVICE, 0o660)
    unloads()
    load()


run()
