#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=http core
"""Every status that a request alone can bring about, and what becomes of the connection afterwards.

408 is in http-limits, 500 in file-errors, 503 in file-helpers: they need more than a request.
"""
import multiprocessing

from tuxtest import (Client, Server, Temporarily, expect, format_date, get, request, run, same,
                     test)

server = Server(threads=1)
server.write("index.html", b"index", age=1000)
server.write("a.txt", b"a" * 100, age=1000)
server.write("private", b"secret", mode=0o600)
server.write("dir/a", b"a")
server.write("oops.html", b"<p>not here", age=1000)


def line(method="GET", target="/a.txt", version="HTTP/1.1", fields=("Host: tux",)):
    """The head of a request."""
    return request(f"{method} {target} {version}", *fields)


def with_field(*fields, method="GET", target="/a.txt"):
    """The head of a request with more fields."""
    return line(method, target, fields=("Host: tux", *fields))


# What is asked, the answer's status, and whether the connection can be used again afterwards.
QUESTIONS = [
    ("a file", line(), 200, True),
    ("the document root", line(target="/"), 200, True),
    ("a file, with HEAD", line("HEAD"), 200, True),
    ("a file with a query", line(target="/a.txt?b=c&d"), 200, True),
    ("a file by its absolute form", line(target="http://tux/a.txt"), 200, True),
    ("a directory without its slash", line(target="/dir"), 301, True),
    ("what has not changed since a date",
     with_field("If-Modified-Since: " + format_date(2000000000)), 304, True),
    ("any state but all known ones", with_field("If-None-Match: *"), 304, True),
    ("a line without a version", b"GET /a.txt\r\nHost: tux\r\n\r\n", 400, False),
    ("a line with a version of another protocol", line(version="HTTPS/1.1"), 400, False),
    ("a line with two spaces", b"GET  /a.txt HTTP/1.1\r\nHost: tux\r\n\r\n", 400, False),
    ("a line that ends in LF alone", b"GET /a.txt HTTP/1.1\nHost: tux\n\n", 400, False),
    ("a field that ends in LF alone", b"GET /a.txt HTTP/1.1\r\nHost: tux\n\r\n", 400, False),
    ("a field with CR in it", b"GET /a.txt HTTP/1.1\r\nHost: t\rux\r\n\r\n", 400, False),
    ("a field with NUL in it", b"GET /a.txt HTTP/1.1\r\nHost: tux\r\nA: \0\r\n\r\n", 400, False),
    ("a field without a colon", with_field("Foo"), 400, False),
    ("a field without a name", with_field(": foo"), 400, False),
    ("a field with a blank before the colon", with_field("Foo : bar"), 400, False),
    ("a field that is continued", with_field("Foo: bar", " baz"), 400, False),
    ("a field before which there is a blank", line(fields=(" Foo: bar", "Host: tux")), 400, False),
    ("a target with a blank in it", line(target="/a b"), 400, False),
    ("a target with a control character", line(target="/a\x01"), 400, False),
    ("a target with a byte above 127", line(target="/\xe4"), 400, False),
    ("a target with a fragment", line(target="/a.txt#b"), 400, False),
    ("a target without a slash", line(target="a.txt"), 400, False),
    ("* for a file", line(target="*"), 400, False),
    ("a method with a character that it cannot have", line("G(T"), 400, False),
    ("a method that is empty", line(""), 400, False),
    ("no Host", line(fields=()), 400, False),
    ("a broken percent-encoding", line(target="/%zz"), 400, True),
    ("a percent-encoding cut short", line(target="/%a"), 400, True),
    ("an encoded NUL", line(target="/a%00b"), 400, True),
    ("a file above the document root", line(target="/../etc/passwd"), 400, True),
    ("a directory without an index", line(target="/dir/"), 403, True),
    ("a file that others may not read", line(target="/private"), 403, True),
    ("what does not exist", line(target="/nothing"), 404, True),
    ("what does not exist, with HEAD", line("HEAD", "/nothing"), 404, True),
    ("what does not exist in a directory that does not exist", line(target="/no/no"), 404, True),
    ("a file as if it were a directory", line(target="/a.txt/"), 404, True),
    ("a file in a file", line(target="/a.txt/b"), 404, True),
    ("an encoded slash", line(target="/dir%2fa"), 404, True),
    ("a name of 256 bytes", line(target="/" + "n" * 256), 404, True),
    ("POST to a file", with_field("Content-Length: 0", method="POST"), 405, True),
    ("POST to what does not exist", with_field("Content-Length: 0", method="POST",
                                               target="/nothing"), 405, True),
    ("PUT to a file", with_field("Content-Length: 3", method="PUT") + b"abc", 405, True),
    ("DELETE of a file", line("DELETE"), 405, True),
    ("OPTIONS of a file", line("OPTIONS"), 405, True),
    ("OPTIONS of the server", line("OPTIONS", "*"), 405, True),
    ("TRACE", line("TRACE"), 405, True),
    ("PATCH", line("PATCH"), 405, True),
    ("CONNECT", line("CONNECT", "tux:80"), 405, True),
    ("POST without a length", line("POST"), 411, True),
    ("PUT without a length", line("PUT"), 411, True),
    ("another state than there is", with_field('If-Match: "other"'), 412, True),
    ("an older state than there is", with_field("If-Unmodified-Since: " + format_date(1)), 412,
     True),
    ("a body beyond max_body_len", with_field("Content-Length: 1048577"), 413, False),
    ("POST of a body beyond max_body_len",
     with_field("Content-Length: 9223372036854775807", method="POST"), 413, False),
    ("a line of more than half of max_header_len", line(target="/" + "x" * 8200), 414, False),
    ("an endless line", b"GET /" + b"x" * 20000, 414, False),
    ("an expectation that nobody knows", with_field("Expect: 200-ok"), 417, False),
    ("fields of more than max_header_len", with_field("A: " + "b" * 16384), 431, False),
    ("fields without end", request("GET / HTTP/1.1", "Host: tux") [:-2] + b"A: " + b"b" * 20000,
     431, False),
    ("more fields than 100", with_field(*["A: b"] * 100), 431, False),
    ("a method that nobody knows", line("BREW"), 501, True),
    ("a method that is known in other letters", line("get"), 501, True),
    ("a body in an unknown coding", with_field("Transfer-Encoding: gzip, chunked"), 501, False),
    ("HTTP/2.0", line(version="HTTP/2.0"), 505, False),
    ("HTTP/3.7", line(version="HTTP/3.7"), 505, False),
]


