#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=dynamic core lifecycle
"""BATCH: many requests in hand, many answers in one call, in a worker and in a process of its own."""
import ctypes
import errno
import os
import struct

import usermodule
from tuxtest import Client, expect, run, same, test, wait_until
from usermodule import ACTION, EXIT, SIZE, Handle, Request, Site, error_of, head, kill, response, tell

ENTRY = 8 + SIZE
CAPACITY = 32
HELD = 24

# The module waits in here, outside of BATCH, until a test has seen what it wanted to see.
go_on = os.pipe()


class Batch:
    """Entries, indices and the call."""

    def __init__(self, call, capacity=CAPACITY):
        self.call = call
        self.capacity = capacity
        self.entries = ctypes.create_string_buffer(ENTRY * capacity)
        self.indices = (ctypes.c_uint32 * capacity)()
        self.submitted = self.delivered = 0

    def request(self, index):
        """The request of an entry."""
        req = Request()
        object.__setattr__(req, "memory", (ctypes.c_char * SIZE).from_buffer(
            self.entries, index * ENTRY + 8))
        return req

    def order(self, index, action):
        """What is to be done with an entry."""
        struct.pack_into("I", self.entries, index * ENTRY, ACTION.get(action, action))

    def result(self, index):
        """What came of it: a number, or the name of an errno."""
        value = struct.unpack_from("i", self.entries, index * ENTRY + 4)[0]
        return errno.errorcode[-value] if value < 0 else value

    def reply(self, index, body, kept):
        """Order a whole answer; what it needs is put into kept until it is given."""
        req = self.request(index)
        data = response(body)
        req.http_status = 200
        kept.append(req.point_to(data))
        self.order(index, "REPLY")

    def __call__(self, *indices, **other):
        """BATCH; returns its result and the indices that were delivered."""
        for i, index in enumerate(indices):
            self.indices[i] = index
        fields = {"size": 40, "flags": 0, "entries": ctypes.addressof(self.entries),
                  "indices": ctypes.addressof(self.indices), "capacity": self.capacity,
                  "submitted": len(indices), "delivered": 0, "reserved": 0, **other}
        memory = ctypes.create_string_buffer(struct.pack("IIQQIIII", *fields.values()), 40)
        number = ACTION["BATCH"]
        try:
            result = self.call.raw(number, ctypes.addressof(memory),
                                   3 << 30 | 40 << 16 | 0xBB << 8 | number)
        finally:
            self.submitted, self.delivered = struct.unpack_from("II", memory, 28)
        return result, list(self.indices[:self.delivered])


def do_later(batch, index, held, kept):
    """Keep a request until there are as many as it says, then answer all of them."""
    held.append(index)
    if len(held) < int(batch.request(index).query):
        return []
    for number, one in enumerate(held):
        batch.reply(one, b"%d of %d" % (number, len(held)), kept)
    due = held[:]
    held.clear()
    return due


def do_file(batch, index, kept):
    """GET_OBJECT, a head of our own, SEND_OBJECT, the end."""
    req = batch.request(index)
    actions = ["GET_OBJECT", "SEND_BUFFER", "SEND_OBJECT", "FINISH_REQ"]
    if req.event == 0:
        req.objectname = "file"
    if req.event == 1:
        kept.append(req.point_to(head(req.objectlen)))
    batch.order(index, actions[req.event])
    req.event += 1


def do_head(batch, index, kept):
    """READ_HEADERS leaves the request in its entry; its head is the answer."""
    memory = batch.request(index).point_to(4096)
    batch.order(index, "READ_HEADERS")
    # Nobody else asks for anything: this must not wait.
    delivered = batch(index)[1]
    expect(not delivered, delivered)
    same(batch.result(index), 0)
    batch.reply(index, memory.raw[:batch.request(index).objectlen], kept)


def misuse(batch, index, kept):
    """Everything that must not work, with one request in hand."""
    free = (index + 1) % CAPACITY
    found = [error_of(batch, index, **{name: value}) for name, value in (
        ("flags", 1), ("capacity", 0), ("capacity", 257), ("submitted", CAPACITY + 1),
        ("reserved", 1), ("indices", 0))]
    for action in (0, "STARTTHREAD", "BATCH", "GET_REQUEST", 4000000000, "SEND_OBJECT"):
        batch.order(index, action)
        found.append(error_of(batch, index, free, CAPACITY))
        found.append([batch.submitted, batch.result(index), batch.result(free)])
    found.append(error_of(batch.call, "FINISH_REQ", Request()))
    batch.reply(index, b"misused", kept)
    found.append(error_of(batch, index, entries=4096))
    tell(*found)


