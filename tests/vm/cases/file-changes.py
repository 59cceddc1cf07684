#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=files core
"""Whatever is changed before a request holds for that request, however often the file was served before."""
import mmap
import os
import pwd
import shutil
import time

from mounts import bind, mount, umount, unmount
from tuxtest import (Client, Failure, Server, command, expect, get, run, same, say, test,
                     wait_until)

server = Server(threads=1, small_buffers=True)
server.write("other", b"other")


def serve_twice(client, target, body):
    """Make sure that the server knows the file well."""
    for _ in range(2):
        same(client.get(target).body, body, "before the change")


def user():
    """Whom the workers run as."""
    for name in ("www-data", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise Failure("neither www-data nor nobody")


@test("edits: append, shorten, overwrite, empty; each seen at once, with its size")
def _():
    path = server.write("edit", b"first")
    with Client() as client:
        serve_twice(client, "/edit", b"first")
        for content in (b"first and second", b"short", b"other", b"", b"x" * 100000, b"y" * 99999, b"z"):
            server.write("edit", content)
            answer = client.get("/edit")
            same((answer.status, answer.body == content), (200, True), f"{len(content)} bytes")
        with open(path, "ab") as file:
            file.write(b"appended")
            file.flush()
            same(client.get("/edit").body, b"zappended")
            file.write(b" twice")
            file.flush()
            same(client.get("/edit").body, b"zappended twice")
        os.truncate(path, 3)
        same(client.get("/edit").body, b"zap")
        os.truncate(path, 10)
        same(client.get("/edit").body, b"zap" + b"\0" * 7)


def overwrite_pairs(name, rounds):
    """Overwrite a file twice in quick succession, asking after each; returns how often the stamps were the same."""
    path = server.write(name, b"0" * 1000)
    coincidences = 0
    with Client() as client, open(path, "r+b", buffering=0) as kept:
        for number in range(0, 2 * rounds, 2):
            stamps = []
            tags = set()
            for content in (b"%03d" % number * 300, b"%03d" % (number + 1) * 300):
                # Open for writing while it is served, or closed, so that only the stamps could tell.
                if number % 4:
                    os.pwrite(kept.fileno(), content, 0)
                else:
                    kept.close()
                    with open(path, "r+b", buffering=0) as file:
                        file.write(content)
                stamps.append(os.stat(path).st_mtime_ns)
                answer = client.get("/" + name, *[f"If-None-Match: {tag}" for tag in tags])
                same((answer.status, answer.body[:900] == content), (200, True), f"round {number}")
                tags.add(answer["etag"])
                if kept.closed:
                    kept = open(path, "r+b", buffering=0)
            coincidences += stamps[0] == stamps[1]
        kept.close()
    return coincidences


@test("overwriting with the same size, twice within a millisecond or so: no old byte, no false 304")
def _():
    say(f"{overwrite_pairs('same', 60)} of 60 pairs had the same time stamp")


@test("the same on a disk that keeps time in whole seconds")
def _():
    os.makedirs("nothing")
    command("mke2fs", "-q", "-t", "ext4", "-I", "128", "-d", "nothing", "seconds.image", "4M")
    point = server.path("seconds")
    os.makedirs(point)
    command("modprobe", "loop")
    command("mount", "-o", "loop", "seconds.image", point)
    count = overwrite_pairs("seconds/same", 20)
    say(f"{count} of 20 pairs had the same time stamp")
    expect(count > 1, "the stamps were not coarse enough to test anything")
    unmount(point)


@test("a change behind the back of the clock: size and modification time are what they were")
def _():
    path = server.write("back", b"one")
    os.utime(path, (1000000000, 1000000000))
    time.sleep(0.1)
    with Client() as client:
        serve_twice(client, "/back", b"one")
        tag = client.get("/back")["etag"]
        server.write("back", b"two")
        os.utime(path, (1000000000, 1000000000))
        answer = client.get("/back", f"If-None-Match: {tag}")
        same((answer.status, answer.body), (200, b"two"))


@test("stores through a mapping are seen, and give no 304 while they may go on")
def _():
    path = server.write("mapped", b"a" * 8192)
    with open(path, "r+b") as file, Client() as client:
        memory = mmap.mmap(file.fileno(), 8192)
        for letter in b"bcde":
            memory[:] = bytes([letter]) * 8192
            answer = client.get("/mapped")
            same(answer.body == bytes([letter]) * 8192, True, chr(letter))
            memory[4096:] = b"!" * 4096
            again = client.get("/mapped", f"If-None-Match: {answer['etag']}")
            same((again.status, again.body[4096:] == b"!" * 4096), (200, True))
        memory.close()


@test("direct writes past the page cache are seen")
def _():
    path = server.write("direct", b"a" * 65536)
    with Client() as client:
        serve_twice(client, "/direct", b"a" * 65536)
        memory = mmap.mmap(-1, 65536)
        file = os.open(path, os.O_WRONLY | os.O_DIRECT)
        for letter in b"bcd":
            memory[:] = bytes([letter]) * 65536
            same(os.pwrite(file, memory, 0), 65536)
            same(client.get("/direct").body == bytes([letter]) * 65536, True, chr(letter))
        os.close(file)


@test("rename: the new file under the old name, the old one under its new name, nothing where it was")
def _():
    with Client() as client:
        server.write("r1", b"old")
        serve_twice(client, "/r1", b"old")
        server.write("r2", b"new")
        os.rename(server.path("r2"), server.path("r1"))
        same(client.get("/r1").body, b"new")
        same(client.get("/r2").status, 404)
        os.rename(server.path("r1"), server.path("r3"))
        same((client.get("/r1").status, client.get("/r3").body), (404, b"new"))
        server.write("d1/sub/file", b"in d1")
        serve_twice(client, "/d1/sub/file", b"in d1")
        os.rename(server.path("d1"), server.path("d2"))
        same((client.get("/d1/sub/file").status, client.get("/d2/sub/file").body), (404, b"in d1"))
        os.rename(server.path("d2/sub"), server.path("moved"))
        same((client.get("/d2/sub/file").status, client.get("/moved/file").body), (404, b"in d1"))


@test("unlink: 404 at once; a new file of that name is the new file, whatever inode it gets")
def _():
    with Client() as client:
        for number in range(10):
            content = b"%05d" % number
            server.write("gone", content)
            serve_twice(client, "/gone", content)
            os.unlink(server.path("gone"))
            same(client.get("/gone").status, 404)
        server.write("dir/gone", b"x")
        serve_twice(client, "/dir/gone", b"x")
        shutil.rmtree(server.path("dir"))
        same([client.get("/dir/gone").status, client.get("/dir/").status, client.get("/dir").status], [404] * 3)


@test("what was not there is there as soon as it is made")
def _():
    with Client() as client:
        for number in range(10):
            same(client.get(f"/new{number}").status, 404)
            same(client.get(f"/new{number}").status, 404)
            server.write(f"new{number}", b"here")
            same(client.get(f"/new{number}").body, b"here")
        same(client.get("/newdir/").status, 404)
        os.mkdir(server.path("newdir"))
        same(client.get("/newdir/").status, 403)
        server.write("newdir/index.html", b"index")
        same(client.get("/newdir/").body, b"index")
        os.unlink(server.path("newdir/index.html"))
        same(client.get("/newdir/").status, 403)


@test("chmod: 403 at once, and 200 at once; of directories on the way, too")
def _():
    path = server.write("d/e/mode", b"mode")
    with Client() as client:
        serve_twice(client, "/d/e/mode", b"mode")
        for mode, status in ((0o640, 403), (0o604, 200), (0o200, 403), (0o444, 200), (0o000, 403), (0o644, 200)):
            os.chmod(path, mode)
            same(client.get("/d/e/mode").status, status, oct(mode))
        for mode, status in ((0o700, 403), (0o711, 200), (0o744, 403), (0o755, 200)):
            for directory in ("d/e", "d"):
                os.chmod(server.path(directory), mode)
                same(client.get("/d/e/mode").status, status, f"{directory} {oct(mode)}")
                os.chmod(server.path(directory), 0o755)
        os.chmod(server.path("d"), 0o700)
        same([client.get("/d/e/mode").status, client.get("/d/").status, client.get("/d").status],
             [403, 403, 403])
        os.chmod(server.path("d"), 0o755)


@test("chown: rights are those of the worker, as owner, as group, as anybody")
def _():
    who = user()
    path = server.write("owned", b"owned", mode=0o604)
    with Client() as client:
        serve_twice(client, "/owned", b"owned")
        os.chown(path, who.pw_uid, 0)
        os.chmod(path, 0o044)
        same(client.get("/owned").status, 403, "its owner may not read")
        os.chown(path, 0, 0)
        same(client.get("/owned").status, 200, "anybody may")
        os.chown(path, 0, who.pw_gid)
        os.chmod(path, 0o604)
        same(client.get("/owned").status, 403, "its group may not")
        os.chown(path, 0, 0)
        same(client.get("/owned").body, b"owned")


@test("a link that is swapped leads to where it leads now; so does one on the way")
def _():
    server.write("v1/page", b"version 1")
    server.write("v2/page", b"version 2")
    current = server.path("current")
    with Client() as client:
        for number in (1, 2, 1, 2):
            os.symlink(f"v{number}", current + ".new")
            os.rename(current + ".new", current)
            for _ in range(2):
                same(client.get("/current/page").body, b"version %d" % number)
        os.unlink(current)
        same(client.get("/current/page").status, 404)
        os.symlink("v1/page", current)
        same(client.get("/current").body, b"version 1")
        os.unlink(current)
        server.write("current", b"no link any more")
        same(client.get("/current").body, b"no link any more")


@test("a file that becomes a directory, a FIFO, a link and a file again")
def _():
    path = server.path("thing")
    with Client() as client:
        for _ in range(2):
            server.write("thing", b"file")
            serve_twice(client, "/thing", b"file")
            os.unlink(path)
            os.mkdir(path)
            same(client.get("/thing").status, 301)
            os.rmdir(path)
            os.mkfifo(path)
            os.chmod(path, 0o666)
            same(client.get("/thing").status, 403)
            os.unlink(path)
            os.symlink("other", path)
            same(client.get("/thing").body, b"other")
            os.unlink(path)


@test("mount over: the file below, the file above, the file below; umount is not held up")
def _():
    server.write("mnt/file", b"below")
    point = server.path("mnt")
    with Client() as client:
        for number in range(2):
            serve_twice(client, "/mnt/file", b"below")
            mount("tmpfs", point, "tmpfs", "mode=755")
            same(client.get("/mnt/file").status, 404)
            server.write("mnt/file", b"above %d" % number)
            serve_twice(client, "/mnt/file", b"above %d" % number)
            unmount(point)
        serve_twice(client, "/mnt/file", b"below")
        server.write("cover", b"cover")
        bind(server.path("cover"), server.path("mnt/file"))
        same(client.get("/mnt/file").body, b"cover")
        unmount(server.path("mnt/file"))
        same(client.get("/mnt/file").body, b"below")


@test("umount of a disk with many cached files, beside idle connections; the disk is really free then")
def _():
    image = os.path.join(os.path.dirname(server.docroot), "image")
    point = server.path("disk")
    os.makedirs(point, exist_ok=True)
    os.makedirs("content")
    for number in range(20):
        with open(f"content/f{number}", "wb") as file:
            file.write(b"%d" % number * 5000)
    command("mke2fs", "-q", "-t", "ext4", "-d", "content", image, "8M")
    command("modprobe", "loop")
    command("mount", "-o", "loop", image, point)
    clients = [Client() for _ in range(5)]
    for number in range(20):
        for client in clients:
            same(client.get(f"/disk/f{number}").status, 200)
    unmount(point)
    for client in clients:
        same(client.get("/disk/f1").status, 404)
        client.socket.close()
    # No loop device keeps the image: nothing of the filesystem is left.
    wait_until(lambda: image not in command("losetup", "-a"), "the loop device to go")


@test("umount while a file of it is being sent: busy, and free when the client has gone")
def _():
    point = server.path("mnt")
    mount("tmpfs", point, "tmpfs", "mode=755")
    server.write("mnt/large", b"l" * (1 << 20))
    client = Client(receive_buffer=4096)
    client.send("GET /mnt/large HTTP/1.1", "Host: tux")
    client.head()
    try:
        umount(point)
        expect(False, "umount took a file away that is being sent")
    except OSError:
        pass
    client.abort()
    unmount(point)
    same(get("/mnt/file").body, b"below")


@test("space of a deleted file is given back, though it has been served and its clients are still there")
def _():
    with Client() as client:
        server.write("space", b"s" * (4 << 20))
        for _ in range(2):
            same(len(client.get("/space").body), 4 << 20)
        os.sync()
        before = os.statvfs(server.docroot).f_bfree
        os.unlink(server.path("space"))

        def freed():
            status = os.statvfs(server.docroot)
            return (status.f_bfree - before) * status.f_frsize >= 3 << 20
        wait_until(freed, "4 MiB to be free again")
        client.expect_open("/other")


run(server)
