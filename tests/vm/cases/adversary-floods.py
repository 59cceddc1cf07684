#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=120 group=adversary
"""Floods: connections that are reset in every state, again and again, and heads as large as can be.

file-errors has clients that go while a lookup hangs.
"""
import time

from tuxtest import (SCALE, Client, Server, expect, forget, get, many_descriptors, request, run, same,
                     say, test, wait_until)

many_descriptors(4096)

server = Server(threads=2, small_buffers=True, max_connect=2000)
server.write("index.html", b"index", age=1000)
server.write("a.txt", b"a" * 100, age=1000)
server.write("big.bin", b"b" * (1 << 20), age=1000)
server.write("cold.bin", b"c" * (1 << 20), age=1000)

ASK = request("GET /a.txt HTTP/1.1", "Host: tux")
BIG = request("GET /big.bin HTTP/1.1", "Host: tux")
POST = request("POST / HTTP/1.1", "Host: tux", "Content-Length: 1000")
CHUNKED = request("POST / HTTP/1.1", "Host: tux", "Transfer-Encoding: chunked")


def begin(data, answered=False):
    """A connection on which this was sent, and of whose answer the head was seen."""
    client = Client(receive_buffer=4096)
    client.raw(data)
    if answered:
        client.head()
    return client


# Each state that a connection can be in when its client goes: how it gets there.
STATES = [
    ("just connected", lambda: begin(b"")),
    ("in a head", lambda: begin(ASK[:-2])),
    ("in a long head", lambda: begin(ASK[:-2] + b"X: " + b"y" * 4000)),
    ("with a request that nobody has seen", lambda: begin(ASK)),
    ("idle after an answer", lambda: begin(ASK, True)),
    ("sending", lambda: begin(BIG, True)),
    ("reading from disk", lambda: begin(BIG.replace(b"big", b"cold"))),
    ("with requests behind the one that is answered", lambda: begin(BIG + ASK * 20, True)),
    ("in a body", lambda: begin(POST + b"x" * 10, True)),
    ("in a chunked body", lambda: begin(CHUNKED + b"5\r\nab", True)),
    ("refused, and lingering", lambda: begin(b"\0" * 100, True)),
    ("with an answer in its buffers that says close",
     lambda: begin(BIG.replace(b"Host", b"Connection: close\r\nHost"), True)),
    ("half closed", lambda: half_closed()),
]


def half_closed():
    """A connection whose client has said that it sends no more."""
    client = begin(BIG)
    client.finish_sending()
    return client


def closed_by_reset():
    """How many connections the server has."""
    return server.open_connections() == 0


@test("connections that are reset, in every state, 40 at once: all are gone at once, others are served")
def _():
    for name, reach in STATES:
        before = server.stats()
        forget(server.path("cold.bin"))
        clients = [reach() for _ in range(40)]
        for client in clients:
            client.abort()
        begun = time.monotonic()
        same(get("/").body, b"index", name)
        wait_until(closed_by_reset, f"connections {name} to go", 3 * SCALE)
        server.grown("connections_accepted", before, 41, name)
        same(server.stat("connections_closed") - before["connections_closed"], 41, name)
        expect(time.monotonic() - begun < 3 * SCALE, name)


@test("the same with an orderly end: sooner or later all are gone")
def _():
    for name, reach in STATES:
        before = server.stats()
        clients = [reach() for _ in range(10)]
        for client in clients:
            client.socket.close()
        same(get("/").body, b"index", name)
        wait_until(closed_by_reset, f"connections {name} to go", 8 * SCALE)
        server.grown("connections_closed", before, 11, name)


@test("1,000 connections in all states mixed, half of them reset and half of them closed")
def _():
    before = server.stats()
    begun = time.monotonic()
    clients = []
    for number in range(1000):
        clients.append(STATES[number % len(STATES)][1]())
        if len(clients) == 100:
            for client in clients[::2]:
                client.abort()
            for client in clients[1::2]:
                client.socket.close()
            clients.clear()
    say(f"{1000 / (time.monotonic() - begun):.0f} connections a second")
    same(get("/").body, b"index")
    wait_until(closed_by_reset, "all connections to go", 10 * SCALE)
    server.grown("connections_closed", before, 1001)
    same(server.stat("connections_refused"), before["connections_refused"], "refused")


@test("header bombs: 500 heads of the greatest length, a hundred fields each, and half of them bad "
      "at the last byte")
def _():
    fields = [f"X-{i}: " + "y" * 140 for i in range(99)]
    whole = request("GET /a.txt HTTP/1.1", "Host: tux", *fields)
    expect(len(whole) < 16384, f"{len(whole)} bytes")
    before = server.stats()
    with Client() as other:
        for number in range(10):
            clients = [Client() for _ in range(50)]
            for client in clients:
                client.raw(whole[:-1])
            other.expect_open()
            for client in clients:
                client.raw(b"\n" if number % 2 else b"y" * 2000)
            for client in clients:
                same(client.answer().status, 200 if number % 2 else 400)
                client.socket.close()
    server.settle()
    server.grown("requests", before, 510)


@test("bombs of many names, of one long name, of one long value, of blanks: refused, and bounded")
def _():
    for field, status in ((b"X" * 30000, 431), (b"X: " + b" " * 30000, 431), (b"X: " + b"," * 30000, 431),
                          (b"Connection: " + b"close," * 5000, 431),
                          (b"Connection: " + b"a," * 4000, 200),
                          (b"Expect: " + b"," * 8000, 200), (b"X:\r\n" * 101, 431),
                          (b"If-None-Match: " + b'"a",' * 3000, 200),
                          (b"Cookie: a=b\r\n" * 90 + b"X: y", 200),
                          (b"Host: " + b"a" * 8000, 400)):
        with Client() as client:
            client.raw(b"GET /a.txt HTTP/1.1\r\nHost: tux\r\n" + field + b"\r\n\r\n")
            same(client.answer().status, status, field[:20])


@test("a flood of connections that ask for nothing does not keep others from being served")
def _():
    crowd = [Client() for _ in range(1000)]
    begun = time.monotonic()
    for _ in range(20):
        same(get("/").body, b"index")
    expect(time.monotonic() - begun < 5 * SCALE, "20 requests")
    for client in crowd:
        client.abort()
    server.settle()


run(server)
