#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=http core
"""A first conversation: files, an index, a redirect, what is not there, and the same connection for all."""
import time

from tuxtest import Client, Server, expect, get, parse_date, run, same, test

PAGE = b"<!DOCTYPE html><title>hello</title>\n"

server = Server()
server.write("index.html", PAGE, age=3600)
server.write("docs/index.html", b"documents", age=3600)
server.write("hello.txt", b"hello, world\n", age=3600)
server.write("empty/.keep")


@test("the page of the document root: status, fields in TUX's order, bytes")
def _():
    before = int(time.time())
    answer = get("/")
    same(answer.status, 200)
    same(answer.body, PAGE)
    same(answer.names, ["content-type", "connection", "date", "server", "content-length", "etag",
                        "last-modified"])
    same(answer["content-type"], "text/html")
    same(answer["server"], "TUX/4.0 (Linux)")
    expect(before <= parse_date(answer["date"]) <= time.time() + 1, "Date is now")
    expect(before - 3700 < parse_date(answer["last-modified"]) < before - 3500, "an hour old")


@test("one connection serves one request after the other")
def _():
    with Client() as client:
        for _ in range(3):
            same(client.get("/hello.txt").body, b"hello, world\n")
            same(client.get("/docs/").body, b"documents")
            same(client.get("/docs").status, 301)
            same(client.get("/nothing").status, 404)
            same(client.get("/empty/").status, 403)
            same(client.get("/hello.txt", method="HEAD")["content-length"], "13")
        client.expect_silence()


run(server)
