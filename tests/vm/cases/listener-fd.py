#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=listener core
"""Listening sockets that are handed in with LISTEN_FD, and those that have to be refused."""
import socket

from stage import (KERNEL, LISTEN_FD, LOOPBACK, PORT, Actor, ask, can_listen, configure, connect,
                   hire, refuses, run, serve, server, serves, startup, stopped, until)
from tuxtest import expect, same, test

OTHER = 8081


def hand_in(actor, port, worker=0):
    """Make a listening socket and hand it in, and close the descriptor."""
    fd = actor("listen", LOOPBACK, port, "reuseport")
    same(actor("listen-fd", fd, worker), 0, "LISTEN_FD")
    same(actor("close", fd), 0, "close")


@test("Sockets handed in before STARTUP are what the server listens on, and it makes none itself")
def _():
    configure(2)
    master = Actor("master")
    hand_in(master, OTHER, 0)
    hand_in(master, OTHER, 1)
    hand_in(master, OTHER + 1, "any")
    same(master("startup"), 0, "STARTUP")
    same(sorted(server()["listen"]), [f"{LOOPBACK}:{OTHER} worker 0",
                                      f"{LOOPBACK}:{OTHER} worker 1",
                                      f"{LOOPBACK}:{OTHER + 1} worker any"], "listeners")
    expect(can_listen(PORT), "the server has made sockets of its own")
    hire(0)
    hire(1)
    for _ in range(8):
        serves(port=OTHER)
        serves(port=OTHER + 1)
    same(master("shutdown"), 0, "SHUTDOWN")
    refuses(OTHER)


@test("A failed STARTUP leaves them where they are, for the next")
def _():
    configure(docroot="/nothing")
    master = Actor("master")
    hand_in(master, OTHER)
    same(master("startup"), "ENOENT", "STARTUP")
    expect(not can_listen(OTHER), "the socket has been closed")
    configure()
    same(master("startup"), 0, "STARTUP")
    hire(0)
    serves(port=OTHER)


@test("Connections that were made before STARTUP are served")
def _():
    configure()
    master = Actor("master")
    hand_in(master, OTHER)
    clients = [connect(port=OTHER) for _ in range(4)]
    for client in clients:
        ask(client)
    same(master("startup"), 0, "STARTUP")
    hire(0)
    for client in clients:
        same(client.answer().status, 200, "the answer")


@test("A socket handed in while the server runs is served at once, by workers that are asleep too")
def _():
    for transport in ("ioctl", "syscall"):
        master = startup(2, transport)
        hire(0, transport)
        hire(1, transport)
        hand_in(master, OTHER, 1)
        serves(port=OTHER)
        serves()
        same(master("shutdown"), 0, "SHUTDOWN")
        refuses(OTHER)


@test("When SHUTDOWN returns, the port of sockets that were handed in is free")
def _():
    configure()
    master = Actor("master")
    # So many that closing them takes longer than the master's way from the one call to the other.
    for _ in range(400):
        hand_in(master, OTHER)
    same(master("startup"), 0, "STARTUP")
    hire(0)
    master.tell("shutdown")
    master.tell("listen", LOOPBACK, OTHER)
    same(master.answer(), 0, "SHUTDOWN")
    expect(isinstance(master.answer(), int), "somebody still has the port")


@test("After SHUTDOWN the same handle takes sockets for its next STARTUP")
def _():
    master, worker = serve()
    same(master("shutdown"), 0, "SHUTDOWN")
    hand_in(master, OTHER)
    same(master("startup"), 0, "STARTUP")
    same(server()["listen"], [f"{LOOPBACK}:{OTHER} worker 0"], "listeners")


@test("Closing the handle before STARTUP closes the sockets")
def _():
    actor = Actor("actor")
    hand_in(actor, OTHER)
    expect(not can_listen(OTHER), "the socket has been closed")
    actor("close", actor.handle)
    until(lambda: can_listen(OTHER), 1, "the port is free")


@test("A worker's handle takes none, nor does the system call without a handle, nor a server that "
      "is shutting down")
def _():
    master = startup()
    worker = hire(0, begin=False)
    fd = worker("listen", LOOPBACK, OTHER)
    same(worker("listen-fd", fd, 0), "EINVAL", "by a worker")
    stranger = Actor("stranger", "syscall")
    fd = stranger("listen", LOOPBACK, OTHER + 1)
    same(stranger("listen-fd", fd, 0), "EINVAL", "by system call without a handle")
    master.tell("@one", "shutdown")
    master.waits_in_kernel()
    same(master("listen-fd", 0, 0), "EBUSY", "while another thread is at the handle")
    master.signal(10)
    # Whichever thread got the signal, the other one's call goes on.
    worker.kill()
    expect(master.answer("one") in (0, "EINTR"), "SHUTDOWN")
    stopped()


@test("What is no listening TCP socket is refused: no descriptor, no socket, UDP, unix, raw, "
      "netlink")
