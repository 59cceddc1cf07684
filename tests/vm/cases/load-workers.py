#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=load
"""Workers and their end: addresses, a worker that is killed, a shutdown that waits for a download."""
import os
import re
import signal
import subprocess

from tuxtest import (Client, Server, expect, get, request, run, same, test, wait_until)

server = Server(threads=2, listen=["127.0.0.1:80", "[::1]:80", "127.0.0.2:8080"],
                small_buffers=True)
server.write("a.txt", b"a.txt", age=1000)
SIZE = 1 << 20
PATTERN = bytes(range(256)) * (SIZE >> 8)
server.write("large.bin", PATTERN, age=1000)


def workers():
    """The process numbers of the workers."""
    with open("/proc/net/tux/server", encoding="ascii") as file:
        return [int(number) for number in re.findall(r"^worker \d+ pid (\d+) state loop", file.read(), re.M)]


def connections():
    """How many connections each worker has."""
    with open("/proc/net/tux/server", encoding="ascii") as file:
        return [int(count) for count in re.findall(r"^worker .* connections (\d+)", file.read(), re.M)]


@test("IPv4, IPv6 and other ports: every address given is served, no other")
def _():
    same(get("/a.txt").body, b"a.txt")
    same(get("/a.txt", host="::1").body, b"a.txt")
    same(get("/a.txt", host="127.0.0.2", port=8080).body, b"a.txt")
    for host, port in (("127.0.0.2", 80), ("127.0.0.1", 8080), ("::1", 8080)):
        try:
            get("/a.txt", host=host, port=port)
            expect(False, f"{host} {port} is served")
        except ConnectionRefusedError:
            pass


@test("IPv6: the same conversation as over IPv4")
def _():
    with Client(host="::1") as client:
        client.raw(request("GET /a.txt HTTP/1.1", "Host: [::1]") * 50)
        for _ in range(50):
            same(client.answer().body, b"a.txt")
        client.send("GET /large.bin HTTP/1.1", "Host: [::1]:80")
        same(client.answer().body == PATTERN, True)
        client.send("GET / HTTP/2.0")
        same(client.answer().status, 505)
        client.expect_end()


@test("a worker is killed: its connections are reset, the others are served, another one takes its place")
def _():
    wait_until(lambda: len(workers()) == 2, "two workers")
    old = workers()
    clients = []
    # The kernel gives each connection to one of the two; ten at a time until both have some.
    while not clients or (min(connections()) == 0 and len(clients) < 100):
        for _ in range(10):
            client = Client(receive_buffer=4096)
            client.send("GET /large.bin HTTP/1.1", "Host: tux")
            client.head()
            clients.append(client)
    counts = connections()
    expect(min(counts) > 0, f"both workers have connections: {counts}")
    os.kill(old[0], signal.SIGKILL)
    whole = cut = 0
    for client in clients:
        try:
            same(client.body(SIZE) == PATTERN, True, "bytes")
            client.expect_open("/a.txt")
            whole += 1
        except ConnectionResetError:
            cut += 1
        client.socket.close()
    expect(whole == counts[1] and cut == counts[0], f"{whole} whole and {cut} cut, of {counts}")
    for _ in range(20):
        same(get("/a.txt").body, b"a.txt")
    wait_until(lambda: len(workers()) == 2, "a new worker")
    expect(set(workers()) != set(old), "the new worker is another process")


@test("shutdown while a slow client downloads: it gets everything, new ones are refused, then all is gone")
def _():
    server.settle()
    idle = Client()
    idle.expect_open("/a.txt")
    with Client(receive_buffer=4096) as slow:
        slow.send("GET /large.bin HTTP/1.1", "Host: tux")
        answer = slow.head()
        same(answer.status, 200)
        shutdown = subprocess.Popen(["tuxctl", "shutdown"])
        idle.expect_end()
        try:
            same(slow.body(SIZE) == PATTERN, True, "bytes")
        finally:
            same(shutdown.wait(), 0, "exit status of tuxctl shutdown")
        slow.expect_end()
    idle.socket.close()
    server.running = False
    same(server.stat("connections_closed"), server.stat("connections_accepted"), "closed")
    try:
        get("/a.txt")
        expect(False, "somebody still serves")
    except ConnectionRefusedError:
        pass


@test("after all this the counters add up: requests are answers, connections are closed")
def _():
    stats = server.stats()
    answers = sum(stats[f"status_{number}xx"] for number in (2, 3, 4, 5))
    same(stats["requests"], answers, "requests, and answers of all classes")
    same(stats["connections_accepted"], stats["connections_closed"])


run(server)
