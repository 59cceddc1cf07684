#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=adversary
"""Mutated requests on live connections: whole answers only, and the same whether cut or not.

TUX_FUZZ_SECONDS says for how long (20 by default, 90 at most), TUX_FUZZ_SEED with what seed.  An input that fails
is kept in TUX_OUT.
"""
import errno
import os
import random
import socket
import time

from mutator import Mutator
from tuxtest import PATIENCE, Client, Response, Server, expect, run, same, say, test

SECONDS = float(os.environ.get("TUX_FUZZ_SECONDS", "20"))
SEED = int(os.environ.get("TUX_FUZZ_SEED", "1"))

# The end of an input is the end of what is sent, so nothing here waits for a timer.  One worker: it
# has looked at a piece when it has answered a witness that asked after the piece was sent.
server = Server(threads=1, max_connect=1000)
FILES = {"index.html": b"index", "a.txt": b"a" * 100, "b.txt": b"b" * 5000,
         "empty": b"", "x/index.html": b"another index"}
for file_name, file_content in FILES.items():
    server.write(file_name, file_content, age=1000)

BODIES = set(FILES.values())
totals = {"inputs": 0, "answers": 0, "slowest": 0.0}


def send(client, data, cuts, witness):
    """Send an input in pieces, and say that there is no more."""
    try:
        for begin, end in zip(cuts, cuts[1:]):
            client.raw(data[begin:end])
            if witness:
                witness.expect_open("/empty")
                totals["answers"] += 1
        client.finish_sending()
    except OSError as error:
        if error.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
            raise


def answers_in(data, was_reset):
    """Take a whole conversation apart: a list of status and body; None for that of HEAD.

    A client that was told to go and sends more may be reset, but not before it has its answer.
    """
    found = []
    closes = False
    while data:
        expect(not closes, f"after an answer that says close: {data[:100]!r}")
        head, end, data = data.partition(b"\r\n\r\n")
        expect(end, f"half a head: {head[-100:]!r}")
        answer = Response(head)
        closes = not answer.keeps
        body = None
        if answer.status == 304:
            expect("content-length" not in answer.fields, "a 304 has no length")
        elif data and not data.startswith(b"HTTP/1.1 ") or answer["content-length"] == "0":
            length = int(answer["content-length"])
            expect(len(data) >= length, f"{len(data)} bytes of {length}")
            body, data = data[:length], data[length:]
        if answer.status == 200 and body is not None:
            expect(body in BODIES, f"a body that no file has: {body[:100]!r}")
        found.append((answer.status, body))
    expect(closes or not was_reset, "the connection was reset")
    return found


def converse(data, cuts, witness=None):
    """Send an input and return what was answered."""
    received = []
    was_reset = False
    with Client() as client:
        send(client, data, cuts, witness)
        try:
            while not received or received[-1]:
                received.append(client.socket.recv(1 << 20))
        except ConnectionResetError:
            was_reset = True
    return answers_in(b"".join(received), was_reset)


def alike(whole, cut):
    """Do two conversations agree?  What a refused head is called may depend on what was there of it."""
    refusals = (400, 413, 414, 417, 431, 501, 505)
    return whole == cut or (len(whole) == len(cut) and whole[:-1] == cut[:-1] and
                            whole[-1][0] in refusals and cut[-1][0] in refusals)


def try_one(mutator, witness):
    """One input, whole and in pieces."""
    begin = time.monotonic()
    data = mutator.input()
    whole = converse(data, [0, len(data)])
    cut = converse(data, mutator.cuts(len(data)), witness)
    totals["inputs"] += 1
    totals["slowest"] = max(totals["slowest"], time.monotonic() - begin)
    totals["answers"] += len(whole) + len(cut)
    expect(alike(whole, cut), f"whole: {[status for status, _ in whole]}, "
                              f"cut: {[status for status, _ in cut]}")


@test("mutated requests: each answer is well framed, whole and cut inputs are answered alike")
def _():
    mutator = Mutator(SEED)
    end = time.monotonic() + SECONDS * 0.7
    before = server.stats()
    witness = Client()
    while time.monotonic() < end:
        state = mutator.random.getstate()
        try:
            try_one(mutator, witness)
        except Exception as error:
            mutator.random.setstate(state)
            path = os.path.join(os.environ.get("TUX_OUT", "."), f"adversary-fuzz-{totals['inputs']}")
            with open(path, "wb") as file:
                file.write(mutator.input())
            say(f"input {totals['inputs']} of seed {SEED}, kept as {path}")
            raise error
    say(f"{totals['inputs']} inputs, {totals['answers']} answers, the slowest input took "
        f"{totals['slowest']:.2f} s")
    witness.socket.close()
    server.settle()
    server.grown("requests", before, totals["answers"])
    after = server.stats()
    same(sum(after[name] - before[name] for name in after if name.startswith("status_")),
         totals["answers"], "answers by class")
    same(after["connections_closed"] - before["connections_closed"], 2 * totals["inputs"] + 1,
         "closed")


@test("mutated requests on many connections at once that end anyhow: the server does not care")
def _():
    mutator = Mutator(SEED + 1)
    chosen = random.Random(SEED)
    end = time.monotonic() + SECONDS * 0.3
    before = server.stats()
    clients = []
    opened = 0
    while time.monotonic() < end:
        client = Client()
        opened += 1
        client.socket.settimeout(PATIENCE)
        try:
            client.socket.send(mutator.input(), socket.MSG_DONTWAIT)
        except OSError:
            pass
        clients.append(client)
        if len(clients) > 50:
            victim = clients.pop(chosen.randrange(50))
            if chosen.randrange(2):
                victim.abort()
            else:
                victim.socket.close()
    for client in clients:
        client.abort()
    server.settle()
    server.grown("connections_accepted", before, opened)
    same(server.stat("connections_closed") - before["connections_closed"], opened, "closed")


@test("afterwards ordinary requests are answered")
def _():
    with Client() as client:
        for name, content in FILES.items():
            same(client.get("/" + name).body, content, name)
        client.expect_open("/")


run(server)
