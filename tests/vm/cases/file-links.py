#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=files core
"""Links lead nowhere outside the document root, and what is no regular file is refused unopened."""
import errno
import os
import socket
import stat
import threading

from mounts import NODEV, NOEXEC, NOSUID, mount, unmount
from tuxtest import Client, Server, expect, run, same, test

server = Server(threads=1)
server.write("index.html", b"index")
server.write("a.txt", b"a.txt")
server.write("dir/b.txt", b"b.txt")
server.write("etc/passwd", b"the document root's own")
with open("outside", "wb") as outside:
    outside.write(b"outside")
os.makedirs("outdir", exist_ok=True)
with open("outdir/f", "wb") as outside:
    outside.write(b"outside")


def link(target, name):
    """A symbolic link in the document root."""
    os.symlink(target, server.path(name))


def statuses(*targets):
    """The statuses of the answers; each is asked for twice, cold and warm."""
    with Client() as client:
        first = [client.get(target).status for target in targets]
        same([client.get(target).status for target in targets], first, "asked again")
        return first


def bodies(*targets):
    """The bodies of the answers."""
    with Client() as client:
        return [client.get(target).body for target in targets]


@test("links within the document root are followed: to files, directories, relative, absolute, chained")
def _():
    link("a.txt", "l1")
    link("dir", "l2")
    link("../a.txt", "dir/l3")
    link("/a.txt", "l4")
    link("/dir/b.txt", "l5")
    link("l4", "l6")
    link("/", "l7")
    link("..", "dir/l8")
    same(bodies("/l1", "/l2/b.txt", "/dir/l3", "/l4", "/l5", "/l6", "/l7/a.txt", "/dir/l8/a.txt", "/l2/l3",
                "/l7/", "/dir/l8/dir/b.txt"),
         [b"a.txt", b"b.txt", b"a.txt", b"a.txt", b"b.txt", b"a.txt", b"a.txt", b"a.txt", b"a.txt",
          b"index", b"b.txt"])
    same(statuses("/l2", "/dir/l8"), [301, 301])


@test("links out of the document root find only what the document root has under that name")
def _():
    link(os.path.abspath("outside"), "o1")
    link("../outside", "o2")
    link("../../../../../../etc/passwd", "o3")
    link("/etc/passwd", "o4")
    link("../outdir", "o5")
    link("/etc/shadow", "o6")
    link("/proc/self/root", "o7")
    link(os.path.abspath("outdir"), "dir/o8")
    same(statuses("/o1", "/o2", "/o5/f", "/o5", "/o6", "/o7/etc/passwd", "/dir/o8/f"), [404] * 7)
    same(bodies("/o3", "/o4"), [b"the document root's own"] * 2)


@test("a directory that is renamed out of the document root takes the walk along, not the server")
def _():
    os.makedirs(server.path("x/y"))
    link("../..", "x/y/up")
    same(bodies("/x/y/up/a.txt"), [b"a.txt"])
    os.rename(server.path("x/y"), "y-outside")
    same(statuses("/x/y/up/a.txt"), [404])


@test("links while directories are renamed: never anything from outside")
def _():
    os.makedirs(server.path("m/n/o"))
    link("../../../../../../outside", "m/n/o/way")
    link("../../../a.txt", "m/n/o/in")
    stop = threading.Event()

    def rename():
        while not stop.is_set():
            os.rename(server.path("m/n"), server.path("q"))
            os.rename(server.path("q"), server.path("m/n"))
    thread = threading.Thread(target=rename)
    thread.start()
    try:
        with Client() as client:
            for _ in range(60):
                same(client.get("/m/n/o/way").status, 404)
                answer = client.get("/m/n/o/in")
                expect((answer.status, answer.body[:5]) in ((200, b"a.txt"), (404, b"<!DOC")),
                       f"{answer.status} {answer.body}")
    finally:
        stop.set()
        thread.join()


