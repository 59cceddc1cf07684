#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=load core
"""A tree of a few hundred files of all sizes, 32 at a time, byte for byte, cold and warm, by two workers.

load-tree does the same with all of /usr/share/doc, which takes longer.
"""
import random
import subprocess

from tuxtest import Failure, Server, expect, forget_everything, run, same, say, test

RANDOM = random.Random(3)
BYTES = RANDOM.randbytes(1 << 20)

server = Server(threads=2)
names = []
for number in range(300):
    size = int(2 ** RANDOM.uniform(0, 17)) if number % 50 else RANDOM.randrange(1 << 20)
    offset = RANDOM.randrange(len(BYTES) - size)
    names.append(f"d{number % 7}/e{number % 3}/file {number}.txt")
    server.write(names[-1], BYTES[offset:offset + size])


def download():
    """Download and compare all of them."""
    answer = subprocess.run(["tree-reader", "80", server.docroot, "32"],
                            input=b"".join(name.encode() + b"\0" for name in names),
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if answer.returncode:
        raise Failure(answer.stdout.decode(errors="replace"))
    same(int(answer.stdout.split()[0]), len(names), "files")
    say(answer.stdout.decode().strip())


@test("with nothing in the page cache, then with everything; nothing is copied")
def _():
    forget_everything()
    before = server.stats()
    download()
    expect(server.stat("page_misses") - before["page_misses"] > len(names) // 4, "the disk was asked")
    for _ in range(3):
        before = server.stats()
        download()
    same(server.stat("status_2xx") - before["status_2xx"], len(names), "answers")
    same(server.stat("page_misses") - before["page_misses"], 0, "the disk was asked again")
    expect(server.stat("objects_hit") - before["objects_hit"] > len(names) // 2, "the object cache is used")
    same(server.stat("bytes_copied"), 0, "bytes copied")


run(server)
