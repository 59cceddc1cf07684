#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=load core
"""1,000 connections at once, served by two workers; a slow reader and other clients beside them."""
import subprocess
import time

from tuxtest import Client, Failure, Server, expect, get, run, same, test

# Slow guests need longer for a round of the crowd than clients may take by default.
server = Server(threads=2, max_connect=2000, header_timeout=300, keepalive_timeout=300, small_buffers=True)
server.write("small.txt", b"s" * 1000, age=1000)
server.write("medium.txt", b"m" * 20000, age=1000)
server.write("large.bin", b"l" * (1 << 20), age=1000)


class Crowd:
    """tests/vm/programs/crowd, which stays with all its connections open until its input ends."""

    def __init__(self, connections, rounds, target, size):
        self.answers = connections * rounds
        self.process = subprocess.Popen(
            ["crowd", "80", str(connections), str(rounds), target, str(size)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def wait(self):
        """Until all have their answers."""
        line = self.process.stdout.readline()
        if line != b"%d answers\n" % self.answers:
            raise Failure(line.decode(errors="replace"))

    def end(self):
        """Close all connections."""
        self.process.stdin.close()
        same(self.process.wait(), 0, "exit status of crowd")


def connections_of_workers():
    """How many connections each worker has."""
    with open("/proc/net/tux/server", encoding="ascii") as file:
        return [int(line.split()[-1]) for line in file if line.startswith("worker ")]


@test("1,000 connections ask at once, three times; both workers have their share; others are served")
def _():
    before = server.stats()
    crowd = Crowd(1000, 3, "/small.txt", 1000)
    crowd.wait()
    same(server.open_connections(), 1000)
    counts = connections_of_workers()
    same(sum(counts), 1000)
    expect(min(counts) > 200, f"shares: {counts}")
    same(get("/medium.txt").body, b"m" * 20000)
    crowd.end()
    server.grown("requests", before, 3001)
    server.grown("status_2xx", before, 3001)
    server.grown("helpers_refused", before, 0)
    server.settle()
    same(server.stat("connections_accepted") - before["connections_accepted"], 1001, "accepted")
    same(server.stat("connections_closed") - before["connections_closed"], 1001, "closed")


@test("a slow reader beside 300 fast ones: none waits for another")
def _():
    with Client(receive_buffer=4096) as slow:
        slow.send("GET /large.bin HTTP/1.1", "Host: tux")
        slow.head()
        begin = time.monotonic()
        crowd = Crowd(300, 2, "/medium.txt", 20000)
        crowd.wait()
        took = time.monotonic() - begin
        crowd.end()
        expect(len(slow.pending) < 1 << 20, "the slow one has not got everything")
        same(len(slow.body(1 << 20)), 1 << 20)
        begin = time.monotonic()
        crowd = Crowd(300, 2, "/medium.txt", 20000)
        crowd.wait()
        alone = time.monotonic() - begin
        crowd.end()
    expect(took < 5 * alone + 2, f"{took:.1f} s beside it, {alone:.1f} s alone")


@test("more connections than max_connect: all are served in the end")
def _():
    server.settle()
    server.set("max_connect", 50)
    crowd = Crowd(99, 1, "/small.txt", 1000)
    crowd.wait()
    expect(max(connections_of_workers()) <= 50, f"{connections_of_workers()}")
    crowd.end()
    server.settle()


run(server)
