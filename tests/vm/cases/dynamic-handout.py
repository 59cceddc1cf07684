#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=dynamic core lifecycle
"""A module that is hostile to the descriptor it is given harms nobody but its own client.

While it does its worst another client is asked for and timed, by the same worker.
"""
import array
import contextlib
import ctypes
import errno
import mmap
import os
import select
import socket
import struct
import threading
import time

import usermodule
from tuxtest import SCALE, Client, Skip, expect, run, same, test, wait_until
from usermodule import FaultingMemory, Handle, Site, error_of, head, kill, tell

TCP_ULP, SO_PEEK_OFF = 31, 42
AF_UNSPEC = struct.pack("Hxxxxxxxxxxxxxx", 0)

# How long a client that has nothing to do with it may wait.
LIMIT = 2 * SCALE


def sock_of(req):
    """The client's connection as a socket of its own descriptor."""
    return socket.socket(fileno=os.dup(req.sock))


def unconnect(number):
    """connect(AF_UNSPEC)."""
    return usermodule.SYSCALL(42, number, AF_UNSPEC, len(AF_UNSPEC))


def options(client):
    """Options that would hamper the server."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1 << 20)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 600))
    with contextlib.suppress(OSError):
        # Not for TCP in older kernels.
        client.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, 100)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 1)


def elsewhere(number):
    """Disconnects, and connects to another server, which speaks at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        unconnect(number)
        client = socket.socket(fileno=os.dup(number))
        client.setblocking(True)
        client.connect(server.getsockname())
        server.accept()[0].send(b"GET / HTTP/1.1\r\nHost: tux\r\n\r\n")


def as_listener(number):
    """Disconnects, binds and listens; tells what listen() says."""
    unconnect(number)
    client = socket.socket(fileno=os.dup(number))
    client.bind(("127.0.0.1", 0))
    tell("listen", error_of(client.listen))


def with_urgent(client):
    """Urgent data, before the response."""
    client.send(b"!", socket.MSG_OOB)


def another_protocol(client):
    """Tries to put another protocol on it, and ours on a socket of its own."""
    found = [error_of(client.setsockopt, socket.IPPROTO_TCP, TCP_ULP, name) for name in (b"tls", b"tux")]
    with socket.create_server(("127.0.0.1", 0)) as server, \
            socket.create_connection(server.getsockname()) as own:
        found.append(error_of(own.setsockopt, socket.IPPROTO_TCP, TCP_ULP, b"tux"))
    tell("ulp", *found)


class BpfAttr(ctypes.Structure):
    """What bpf(2) takes for making a map and for an element."""
    _fields_ = [("numbers", ctypes.c_uint32 * 32)]


def into_sockmap(number):
    """Tries to put it into a sockmap; tells the error."""
    attr = BpfAttr()
    attr.numbers[:4] = [15, 4, 4, 1]
    map_fd = usermodule.SYSCALL(321, 0, ctypes.byref(attr), 72)
    if map_fd < 0:
        tell("sockmap", "none", errno.errorcode[ctypes.get_errno()])
        return
    key, value = ctypes.c_uint32(0), ctypes.c_uint32(number)
    attr = BpfAttr()
    attr.numbers[0] = map_fd
    struct.pack_into("QQQ", attr, 8, ctypes.addressof(key), ctypes.addressof(value), 0)
    result = usermodule.SYSCALL(321, 2, ctypes.byref(attr), 32)
    tell("sockmap", "made", errno.errorcode[ctypes.get_errno()] if result < 0 else None)
    os.close(map_fd)


HOSTILE = {
    "options": lambda req: options(sock_of(req)),
    "unconnect": lambda req: unconnect(req.sock),
    "elsewhere": lambda req: elsewhere(req.sock),
    "listen": lambda req: as_listener(req.sock),
    "read": lambda req: tell("read", len(os.read(req.sock, 5))),
    "shutdown": lambda req: sock_of(req).shutdown(socket.SHUT_WR),
    "shut-both": lambda req: sock_of(req).shutdown(socket.SHUT_RDWR),
    "urgent": lambda req: with_urgent(sock_of(req)),
    "ulp": lambda req: another_protocol(sock_of(req)),
    "sockmap": lambda req: into_sockmap(req.sock),
    "close": lambda req: os.close(req.sock),
    "reuse": lambda req: os.dup2(os.open("/dev/null", os.O_RDWR), req.sock),
    "keep": lambda req: os.dup(req.sock),
}


def hostile(call, req):
    """Does what the query says, then answers as if nothing had happened."""
    HOSTILE[req.query.decode()](req)
    return call.reply(req, b"answer")


