#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=120 kernels=stock group=adversary
"""A network that loses, repeats, reorders, delays and damages packets, between two namespaces."""
import contextlib
import ctypes
import os
import threading

from tuxtest import Client, Server, command, expect, request, run, same, say, test

OURS, THEIRS = "10.78.0.1", "10.78.0.2"
CLONE_NEWNET = 0x40000000

server = Server(threads=2)
server.write("a.txt", b"a" * 100, age=1000)
BIG = bytes(range(251)) * 4096
server.write("big.bin", BIG, age=1000)
ASK = request("GET /a.txt HTTP/1.1", "Host: tux")


class Link:
    """A link to another network namespace, named "far", with netem at both ends."""

    def __init__(self):
        command("modprobe", "sch_netem")
        command("ip", "netns", "add", "far")
        command("ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", "far")
        command("ip", "address", "add", OURS + "/24", "dev", "near")
        command("ip", "link", "set", "near", "up")
        command("ip", "-n", "far", "address", "add", THEIRS + "/24", "dev", "far")
        command("ip", "-n", "far", "link", "set", "far", "up")
        self.here = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.there = os.open("/run/netns/far", os.O_RDONLY)
        self.libc = ctypes.CDLL(None, use_errno=True)

    @staticmethod
    def treat(*words):
        """What becomes of packets, in both directions."""
        command("tc", "qdisc", "replace", "dev", "near", "root", "netem", *words)
        command("tc", "-n", "far", "qdisc", "replace", "dev", "far", "root", "netem", *words)

    @staticmethod
    def counted():
        """What netem says that it has done."""
        return command("tc", "-s", "qdisc", "show", "dev", "near").split("Sent ")[1].split("\n")[0]

    @contextlib.contextmanager
    def far(self):
        """Sockets that this thread makes inside are of the other namespace."""
        same(self.libc.setns(self.there, CLONE_NEWNET), 0, "setns")
        try:
            yield
        finally:
            same(self.libc.setns(self.here, CLONE_NEWNET), 0, "setns back")

    def client(self):
        """A client at the other end."""
        with self.far():
            client = Client(OURS)
        client.socket.settimeout(60)
        return client

    def end(self):
        """Remove it."""
        command("ip", "link", "delete", "near")
        command("ip", "netns", "delete", "far")


@contextlib.contextmanager
def link():
    """A link for one test."""
    made = Link()
    try:
        yield made
    finally:
        made.end()


def converse(client, failures):
    """Short answers, pipelined ones and a long one, some bytes at a time."""
    try:
        with client:
            for _ in range(10):
                same(client.get("/a.txt").body, b"a" * 100)
            for byte in ASK:
                client.raw(bytes([byte]))
            client.raw(ASK * 10)
            for _ in range(11):
                same(client.answer().body, b"a" * 100)
            same(client.get("/big.bin").body == BIG, True, "all bytes")
            client.send("GET /nothing HTTP/1.1", "Host: tux", "Connection: close")
            same(client.answer().status, 404)
            client.expect_end()
    except Exception as error:  # pylint: disable=broad-except
        failures.append(error)


@test("clients far away over a bad network get every byte, and every connection ends in order")
def _():
    for words in (("loss", "3%"), ("delay", "3ms", "2ms", "reorder", "25%", "50%", "duplicate", "10%"),
                  ("delay", "2ms", "1ms", "loss", "1%", "duplicate", "5%", "corrupt", "2%")):
        before = server.stats()
        with link() as bad:
            bad.treat(*words)
            failures = []
            threads = [threading.Thread(target=converse, args=(bad.client(), failures))
                       for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if failures:
                raise failures[0]
            say(f"{' '.join(words)}: {bad.counted()}")
            server.settle()
        server.grown("requests", before, 4 * 23)
        same(server.stat("status_2xx") - before["status_2xx"], 4 * 22, "answers")


@test("a network that goes silent: after send_timeout the connections are gone, and new ones work")
def _():
    timeout = server.value("send_timeout")
    with link() as bad:
        bad.treat("delay", "1ms")
        clients = [bad.client() for _ in range(5)]
        server.set("send_timeout", 2)
        try:
            for client in clients:
                client.send("GET /big.bin HTTP/1.1", "Host: tux")
                client.head()
            bad.treat("loss", "100%")
            server.settle()
        finally:
            server.set("send_timeout", timeout)
        bad.treat("delay", "1ms")
        for client in clients:
            # The reset was lost with all else; another one answers this.
            client.raw(b"x")
            expect(len(client.expect_reset()) < len(BIG), "cut off")
            client.socket.close()
        with bad.client() as client:
            same(client.get("/big.bin").body == BIG, True, "all bytes")


run(server)
