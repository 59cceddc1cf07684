#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=adversary
"""However TCP cuts a conversation, and whatever becomes of the bytes after they were sent.

Bytes that a client on the same machine sends with vmsplice(2) stay its own: it can change them while
they lie in the server's receive queue.
"""
import ctypes
import mmap
import multiprocessing
import os
import random
import socket

from tuxtest import Client, Server, expect, request, run, same, test

# One worker: who was answered knows that all who came before have been seen.
server = Server(threads=1)
server.write("index.html", b"index", age=1000)
server.write("a.txt", b"a" * 100, age=1000)
server.write("b.txt", b"b" * 5000, age=1000)
BIG = bytes(range(256)) * 1200
server.write("big.bin", BIG, age=1000)

BODIES = {"/": b"index", "/a.txt": b"a" * 100, "/b.txt": b"b" * 5000}
# A conversation with every kind of framing.
QUESTIONS = (request("GET /a.txt HTTP/1.1", "Host: tux", "X: y") +
             request("POST /b.txt HTTP/1.1", "Host: tux", "Transfer-Encoding: chunked") +
             b"5;e\r\n12345\r\nb\r\nGET / HTTP/\r\n0\r\nT: u\r\n\r\n" +
             b"\r\n" + request("HEAD /b.txt HTTP/1.1", "Host: tux", "Content-Length: 7") + b"GET / H" +
             request("GET / HTTP/1.1", "Host: tux"))


def expect_answers(client):
    """The answers to QUESTIONS, and nothing more."""
    same(client.answer().body, b"a" * 100)
    same(client.answer().status, 405)
    same(client.answer("HEAD")["content-length"], "5000")
    same(client.answer().body, b"index")


# --- segments ----------------------------------------------------------------------------------


@test("a conversation in segments of 1, 2, 3, ... bytes, up to all of it, is the same conversation")
def _():
    with Client() as client:
        for size in range(1, len(QUESTIONS) + 1):
            for offset in range(0, len(QUESTIONS), size):
                client.raw(QUESTIONS[offset:offset + size])
            expect_answers(client)
        client.expect_open()


@test("a conversation cut in two at every byte; the server sees the first part alone")
def _():
    with Client() as client, Client() as other:
        for cut in range(1, len(QUESTIONS)):
            client.raw(QUESTIONS[:cut])
            other.expect_open()
            client.raw(QUESTIONS[cut:])
            expect_answers(client)


@test("answers in segments of every size from the smallest that TCP knows")
def _():
    for size in (88, 89, 90, 100, 127, 128, 129, 255, 511, 536, 1000, 1460, 4096, 16384):
        client = Client.__new__(Client)
        client.socket = socket.socket()
        client.pending = b""
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, size)
        client.socket.settimeout(20)
        client.socket.connect(("127.0.0.1", 80))
        with client:
            client.raw(QUESTIONS)
            expect_answers(client)
            same(client.get("/big.bin").body == BIG, True, f"all bytes in segments of {size}")


# --- pages that change -------------------------------------------------------------------------


class IOVector(ctypes.Structure):
    """struct iovec."""
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Shown:
    """Memory of ours that is sent without being copied."""

    def __init__(self):
        self.memory = mmap.mmap(-1, mmap.PAGESIZE)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.libc = ctypes.CDLL(None, use_errno=True)

    def put(self, data):
        """Change it, at any time."""
        self.memory[:len(data)] = data

    def send(self, client, length):
        """Let the beginning of it be what the socket has sent."""
        reader, writer = os.pipe()
        try:
            vector = IOVector(self.address, length)
            same(self.libc.vmsplice(writer, ctypes.byref(vector), ctypes.c_ulong(1),
                                    ctypes.c_uint(0)), length, "vmsplice")
            same(os.splice(reader, client.socket.fileno(), length), length, "splice")
        finally:
            os.close(reader)
            os.close(writer)


