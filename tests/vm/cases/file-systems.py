#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=files core
"""Files of every size from ext4, tmpfs, overlay and 9p: the right bytes, and copied only where they must be."""
import os
import random
import shutil

from mounts import bind, mount, unmount
from tuxtest import Client, Server, expect, forget, run, same, test

RANDOM = random.Random(2)
EDGES = [0, 1, 2, 4095, 4096, 4097, 8191, 8192, 8193, 65535, 65536, 65537, 262143, 262144, 262145, (1 << 20) + 1]
BYTES = RANDOM.randbytes((1 << 20) + 1)

server = Server(threads=1, small_buffers=True)


def write_edges(directory):
    """A file of each size."""
    for size in EDGES:
        server.write(f"{directory}/{size}", BYTES[:size], age=1000)


def check_edges(directory):
    """Every file twice on one connection; returns how many bytes of files were copied."""
    before = server.stat("bytes_copied")
    with Client() as client:
        for _ in range(2):
            for size in EDGES:
                answer = client.get(f"/{directory}/{size}")
                same((answer.status, answer.body == BYTES[:size]), (200, True), f"{size} bytes")
                same(client.get(f"/{directory}/{size}", method="HEAD")["content-length"], str(size))
    return server.stat("bytes_copied") - before


def write_holes(directory):
    """Files with holes at the beginning, in the middle, at the end, and nothing but a hole; with their bytes."""
    files = {}
    for name, pieces, size in (("begin", {200000: b"data"}, 200004), ("middle", {0: b"data", 300000: b"more"}, 300004),
                               ("end", {0: b"data"}, 500000), ("all", {}, 100000), ("page", {4096: b"x"}, 12288)):
        content = bytearray(size)
        path = server.write(f"{directory}/{name}")
        with open(path, "r+b") as file:
            for offset, data in pieces.items():
                file.seek(offset)
                file.write(data)
                content[offset:offset + len(data)] = data
            file.truncate(size)
        files[name] = bytes(content)
    return files


def check_holes(directory, files):
    """Files with holes, twice."""
    with Client() as client:
        for _ in range(2):
            for name, content in files.items():
                same(client.get(f"/{directory}/{name}").body == content, True, name)


@test("ext4: every size, cold and warm, and not one byte of a file is copied")
def _():
    write_edges("ext4")
    files = write_holes("ext4-holes")
    same(check_edges("ext4"), 0, "bytes copied, fresh")
    for size in EDGES:
        forget(server.path(f"ext4/{size}"))
    before = server.stats()
    same(check_edges("ext4"), 0, "bytes copied, cold")
    expect(server.stat("page_misses") - before["page_misses"] >= len(EDGES) - 1, "the disk was asked")
    before = server.stats()
    same(check_edges("ext4"), 0, "bytes copied, warm")
    same(server.stat("page_misses"), before["page_misses"], "page misses, warm")
    check_holes("ext4-holes", files)
    for name in files:
        forget(server.path(f"ext4-holes/{name}"))
    check_holes("ext4-holes", files)
    same(server.stat("bytes_copied"), 0, "bytes copied")


@test("tmpfs: every size and holes; nothing is copied but what lies in holes")
def _():
    os.makedirs(server.path("tmpfs"))
    mount("tmpfs", server.path("tmpfs"), "tmpfs", "mode=755")
    write_edges("tmpfs")
    same(check_edges("tmpfs"), 0, "bytes copied")
    check_holes("tmpfs/h", write_holes("tmpfs/h"))


@test("tmpfs with huge pages: every size")
def _():
    os.makedirs(server.path("huge"))
    mount("tmpfs", server.path("huge"), "tmpfs", "mode=755,huge=always")
    write_edges("huge")
    server.write("huge/large", BYTES * 5, age=1000)
    same(check_edges("huge"), 0, "bytes copied")
    with Client() as client:
        same(client.get("/huge/large").body == BYTES * 5, True)
    same(server.stats()["bytes_sent"] > len(BYTES), True)


def overlay(name):
    """An overlay over ext4; returns the directories of its layers, and its mount options."""
    layers = {layer: os.path.abspath(f"{name}-{layer}") for layer in ("lower", "upper", "work")}
    for directory in layers.values():
        os.makedirs(directory)
    os.makedirs(server.path(name))
    options = ",".join(f"{layer}dir={path}" for layer, path in layers.items())
    for size in EDGES:
        with open(f"{layers['lower']}/{size}", "wb") as file:
            file.write(BYTES[:size])
        os.chmod(f"{layers['lower']}/{size}", 0o644)
    for directory in layers.values():
        os.chmod(directory, 0o755)
    mount("overlay", server.path(name), "overlay", options)
    return layers, options


