#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=dynamic core
"""The example modules, over HTTP: in tuxd's workers, and as programs of their own."""
import os
import pwd
import re
import socket
import subprocess
import threading

from toolmodules import make_stub
from tuxtest import SCALE, Client, Server, command, expect, get, run, same, test, wait_until

BUILT = os.path.join(os.environ["TUX_TREE"], "build", "modules")
USER = pwd.getpwnam("nobody")
NAMES = ("hello", "counter", "demo2", "demo3", "adrotate", "download", "postlog", "slow", "direct")
BACKEND_PORT = 8081
LARGE = bytes(range(256)) * 4096

SCRIPTS = {
    "show": """#!/bin/sh
printf 'Content-Type: text/plain\\r\\nX-Own: yes\\r\\nConnection: evil\\r\\n\\r\\n'
echo "$REQUEST_METHOD $SCRIPT_NAME $PATH_INFO $QUERY_STRING $HTTP_X_TOLD ${HTTP_PROXY-none} $(id -u)"
cat
""",
    "moved": "#!/bin/sh\nprintf 'Location: /elsewhere\\n\\n'\n",
    "missing": "#!/bin/sh\nprintf 'Status: 404 Gone fishing\\nContent-Type: text/plain\\n\\nno\\n'\n",
    "senseless": "#!/bin/sh\necho hello\n",
    "crash": "#!/bin/sh\nkill -SEGV $$\n",
    "long": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nexec yes 0123456789 2> /dev/null\n",
    "large": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nhead -c 500000 /dev/zero\n",
    "lasting": "#!/bin/sh\nexec sleep 1000\n",
}


class Examples(Server):
    """tuxd with all of them, and the programs beside it."""

    def start(self):
        os.chmod(".", 0o755)
        self.write("page", b"<p><!-- ad --></p>\n", age=1000)
        self.write("file", LARGE, age=1000)
        for name in NAMES:
            make_stub(self.docroot, name + ".tux")
        for folder in ("lists", "uploads", "scripts"):
            os.mkdir(folder)
        os.chown("uploads", USER.pw_uid, USER.pw_gid)
        for name, text in SCRIPTS.items():
            with open(os.path.join("scripts", name), "w", encoding="ascii") as file:
                file.write(text)
            os.chmod(file.name, 0o755)
        with open("lists/all.conf", "w", encoding="ascii") as file:
            file.writelines(f"{name}.tux\n" for name in NAMES)
            file.writelines(f"/{name} {name}.tux\n" for name in ("upload", "proxy"))
        os.environ.update(UPLOADS=os.path.abspath("uploads"), POSTLOG=os.path.abspath("posts"),
                          PROXY_PORT=str(BACKEND_PORT))
        command("insmod", os.environ["TUX_KO"])
        command("tuxd", "-d", "--threads", "2", "--docroot", self.docroot, "--listen",
                "127.0.0.1:80", "--user", USER.pw_name, "-m", BUILT, "--modules", "lists")
        self.programs = [
            subprocess.Popen([f"{BUILT}/poll", "/poll"]),
            subprocess.Popen([f"{BUILT}/hello", "/hi"]),
            subprocess.Popen([f"{BUILT}/cgi", "/cgi", "scripts", USER.pw_name])]
        self.running = True
        wait_until(lambda: command("tuxctl", "module", "list").count(" process") >= 3,
                   "the programs to register")

    def stop(self):
        if not self.running:
            return
        self.running = False
        command("tuxctl", "shutdown")
        for program in self.programs:
            same(program.wait(20 * SCALE), 0, f"exit status of {program.args[0]}")


Client.by_module = True
server = Examples()


@test("hello, in a worker and in a process of its own")
def _():
    with Client() as client:
        same(client.get("/hello.tux").body, b"Hello world\n")
        same(client.get("/hello.tux?name=A+%42").body, b"Hello A B\n")
        same(client.get("/hi/there?name=you").body, b"Hello you\n")
        same(client.get("/hello.tux", method="HEAD")["content-length"], "12")
        client.expect_open("/hello.tux")