@test("links in a circle, to nowhere, to themselves")
def _():
    link("c2", "c1")
    link("c1", "c2")
    link("self", "self")
    link("nowhere", "broken")
    link("a.txt/", "slash")
    for number in range(45):
        link(f"chain{number + 1}", f"chain{number}")
    link("a.txt", "chain45")
    same(statuses("/c1", "/self", "/self/x", "/broken", "/broken/", "/slash", "/chain0"),
         [403, 403, 403, 404, 404, 404, 403])
    same(bodies("/chain10"), [b"a.txt"])


@test("magic links of a procfs under the document root are not followed")
def _():
    os.makedirs(server.path("proc"))
    mount("proc", server.path("proc"), "proc")
    try:
        own = f"/proc/{os.getpid()}"
        same(statuses(own + "/root/etc/hostname", own + "/exe", own + "/cwd/", own + "/fd/0",
                      own + "/root/a.txt", own + "/ns/net"), [403] * 6)
        # "self" may be a helper of the kernel here, which has no program.
        for status in statuses("/proc/self/root/etc/hostname", "/proc/self/exe", "/proc/self/cwd/",
                               "/proc/self/fd/0", "/proc/thread-self/cwd/a.txt"):
            expect(status in (403, 404), status)
        link("proc/self/root/etc/hostname", "magic")
        link("/proc/1/cwd", "magicdir")
        same(statuses("/magic", "/magicdir/"), [403, 403])
    finally:
        unmount(server.path("proc"))


@test("FIFOs, sockets and devices are refused, and a FIFO's writer never sees a reader")
def _():
    fifo = server.path("fifo")
    os.mkfifo(fifo)
    os.chmod(fifo, 0o666)
    unix = socket.socket(socket.AF_UNIX)
    os.symlink(server.docroot, "/tmp/tux-www")
    unix.bind("/tmp/tux-www/socket")
    os.unlink("/tmp/tux-www")
    os.chmod(server.path("socket"), 0o777)
    for name, mode, numbers in (("null", stat.S_IFCHR, (1, 3)), ("zero", stat.S_IFCHR, (1, 5)),
                                ("console", stat.S_IFCHR, (5, 1)), ("nodriver", stat.S_IFCHR, (250, 250)),
                                ("loop", stat.S_IFBLK, (7, 0)), ("noblock", stat.S_IFBLK, (250, 250))):
        os.mknod(server.path(name), mode | 0o666, os.makedev(*numbers))
        os.chmod(server.path(name), 0o666)
    targets = ["/fifo", "/socket", "/null", "/zero", "/console", "/nodriver", "/loop", "/noblock"]
    same(statuses(*targets), [403] * 8)
    link("fifo", "fifo-link")
    same(statuses("/fifo-link"), [403])
    stop = threading.Event()
    readers = []

    def watch():
        while not stop.is_set():
            try:
                os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
                readers.append(True)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
    thread = threading.Thread(target=watch)
    thread.start()
    with Client() as client:
        for _ in range(50):
            same(client.get("/fifo").status, 403)
    stop.set()
    thread.join()
    same(readers, [], "somebody opened the FIFO for reading")


@test("devices on a filesystem that allows none, files of a filesystem that allows no execution")
def _():
    os.makedirs(server.path("nodev"))
    mount("tmpfs", server.path("nodev"), "tmpfs", "mode=755", NODEV | NOEXEC | NOSUID)
    os.mknod(server.path("nodev/null"), stat.S_IFCHR | 0o666, os.makedev(1, 3))
    server.write("nodev/f", b"noexec")
    try:
        same(statuses("/nodev/null"), [403])
        same(bodies("/nodev/f"), [b"noexec"])
    finally:
        unmount(server.path("nodev"))


@test("directories without the right to search hide everything; without the right to list, nothing")
def _():
    server.write("dark/f", b"dark")
    server.write("blind/f", b"blind")
    os.chmod(server.path("dark"), 0o744)
    os.chmod(server.path("blind"), 0o711)
    same(statuses("/dark/f", "/dark/no", "/dark/", "/dark"), [403] * 4)
    same(statuses("/blind/f", "/blind/no", "/blind/", "/blind"), [200, 404, 403, 301])
    link("dark/f", "to-dark")
    same(statuses("/to-dark"), [403])


run(server)