def method_of(question):
    """The method, since an answer to HEAD has no body."""
    return question.split(b" ", 1)[0].decode("latin-1")


def add(name, question, status, keeps):
    """One test for one question."""
    state = "goes on" if keeps else "is closed"

    @test(f"{status} for {name}; the connection {state}")
    def _():
        with Client() as client:
            client.raw(question)
            answer = client.answer(method_of(question))
            same(answer.status, status)
            same(answer.keeps, keeps, "Connection: Keep-Alive")
            if status >= 400 and method_of(question) != "HEAD":
                expect(answer.body.startswith(b"<!DOCTYPE html>") and
                       b"<title>%d " % status in answer.body, f"no page: {answer.body!r}")
            if keeps:
                client.expect_open()
            else:
                client.expect_end()


for entry in QUESTIONS:
    add(*entry)


@test("an answer to HEAD says what the answer to GET would, whatever the status")
def _():
    with Client() as client:
        for target in ("/a.txt", "/", "/dir", "/dir/", "/nothing", "/%zz", "/private"):
            whole = client.get(target)
            head = client.get(target, method="HEAD")
            for answer in (whole, head):
                answer.fields.pop("date")
            same((head.status, head.fields), (whole.status, whole.fields), target)
            same(len(whole.body), int(whole["content-length"]), target)


@test("HEAD is answered without a body also when the request cannot be understood")
def _():
    for question in (request("HEAD / HTTP/1.1"), request("HEAD / HTTP/1.1", "Host: a", "Foo"),
                     request("HEAD / HTTP/1.1", "Host: a", "A: " + "b" * 16384),
                     request("HEAD / HTTP/2.0"), request("HEAD /" + "x" * 8200 + " HTTP/1.1")):
        with Client() as client:
            client.raw(question)
            expect(client.answer("HEAD").status in (400, 414, 431, 505), "an error")
            client.expect_end()


@test("what one client asked is not taken for what the next one asks")
def _():
    for first, second in (("HEAD", "GET"), ("GET", "HEAD")):
        with Client() as client, Client() as other:
            other.get("/a.txt", method=first)
            # Both parts of this head reach the server after the other request.
            client.raw(f"{second} / HTTP/1.1\r\nHost: tux\r\nA: ".encode() + b"b" * 3000)
            client.expect_silence()
            other.get("/a.txt", method=first)
            client.raw(b"\0")
            same(client.answer(second).status, 400)
            client.expect_end()


@test("404_page: the file is sent with status 404, for HEAD too; without it the answer is short")
def _():
    with Temporarily("404_page", "oops.html"), Client() as client:
        for method in ("GET", "HEAD"):
            answer = client.get("/nothing", method=method)
            same((answer.status, answer["content-type"]), (404, "text/html"))
            same(answer["content-length"], "11")
            same(answer.body, b"<p>not here" if method == "GET" else b"")
        same(client.get("/oops.html").status, 200)
        same(client.get("/nothing", "If-None-Match: *").status, 404)
    with Temporarily("404_page", "dir"):
        expect(b"<title>404" in get("/nothing").body, "a directory is no page")
    with Temporarily("404_page", "private"):
        expect(b"<title>404" in get("/nothing").body, "nor is what may not be read")
    with Temporarily("404_page", "gone"):
        expect(b"<title>404" in get("/nothing").body, "nor is what is not there")


def flood():
    """Keep the worker busy, until this is killed."""
    with Client() as client:
        client.socket.settimeout(None)
        while True:
            client.raw(line("HEAD") * 100)
            for _ in range(100):
                client.head()


@test("404_page: holds for the next request, in the middle of a round, too")
def _():
    busy = multiprocessing.Process(target=flood)
    busy.start()
    try:
        with Temporarily("404_page", "oops.html"):
            for turn in range(100):
                page, body = (("oops.html", b"<p>not here"), ("a.txt", b"a" * 100))[turn % 2]
                Server.set("404_page", page)
                same(get("/nothing").body, body, f"turn {turn}")
    finally:
        busy.kill()
        busy.join()


@test("a 405 says which methods there are")
def _():
    same(get("/a.txt", "Content-Length: 0", method="DELETE")["allow"], "GET, HEAD")


run(server)
