#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=http core
"""Persistent connections: when they stay, pipelining, heads in pieces, half-closed clients."""
import socket
import time

from tuxtest import Client, Server, expect, request, run, same, test, wait_until

server = Server(threads=1, small_buffers=True)
server.write("index.html", b"index", age=1000)
server.write("a.txt", b"a" * 100, age=1000)
server.write("b.txt", b"b" * 5000, age=1000)
server.write("empty", b"", age=1000)
server.write("big.bin", bytes(range(256)) * 8192, age=1000)

ASK = request("GET /a.txt HTTP/1.1", "Host: tux")


def segments(client, data, sizes):
    """Send bytes in pieces, each a segment of its own."""
    offset = 0
    for size in sizes:
        client.raw(data[offset:offset + size])
        offset += size
    same(offset, len(data))


def ask(client, version, *fields, target="/a.txt", method="GET"):
    """Ask in a given version."""
    client.send(f"{method} {target} HTTP/{version}", "Host: tux", *fields)
    return client.answer(method, version)


@test("HTTP/1.1 stays unless the client says close, in whatever letters and company")
def _():
    for fields in ((), ("Connection: keep-alive",), ("Connection: foo, bar",),
                   ("Connection: closed",), ("Connection:",), ("Proxy-Connection: close",)):
        with Client() as client:
            same(ask(client, "1.1", *fields)["connection"], "Keep-Alive", fields)
            client.expect_open()
    for fields in (("Connection: close",), ("CONNECTION: CLOSE",), ("Connection: keep-alive, close",),
                   ("Connection: foo,Close ,bar",), ("Connection: close, keep-alive",),
                   ("Connection: keep-alive", "Connection: close")):
        with Client() as client:
            same(ask(client, "1.1", *fields)["connection"], "close", fields)
            client.expect_end()


@test("HTTP/1.0 ends unless the client says keep-alive; then the answer says so, too")
def _():
    for fields in ((), ("Connection: close",), ("Connection: keep-alive, close",),
                   ("Keep-Alive: 300",)):
        with Client() as client:
            same(ask(client, "1.0", *fields)["connection"], None, fields)
            client.expect_end()
    for fields in (("Connection: keep-alive",), ("connection: Keep-Alive",)):
        with Client() as client:
            for target, status in (("/a.txt", 200), ("/nothing", 404), ("/empty", 200)):
                answer = ask(client, "1.0", *fields, target=target)
                same((answer.status, answer["connection"]), (status, "Keep-Alive"))
            ask(client, "1.0")
            client.expect_end()


@test("HTTP/1.0 needs no Host; HTTP/1.7 is answered as HTTP/1.1")
def _():
    with Client() as client:
        client.send("GET /a.txt HTTP/1.0")
        same(client.answer(version="1.0").status, 200)
        client.expect_end()
    with Client() as client:
        same(ask(client, "1.1").status, 200)
        client.send("GET /a.txt HTTP/1.7", "Host: tux")
        same(client.answer().status, 200)
        client.send("GET /a.txt HTTP/1.7")
        same(client.answer().status, 400)
        client.expect_end()


@test("HEAD, empty files and 304 leave the connection in step")
def _():
    with Client() as client:
        tag = client.get("/b.txt")["etag"]
        client.raw(b"".join([
            request("HEAD /b.txt HTTP/1.1", "Host: tux"), request("GET /empty HTTP/1.1", "Host: tux"),
            request("GET /b.txt HTTP/1.1", "Host: tux", "If-None-Match: " + tag),
            request("HEAD /nothing HTTP/1.1", "Host: tux"), ASK]))
        same(client.answer("HEAD")["content-length"], "5000")
        same(client.answer()["content-length"], "0")
        same(client.answer().status, 304)
        same(client.answer("HEAD").status, 404)
        same(client.answer().body, b"a" * 100)
        client.expect_silence()


