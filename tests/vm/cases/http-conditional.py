#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=http core
"""Validators are honest, and conditions are evaluated as RFC 9110 section 13 says."""
import os
import time

from tuxtest import (Client, Server, Temporarily, expect, format_date, parse_date, run, same, test)

OLD = 1000000000

server = Server(threads=1)


def settle(path):
    """Make a file look as if it had been left alone for long; its ctime needs a moment for that."""
    os.utime(path, (OLD, OLD))


settle(server.write("a.txt", b"a" * 100))
settle(server.write("b.txt", b"b" * 100))
settle(server.write("empty", b""))
time.sleep(0.1)


def status(client, *fields, target="/a.txt", method="GET"):
    """The status of the answer under conditions."""
    return client.get(target, *fields, method=method).status


@test("an old file has a strong ETag and the date of its last change, the same each time")
def _():
    with Client() as client:
        first = client.get("/a.txt")
        expect(first["etag"].startswith('"') and first["etag"].endswith('"'), first["etag"])
        same(parse_date(first["last-modified"]), OLD)
        for method in ("GET", "HEAD"):
            again = client.get("/a.txt", method=method)
            same((again["etag"], again["last-modified"]), (first["etag"], first["last-modified"]))
        expect(client.get("/b.txt")["etag"] != first["etag"], "another file, another ETag")
        expect(client.get("/empty")["etag"] != first["etag"], "another file, another ETag")


@test("If-None-Match: 304 for the ETag, in a list, weak or not, and for *")
def _():
    with Client() as client:
        tag = client.get("/a.txt")["etag"]
        for value in (tag, "W/" + tag, f'"x", {tag}', f'{tag}, "x"', f'"x" ,\t W/{tag} , "y"', "*", f',,{tag},'):
            answer = client.get("/a.txt", "If-None-Match: " + value)
            same((answer.status, answer["etag"], answer.body), (304, tag, b""), value)
            same(answer["last-modified"], format_date(OLD))
            same((answer["content-type"], answer["content-length"]), (None, None))
            same(status(client, "If-None-Match: " + value, method="HEAD"), 304)
        for value in ('"x"', tag[:-1], tag.strip('"'), tag.upper(), "w/" + tag, '"', "", "**", f"'{tag}'",
                      f'"x" {tag}', '"*", "x"'):
            same(status(client, "If-None-Match: " + value), 200, value)
        same(status(client, 'If-None-Match: "x"', "If-None-Match: " + tag), 304, "two lines")
        same(status(client, 'If-None-Match: "x"', 'If-None-Match: "y"'), 200, "two lines")
        same(status(client, "If-None-Match: *", target="/nothing"), 404)


@test("If-Modified-Since: 304 for the date or a later one, in all three formats")
def _():
    with Client() as client:
        for value in (format_date(OLD), format_date(OLD + 1), "Sunday, 09-Sep-01 01:46:40 GMT",
                      "Sun Sep  9 01:46:40 2001", "Fri, 31 Dec 9999 23:59:59 GMT"):
            same(status(client, "If-Modified-Since: " + value), 304, value)
        for value in (format_date(OLD - 1), format_date(0), "yesterday", "", "Sun, 09 Sep 2001 01:46:40",
                      "Sun, 09 Sep 2001 01:46:40 UTC", "Sun, 9 Sep 2001 01:46:40 GMT", str(OLD),
                      "Sun, 09 Sep 2001 25:46:40 GMT"):
            same(status(client, "If-Modified-Since: " + value), 200, value)
        now = format_date(OLD)
        same(status(client, "If-Modified-Since: " + now, "If-Modified-Since: " + now), 200, "two lines")


@test("If-None-Match decides alone when If-Modified-Since comes with it")
def _():
    with Client() as client:
        tag = client.get("/a.txt")["etag"]
        same(status(client, 'If-None-Match: "x"', "If-Modified-Since: " + format_date(OLD)), 200)
        same(status(client, f"If-None-Match: {tag}", "If-Modified-Since: " + format_date(0)), 304)


@test("If-Match: 412 unless the ETag is there, compared strongly")
def _():
    with Client() as client:
        tag = client.get("/a.txt")["etag"]
        for value in (tag, f'"x", {tag}', "*"):
            same(status(client, "If-Match: " + value), 200, value)
        for value in ('"x"', "W/" + tag, "", tag.strip('"')):
            same(status(client, "If-Match: " + value), 412, value)
            answer = client.get("/a.txt", "If-Match: " + value, method="HEAD")
            same(answer.status, 412, value)
        same(status(client, "If-Match: *", target="/nothing"), 404)


