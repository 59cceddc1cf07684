# SPDX-License-Identifier: GPL-2.0-only
"""Workers and module processes that have many requests in hand: by BATCH, or by a ring.

What they answer is in serve(); what a test asks them is in play() and below.
"""
import ctypes
import errno
import os
import struct

import usermodule
from tuxtest import Client, expect, same
from usermodule import (ACTION, EXIT, SIZE, Handle, Request, Site, error_of, head, kill, response,
                        tell)

ENTRY = 8 + SIZE
CAPACITY = 32
HELD = 24

# Where in a ring the numbers are, in words.
SUBMISSION_TAIL, COMPLETION_HEAD, SUBMISSION_HEAD, COMPLETION_TAIL = 0, 1, 16, 17

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


class Ring(Batch):
    """The same with a ring."""

    def __init__(self, call, capacity=CAPACITY):  # pylint: disable=super-init-not-called
        self.call = call
        self.capacity = capacity
        self.submitted = self.delivered = 0
        self.address, self.length, *offsets = make_ring(call, capacity)
        submissions, completions, entries = (self.address + offset for offset in offsets)
        self.control = (ctypes.c_uint32 * 32).from_address(self.address)
        self.submissions = (ctypes.c_uint32 * capacity).from_address(submissions)
        self.completions = (ctypes.c_uint32 * capacity).from_address(completions)
        self.entries = (ctypes.c_char * (ENTRY * capacity)).from_address(entries)

    def enter(self):
        """RING_ENTER."""
        number = ACTION["RING_ENTER"]
        return self.call.raw(number, 0, 0xBB << 8 | number)

    def __call__(self, *indices):
        tail, completed = self.control[SUBMISSION_TAIL], self.control[COMPLETION_TAIL]
        for i, index in enumerate(indices, tail):
            self.submissions[i % self.capacity] = index
        self.control[SUBMISSION_TAIL] = tail + len(indices)
        try:
            result = self.enter()
        finally:
            self.submitted = (self.control[SUBMISSION_HEAD] - tail) % 2**32
            # After an error nothing is left that the next call would do.
            self.control[SUBMISSION_TAIL] = self.control[SUBMISSION_HEAD]
        self.delivered = (self.control[COMPLETION_TAIL] - completed) % 2**32
        return result, [self.completions[(completed + i) % self.capacity]
                        for i in range(self.delivered)]


def make_ring(call, capacity, **other):
    """RING; returns the address, the length, and the offsets of the three arrays."""
    fields = {"size": 48, "flags": 0, "capacity": capacity, "reserved": 0, **other}
    answer = call.sized("RING", 3, struct.pack("IIII", *fields.values()).ljust(48, b"\0"))
    return struct.unpack_from("QQIII", answer, 16)


def do_later(batch, index, held, kept):
    """Keep a request until there are as many as it says, then answer all of them."""
    held.append(index)
    missing = int(batch.request(index).query) - len(held)
    if missing == 1:
        tell("held")
    if missing:
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


def refused_orders(batch, index, action):
    """What comes of actions that no entry can have, one of them given; nothing is current, too."""
    free = (index + 1) % CAPACITY
    found = []
    for order in (0, "STARTTHREAD", "BATCH", action, 4000000000, "SEND_OBJECT"):
        batch.order(index, order)
        # An entry with a request, one without, and one that is not there.
        found.append(error_of(batch, index, free, CAPACITY))
        found.append([batch.submitted, batch.result(index), batch.result(free)])
    return found + [error_of(batch.call, "FINISH_REQ", Request())]


def misuse(batch, index, kept):
    """Every misuse of BATCH, with one request in hand."""
    found = [error_of(batch, index, **{name: value}) for name, value in (
        ("flags", 1), ("capacity", 0), ("capacity", 257), ("submitted", CAPACITY + 1),
        ("reserved", 1), ("indices", 0))]
    found += refused_orders(batch, index, "GET_REQUEST")
    batch.reply(index, b"misused", kept)
    found.append(error_of(batch, index, entries=4096))
    tell(*found)


def misuse_ring(ring, index, kept):
    """Every misuse of RING and RING_ENTER, with one request in hand."""
    found = [error_of(make_ring, ring.call, CAPACITY)]
    head = ring.control[SUBMISSION_HEAD]
    for tail in (head + CAPACITY + 1, head - 1, head + 0x80000000):
        ring.control[SUBMISSION_TAIL] = tail % 2**32
        found.append(error_of(ring.enter))
        found.append(ring.control[SUBMISSION_HEAD] - head)
    ring.control[SUBMISSION_TAIL] = head
    found += refused_orders(ring, index, "RING_ENTER")
    ring.reply(index, b"misused", kept)
    tell(*found)


def serve(batch):
    """A worker or module process that gets and answers all of its requests so."""
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
                (misuse if type(batch) is Batch else misuse_ring)(batch, index, kept)
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
    """Its worker uses BATCH or a ring, and nothing else."""

    def __init__(self, kind, **more):
        super().__init__({"/w": None}, threads=1, **more)
        self.kind = kind
        self.write("file", b"a file\n" * 5000)

    def add_worker(self, number, before_loop=None):
        def work(call):
            serve(self.kind(call))
            os._exit(0)
        return super().add_worker(number, work)

    def batch_process(self, prefix, transport=None):
        """A module process that does, too."""
        return self.own_process(prefix, lambda call: serve(self.kind(call)), transport)

    def own_process(self, prefix, function, transport=None):
        """A module process that does something else."""
        def work():
            self.master.close()
            call = Handle(transport or self.transport)
            call.register(prefix, 1)
            tell("registered")
            function(call)
        child = usermodule.fork(work)
        self.children.append(child)
        same(self.told(), ["registered"])
        return child

    def in_both(self, function):
        """Ask the worker, then a module process."""
        function("/w")
        child = self.batch_process("/p")
        function("/p")
        kill(child)


def hold(site, prefix, count):
    """So many clients whose requests are all in hand but for the last."""
    clients = [Client() for _ in range(count)]
    for client in clients[:-1]:
        client.send(f"GET {prefix}/later?{count} HTTP/1.1", "Host: tux")
    same(site.told(), ["held"])
    clients[0].expect_silence()
    return clients


def play(site, prefix):
    """What must work with any recipient."""
    clients = hold(site, prefix, HELD)
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


def leave_some(site, prefix):
    """Half of six clients go while their requests are in hand."""
    clients = hold(site, prefix, 6)
    for client in clients[:3]:
        client.abort()
    clients[-1].send(f"GET {prefix}/later?6 HTTP/1.1", "Host: tux")
    for client in clients[3:]:
        expect(client.answer().body.endswith(b" of 6"), "an answer")
        client.socket.close()
    same([site.told() for _ in range(3)], [["result", "ENOTCONN"]] * 3)


def cut_short(site, prefix):
    """A batch that ends at an index out of range: what is before it has been done."""
    same(site.get(prefix + "/cut").body, b"before the error")
    os.write(go_on[1], b"x")
    same(site.told(), ["EINVAL", 1])
    # It must have read that before it is killed, or who waits next would not wait.
    same(site.get(prefix + "/echo?again").body, b"again")


def die_with_requests(site):
    """A process dies with requests in hand: all of its clients get 502."""
    child = site.batch_process("/dies")
    clients = hold(site, "/dies", 6)
    kill(child)
    for client in clients[:-1]:
        same(client.answer().status, 502)
        client.socket.close()
