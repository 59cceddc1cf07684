#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=90 group=files
"""A disk that is detached while a file of it is sent is let go when the last client has gone."""
import os

from mounts import detach
from tuxtest import SCALE, Client, Server, command, run, same, test, wait_until

SIZE = 4 << 20

server = Server(threads=1, small_buffers=True)


@test("umount --lazy while a file is sent, and then nothing happens: the disk is free within 15 s")
def _():
    command("modprobe", "loop")
    image = os.path.abspath("image")
    with open(image, "wb") as file:
        file.truncate(32 << 20)
    command("mke2fs", "-q", "-t", "ext4", image)
    point = server.path("disk")
    os.makedirs(point)
    command("mount", "-o", "loop", image, point)
    server.write("disk/file", os.urandom(SIZE))
    with Client() as client:
        # It is known and need not be opened again.
        for _ in range(2):
            same(len(client.get("/disk/file").body), SIZE)
    with Client(receive_buffer=4096) as client:
        client.send("GET /disk/file HTTP/1.1", "Host: tux")
        same(client.head().status, 200)
        detach(point)
        client.abort()
    wait_until(lambda: image not in command("losetup", "-a"), "the loop device to go", 15 * SCALE)


run(server)
