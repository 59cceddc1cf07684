#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=http core
"""Bodies of requests are read and dropped, within a limit, and never taken for the next request."""
import time

from tuxtest import Client, Server, Temporarily, expect, request, run, same, test

server = Server(threads=1)
server.write("index.html", b"index", age=1000)
server.write("a.txt", b"a" * 100, age=1000)
server.write("secret.txt", b"smuggled", age=1000)

NEXT = request("GET /a.txt HTTP/1.1", "Host: tux")
# What a body contains that wants to be a request.
BAIT = request("GET /secret.txt HTTP/1.1", "Host: tux")


def head(method, *fields, version="1.1"):
    """The head of a request for the page of the root."""
    return request(f"{method} / HTTP/{version}", "Host: tux", *fields)


def chunked(*pieces):
    """A chunked body."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def expect_dropped(client, question, method, status):
    """The body must be dropped, and the request behind it answered."""
    client.raw(question + NEXT)
    same(client.answer(method).status, status)
    same(client.answer().body, b"a" * 100, "the request behind the body")


BODIES = [
    ("of one byte", ["Content-Length: 1"], b"x"),
    ("that looks like a request", [f"Content-Length: {len(BAIT)}"], BAIT),
    ("of 70,000 bytes", ["Content-Length: 70000"], BAIT.ljust(70000, b"\r")),
    ("of a chunk", ["Transfer-Encoding: chunked"], chunked(BAIT)),
    ("of chunks", ["transfer-encoding: CHUNKED"], chunked(*[BAIT] * 20)),
    ("of no chunk but the last", ["Transfer-Encoding: chunked"], b"000\r\n\r\n"),
    ("of chunks with extensions and trailers", ["Transfer-Encoding: chunked"],
     b"5;a=b;c=\"d\"\r\nGET /\r\n1 ; x\r\n!\r\n0;last\r\nGET: /secret.txt HTTP/1.1\r\nHost: x\r\n\r\n"),
]


for body_name, body_fields, body_bytes in BODIES:
    @test(f"a body {body_name} is dropped with GET, HEAD, POST and PUT, and the next request answered")
    def _(fields=body_fields, body=body_bytes):
        with Client() as client:
            for method, status in (("GET", 200), ("HEAD", 200), ("POST", 405), ("PUT", 405)):
                expect_dropped(client, head(method, *fields) + body, method, status)
            client.expect_silence()


@test("a body may come in pieces, cut anywhere")
def _():
    question = head("POST", "Transfer-Encoding: chunked") + chunked(b"abc", BAIT)
    with Client() as client, Client() as other:
        for cut in range(60, len(question)):
            client.raw(question[:cut])
            if cut % 8 == 0:
                other.expect_open()
            client.raw(question[cut:] + NEXT)
            same([client.answer().status, client.answer().status], [405, 200], f"cut at {cut}")
        question = head("POST", "Content-Length: 100") + b"x" * 100
        for byte in question + NEXT:
            client.raw(bytes([byte]))
        same([client.answer().status, client.answer().status], [405, 200])


@test("the answer does not wait for the body, the next request does")
def _():
    with Client() as client:
        client.raw(head("GET", "Content-Length: 10"))
        same(client.answer().status, 200)
        client.raw(b"123456789")
        client.expect_silence()
        client.raw(b"0" + NEXT)
        same(client.answer().body, b"a" * 100)


@test("a body that does not come in time ends the connection")
def _():
    with Temporarily("header_timeout", 1), Client() as client:
        client.raw(head("GET", "Content-Length: 10") + b"12345")
        same(client.answer().status, 200)
        begin = time.monotonic()
        client.expect_end()
        expect(0.5 < time.monotonic() - begin < 5, "about a second")


@test("max_body_len bounds a body: one byte more gets 413, and a body in chunks ends the connection")
def _():
    with Temporarily("max_body_len", 1000), Client() as client:
        expect_dropped(client, head("PUT", "Content-Length: 1000") + b"x" * 1000, "PUT", 405)
        client.raw(head("PUT", "Content-Length: 1001") + b"x" * 1001 + NEXT)
        same(client.answer().status, 413)
        client.expect_end()
    with Temporarily("max_body_len", 1000), Client() as client:
        client.raw(head("PUT", "Transfer-Encoding: chunked") + chunked(b"x" * 400, b"y" * 400) + NEXT)
        same([client.answer().status, client.answer().status], [405, 200])
        client.raw(head("PUT", "Transfer-Encoding: chunked") + chunked(b"x" * 700, b"y" * 700) + NEXT)
        same(client.answer().status, 405)
        client.expect_end()
    with Temporarily("max_body_len", 0), Client() as client:
        expect_dropped(client, head("GET", "Content-Length: 0"), "GET", 200)
        client.raw(head("GET", "Content-Length: 1") + b"x")
        same(client.answer().status, 413)
        client.expect_end()


@test("the answer 413 reaches a client that sends its whole body before it reads")
def _():
    with Client() as client:
        client.raw(head("PUT", "Content-Length: 1100000"))
        client.raw(b"x" * 1000000)
        same(client.answer().status, 413)
        client.expect_end()


@test("a broken chunked body ends the connection after the answer")
def _():
    for body in (b"g\r\n", b"-1\r\n", b"\r\n", b"1\nx\r\n", b"1\r\nxx\r\n", b"1\r\nx\n0\r\n\r\n",
                 b"1 x\r\n", b"10000000000000000\r\n", b"0\r\nno colon\r\n\r\n", b"0\r\n bad: x\r\n\r\n",
                 b"0\r\n\n", b"1;" + b"e" * 5000 + b"\r\n", b"0\r\nA: " + b"t" * 20000 + b"\r\n\r\n"):
        with Client() as client:
            client.raw(head("POST", "Transfer-Encoding: chunked") + body + BAIT)
            same(client.answer().status, 405, body[:30])
            client.expect_end()


@test("a client that shuts its side in a body gets its answer, then the end")
def _():
    for fields in (("Content-Length: 10",), ("Transfer-Encoding: chunked",)):
        with Client() as client:
            client.raw(head("GET", *fields) + b"5\r\n")
            client.finish_sending()
            same(client.answer().status, 200)
            client.expect_end()


@test("Expect: 100-continue gets the final answer at once, and the connection ends")
def _():
    for method, status in (("GET", 200), ("PUT", 405)):
        with Client() as client:
            client.raw(head(method, "Content-Length: 10", "Expect: 100-continue"))
            answer = client.answer()
            same((answer.status, answer["connection"]), (status, "close"))
            # The body that a hasty client sends after all is not a request.
            client.raw(b"0123456789" + BAIT)
            client.expect_end()
    with Client() as client:
        client.raw(head("PUT", "Content-Length: 1048577", "Expect: 100-continue"))
        same(client.answer().status, 413)
        client.expect_end()


@test("Expect means nothing without a body, and to HTTP/1.0; what it does not name is refused")
def _():
    with Client() as client:
        client.raw(head("GET", "Expect: 100-Continue"))
        same(client.answer().keeps, True)
        client.raw(head("GET", "Connection: keep-alive", "Expect: foo", version="1.0"))
        same(client.answer(version="1.0").status, 200)
        client.raw(head("GET", "Expect: 100-continue, foo", "Content-Length: 3") + b"abc" + NEXT)
        same(client.answer().status, 417)
        client.expect_end()


# Each of these is a request that two programs could read in two ways.
SMUGGLING = [
    ("CL.TE: Content-Length beside chunked", ["Content-Length: 4", "Transfer-Encoding: chunked"]),
    ("TE.CL: chunked beside Content-Length", ["Transfer-Encoding: chunked", "Content-Length: 4"]),
    ("TE.TE: chunked twice", ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]),
    ("TE.TE: chunked, chunked", ["Transfer-Encoding: chunked, chunked"]),
    ("TE.TE: chunked and an unknown one behind", ["Transfer-Encoding: chunked, identity"]),
    ("TE: something like chunked", ["Transfer-Encoding: xchunked"]),
    ("TE: chunked in quotes", ['Transfer-Encoding: "chunked"']),
    ("TE: identity", ["Transfer-Encoding: identity"]),
    ("TE: empty", ["Transfer-Encoding:"]),
    ("TE: with an empty element", ["Transfer-Encoding: ,chunked"]),
    ("TE: with a parameter", ["Transfer-Encoding: chunked;q=1"]),
    ("TE: blank before the colon", ["Transfer-Encoding : chunked"]),
    ("TE: with a vertical tab", ["Transfer-Encoding: \x0bchunked"]),
    ("TE: continued line", ["Transfer-Encoding:", " chunked"]),
    ("TE: hidden behind CR", ["X: y\rTransfer-Encoding: chunked"]),
    ("TE: hidden behind LF", ["X: y\nTransfer-Encoding: chunked"]),
    ("TE: hidden behind NUL", ["X: y\0Transfer-Encoding: chunked"]),
    ("CL.CL: two lengths", ["Content-Length: 4", "Content-Length: 5"]),
    ("CL.CL: one length twice", ["Content-Length: 4", "Content-Length: 4"]),
    ("CL: a list", ["Content-Length: 4, 4"]),
    ("CL: with a sign", ["Content-Length: +4"]),
    ("CL: negative", ["Content-Length: -4"]),
    ("CL: hexadecimal", ["Content-Length: 0x4"]),
    ("CL: with a blank inside", ["Content-Length: 4 2"]),
    ("CL: with a point", ["Content-Length: 4.0"]),
    ("CL: empty", ["Content-Length:"]),
    ("CL: blank before the colon", ["Content-Length : 4"]),
    ("CL: more than 63 bits", ["Content-Length: 9223372036854775808"]),
    ("CL: 2 to the power of 64", ["Content-Length: 18446744073709551616"]),
    ("CL: continued line", ["Content-Length: 4", "\t2"]),
    ("Host: two", ["Host: other"]),
]

for smuggling_name, smuggling_fields in SMUGGLING:
    @test(f"smuggling is refused: {smuggling_name}")
    def _(fields=smuggling_fields):
        for method in ("GET", "POST"):
            with Client() as client:
                client.raw(head(method, *fields) + b"0\r\n\r\n" + BAIT)
                answer = client.answer()
                same((answer.status, answer["connection"]), (400, "close"))
                client.expect_end()


@test("smuggling is refused: chunked in HTTP/1.0")
def _():
    with Client() as client:
        client.raw(head("POST", "Transfer-Encoding: chunked", version="1.0") + b"0\r\n\r\n" + BAIT)
        same(client.answer(version="1.0").status, 400)
        client.expect_end()


@test("a length with zeros in front is the same length")
def _():
    with Client() as client:
        expect_dropped(client, head("PUT", "Content-Length: 0000000000000000000000004") + b"GET ",
                       "PUT", 405)


run(server)