@test("500 requests in one piece are answered in order")
def _():
    before = server.stats()
    with Client() as client:
        targets = ["/a.txt", "/b.txt", "/empty", "/nothing", "/"] * 100
        client.raw(b"".join(request(f"GET {target} HTTP/1.1", "Host: tux") for target in targets))
        sizes = {"/a.txt": 100, "/b.txt": 5000, "/empty": 0, "/": 5}
        for target in targets:
            answer = client.answer()
            if target in sizes:
                same((answer.status, len(answer.body)), (200, sizes[target]), target)
            else:
                same(answer.status, 404)
        client.expect_silence()
    server.grown("requests", before, 500)
    server.grown("status_2xx", before, 400)
    server.grown("status_4xx", before, 100)
    expect(server.stat("requests_pipelined") - before["requests_pipelined"] > 400, "pipelined")


@test("good, refused and good pipelined requests are answered one by one; after a bad one nothing is")
def _():
    with Client() as client:
        client.raw(b"".join([
            ASK, request("BREW / HTTP/1.1", "Host: tux"), ASK,
            request("PUT / HTTP/1.1", "Host: tux", "Content-Length: 5"), b"GET /", ASK,
            request("GET /../ HTTP/1.1", "Host: tux"),
            request("POST / HTTP/1.1", "Host: tux", "Transfer-Encoding: chunked"), b"0\r\n\r\n",
            request("DELETE / HTTP/1.1", "Host: tux"), ASK,
            request("GET / HTTP/1.1", "Host: tux", "no colon"), ASK, ASK]))
        same([client.answer().status for _ in range(10)],
             [200, 501, 200, 405, 200, 400, 405, 405, 200, 400])
        client.expect_end()


@test("a pipelined request after one that says close is not answered")
def _():
    with Client() as client:
        client.raw(request("GET /b.txt HTTP/1.1", "Host: tux", "Connection: close") + ASK * 3)
        same(len(client.answer().body), 5000)
        client.expect_end()


@test("empty lines before a request are skipped, up to four")
def _():
    with Client() as client:
        client.raw(b"\r\n" + ASK + b"\r\n" * 4 + ASK)
        same([client.answer().status, client.answer().status], [200, 200])
        client.raw(b"\r\n" * 5 + ASK)
        same(client.answer().status, 400)
        client.expect_end()


@test("one byte per segment")
def _():
    data = request("GET /a.txt?query HTTP/1.1", "Host: tux.example", "User-Agent: slow") * 2
    with Client() as client:
        segments(client, data, [1] * len(data))
        same([client.answer().body, client.answer().body], [b"a" * 100] * 2)
        client.expect_silence()


@test("a head may be cut in two at every byte, and the next request follows at once")
def _():
    data = request("GET /a.txt HTTP/1.1", "Host: tux", "A: b") + ASK
    first = len(data) - len(ASK)
    with Client() as client:
        for cut in range(1, len(data)):
            client.raw(data[:cut])
            # The server has surely seen the first piece when it has answered somebody else.
            if cut % 16 == 0 or cut in (first - 3, first - 2, first - 1, first):
                with Client() as other:
                    other.expect_open()
            client.raw(data[cut:])
            same([client.answer().status, client.answer().status], [200, 200], f"cut at {cut}")


