#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=files core
"""A file that is truncated while it is sent ends the connection with a reset: no padding, no hang."""
import os
import random

from tuxtest import Client, Server, expect, forget, run, same, test

SIZE = 2 << 20
PATTERN = random.Random(1).randbytes(1 << 18)

server = Server(threads=1, small_buffers=True)
server.write("small", b"small")


def write():
    """The file as it is at first."""
    return server.write("file", PATTERN * (SIZE >> 18))


def begin(client):
    """Ask for the file and read a little of it, so that the server waits for the client."""
    client.send("GET /file HTTP/1.1", "Host: tux")
    answer = client.head()
    same((answer.status, answer["content-length"]), (200, str(SIZE)))


def is_prefix(data):
    """Are these the first bytes of the file?"""
    return (PATTERN * (len(data) // len(PATTERN) + 1))[:len(data)] == data


@test("truncated to nothing while it is sent: a reset after some of its bytes, and nothing else")
def _():
    before = server.stats()
    path = write()
    with Client(receive_buffer=4096) as client, Client() as other:
        begin(client)
        os.truncate(path, 0)
        data = client.expect_reset()
        expect(len(data) < SIZE and is_prefix(data), f"{len(data)} bytes")
        other.expect_open("/small")
    server.grown("files_truncated", before, 1)


@test("truncated to a page border or within a page: no byte that the file never had, then a reset")
def _():
    for size in (1 << 20, (1 << 20) + 100):
        path = write()
        with Client(receive_buffer=4096) as client:
            begin(client)
            os.truncate(path, size)
            data = client.expect_reset()
            expect(len(data) < SIZE and is_prefix(data[:size]), f"{len(data)} bytes, {size} left")


@test("truncated and filled anew while it is sent: as many bytes as were promised, or a reset")
def _():
    path = write()
    with Client(receive_buffer=4096) as client:
        begin(client)
        os.truncate(path, 0)
        os.truncate(path, SIZE)
        try:
            same(len(client.body(SIZE)), SIZE)
            client.expect_open("/small")
        except ConnectionResetError:
            pass


@test("made longer while it is sent: as many bytes as were promised")
def _():
    path = write()
    with Client(receive_buffer=4096) as client:
        begin(client)
        with open(path, "ab") as file:
            file.write(b"more")
        same(is_prefix(client.body(SIZE)), True, "bytes")
        client.expect_open("/small")


@test("unlinked and replaced while it is sent: the old bytes, all of them")
def _():
    path = write()
    with Client(receive_buffer=4096) as client, Client() as other:
        begin(client)
        os.unlink(path)
        server.write("file", b"new")
        same(other.get("/file").body, b"new")
        same(is_prefix(client.body(SIZE)), True, "bytes")
        same(client.get("/file").body, b"new")


@test("truncated on a cold page cache while it is sent: a reset")
def _():
    path = write()
    forget(path)
    with Client(receive_buffer=4096) as client:
        begin(client)
        os.truncate(path, 1 << 20)
        data = client.expect_reset()
        expect(len(data) < SIZE and is_prefix(data), f"{len(data)} bytes")


@test("truncated between requests: the next answer has the new size")
def _():
    path = write()
    with Client() as client:
        for size in (SIZE, 100000, 4096, 1, 0):
            os.truncate(path, size)
            same(is_prefix(client.get("/file").body), True)
            same(client.get("/file", method="HEAD")["content-length"], str(size))


run(server)
