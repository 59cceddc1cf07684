#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=dynamic core
"""Bodies of requests that modules answer, and buffers that they send."""
import os
import time

from tuxtest import SCALE, Client, Temporarily, expect, request, run, same, test, wait_until
from usermodule import Site, error_of, head, tell

SMALL, LARGE = 32 << 10, 300 << 10


def post(call, req):
    """Reads the body at once and sends it back; tells what was there, and what it came to."""
    length = req.objectlen
    body = b""
    error = None
    if req.http_method in (3, 4):
        try:
            body = call.read(req, "READ_POST_DATA", 1 << 20)
        except OSError as problem:
            error = problem.strerror
    tell(length, len(body), error)
    return call.reply(req, body)


def stream(call, req):
    """Reads a body of any length, piece by piece, and answers with a sum."""
    if req.event == 0:
        req.event, req.priv = 1, 0
        if req.query:
            tell("begins")
    if req.error:
        tell("stream", req.error)
        req.event = 0
        return call.reply(req, b"gone", "400 Bad Request")
    while True:
        try:
            piece = call.read(req, "READ_POST_DATA", 50000)
        except BlockingIOError:
            return call("WAIT_POST_DATA", req)
        except OSError as problem:
            tell("stream", problem.strerror)
            return call("FINISH_CLOSE_REQ", req)
        if not piece:
            return call.reply(req, str(req.priv).encode())
        req.priv += sum(piece)