def serve(call):
    """A worker or module process that only uses BATCH."""
    batch = Batch(call)
    held, kept, due = [], [], []
    while True:
        result, delivered = batch(*due)
        for index in due:
            if batch.result(index) != 0:
                tell("result", batch.result(index))
        due = []
        if not held:
            kept = []
        if result == EXIT:
            return
        for index in delivered:
            path = call_path(batch.request(index))
            if path == "later":
                due += do_later(batch, index, held, kept)
                continue
            if path == "echo":
                batch.reply(index, batch.request(index).query, kept)
            elif path == "file":
                do_file(batch, index, kept)
            elif path == "head":
                do_head(batch, index, kept)
            elif path == "misuse":
                misuse(batch, index, kept)
            elif path == "cut":
                batch.reply(index, b"before the error", kept)
                tell(error_of(batch, index, CAPACITY), batch.submitted)
                os.read(go_on[0], 1)
                continue
            elif path == "drop":
                batch.order(index, "EVENTLOOP")
            due.append(index)


def call_path(req):
    """The last part of the path."""
    return req.objectname.decode().rpartition("/")[2]


class BatchSite(Site):
    """Its worker uses BATCH and nothing else."""

    def add_worker(self, number, before_loop=None):
        def work(call):
            serve(call)
            os._exit(0)
        return super().add_worker(number, work)

    def batch_process(self, prefix):
        """A module process that does, too."""
        def work():
            self.master.close()
            call = Handle(self.transport)
            call.register(prefix, 1)
            tell("registered")
            serve(call)
        child = usermodule.fork(work)
        self.children.append(child)
        same(self.told(), ["registered"])
        return child


site = BatchSite({"/w": None}, threads=1)
site.write("file", b"a file\n" * 5000)


def hold(prefix, count):
    """So many clients whose requests are all in hand but for the last."""
    clients = [Client() for _ in range(count)]
    for client in clients[:-1]:
        client.send(f"GET {prefix}/later?{count} HTTP/1.1", "Host: tux")
    return clients


def play(prefix):
    """What must work with any recipient."""
    clients = hold(prefix, HELD)
    clients[0].expect_silence()
    clients[-1].send(f"GET {prefix}/later?{HELD} HTTP/1.1", "Host: tux")
    same({client.answer().body for client in clients},
         {b"%d of %d" % (number, HELD) for number in range(HELD)})
    for turn in range(10):
        for number, client in enumerate(clients):
            client.send(f"GET {prefix}/echo?{turn}-{number} HTTP/1.1", "Host: tux")
        for number, client in enumerate(clients):
            same(client.answer().body, f"{turn}-{number}".encode())
    for client in clients[:3]:
        same(client.get(prefix + "/file").body, b"a file\n" * 5000)
        client.send(f"GET {prefix}/head HTTP/1.1", "Host: tux", "X-Own: 1")
        same(client.answer().body, f"GET {prefix}/head HTTP/1.1\r\nHost: tux\r\nX-Own: 1\r\n\r\n".encode())
        same(client.get(prefix + "/drop").status, 502)
    for client in clients:
        client.socket.close()


@test("in a worker: many requests are in hand at once, and each gets its own answer")
def _():
    play("/w")


@test("in a process of its own: the same")
def _():
    child = site.batch_process("/p")
    play("/p")
    kill(child)


def misuse_from_outside(prefix):
    """A request that a module answers by everything that must not work."""
    same(site.get(prefix + "/misuse").body, b"misused")
    told = site.told()
    same(told[:6], ["EINVAL"] * 5 + ["EFAULT"])
    for number in range(6):
        same(told[6 + 2 * number:8 + 2 * number], ["EINVAL", [2, "EINVAL", "EINVAL"]], number)
    same(told[18:], ["EINVAL", "EFAULT"])
    same(site.get(prefix + "/cut").body, b"before the error")
    os.write(go_on[1], b"x")
    same(site.told(), ["EINVAL", 1])


@test("what is out of range is EINVAL or EFAULT, in the call or in the result, and harms nobody")
def _():
    misuse_from_outside("/w")
    child = site.batch_process("/p")
    misuse_from_outside("/p")
    kill(child)
    call = Handle("ioctl")
    same(error_of(Batch(call)), "EINVAL")
    call.close()


def leave_some(prefix):
    """Half of six clients go while their requests are in hand."""
    clients = hold(prefix, 6)
    wait_until(lambda: site.open_connections() >= 5, "all requests")
    clients[0].expect_silence()
    for client in clients[:3]:
        client.abort()
    clients[-1].send(f"GET {prefix}/later?6 HTTP/1.1", "Host: tux")
    for client in clients[3:]:
        expect(client.answer().body.endswith(b" of 6"), "an answer")
        client.socket.close()
    same([site.told() for _ in range(3)], [["result", "ENOTCONN"]] * 3)


@test("clients that have gone while their requests were in hand: the others are answered")
def _():
    leave_some("/w")
    child = site.batch_process("/p")
    leave_some("/p")
    kill(child)


@test("a process that dies with requests in hand: all of its clients get 502")
def _():
    child = site.batch_process("/dies")
    clients = hold("/dies", 6)
    clients[0].expect_silence()
    kill(child)
    for client in clients[:-1]:
        same(client.answer().status, 502)
        client.socket.close()


@test("a worker that dies with requests in hand: its clients are reset")
def _():
    clients = hold("/w", 6)
    clients[0].expect_silence()
    kill(site.workers.pop())
    for client in clients[:-1]:
        client.expect_reset()
    site.add_worker(0)
    same(site.get("/w/echo?again").body, b"again")


run(site)