@test("overlay: every size, from below and from above, without a copy")
def _():
    options = overlay("overlay")[1]
    same(check_edges("overlay"), 0, "bytes copied, below")
    for size in EDGES:
        os.utime(server.path(f"overlay/{size}"))
    same(check_edges("overlay"), 0, "bytes copied, above, known before")
    unmount(server.path("overlay"))
    mount("overlay", server.path("overlay"), "overlay", options)
    same(check_edges("overlay"), 0, "bytes copied, above")


@test("overlay: a file that is written while it is known, and while it is sent, is the new file at once")
def _():
    layers, _ = overlay("copyup")
    with open(f"{layers['lower']}/large", "wb") as file:
        file.write(BYTES * 2)
    os.chmod(f"{layers['lower']}/large", 0o644)
    with Client() as client, Client(receive_buffer=4096) as slow:
        same(client.get("/copyup/4096").body == BYTES[:4096], True)
        with open(server.path("copyup/4096"), "r+b") as file:
            same(client.get("/copyup/4096").body == BYTES[:4096], True)
            file.write(b"new")
            file.flush()
            same(client.get("/copyup/4096").body == b"new" + BYTES[3:4096], True)
        with open(server.path("copyup/8192"), "ab") as file:
            file.write(b"appended")
        same(client.get("/copyup/8192").body == BYTES[:8192] + b"appended", True)
        os.chmod(server.path("copyup/8193"), 0o600)
        same(client.get("/copyup/8193").status, 403)
        os.unlink(server.path("copyup/65535"))
        same(client.get("/copyup/65535").status, 404)
        os.rename(server.path("copyup/65536"), server.path("copyup/65535"))
        same(client.get("/copyup/65535").body == BYTES[:65536], True)
        slow.send("GET /copyup/large HTTP/1.1", "Host: tux")
        slow.head()
        with open(server.path("copyup/large"), "r+b") as file:
            file.seek(len(BYTES) * 2 - 3)
            file.write(b"end")
        same(client.get("/copyup/large").body[-3:], b"end")
        data = slow.body(len(BYTES) * 2)
        same(data[:-3] == (BYTES * 2)[:-3], True, "what did not change")
        expect(data[-3:] in (b"end", BYTES[-3:]), data[-3:])


@test("9p: every size, by copies; what the host could change is asked for each time")
def _():
    share = os.path.join(os.environ["TUX_OUT"], os.environ["TUX_CASE"])
    os.makedirs(share)
    os.makedirs(server.path("9p"))
    bind(share, server.path("9p"))
    os.chmod(share, 0o755)
    write_edges("9p")
    expect(check_edges("9p") >= 2 * sum(EDGES), "everything is copied")
    with Client() as client:
        for content in (b"one", b"two", b"three", b""):
            server.write("9p/f", content)
            same(client.get("/9p/f").body, content)
        os.unlink(server.path("9p/f"))
        same(client.get("/9p/f").status, 404)
        server.write("9p/g", b"g")
        os.rename(server.path("9p/g"), server.path("9p/h"))
        same((client.get("/9p/g").status, client.get("/9p/h").body), (404, b"g"))
    unmount(server.path("9p"))
    shutil.rmtree(share)


@test("proc and sys files, which have no size or change as they are read, do no harm")
def _():
    for name in ("proc", "sysfs"):
        os.makedirs(server.path(name))
        mount(name, server.path(name), name)
    with Client() as client:
        for target in ("/proc/version", "/proc/cpuinfo", "/proc/self/maps", "/proc/1/mem", "/proc/kmsg",
                       "/proc/sys/kernel/ostype", "/proc/net/tux/stat", "/sysfs/kernel/notes",
                       "/sysfs/class/net/lo/address", "/sysfs/kernel/uevent_seqnum"):
            with Client() as client:
                client.send(f"GET {target} HTTP/1.1", "Host: tux")
                try:
                    expect(client.answer().status in (200, 403, 404, 500), target)
                except ConnectionResetError:
                    pass


@test("every filesystem can be unmounted")
def _():
    for name in ("tmpfs", "huge", "overlay", "copyup", "proc", "sysfs"):
        unmount(server.path(name))


run(server)
