#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=900 kernels=stock group=load
"""SEND_OBJECT of more than 4 GiB, every byte of it, by a worker's module and by a process's."""
import os
import subprocess

from tuxtest import run, same, test, write_marks
from usermodule import Site, head

SIZE = (4 << 30) + (1 << 20)


def large(call, req):
    """The file, with a head of its own."""
    if req.event == 0:
        req.event, req.objectname = 1, "large"
        return call("GET_OBJECT", req)
    if req.event == 1:
        same(req.objectlen, 0xffffffff, "what stands for more than 32 bits")
        req.event = 2
        return call.send_buffer(req, head(call.get_request()["object_length"]))
    if req.event == 2:
        req.event = 3
        return call("SEND_OBJECT", req)
    return call("FINISH_REQ", req)


site = Site({"/w": large})
path = site.write("large")
os.truncate(path, SIZE)
write_marks(path, 0, 2 << 30, 4 << 30, SIZE - 64)


def downloads(target):
    """Every byte is right."""
    reader = subprocess.run(["big-reader", "80", target, str(SIZE)], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    same((reader.returncode, reader.stdout), (0, b"%d bytes\n" % SIZE))


@test("by a worker's module")
def _():
    downloads("/w")


@test("by a module in a process of its own")
def _():
    site.process({"/p": large})
    downloads("/p")


run(site)