def peaceful(call, req):
    """Just answers."""
    return call.reply(req, b"peace")


def locking(call, req):
    """A thread keeps the socket's lock: it writes from memory that never comes."""
    number = os.dup(req.sock)
    os.set_blocking(number, True)
    memory = FaultingMemory()
    thread = threading.Thread(target=lambda: memory.write_to(number), daemon=True)
    thread.start()
    wait_until(lambda: is_faulting(thread.native_id), "the thread to hold the lock")
    tell("locked")
    return call("FINISH_REQ", req)


def is_faulting(thread):
    """Whether a thread waits in handle_userfault()."""
    with open(f"/proc/self/task/{thread}/stack", encoding="ascii") as file:
        return "handle_userfault" in file.read()


site = Site({"/hostile": hostile, "/peace": peaceful})


def peace():
    """Another client of the same worker is served in time."""
    begin = time.monotonic()
    same(site.get("/peace").body, b"peace")
    site.write("file", b"file")
    same(site.get("/file").body, b"file")
    expect(time.monotonic() - begin < LIMIT, "another client had to wait")


def outcome(query, prefix):
    """What the hostile module's own client sees: the body, "end", "reset" or "nothing"."""
    with Client() as client:
        client.send(f"GET {prefix}/hostile?{query} HTTP/1.1", "Host: tux")
        peace()
        try:
            client.socket.settimeout(3 * SCALE)
            data = b""
            while b"answer" not in data:
                piece = client.socket.recv(1000)
                if not piece:
                    return "end"
                data += piece
            return "answer"
        except ConnectionResetError:
            return "reset"
        except socket.timeout:
            return "nothing"
        finally:
            peace()


def both(function):
    """Run a test with a worker's module and with a process's."""
    def run_both():
        for prefix in ("", "/p"):
            child = site.process({"/p/hostile": hostile, "/p/peace": peaceful}) if prefix else None
            function(prefix)
            if child:
                kill(child)
    return run_both


@test("options that would hamper the server are set right again")
@both
def _(prefix):
    same(outcome("options", prefix), "answer")
    with Client() as client:
        same(client.get(f"{prefix}/hostile?options").body, b"answer")
        if not prefix:
            same(client.get("/peace").body, b"peace")


@test("connect(AF_UNSPEC), and then bind and listen, or another connection: the client loses, nobody else")
@both
def _(prefix):
    expect(outcome("unconnect", prefix) in ("reset", "end"), "an answer after connect(AF_UNSPEC)")
    expect(outcome("elsewhere", prefix) in ("reset", "end"), "an answer on another connection")
    expect(outcome("listen", prefix) in ("reset", "end"), "an answer of a listener")
    same(site.told(), ["listen", "EINVAL"])


@test("reading and shutting down: the connection ends")
@both
def _(prefix):
    expect(outcome("read", prefix) in ("reset", "end"), "the input was read, and nobody noticed")
    same(site.told(), ["read", 5])
    same(outcome("shutdown", prefix), "end")
    same(outcome("shut-both", prefix), "end")


@test("urgent data go out with the rest")
@both
def _(prefix):
    same(outcome("urgent", prefix), "answer")


@test("no other protocol fits on the socket, ours on no other socket, and it fits into no sockmap")
@both
def _(prefix):
    same(outcome("ulp", prefix), "answer")
    same(site.told(), ["ulp", "EEXIST", "EEXIST", "EPERM"])
    same(outcome("sockmap", prefix), "answer")
    _, made, error = site.told()
    if made == "made":
        same(error, "EINVAL")


@test("closing the descriptor, or using its number for something else: the request goes on, and so do others")
@both
def _(prefix):
    for query in ("close", "reuse"):
        same(outcome(query, prefix), "answer")
        same(outcome(query, prefix), "answer")


@test("dup, SCM_RIGHTS to a third process, epoll on the copy: the worker does not mind")
def _():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)

    def giving(call, req):
        theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [req.sock]))])
        poll = select.epoll()
        poll.register(os.dup(req.sock), select.EPOLLIN | select.EPOLLET)
        return call.reply(req, b"given")
    child = site.process({"/giving": giving})
    with Client() as client:
        client.send("GET /giving HTTP/1.1", "Host: tux")
        same(client.answer().body, b"given")
        client.expect_end()
    _, rights, _, _ = ours.recvmsg(1, 64)
    copy = array.array("i", rights[0][2])[0]
    peace()
    same(error_of(Handle("ioctl").raw, 17, copy), "ENOTCONN")
    os.close(copy)
    kill(child)
    ours.close()
    theirs.close()