@test("counter: each worker's own number grows by one, and all together count every request")
def _():
    totals, own = [], {}

    def ask():
        with Client() as client:
            for _ in range(50):
                mine, total = client.get("/counter.tux").body.decode().split(" of ")
                totals.append(int(total))
                own.setdefault(int(mine), []).append(int(total))
    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(sorted(totals), list(range(1, 301)))
    expect(all(len(found) <= 2 for found in own.values()), "a worker counted something twice")


@test("demo2 (layout of TUX 2) and demo3 (of TUX 3)")
def _():
    with Client() as client:
        same(client.get("/demo2.tux?abc").body, b"cba")
        client.send("POST /demo2.tux?x HTTP/1.1", "Host: tux", "Content-Length: 4")
        client.raw(b"body")
        same(client.answer("POST").body, b"ydob")
        same(client.get("/demo2.tux?abc", method="HEAD").body, b"")
        shown = dict(line.split(" ", 1) for line in
                     client.get("/demo3.tux?a=b", "Cookie: c=d").body.decode().splitlines())
        same((shown["query"], shown["cookies"], shown["objectname"], shown["client_host"]),
             ("a=b", "c=d", "demo3.tux", "7f000001"))


@test("adrotate: a template, a file with a head of its own, cookies, shared counters")
def _():
    with Client() as client:
        page = client.get("/adrotate.tux?page=page", "Cookie: x=1; visits=2")
        same((page["set-cookie"], page.body), ("visits=3", b"<p>Ice, freshly broken.</p>\n"))
        same(client.get("/adrotate.tux?file=file").body, LARGE)
        same(client.get("/adrotate.tux?page=nothing").status, 404)
        expect(b"1 Ice, freshly broken." in client.get("/adrotate.tux").body, "it is counted")


@test("download: the file with a head of our own; a slow reader holds nobody up")
def _():
    with Client(receive_buffer=4096) as slow, Client() as client:
        slow.send("GET /download.tux?file=file HTTP/1.1", "Host: tux")
        head = slow.head()
        same(head["content-disposition"], 'attachment; filename="file"')
        for _ in range(5):
            same(client.get("/hello.tux").body, b"Hello world\n")
        same(slow.body(int(head["content-length"])), LARGE)
        same(client.get("/download.tux?file=nothing").status, 404)
        same(client.get("/download.tux?file=../etc/passwd").status, 404)
        same(client.get("/download.tux?file=file", method="HEAD")["content-length"], str(len(LARGE)))
        client.expect_open("/hello.tux")


@test("postlog: each POST is a line")
def _():
    for body in (b"first\n", b"second"):
        with Client() as client:
            client.send("POST /postlog.tux HTTP/1.1", "Host: tux", f"Content-Length: {len(body)}")
            client.raw(body)
            same(client.answer("POST").status, 200)
    with open("posts", encoding="ascii") as file:
        same([line.split()[-2:] for line in file], [["6", "first."], ["6", "second"]])


@test("slow: the worker answers others meanwhile; direct: the module writes to the connection itself")
def _():
    with Client() as first, Client() as second:
        first.send("GET /slow.tux?ms=300 HTTP/1.1", "Host: tux")
        same(second.get("/hello.tux").body, b"Hello world\n")
        same(first.answer().body, b"That took 300 ms.\n")
        same(first.get("/direct.tux?5").body, b"abcde")
        same(len(first.get("/direct.tux?1000000").body), 1000000)
        first.expect_open("/hello.tux")


def put(client, target, body, chunked=False):
    """PUT; returns the answer."""
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    client.send(f"PUT {target} HTTP/1.1", "Host: tux", framing)
    if chunked:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    client.raw(body)
    return client.answer("PUT")