@test("If-Unmodified-Since: 412 for an earlier date; If-Match decides alone beside it")
def _():
    with Client() as client:
        tag = client.get("/a.txt")["etag"]
        same(status(client, "If-Unmodified-Since: " + format_date(OLD)), 200)
        same(status(client, "If-Unmodified-Since: " + format_date(OLD - 1)), 412)
        same(status(client, "If-Unmodified-Since: nonsense"), 200)
        same(status(client, f"If-Match: {tag}", "If-Unmodified-Since: " + format_date(0)), 200)
        same(status(client, 'If-Match: "x"', "If-Unmodified-Since: " + format_date(OLD)), 412)
        same(status(client, f"If-Match: {tag}", f"If-None-Match: {tag}"), 304)
        same(status(client, 'If-Match: "x"', f"If-None-Match: {tag}"), 412)


@test("Range is not offered and not obeyed")
def _():
    with Client() as client:
        answer = client.get("/a.txt", "Range: bytes=0-9")
        same((answer.status, len(answer.body), answer["accept-ranges"]), (200, 100, None))


@test("a file that has just changed has a weak ETag, no 304 and no Last-Modified of this second")
def _():
    with Client() as client:
        for attempt in range(5):
            path = server.write("fresh", b"x%d" % attempt)
            answer = client.get("/fresh")
            again = client.get("/fresh", f"If-None-Match: {answer['etag']}",
                               "If-Modified-Since: " + format_date(time.time() + 10))
            # Only what was seen within a tick or so of the change says something.
            if time.time_ns() - os.stat(path).st_ctime_ns < 7000000:
                expect(answer["etag"].startswith("W/"), answer["etag"])
                same((answer["last-modified"], again.status), (None, 200))
                return
        # An emulated machine may be too slow for that: a file that is open for writing is as fresh.
        with open(path, "r+b"):
            answer = client.get("/fresh")
            expect(answer["etag"].startswith("W/"), answer["etag"])
            same(status(client, f"If-None-Match: {answer['etag']}", target="/fresh"), 200)


@test("an ETag given for a fresh file never matches later; a strong one follows, then 304")
def _():
    with Client() as client:
        server.write("fresh", b"one")
        with open(server.path("fresh"), "r+b"):
            weak = client.get("/fresh")["etag"]
            expect(weak.startswith("W/"), weak)
        settle(server.path("fresh"))
        time.sleep(0.1)
        answer = client.get("/fresh", "If-None-Match: " + weak)
        same(answer.status, 200)
        expect(not answer["etag"].startswith("W/"), answer["etag"])
        same(status(client, "If-None-Match: " + answer["etag"], target="/fresh"), 304)


@test("whatever changes a file changes its ETag: content, size, time, mode, rename, a new file")
def _():
    path = server.write("changing", b"0" * 100)
    seen = set()

    def change(what, how):
        how()
        os.utime(path, (OLD, OLD))
        time.sleep(0.05)
        tag = client.get("/changing")["etag"]
        expect(tag not in seen, f"the same ETag after {what}")
        seen.add(tag)

    def replace():
        with open(path + ".new", "wb") as file:
            file.write(b"2" * 100)
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)

    def overwrite():
        with open(path, "r+b") as file:
            file.write(b"1")

    with Client() as client:
        change("nothing", lambda: None)
        change("an overwrite", overwrite)
        change("another size", lambda: os.truncate(path, 99))
        change("a mode", lambda: os.chmod(path, 0o755))
        change("a rename over it", replace)
        change("a link", lambda: os.link(path, path + ".link"))


@test("a file from the future has an ETag, but no 304 by its date")
def _():
    path = server.write("future", b"x")
    os.utime(path, (4000000000, 4000000000))
    time.sleep(0.1)
    with Client() as client:
        answer = client.get("/future")
        same(answer["last-modified"], None)
        same(status(client, "If-Modified-Since: " + format_date(4000000001), target="/future"), 200)
        same(status(client, "If-None-Match: " + answer["etag"], target="/future"), 304)


@test("files from before 1970 and after 2038 have their dates")
def _():
    with Client() as client:
        for moment in (-86400, 0, 2**31 - 1):
            path = server.write("time", b"x")
            os.utime(path, (moment, moment))
            time.sleep(0.1)
            answer = client.get("/time")
            if moment >= 0 and moment < time.time():
                same(answer["last-modified"], format_date(moment))
            same(answer.status, 200)


@test("without validators nothing matches")
def _():
    with Client() as client:
        tag = client.get("/a.txt")["etag"]
        with Temporarily("generate_etags", 0), Temporarily("generate_last_mod", 0):
            same(status(client, f"If-None-Match: {tag}"), 200)
            same(status(client, "If-Modified-Since: " + format_date(OLD)), 200)


run(server)
