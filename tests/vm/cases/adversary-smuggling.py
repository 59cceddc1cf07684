#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=adversary
"""No byte out of place makes one request into two: heads and chunked bodies, position by position.

http-body has the well-known forms by name; here is every position.
"""
from tuxtest import Client, Failure, Server, expect, request, run, same, test

server = Server(threads=1)
server.write("index.html", b"index", age=1000)
server.write("secret.txt", b"smuggled", age=1000)

# What must never be answered: it stands where only a body or nothing can stand.
BAIT = request("GET /secret.txt HTTP/1.1", "Host: tux")
HEAD = request("POST /?a=b HTTP/1.1", "Host: tux", "X-Y: z", f"Content-Length: {len(BAIT)}")
CHUNKED_HEAD = request("POST / HTTP/1.1", "Host: tux", "Transfer-Encoding: chunked")
CHUNKED_BODY = b"3;e=f\r\nabc\r\n0\r\nT: u\r\n\r\n"
CONTENT = CHUNKED_BODY.index(b"abc")

# CR, LF and NUL as line ends or white space (RFC 9112 2.2, RFC 9110 5.5), and their relatives.
CONTROLS = b"\r\n\0\x0b\x0c\x1c\x7f"


def changed(data):
    """Every way to replace one byte by a control character, or to put one in front of it."""
    for position in range(len(data)):
        for control in CONTROLS:
            byte = bytes([control])
            if data[position] != control:
                yield position, data[:position] + byte + data[position + 1:]
            # A second line feed at the very end would stand behind all of it.
            if data[position:] != byte:
                yield position, data[:position] + byte + data[position:]


def expect_refused(question, statuses, what):
    """The statuses in order, then the end of the connection: nothing more is answered."""
    try:
        with Client() as client:
            client.raw(question)
            for status in statuses:
                same(client.answer().status, status)
            client.expect_end()
    except (Failure, OSError) as error:
        raise Failure(f"{what!r}: {error}") from error


@test("a control character at any place of a head: 400, and what follows is not a request")
def _():
    with Client() as client:
        client.raw(HEAD + BAIT)
        same(client.answer().status, 405, "the head as it is")
        client.expect_open()
    for position, head in changed(HEAD):
        expect_refused(head + BAIT, [400], head[:position + 20])


@test("a control character at any place of the framing of a chunked body ends the connection")
def _():
    with Client() as client:
        client.raw(CHUNKED_HEAD + CHUNKED_BODY)
        same(client.answer().status, 405, "the body as it is")
        client.expect_open()
    tried = 0
    for position, body in changed(CHUNKED_BODY):
        if len(body) == len(CHUNKED_BODY) and CONTENT <= position < CONTENT + 3:
            continue
        expect_refused(CHUNKED_HEAD + body + BAIT, [405], body)
        tried += 1
    expect(tried > 200, f"{tried} bodies")


@test("a chunk size is hexadecimal digits and nothing else, at most sixteen")
def _():
    for size in ("0x3", "+3", " 3", "\t3", "3 3", "3_", "_3", "3h", "3,", "3\t", "\"3\"", "3.0", "'3",
                 "00000000000000003", "8000000000000003", "10000000000000003", "fffffffffffffffd"):
        body = size.encode() + b"\r\nabc\r\n0\r\n\r\n"
        expect_refused(CHUNKED_HEAD + body + BAIT, [405], size)
    for size in ("3", "0000000000000003", "3;", "3 ;x", "3\t;x=\"a\\\"b;\"", "3;\x80"):
        with Client() as client:
            client.raw(CHUNKED_HEAD + size.encode("latin-1") + b"\r\nabc\r\n0\r\n\r\n")
            same(client.answer().status, 405, size)
            client.expect_open()


@test("a chunk that is longer or shorter than it says ends the connection")
def _():
    for said in (1, 2, 4, 5, 6, 7):
        expect_refused(CHUNKED_HEAD + b"%x\r\nabc\r\n0\r\n\r\n" % said + BAIT, [405], said)


@test("chunk extensions and trailers are not read as fields or requests, however they look")
def _():
    trailers = b"0\r\nContent-Length: 1000\r\nTransfer-Encoding: chunked\r\nHost: a\r\nHost: b\r\n\r\n"
    for body in (b"3;\"\rGET\"", b"0;\nGET / HTTP/1.1"):
        expect_refused(CHUNKED_HEAD + body + b"\r\n\r\n" + BAIT, [405], body)
    with Client() as client:
        client.raw(CHUNKED_HEAD + b"3;GET /secret.txt HTTP/1.1\r\nabc\r\n" + trailers)
        same(client.answer().status, 405)
        client.expect_open()


@test("white space before, between and around field lines: 400")
def _():
    start = b"GET / HTTP/1.1\r\n"
    for lines in (b" Host: tux\r\n", b"\tHost: tux\r\n", b" \r\nHost: tux\r\n", b"Host: tux\r\n \r\n",
                  b"Host: tux\r\nX: y\r\n z\r\n", b"Host: tux\r\n\tX: y\r\n", b"Host : tux\r\n",
                  b"Host\t: tux\r\n", b"Ho st: tux\r\n", b"Host: tux\r\n: y\r\n",
                  b"Host: tux\r\nX\r\n", b"Host: tux\r\nX\r\n: y\r\n"):
        expect_refused(start + lines + b"\r\n" + BAIT, [400], lines)


@test("blanks in a request line: one between two words, none elsewhere")
def _():
    for line in (b" GET / HTTP/1.1", b"GET  / HTTP/1.1", b"GET /  HTTP/1.1", b"GET / HTTP/1.1 ",
                 b"GET\t/ HTTP/1.1", b"GET /\tHTTP/1.1", b"GET / a HTTP/1.1", b"GET /", b"GET / ",
                 b"GET HTTP/1.1", b"GET / HTTP/1.1 HTTP/1.1", b"GET / HTTP /1.1", b"GET / http/1.1",
                 b"GET / HTTP/1.10", b"GET / HTTP/01.1", b"GET / HTTP/1,1"):
        expect_refused(line + b"\r\nHost: tux\r\n\r\n" + BAIT, [400], line)


@test("a name that is nearly that of a framing field is another field")
def _():
    for name in ("Content-Lengt", "Content-Length2", "Content_Length", "XContent-Length",
                 "Transfer_Encoding", "Transfer-Encodin", "Transfer-EncodinG-"):
        value = "chunked" if "rans" in name else "4"
        with Client() as client:
            client.send("POST / HTTP/1.1", "Host: tux", f"{name}: {value}")
            same(client.answer().status, 411, name)
            client.expect_open()
    for name in ("cONTENT-lENGTH", "CONTENT-LENGTH"):
        with Client() as client:
            client.send("POST / HTTP/1.1", "Host: tux", f"{name}: {len(BAIT)}")
            client.raw(BAIT)
            same(client.answer().status, 405, name)
            client.expect_open()


@test("the body of any method that is answered without it is dropped: it is never a request")
def _():
    for method, status in (("GET", 200), ("HEAD", 200), ("POST", 405), ("DELETE", 405), ("BREW", 501),
                           ("OPTIONS", 405), ("TRACE", 405), ("PATCH", 405)):
        with Client() as client:
            client.send(f"{method} / HTTP/1.1", "Host: tux", f"Content-Length: {len(BAIT)}")
            client.raw(BAIT)
            same(client.answer(method).status, status, method)
            client.expect_open()


run(server)