@test("a long head may be cut anywhere, too")
def _():
    data = request("GET /a.txt HTTP/1.1", "Host: tux", *(f"X-{i}: " + "y" * 200 for i in range(20)))
    with Client() as client:
        for cut in (1, 2, 1000, 2047, 2048, 2049, 3000, len(data) - 4, len(data) - 1):
            client.raw(data[:cut])
            with Client() as other:
                other.expect_open()
            client.raw(data[cut:] + ASK)
            same([client.answer().status, client.answer().status], [200, 200], f"cut at {cut}")
        segments(client, data + ASK, [500] * (len(data) // 500) + [len(data) % 500 + len(ASK)])
        same([client.answer().status, client.answer().status], [200, 200])


@test("a wrong byte in a head is refused before the head is whole")
def _():
    for bad in (b"GET / HTTP/1.1\r\nHost: tux\r\nA: \x00", b"GET / HTTP/1.1\r\n\n",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n"):
        with Client() as client:
            client.raw(bad)
            same(client.answer().status, 400, bad)
            client.expect_end()


@test("a client that shuts its side gets its whole answer, then the end")
def _():
    before = server.stats()
    whole = bytes(range(256)) * 8192
    with Client(receive_buffer=32768) as client:
        client.raw(request("GET /big.bin HTTP/1.1", "Host: tux"))
        client.finish_sending()
        same(client.answer().body == whole, True, "all bytes")
        client.expect_end()
    with Client() as client:
        client.raw(ASK * 20)
        client.finish_sending()
        same([client.answer().status for _ in range(20)], [200] * 20)
        client.expect_end()
    with Client() as client:
        client.finish_sending()
        client.expect_end()
    same(server.stat("requests") - before["requests"], 21, "requests")


@test("a client that shuts its side in a head is told so")
def _():
    for head in (b"G", ASK[:-2], request("GET / HTTP/1.1", "A: " + "b" * 4000)[:-1]):
        with Client() as client:
            client.raw(head)
            client.finish_sending()
            same(client.answer().status, 400)
            client.expect_end()


@test("an urgent byte is a byte like any other")
def _():
    with Client() as client:
        client.raw(ASK[:10])
        client.socket.send(ASK[10:11], socket.MSG_OOB)
        client.raw(ASK[11:])
        same(client.answer().status, 200)
        client.socket.send(ASK, socket.MSG_OOB)
        same(client.answer().status, 200)
        client.raw(ASK[:-1])
        client.socket.send(ASK[-1:], socket.MSG_OOB)
        same(client.answer().status, 200)
        client.socket.send(b"!", socket.MSG_OOB)
        client.raw(ASK)
        # "!GET" is a method that nobody knows.
        same(client.answer().status, 501)
        client.expect_open()


@test("an urgent byte that arrives before the connection is accepted is not lost")
def _():
    for _ in range(5):
        with Client() as client:
            client.socket.send(ASK[:7], socket.MSG_OOB)
            client.raw(ASK[7:])
            same(client.answer().status, 200)


@test("a reset in the middle of an answer frees everything and disturbs nobody")
def _():
    with Client() as other:
        for _ in range(10):
            client = Client(receive_buffer=4096)
            client.raw(request("GET /big.bin HTTP/1.1", "Host: tux"))
            client.head()
            client.abort()
            other.expect_open()
        wait_until(lambda: server.open_connections() == 1, "the reset connections to go")


@test("a client that has gone before its answer is there disturbs nobody")
def _():
    with Client() as other:
        for how in ("close", "abort") * 5:
            client = Client()
            client.raw(ASK * 10)
            if how == "abort":
                client.abort()
            else:
                client.socket.close()
            other.expect_open()
        wait_until(lambda: server.open_connections() == 1, "the connections to go")


@test("a slow client that sent more than was answered gets its whole answer all the same")
def _():
    whole = bytes(range(256)) * 400
    server.write("half.bin", whole, age=1000)
    with Client(receive_buffer=4096) as client:
        client.raw(request("GET /half.bin HTTP/1.1", "Host: tux", "Connection: close") + ASK)
        # Longer than the server waits for a client that has got everything.
        time.sleep(4)
        client.raw(ASK)
        same(client.answer().body == whole, True, "all bytes")
        client.expect_end()


@test("a client that reads slowly does not hold up others, and gets every byte")
def _():
    whole = bytes(range(256)) * 8192
    with Client(receive_buffer=4096) as slow, Client() as fast:
        slow.raw(request("GET /big.bin HTTP/1.1", "Host: tux"))
        slow.head()
        begin = time.monotonic()
        for _ in range(50):
            fast.expect_open()
        took = time.monotonic() - begin
        same(len(slow.pending) < 200000, True, "the slow client has not got everything")
        same(slow.body(len(whole)) == whole, True, "all bytes")
        begin = time.monotonic()
        for _ in range(50):
            fast.expect_open()
        alone = time.monotonic() - begin
        expect(took < 10 * alone + 1, f"50 requests took {took:.2f} s beside it, {alone:.2f} s alone")


run(server)