def buffer(call, req):
    """Sends a head and so many bytes, changes the memory, and finishes."""
    size = int(req.query)
    if req.event == 0:
        req.event = 1
        return call.send_buffer(req, head(size))
    if req.event == 1:
        req.event = 2
        memory = req.point_to(bytes([65 + i % 26 for i in range(26)]) * (size // 26) + b"#" * (size % 26))
        result = call("SEND_BUFFER", req)
        memory.raw = b"!" * len(memory)
        return result
    return call("FINISH_REQ", req)


def ignore(call, req):
    """Answers without a look at the body."""
    return call.reply(req, b"ignored")


site = Site({"/post": post, "/stream": stream, "/buffer": buffer, "/ignore": ignore},
            small_buffers=True, max_body_len=1 << 20)


def chunks(data, size):
    """A chunked body."""
    pieces = [data[at:at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@test("the same modules in a process of its own")
def _():
    site.process({"/p/post": post, "/p/stream": stream, "/p/buffer": buffer, "/p/ignore": ignore})


@test("a small body is there as a whole when the request is delivered, however it came")
def _():
    body = os.urandom(SMALL)
    for prefix in ("", "/p"):
        for framing, data in ((f"Content-Length: {len(body)}", body),
                              ("Transfer-Encoding: chunked", chunks(body, 1000))):
            with Client() as client:
                client.send(f"POST {prefix}/post HTTP/1.1", "Host: tux", framing)
                client.raw(data[:1])
                client.raw(data[1:20000])
                expect(site.is_silent(), "it was delivered before its body")
                client.raw(data[20000:])
                same(client.answer("POST").body, body)
                client.expect_open("/ignore")
            same(site.told(), [SMALL, SMALL, None])


@test("no body, and an empty one: objectlen is 0, and reading says that it is over")
def _():
    for fields in ((), ("Content-Length: 0",), ("Transfer-Encoding: chunked",)):
        with Client() as client:
            client.send("POST /post HTTP/1.1", "Host: tux", *fields)
            if "chunked" in "".join(fields):
                client.raw(b"0\r\n\r\n")
            same(client.answer("POST").body, b"")
            same(site.told(), [0, 0, None])


@test("Expect: 100-continue is answered, for a small body at once, for a large one when it is read")
def _():
    for target, size in (("/post", 1000), ("/stream", LARGE)):
        body = bytes(size)
        with Client() as client:
            client.send(f"POST {target} HTTP/1.1", "Host: tux", "Expect: 100-continue",
                        f"Content-Length: {size}")
            wait_until(lambda: client.more() and b"\r\n\r\n" in client.pending, "the interim answer")
            same(client.pending, b"HTTP/1.1 100 Continue\r\n\r\n")
            client.pending = b""
            client.raw(body)
            same(client.answer("POST").status, 200)
            client.expect_open("/ignore")
    same(site.told(), [1000, 1000, None])


@test("a body that is not wanted is not asked for, and the connection ends after the answer")
def _():
    with Client() as client:
        client.send("POST /ignore HTTP/1.1", "Host: tux", "Expect: 100-continue",
                    f"Content-Length: {LARGE}")
        same(client.answer("POST").body, b"ignored")
        client.expect_end()


@test("large bodies are streamed, counted and chunked, and the next request is found behind them")
def _():
    body = os.urandom(LARGE)
    for prefix in ("", "/p"):
        for framing, data in ((f"Content-Length: {len(body)}", body),
                              ("Transfer-Encoding: chunked", chunks(body, 7000))):
            with Client() as client:
                client.send(f"POST {prefix}/stream HTTP/1.1", "Host: tux", framing)
                for at in range(0, len(data), 60000):
                    client.raw(data[at:at + 60000])
                client.send("GET /ignore HTTP/1.1", "Host: tux")
                same(client.answer("POST").body, str(sum(body)).encode())
                same(client.answer().body, b"ignored")


@test("a body that nobody reads is dropped, and the next request is answered")
def _():
    with Client() as client:
        for size in (10, SMALL + 1, LARGE):
            client.raw(request("POST /ignore HTTP/1.1", "Host: tux", f"Content-Length: {size}") +
                       bytes(size) + request("GET /ignore HTTP/1.1", "Host: tux"))
            same(client.answer("POST").body, b"ignored")
            same(client.answer().body, b"ignored")


@test("limits: 413 for what is announced, and an end for what grows too long")
def _():
    with Client() as client:
        client.send("POST /stream HTTP/1.1", "Host: tux", f"Content-Length: {(1 << 20) + 1}")
        same(client.answer("POST").status, 413)
    with Client() as client:
        client.send("POST /stream HTTP/1.1", "Host: tux", "Transfer-Encoding: chunked")
        try:
            for _ in range(20):
                client.raw(b"10000\r\n" + bytes(1 << 16) + b"\r\n")
        except OSError:
            pass
        same(site.told(), ["stream", os.strerror(27)])


@test("broken chunks: 400 while they are waited for, EBADMSG while they are read")
def _():
    with Client() as client:
        client.send("POST /post HTTP/1.1", "Host: tux", "Transfer-Encoding: chunked")
        client.raw(b"zz\r\n")
        same(client.answer("POST").status, 400)
    with Client() as client:
        client.send("POST /stream?tell HTTP/1.1", "Host: tux", "Transfer-Encoding: chunked")
        client.raw(b"9000\r\n" + bytes(0x9000))
        same(site.told(), ["begins"])
        client.raw(b"zz")
        same(site.told(), ["stream", os.strerror(74)])


@test("a client that stops in the middle: 400, or an error for the module")
def _():
    with Client() as client:
        client.send("POST /post HTTP/1.1", "Host: tux", "Content-Length: 10")
        client.raw(b"123")
        client.finish_sending()
        same(client.answer("POST").status, 400)
    with Client() as client:
        client.send("POST /stream HTTP/1.1", "Host: tux", f"Content-Length: {LARGE}")
        client.raw(bytes(1000))
        client.finish_sending()
        same(site.told(), ["stream", os.strerror(104)])
    with Client() as client:
        client.send("POST /stream?tell HTTP/1.1", "Host: tux", f"Content-Length: {LARGE}")
        client.raw(bytes(1000))
        same(site.told(), ["begins"])
        client.abort()
        same(site.told()[0], "stream")


@test("a body that does not come in time: 408, or -ETIMEDOUT for the module")
def _():
    with Temporarily("header_timeout", 1):
        with Client() as slow, Client() as streamed:
            slow.send("POST /post HTTP/1.1", "Host: tux", "Content-Length: 10")
            streamed.send("POST /stream HTTP/1.1", "Host: tux", f"Content-Length: {LARGE}")
            same(slow.answer("POST").status, 408)
            same(site.told(), ["stream", (1 << 32) - 110])
            same(streamed.answer("POST").status, 400)


@test("SEND_BUFFER of every size: the bytes at the time of the call, and the connection stays")
def _():
    for prefix in ("", "/p"):
        with Client() as client:
            for size in (1, 100, 4096, 8192, 8193, 65536, 1 << 20):
                body = client.get(f"{prefix}/buffer?{size}").body
                same(body, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ" * (size // 26) + b"#" * (size % 26), size)


@test("a slow reader of a large buffer holds nobody up")
def _():
    for prefix in ("", "/p"):
        with Client(receive_buffer=4096) as slow, Client() as fast:
            slow.send(f"GET {prefix}/buffer?4000000 HTTP/1.1", "Host: tux")
            same(slow.head().status, 200)
            begin = time.monotonic()
            for _ in range(5):
                same(fast.get(f"{prefix}/ignore").body, b"ignored")
                same(fast.get(f"{prefix}/buffer?100000").body[-1:], b"#")
            expect(time.monotonic() - begin < 4 * SCALE, "others had to wait")
            same(len(slow.body(4000000)), 4000000)
            slow.expect_open("/ignore")


@test("a client that goes away while a buffer is sent: the module is not asked again")
def _():
    for prefix in ("", "/p"):
        with Client(receive_buffer=4096) as client:
            client.send(f"GET {prefix}/buffer?4000000 HTTP/1.1", "Host: tux")
            same(client.head().status, 200)
            client.abort()
        same(site.get(f"{prefix}/ignore").body, b"ignored")
    site.settle()
    expect(site.is_silent(), "a handler complained")
    same(error_of(site.master, "EVENTLOOP"), "EINVAL")


run(site)
