#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=files
"""Disks and filesystems that fail or hang: 500 and resets for those who asked, nothing for all others."""
import os

import faultyfs as filesystem
from mounts import detach
from tuxtest import Client, Server, command, expect, get, request, run, same, test, wait_until

server = Server(threads=1, small_buffers=True)
server.write("a.txt", b"a.txt", age=1000)
GOOD = bytes(number % 251 for number in range(1 << 20))


class Lazy:
    """Something that is made when it is first used, that is, when the server runs."""

    def __init__(self, make):
        self.make = make
        self.made = None

    def __getattr__(self, name):
        if not self.made:
            self.made = self.make()
        return getattr(self.made, name)


faults = Lazy(lambda: filesystem.Faults(server.path("fuse")))


@test("a filesystem in user space: its bytes, copied, and its errors as 500")
def _():
    faults.tell("work")
    before = server.stats()
    with Client() as client:
        same(client.get("/fuse/good").body == GOOD, True)
        for target in ("/fuse/bad-lookup", "/fuse/bad-open", "/fuse/bad-read"):
            with Client() as other:
                answer = other.get(target)
                same(answer.status, 500, target)
                if answer.keeps:
                    other.expect_open("/a.txt")
                else:
                    other.expect_end()
        same(client.get("/fuse/nothing").status, 404)
        same(client.get("/fuse/good").body == GOOD, True)
    server.grown("bytes_copied", before, 2 << 20)
    server.grown("status_5xx", before, 3)


@test("an error after the head has gone ends the connection with a reset")
def _():
    with Client() as client, Client() as other:
        client.send("GET /fuse/bad-later HTTP/1.1", "Host: tux")
        answer = client.head()
        same((answer.status, answer["content-length"]), (200, str(1 << 20)))
        data = client.expect_reset()
        expect(len(data) < 1 << 20 and GOOD.startswith(data), f"{len(data)} bytes")
        other.expect_open("/a.txt")


@test("a lookup that hangs holds up nobody else, not even on the same filesystem")
def _():
    with Client() as hung, Client() as other:
        hung.send("GET /fuse/hang-1 HTTP/1.1", "Host: tux")
        wait_until(lambda: faults.tell("work") == 1, "the lookup to hang")
        same(other.get("/a.txt").body, b"a.txt")
        same(other.get("/fuse/good").body == GOOD, True)
        hung.expect_silence()
        faults.tell("release")
        same(hung.answer().status, 404)
        hung.expect_open("/a.txt")


@test("clients that go while their lookups hang leave nothing behind")
def _():
    server.settle()
    for number in range(10):
        client = Client()
        client.send(f"GET /fuse/hang-{number} HTTP/1.1", "Host: tux")
        wait_until(lambda: faults.tell("work") == number + 1, "the lookup to hang")
        client.abort()
    with Client() as other:
        other.expect_open("/a.txt")
        same(faults.tell("release"), 10)
        other.expect_open("/a.txt")
    server.settle()


@test("a pipelined request waits for the one whose lookup hangs")
def _():
    with Client() as client:
        client.raw(request("GET /fuse/hang-1 HTTP/1.1", "Host: tux") +
                   request("GET /a.txt HTTP/1.1", "Host: tux"))
        wait_until(lambda: faults.tell("work") == 1, "the lookup to hang")
        client.expect_silence()
        faults.tell("release")
        same([client.answer().status, client.answer().body], [404, b"a.txt"])


@test("the filesystem goes away: errors or 404, then what lies below it")
def _():
    server.write("below/x", b"")
    detach(faults.point)
    same(get("/fuse/good").status, 404)
    faults.end()


@test("a disk that fails: what is in the page cache is served, the rest is 500 or a reset")
def _():
    content = os.path.abspath("content")
    os.makedirs(content)
    for name in ("warm", "cold", "large", "half"):
        with open(f"{content}/{name}", "wb") as file:
            file.write(name.encode() * ((1 << 20) // len(name) if name in ("large", "half") else 1000))
    command("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", content, "disk.image", "12M")
    disk = filesystem.Faults(server.path("disk-fuse"), "disk.image")
    point = server.path("disk")
    os.makedirs(point)
    command("modprobe", "loop")
    command("mount", "-o", "loop,ro", disk.point + "/disk", point)
    try:
        with Client() as client, Client(receive_buffer=4096) as slow:
            same(client.get("/disk/warm").body, b"warm" * 1000)
            # The directory and the inodes are known after this.
            for name in ("cold", "large", "half"):
                same(client.get(f"/disk/{name}", method="HEAD").status, 200)
            slow.send("GET /disk/half HTTP/1.1", "Host: tux")
            same(slow.head().status, 200)
            disk.tell("fail")
            same(client.get("/disk/warm").body, b"warm" * 1000)
            for name in ("cold", "large"):
                with Client() as other:
                    same(other.get(f"/disk/{name}").status, 500, name)
                    other.expect_end()
            same(client.get("/a.txt").body, b"a.txt")
            data = slow.expect_reset()
            expect(len(data) < 1 << 20 and (b"half" * (1 << 18)).startswith(data), f"{len(data)} bytes")
            disk.tell("work")
            same(client.get("/disk/cold").body, b"cold" * 1000)
    finally:
        disk.tell("work")
        command("umount", point)
        disk.end()


run(server)
