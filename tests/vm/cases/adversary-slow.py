#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=120 group=adversary
"""Clients that take their time: each is bounded, and none of them holds up another.

http-limits has slow heads and clients that take nothing of one long answer.
"""
import socket
import threading
import time

from tuxtest import (PATIENCE, SCALE, Client, Server, Temporarily, expect, get, request, run, same,
                     test, wait_until)

server = Server(threads=1, small_buffers=True)
server.write("index.html", b"index", age=1000)
BIG = bytes(range(256)) * 1200
server.write("big.bin", BIG, age=1000)
server.write("half.bin", BIG[:100000], age=1000)

ASK = request("GET / HTTP/1.1", "Host: tux")


def drip(client, pieces, seconds=0.3):
    """Send a piece now and then until the server ends the connection; returns how long that took."""
    begin = time.monotonic()
    client.socket.settimeout(seconds)
    for piece in pieces:
        try:
            client.raw(piece)
            if client.socket.recv(1000) == b"":
                break
        except socket.timeout:
            pass
        except (ConnectionResetError, BrokenPipeError):
            break
    else:
        expect(False, "the server has not ended the connection")
    return time.monotonic() - begin


def bounded(took, least, most):
    """A time must be about right."""
    expect(least <= took <= most * SCALE, f"took {took:.1f} s, wanted {least} to {most}")


@test("a body that comes byte by byte has as long as one that does not come")
def _():
    for fields, piece in ((("Content-Length: 100000",), b"x"),
                          (("Transfer-Encoding: chunked",), b"1\r\nx\r\n"),
                          (("Transfer-Encoding: chunked",), b"0")):
        with Temporarily("header_timeout", 2), Client() as client:
            client.send("POST / HTTP/1.1", "Host: tux", *fields)
            same(client.answer().status, 405)
            bounded(drip(client, [piece] * 100), 1.5, 6)
            same(get("/").body, b"index")


@test("trailers and extensions that come byte by byte do not buy time, either")
def _():
    for start in (b"1;", b"0\r\nT: "):
        with Temporarily("header_timeout", 2), Client() as client:
            client.send("POST / HTTP/1.1", "Host: tux", "Transfer-Encoding: chunked")
            same(client.answer().status, 405)
            client.raw(start)
            bounded(drip(client, [b"x"] * 100), 1.5, 6)


@test("who was told to go and keeps sending has two seconds, however slowly he sends")
def _():
    with Client() as client:
        client.raw(b"\0")
        same(client.answer().status, 400)
        client.expect_end()
        before = server.stat("connections_closed")
        with Client() as other:
            begin = time.monotonic()
            while server.stat("connections_closed") == before:
                expect(time.monotonic() - begin < 6 * SCALE, "the server still listens")
                try:
                    client.raw(b"x")
                except OSError:
                    break
                other.expect_open()
                time.sleep(0.1)
            bounded(time.monotonic() - begin, 1, 6)


@test("who was told to go and keeps sending fast is cut off after 16 MiB")
def _():
    with Client() as client:
        client.send("GET / HTTP/1.1", "Host: tux", "Content-Length: 1000000000000")
        same(client.answer().status, 413)
        sent = 0
        try:
            while sent < 64 << 20:
                sent += client.socket.send(b"x" * 65536)
        except (ConnectionResetError, BrokenPipeError):
            pass
        expect(15 << 20 < sent < 32 << 20, f"{sent} bytes were taken")


@test("who asks on and on and never reads is made to wait, and reset after send_timeout")
def _():
    before = server.stats()
    with Temporarily("send_timeout", 2), Client(receive_buffer=4096) as client, Client() as other:
        question = request("GET /big.bin HTTP/1.1", "Host: tux") * 100
        sent = 0
        client.socket.settimeout(1)
        try:
            while sent < 64 << 20:
                sent += client.socket.send(question)
                other.expect_open()
        except (socket.timeout, ConnectionResetError, BrokenPipeError):
            pass
        expect(sent < 32 << 20, f"{sent} bytes of requests were taken")
        server.grown("connections_timed_out", before, 1)
        client.expect_reset()
        other.expect_open()


@test("a closed window while the connection is being ended: it is reset after send_timeout")
def _():
    with Temporarily("send_timeout", 1), Client(receive_buffer=4096) as client:
        # All of the answer fits into the server's socket, and what follows makes the server linger.
        client.raw(request("GET /half.bin HTTP/1.1", "Host: tux", "Connection: close") + ASK * 100)
        client.head()
        server.settle()
        expect(len(client.expect_reset()) < 100000, "cut off")


@test("a tiny window that is closed and opened again and again: every byte comes, others do not wait")
def _():
    with Temporarily("send_timeout", 2), Client() as other:
        with Client(receive_buffer=1) as client:
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP, 512)
            client.send("GET /big.bin HTTP/1.1", "Host: tux")
            client.head()
            received = client.pending
            client.pending = b""
            slept = 0
            while len(received) < len(BIG):
                piece = client.socket.recv(700)
                expect(piece, f"ended after {len(received)} bytes")
                received += piece
                # The window closes while nobody reads; a pause now and then lets it.
                if len(received) // 50000 > slept:
                    slept += 1
                    begin = time.monotonic()
                    other.expect_open()
                    expect(time.monotonic() - begin < 2 * SCALE, "another client waited")
                    time.sleep(0.1)
            same(received == BIG, True, "all bytes")
            client.expect_open("/")


@test("a hundred clients of every slow kind at once: others are served meanwhile")
def _():
    openings = [b"", b"GET", ASK[:-1], request("POST / HTTP/1.1", "Host: tux", "Content-Length: 9"),
                request("GET /big.bin HTTP/1.1", "Host: tux"), ASK * 3]
    clients = []
    with Temporarily("header_timeout", 60):
        for number in range(100):
            client = Client(receive_buffer=4096)
            client.raw(openings[number % len(openings)])
            clients.append(client)
        times = []
        with Client() as other:
            for _ in range(100):
                begin = time.monotonic()
                other.expect_open()
                times.append(time.monotonic() - begin)
        for client in clients:
            client.socket.close()
    expect(max(times) < 1.5 * SCALE, f"the slowest answer took {max(times):.2f} s")
    server.settle()


@test("a reader that stops for longer than send_timeout in the middle of many answers is reset, "
      "one that reads on is not")
def _():
    with Temporarily("send_timeout", 2), Client(receive_buffer=4096) as reads, \
            Client(receive_buffer=4096) as stops:
        for client in (reads, stops):
            client.raw(request("GET /big.bin HTTP/1.1", "Host: tux") * 4)
        ended = threading.Event()

        def read_on():
            for _ in range(4):
                same(reads.answer().body == BIG, True, "all bytes")
            ended.set()
        reader = threading.Thread(target=read_on)
        reader.start()
        stops.answer()
        before = server.stat("connections_timed_out")
        wait_until(lambda: server.stat("connections_timed_out") > before, "the timeout",
                   PATIENCE + 6)
        stops.expect_reset()
        reader.join(PATIENCE)
        expect(ended.is_set(), "the other reader has everything")


run(server)
