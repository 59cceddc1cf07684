#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=180 group=adversary
"""Random calls of tux(2) and ioctl(2): only documented results, and a server that does not notice.

TUX_FUZZ_SECONDS says for how long each player plays (5 by default, 60 at most), TUX_FUZZ_SEED with what seed.
"""
import os
import subprocess

from tuxtest import Client, Failure, Server, Temporarily, run, say, test

SECONDS = os.environ.get("TUX_FUZZ_SECONDS", "5")
SEED = os.environ.get("TUX_FUZZ_SEED", "1")

server = Server(threads=2)
server.write("index.html", b"index", age=1000)


def play(*words):
    """Let tests/vm/programs/tux-fuzz play beside a server that must not notice."""
    before = server.stats()
    # The players may say nothing for a minute, and a first request has to come sooner than that.
    with Temporarily("keepalive_timeout", 0), Client() as client, \
            subprocess.Popen(["tux-fuzz", SEED, SECONDS, *words], cwd=server.docroot,
                             stdout=subprocess.PIPE, text=True) as process:
        client.expect_open("/")
        asked = 1
        for line in process.stdout:
            say(line.strip().lstrip("# "))
            client.expect_open("/")
            asked += 1
    client.socket.close()
    if process.returncode:
        raise Failure(f"exit status {process.returncode}")
    server.grown("requests", before, asked)
    server.settle()


@test("with all rights, in a network namespace of its own: the server there can be started after each round")
def _():
    play()


@test("without rights, beside the server and with open handles: each action that needs rights is EPERM, "
      "and the system call is not there")
def _():
    play("unprivileged")


run(server)