@test("upload: files of any size, by length and chunked; bad names, what is there, what breaks off")
def _():
    with Client() as client:
        for name, body, chunked in (("small", b"x", False), ("large", LARGE, False),
                                    ("chunked", LARGE[:-1000], True), ("empty", b"", False)):
            same(put(client, "/upload/" + name, body, chunked).status, 201, name)
            with open("uploads/" + name, "rb") as file:
                same(file.read(), body, name)
        same(put(client, "/upload/small", b"again").status, 409)
        same(put(client, "/upload/long", LARGE, True).status, 413)
    with Client() as client:
        for name in ("", "/", "/.hidden", "/a/b", "/" + 200 * "x"):
            same(put(client, "/upload" + name, b"x").status, 400, name)
    same(get("/upload/small").status, 405)
    with Client() as client:
        client.send("PUT /upload/broken HTTP/1.1", "Host: tux", f"Content-Length: {len(LARGE)}")
        client.raw(LARGE[:100000])
        wait_until(lambda: any(name.startswith(".upload") for name in os.listdir("uploads")),
                   "the upload to begin")
        client.abort()
    wait_until(lambda: sorted(os.listdir("uploads")) == ["chunked", "empty", "large", "small"],
               "nothing to be left of it")


@test("poll: two clients wait, whichever worker they came to, and get what a third one says")
def _():
    with Client() as first, Client() as second, Client() as gone, Client() as teller:
        for client in (first, second, gone):
            client.send("GET /poll HTTP/1.1", "Host: tux")
        first.expect_silence()
        gone.abort()

        def tell():
            teller.send("POST /poll HTTP/1.1", "Host: tux", "Content-Length: 4")
            teller.raw(b"news")
            return teller.answer("POST").body
        same(tell(), b"3 have been told.\n")
        same([first.answer().body, second.answer().body], [b"news", b"news"])
        first.send("GET /poll HTTP/1.1", "Host: tux")
        first.expect_silence()
        same(tell(), b"1 have been told.\n")
        same(first.answer().body, b"news")


@test("proxy: another server's answer as it comes; 502 without one, others are served while it hangs")
def _():
    same(get("/proxy/x").status, 502)
    with socket.create_server(("127.0.0.1", BACKEND_PORT)) as backend, Client() as client, \
            Client() as other:
        client.send("GET /proxy/a%20b?c=d HTTP/1.1", "Host: name")
        upstream = backend.accept()[0]
        same(upstream.recv(1000), b"GET /proxy/a%20b?c=d HTTP/1.0\r\nHost: name\r\n"
                                  b"Connection: close\r\n\r\n")
        for _ in range(4):
            same(other.get("/hello.tux").body, b"Hello world\n")
        upstream.sendall(b"HTTP/1.0 200 OK\r\n\r\nfirst ")
        while b"first " not in client.pending:
            expect(client.more(), "the beginning of the answer")
        upstream.sendall(LARGE)
        upstream.close()
        while client.more():
            pass
        same(client.pending, b"HTTP/1.0 200 OK\r\n\r\nfirst " + LARGE)
        other.send("GET /proxy/ HTTP/1.1", "Host: tux")
        backend.accept()[0].close()
        same(other.answer().status, 502)


@test("cgi: what a program is told, what it says, and what it must not")
def _():
    with Client() as client:
        answer = client.get("/cgi/show/more/path?a=b", "X-Told: this", "Proxy: evil")
        same(answer.body.decode(), f"GET /cgi/show /more/path a=b this none {USER.pw_uid}\n")
        same((answer["x-own"], answer["content-type"]), ("yes", "text/plain"))
        client.send("POST /cgi/show HTTP/1.1", "Host: tux", "Content-Length: 300000")
        client.raw(bytes(300000))
        expect(client.answer("POST").body.endswith(bytes(300000)), "the body comes back")
        same([client.get("/cgi/moved").status, client.get("/cgi/missing").status,
              client.get("/cgi/senseless").status, client.get("/cgi/crash").status,
              client.get("/cgi/none").status, client.get("/cgi/").status,
              client.get("/cgi/..%2fshow").status, client.get("/cgi/long").status],
             [302, 404, 502, 502, 404, 404, 404, 504])
        same(client.get("/cgi/large").body, bytes(500000))
        with Client() as waiting:
            waiting.send("GET /cgi/lasting HTTP/1.1", "Host: tux")
            for _ in range(3):
                same(client.get("/hi").body, b"Hello world\n")
            same(client.get("/cgi/missing").body, b"no\n")
            same(waiting.answer().status, 504)
    expect(not re.search(r"^\d+ sleep$", command("ps", "-eo", "pid,comm"), re.M), "it has been ended")


run(server)
