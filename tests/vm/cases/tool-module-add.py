#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=240 group=tool
"""tuxctl module add and remove while the server is busy: no request is lost.  allow and deny."""
import http.client
import os
import pwd
import socket
import subprocess
import threading
import time

from toolcase import check, finish, make_site
from toolmodules import (PATIENCE, PORT, get, install, make_stub, modules, show, tuxctl, wait_for,
                         workers)

root = make_site()
# More than the server's and the client's socket take.
BIG = 8 << 20
with open("www/big", "wb") as file:
    file.truncate(BIG)
for name in ("demo.tux", "free.tux"):
    make_stub(root, name)
demo = install("demo.tux")
status, text = tuxctl("startup", "--docroot", root, "--listen", f"127.0.0.1:{PORT}", "--threads",
                      "2", "--moduledir", "modules")
check(status == 0, "the server starts without modules", text)
# The slow clients are to wait for each other, however slow the machine.
subprocess.run(["sysctl", "-qw", "net.tux.send_timeout=600"], check=True)


class Load(threading.Thread):
    """A client that asks again and again, each time on a new connection, or on one that stays."""

    def __init__(self, target, keep):
        super().__init__(daemon=True)
        self.target = target
        self.keep = keep
        self.stop = False
        self.answers = 0
        self.lost = []

    def ask(self, connection):
        """One request."""
        connection.request("GET", self.target, headers={} if self.keep else
                           {"Connection": "close"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or not body:
            self.lost.append(answer.status)
        self.answers += 1
        return not answer.will_close

    def run(self):
        connection = None
        while not self.stop:
            reused = connection is not None
            connection = connection or http.client.HTTPConnection("127.0.0.1", PORT,
                                                                  timeout=PATIENCE)
            try:
                if self.ask(connection):
                    continue
            except (ConnectionError, http.client.HTTPException) as error:
                # An idle connection may end at any time; who reuses one asks again.
                if not reused:
                    self.lost.append(repr(error))
            connection.close()
            connection = None


def slow_client():
    """A client that has the head of a large response and waits with the rest."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", PORT))
    client.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
    return client, client.recv(1024)


def rest(client, data):
    """Bytes of the body."""
    got = len(data) - data.index(b"\r\n\r\n") - 4
    while got < BIG:
        piece = client.recv(1 << 20)
        if not piece:
            break
        got += len(piece)
    client.close()
    return got


# --- add and remove under load

loads = [Load("/a.txt", False), Load("/a.txt", True), Load("/a.txt", False)]
for load in loads:
    load.start()
slow = [slow_client() for _ in range(4)]
old = workers()
check(get("/demo.tux")[1] == "", "before it is added, the stub is a file")
status, text = tuxctl("module", "add", "demo.tux")
check(status == 0 and not text, "module add returns with nothing to say", text)
answer = show("/demo.tux")
check(answer.get("marker") == "one", "the module answers at once", answer)
new = workers()
check(len(new) == 2 and not set(old) & set(new), "by new workers", f"{old} {new}")
# The kernel may have given all of the slow clients to one of them.
check(any(os.path.isdir(f"/proc/{pid}") for pid in old),
      "while the old ones finish what they have")
check([rest(*client) for client in slow] == [BIG] * 4, "which arrives whole")
check(wait_for(lambda: not any(os.path.isdir(f"/proc/{pid}") for pid in old)), "and then they end")
more = Load("/demo.tux", True)
more.start()
status, text = tuxctl("module", "add", "/app", demo)
check(status == 0, "a prefix is added while modules are busy", text)
check(show("/app/x").get("name") == "/app", "and answers")
with open("init.log", encoding="ascii") as file:
    check(file.read() == "init uid 0\n", "a file that is loaded already is initialised once")
for _ in range(3):
    check(tuxctl("module", "remove", "/app")[0] == 0, "a prefix is removed")
    check(get("/app/x")[0] == 404, "and is not there any more")
    check(tuxctl("module", "add", "/app", demo)[0] == 0, "it is added again")
    check(show("/app/x").get("status") == 200, "and answers again")
for load in loads + [more]:
    load.stop = True
for load in loads + [more]:
    load.join()
    check(load.answers > 20 and not load.lost,
          f"no request was lost ({load.target}, {'one' if load.keep else 'many'} connections)",
          f"{load.answers} answers, lost: {load.lost[:5]}")

# --- a new version of a module

check(tuxctl("module", "remove", "demo.tux")[0] == 0, "a module is removed")
check(tuxctl("module", "remove", "/app")[0] == 0, "under both names")
install("demo.tux", marker="two")
check(tuxctl("module", "add", "demo.tux")[0] == 0, "and added in a new version")
check(show("/demo.tux").get("marker") == "two", "which answers")

# --- what cannot be done

for words, part in (
        (("add", "demo.tux"), "it is there already"),
        (("add", "absent.tux"), "absent.tux.so is there"),
        (("add", "/passwd", "/etc/passwd"), "cannot load the file"),
        (("add", "../a.tux"), "neither a prefix nor"),
        (("remove", "/nothing"), "the workers have no such module"),
        (("deny", "/nothing", "nobody"), "there is no such grant")):
    status, text = tuxctl("module", *words)
    check(status == 1 and part in text and text.count("\n") == 1,
          f"module {' '.join(words)} is refused: {part}", text)
check(workers() and get("/a.txt")[0] == 200, "and the server serves")
user = pwd.getpwnam("nobody")


def as_user(*words, **options):
    """Start a program as nobody, who may open the device here."""
    return subprocess.Popen(words, user=user.pw_uid, group=user.pw_gid, extra_groups=[],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            **options)


process = as_user("tuxctl", "module", "add", "/mine", demo)
text = process.communicate(timeout=PATIENCE)[0]
check(process.returncode == 1 and "only root may" in text, "another user adds nothing", text)
process = as_user("tuxctl", "module", "list")
text = process.communicate(timeout=PATIENCE)[0]
check(process.returncode == 0 and "demo.tux" in text and demo not in text,
      "but may see what there is, without the files", text)
with socket.socket(socket.AF_UNIX) as idle:
    idle.connect("\0tux-control")
    begin = time.monotonic()
    check(tuxctl("module", "remove", "demo.tux")[0] == 0,
          "who connects and says nothing does not stand in the way for long")
    check(time.monotonic() - begin < PATIENCE, "but for seconds")

# --- a module in a process of its own

os.chmod("/dev/tux", 0o666)
process = as_user("tux-module", "/mine")
text = process.communicate(timeout=PATIENCE)[0]
check(process.returncode == 1 and text.startswith("EACCES"), "without a grant no registration",
      text)
check(tuxctl("module", "allow", "/mine", "nobody")[0] == 0, "module allow")
processes = [as_user("tux-module", "/mine") for _ in range(2)]
for process in processes:
    line = process.stdout.readline()
    check(line == "registered\n", "a process of that user may register", line)
status, text = get("/mine/x")
check(status == 200 and text.startswith(f"uid {user.pw_uid} pid "), "and answers as that user",
      text)
listed = modules().get("/mine")
check(listed == {"name": "/mine", "kind": "prefix", "answered_by": "processes", "count": 2,
                 "file": None}, "module list shows the processes", listed)
process = as_user("tux-module", "/other")
check(process.communicate(timeout=PATIENCE)[0].startswith("EACCES"), "but not another prefix")
status, text = tuxctl("module", "remove", "/mine")
check(status == 1 and "the workers have no such module" in text, "it is not tuxd's to remove",
      text)
check(tuxctl("module", "deny", "/mine", str(user.pw_uid))[0] == 0, "module deny, by number")
check(get("/mine/x")[0] == 200, "those that are registered stay")
process = as_user("tux-module", "/mine")
check(process.communicate(timeout=PATIENCE)[0].startswith("EACCES"), "others may not any more")
processes[0].kill()
processes[0].wait()
check(wait_for(lambda: modules().get("/mine", {}).get("count") == 1), "one of them is killed")
check(get("/mine/x")[1].endswith(f"pid {processes[1].pid}\n"), "and the other one answers")

check(tuxctl("shutdown")[0] == 0, "the server stops")
check(processes[1].wait(timeout=PATIENCE) == 0, "and tells the process")
check(subprocess.run(["rmmod", "tux"], check=False).returncode == 0, "the module can be unloaded")
finish()