@test("a head whose bytes change after a part of it was seen: what is there at the end counts, or 400")
def _():
    first = request("GET /a.txt HTTP/1.1", "Host: tux", "X: y")[:-2]
    for second, wanted in (
            (first, [b"a" * 100]),
            (first.replace(b"a.txt", b"b.txt"), [b"b" * 5000]),
            # It ends earlier than it did, and the rest is a request of its own.
            (b"GET / HTTP/1.1\r\nHost: tux\r\n\r\n\r\n".ljust(len(first), b"z"), None),
            (first.replace(b"\r\nX: y\r\n", b"\r\nX: y  "), None),
            (first.replace(b"Host", b"Nost"), None), (b"\0" * len(first), None),
            (b"\r\n" * (len(first) // 2) + b"\r" * (len(first) % 2), None),
            (b"x" * len(first), None)):
        shown = Shown()
        shown.put(first)
        with Client() as client, Client() as other:
            shown.send(client, len(first))
            other.expect_open()
            shown.put(second)
            client.raw(b"\r\n")
            for body in wanted or []:
                same(client.answer().body, body, repr(second))
            if wanted:
                client.expect_open()
                continue
            answers = []
            while not answers or answers[-1].keeps:
                answers.append(client.answer())
            same(answers[-1].status, 400, repr(second))
            client.expect_end()


def flicker(memory, faces, stop):
    """Show one face of a page after the other until told to stop."""
    while not stop.is_set():
        for face in faces:
            memory[:len(face)] = face


@test("a page that never stands still: each answer is whole and one of those that its faces ask for")
def _():
    faces = [request("GET /a.txt HTTP/1.1", "Host: tux", "X: 123456"),
             request("GET /b.txt HTTP/1.1", "Host: tux", "X: 123456"),
             request("POST /b.txt HTTP/1.1", "Host: tux", "X: 12345"),
             request("GET / HTTP/1.1", "Host: tux") + b"\r\n" + b"GET / HTTP/1.1",
             request("PUT / HTTP/1.1", "Host: t", "Content-Length: 9"),
             b"GET /a.txt HTTP/1.1\r\nHost: tux\r\nX: " + b"y" * 40]
    length = min(map(len, faces))
    shown = Shown()
    stop = multiprocessing.Event()
    process = multiprocessing.Process(target=flicker, args=(shown.memory, faces, stop))
    process.start()
    chosen = random.Random(1)
    before = server.stats()
    count = 0
    try:
        for _ in range(300):
            with Client() as client:
                # Cut somewhere, so that parts are looked at more than once.
                cut = chosen.randrange(1, length)
                shown.send(client, cut)
                shown.send(client, chosen.randrange(length) + 1)
                client.raw(b"\r\n\r\n")
                client.finish_sending()
                while client.pending or client.more():
                    count += 1
                    answer = client.answer()
                    expect(answer.status in (200, 400, 405, 411, 501), answer.status)
                    if answer.status == 200:
                        expect(answer.body in BODIES.values(), "the body of one of the files")
    finally:
        stop.set()
        process.join()
    server.grown("requests", before, count)
    expect(count >= 300, f"{count} answers")


@test("a chunked body that never stands still is dropped or ends the connection")
def _():
    head = request("POST / HTTP/1.1", "Host: tux", "Transfer-Encoding: chunked")
    faces = [b"3\r\nabc\r\n" * 40, b"ff;x\r\n" + b"3\r\nabc\r\n" * 40, b"0\r\nT: u\r\n\r\n" * 30,
             b"\r\n" * 160]
    length = min(map(len, faces))
    shown = Shown()
    stop = multiprocessing.Event()
    process = multiprocessing.Process(target=flicker, args=(shown.memory, faces, stop))
    process.start()
    try:
        for _ in range(200):
            with Client() as client:
                client.raw(head)
                shown.send(client, length)
                shown.send(client, length)
                client.finish_sending()
                same(client.answer().status, 405)
                while client.pending or client.more():
                    expect(client.answer().status in (400, 405, 411, 501), "refused")
    finally:
        stop.set()
        process.join()
    with Client() as client:
        client.expect_open()


run(server)