def _():
    actor = Actor("actor")
    for fd in (-1, 9999, 0x7fffffff):
        same(actor("listen-fd", fd, 0), "EBADF", f"descriptor {fd}")
    same(actor("listen-fd", actor("socket", "path"), 0), "EBADF", "an O_PATH descriptor")
    same(actor("listen-fd", actor("socket", "file"), 0), "ENOTSOCK", "a file")
    same(actor("listen-fd", actor.handle, 0), "ENOTSOCK", "a handle")
    for kind in ("udp", "raw", "unix", "netlink"):
        same(actor("listen-fd", actor("socket", kind), 0), "EINVAL", kind)
    fd = actor("socket", "unix")
    same(actor("bind-unix", fd, "tux-test"), 0, "bind")
    same(actor("listen-on", fd), 0, "listen")
    same(actor("listen-fd", fd, 0), "EINVAL", "a listening unix socket")


@test("A TCP socket that does not listen, or not any more, is refused")
def _():
    actor = Actor("actor")
    same(actor("listen-fd", actor("socket", "tcp"), 0), "EINVAL", "a socket that does nothing")
    listener = actor("listen", LOOPBACK, OTHER)
    same(actor("listen-fd", actor("connect", LOOPBACK, OTHER), 0), "EINVAL", "a connected socket")
    same(actor("listen-fd", actor("accept", listener), 0), "EINVAL", "an accepted socket")
    same(actor("syscall", 48, listener, 2), 0, "shutdown")
    same(actor("listen-fd", listener, 0), "EINVAL", "a listener that was shut down")


@test("A listener that another subsystem has taken is refused with EBUSY; MPTCP with EINVAL")
def _():
    actor = Actor("actor")
    fd = actor("listen", LOOPBACK, OTHER)
    same(actor("sockmap", fd), 0, "sockmap")
    same(actor("listen-fd", fd, 0), "EBUSY", "a listener in a sockmap")
    fd = actor("socket", "mptcp")
    if KERNEL == "debug":
        same(fd, "EPROTONOSUPPORT", "MPTCP, which the debug kernel does not have")
        return
    same(actor("listen-on", fd), 0, "listen")
    same(actor("listen-fd", fd, 0), "EINVAL", "a listening MPTCP socket")


@test("A connection with the TLS ULP is refused, and a listener cannot have it")
def _():
    actor = Actor("actor")
    listener = actor("listen", LOOPBACK, OTHER)
    same(actor("tls", listener), "ENOTCONN", "TLS on a listener")
    fd = actor("connect", LOOPBACK, OTHER)
    same(actor("tls", fd), 0, "TLS on a connection")
    same(actor("listen-fd", fd, 0), "EINVAL", "a connection with TLS")


@test("A listener of another network namespace is refused with EXDEV")
def _():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        elsewhere = Actor("elsewhere", handle=False, passed=(ours.fileno(),))
        same(elsewhere("unshare-net"), 0, "unshare")
        same(elsewhere("up", "lo"), 0, "lo up")
        elsewhere("give", ours.fileno(), elsewhere("listen", LOOPBACK, OTHER))
        actor = Actor("actor", passed=(theirs.fileno(),))
        fd = actor("take", theirs.fileno())
        actor("use", actor.handle)
        same(actor("listen-fd", fd, 0), "EXDEV", "LISTEN_FD")


@test("LISTEN_FD with flags, wrong sizes, something behind the structure, or bad pointers")
def _():
    for transport in ("ioctl", "syscall"):
        master = startup(transport=transport)
        fd = master("listen", LOOPBACK, OTHER)
        for size in (0, 1, 15, 4097, 5000, 0xffffffff):
            same(master("listen-fd", fd, 0, size), "EINVAL", f"size {size}")
        for flags in (1, 2, 0x80000000):
            same(master("listen-fd", fd, 0, 16, flags), "EINVAL", f"flags {flags}")
        same(master("listen-fd", fd, 0, 24, 0, 1), "EINVAL",
             "a larger structure with something in it")
        for pointer in ("null", "unmapped", "unreadable", "kernel", "noncanonical", "edge"):
            same(master("call", LISTEN_FD, pointer), "EINVAL" if pointer == "edge" else "EFAULT",
                 pointer)
        same(len(server()["listen"]), 1, "listeners")
        same(master("listen-fd", fd, 0, 24, 0, 0), 0, "a larger structure with nothing in it")
        same(master("listen-fd-edge", fd), "EFAULT", "a structure that ends in unmapped memory")
        same(len(server()["listen"]), 2, "listeners")
        same(master("shutdown"), 0, "SHUTDOWN")
        same(master("close", fd), 0, "close")


@test("A handle takes so many sockets and no more: ENOSPC")
def _():
    actor = Actor("actor")
    fd = actor("listen", LOOPBACK, OTHER)
    for _ in range(1024):
        actor.tell("listen-fd", fd, 0)
    for _ in range(1024):
        same(actor.answer(), 0, "LISTEN_FD")
    same(actor("listen-fd", fd, 0), "ENOSPC", "one more")


run()