class Ring:
    """An io_uring of a few entries, of which only the submission side is looked at."""

    SETUP, ENTER, ENTRIES = 425, 426, 4
    RING, SQES = 0, 0x10000000

    def __init__(self):
        parameters = ctypes.create_string_buffer(120)
        self.fd = usermodule.SYSCALL(self.SETUP, self.ENTRIES, parameters)
        if self.fd < 0:
            raise Skip(f"no io_uring here: {os.strerror(ctypes.get_errno())}")
        self.offsets = struct.unpack_from("10I", parameters, 40)
        self.ring = mmap.mmap(self.fd, self.offsets[6] + 4 * self.ENTRIES, offset=self.RING)
        self.sqes = mmap.mmap(self.fd, 64 * self.ENTRIES, offset=self.SQES)
        self.count = 0

    def submit(self, opcode, fd, address=0, length=0, events=0):
        """Hand one operation in; it need not end."""
        struct.pack_into("BBHiQQII", self.sqes, 64 * self.count, opcode, 0, 0, fd, 0, address,
                         length, events)
        struct.pack_into("I", self.ring, self.offsets[6] + 4 * self.count, self.count)
        self.count += 1
        struct.pack_into("I", self.ring, self.offsets[1], self.count)
        same(usermodule.SYSCALL(self.ENTER, self.fd, 1, 0, 0, None, 0), 1, "operations taken")


@test("io_uring: it may watch and write; who reads with it has the connection, but no other")
def _():
    poll_add, send, receive = 6, 26, 27
    Ring()
    memory = ctypes.create_string_buffer(head(6) + b"around")
    place = ctypes.addressof(memory)

    def watching(call, req):
        ring = Ring()
        ring.submit(poll_add, req.sock, events=select.POLLPRI)
        call.ring = ring
        return call.reply(req, b"watched")

    def writing(call, req):
        Ring().submit(send, req.sock, place, len(memory) - 1)
        return call("FINISH_REQ", req)

    def reading(call, req):
        call.ring = Ring()
        call.ring.submit(receive, req.sock, ctypes.addressof(call.buffer), 100)
        return call.reply(req, b"read")
    Handle.buffer = ctypes.create_string_buffer(100)
    child = site.process({"/watching": watching, "/writing": writing, "/reading": reading})
    with Client() as client:
        client.send("GET /writing HTTP/1.1", "Host: tux")
        same(client.answer().body, b"around")
    peace()
    with Client() as client:
        # The ring waits for what does not come, and has the file meanwhile: it cannot be kept.
        client.send("GET /watching HTTP/1.1", "Host: tux")
        same(client.answer().body, b"watched")
        client.expect_end()
    peace()
    with Client() as client:
        client.send("GET /reading HTTP/1.1", "Host: tux", "Connection: close")
        peace()
        # TUX has forgotten it, and the ring has it until it is closed.
        site.settle()
        kill(child)
        with contextlib.suppress(ConnectionResetError):
            client.expect_end()
    peace()


@test("a thread that keeps the socket locked stalls its own connection only, and ends with its process")
def _():
    reason = FaultingMemory.unavailable()
    if reason:
        raise Skip(f"this kernel has no userfaultfd: {reason}")
    child = site.process({"/locking": locking})
    with Client() as client:
        client.send("GET /locking HTTP/1.1", "Host: tux")
        same(site.told(), ["locked"])
        for _ in range(3):
            peace()
        kill(child)
    peace()
    site.settle()


@test("rmmod while somebody has a copy: refused at once; it works when the copy is gone")
def _():
    pidfd = os.pidfd_open(site.workers[0])
    with Client() as client:
        same(client.get("/hostile?keep").body, b"answer")
        copies = []
        for number in os.listdir(f"/proc/{site.workers[0]}/fd"):
            if os.readlink(f"/proc/{site.workers[0]}/fd/{number}").startswith("socket:"):
                copies.append(usermodule.SYSCALL(438, pidfd, int(number), 0))
    os.close(pidfd)
    site.stop()
    expect(copies, "no copy")
    same(delete_module(), "EAGAIN")
    for copy in copies:
        os.close(copy)
    wait_until(lambda: delete_module() is None, "the module to go")
    site.children.clear()
    site.workers.clear()
    site.start()


def delete_module():
    """The errno of removing the module, without waiting."""
    if usermodule.SYSCALL(176, b"tux", os.O_NONBLOCK) < 0:
        return errno.errorcode[ctypes.get_errno()]
    return None


run(site)
