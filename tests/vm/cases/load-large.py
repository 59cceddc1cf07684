#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=900 kernels=stock group=load
"""A sparse file of 5 GiB with marks at 0, 2 GiB, 4 GiB and the end, every byte of it, on two connections at once."""
import os
import subprocess

from tuxtest import Server, get, run, same, say, test, write_marks

SIZE = 5 << 30

server = Server(threads=2)
path = server.write("large")


os.truncate(path, SIZE)
write_marks(path, 0, 2 << 30, 4 << 30, SIZE - 64)


@test("HEAD says its size")
def _():
    same(get("/large", method="HEAD")["content-length"], str(SIZE))


@test("all of its bytes, twice at the same time, without a copy")
def _():
    readers = [subprocess.Popen(["big-reader", "80", "/large", str(SIZE)], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT) for _ in range(2)]
    for reader in readers:
        output = reader.communicate()[0].decode()
        same((reader.returncode, output), (0, f"{SIZE} bytes\n"))
    same(server.stat("bytes_copied"), 0, "bytes copied")


@test("one byte more than 4 GiB, and the borders of 2 and 4 GiB")
def _():
    for size in (2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1):
        os.truncate(path, size)
        same(get("/large", method="HEAD")["content-length"], str(size))
    say("one download")
    os.truncate(path, 2**32 + 128)
    write_marks(path, 2 << 30, 4 << 30, 2**32 + 64)
    reader = subprocess.run(["big-reader", "80", "/large", str(2**32 + 128)], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    same((reader.returncode, reader.stdout), (0, b"%d bytes\n" % (2**32 + 128)))


run(server)
