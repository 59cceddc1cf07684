#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=900 kernels=stock group=load
"""Every file of a real tree, /usr/share/doc, 32 at a time, byte for byte: cold, warm, and from an overlay over 9p."""
import os
import shutil
import subprocess

from mounts import bind, unmount
from tuxtest import Failure, Server, expect, forget_everything, run, same, say, test

SOURCE = "/usr/share/doc"

server = Server(threads=2)


def names_of(directory):
    """Every regular file below a directory that the workers may read, as a list of relative names in bytes."""
    found = []
    root = os.fsencode(directory)
    for path, _, files in os.walk(root):
        for name in files:
            whole = os.path.join(path, name)
            if not os.path.islink(whole) and os.stat(whole).st_mode & 0o444 == 0o444:
                found.append(os.path.relpath(whole, root))
    return sorted(found)


def download(names):
    """Download and compare all of them."""
    answer = subprocess.run(["tree-reader", "80", server.docroot, "32"], input=b"\0".join(names) + b"\0",
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if answer.returncode:
        raise Failure(answer.stdout.decode(errors="replace"))
    same(int(answer.stdout.split()[0]), len(names), "files")
    say(answer.stdout.decode().strip())


shutil.copytree(SOURCE, server.path("doc"), symlinks=True)
NAMES = [b"doc/" + name for name in names_of(server.path("doc"))]


@test("from ext4 with nothing in the page cache")
def _():
    expect(len(NAMES) > 100, f"only {len(NAMES)} files in {SOURCE}")
    forget_everything()
    before = server.stats()
    download(NAMES)
    expect(server.stat("page_misses") > before["page_misses"] + len(NAMES) // 4, "the disk was not asked")
    same(server.stat("bytes_copied"), before["bytes_copied"], "bytes copied")


@test("from ext4 with everything in the page cache, twice")
def _():
    for _ in range(2):
        before = server.stats()
        download(NAMES)
        same(server.stat("bytes_copied"), before["bytes_copied"], "bytes copied")
        same(server.stat("status_2xx") - before["status_2xx"], len(NAMES), "answers")
    expect(server.stat("objects_hit") > before["objects_hit"] + len(NAMES) // 2, "the object cache is used")


@test("the tree itself, where it lies in this guest: an overlay over 9p")
def _():
    os.makedirs(server.path("host"))
    bind(SOURCE, server.path("host"))
    try:
        before = server.stats()
        download([b"host/" + name for name in names_of(SOURCE)])
        expect(server.stat("bytes_copied") > before["bytes_copied"], "pages of 9p are not sent")
    finally:
        unmount(server.path("host"))


run(server)
