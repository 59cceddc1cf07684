#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=dynamic core lifecycle
"""Which requests go to which module: stub files, prefixes, all_userspace, ignore_query."""
import os

from tuxtest import Client, Temporarily, expect, run, same, test
from usermodule import Handle, Request, Site, error_of


def who(call, req):
    """Says which module it is, and what it was given."""
    found = call.get_request()
    return call.reply(req, b" ".join([str(req.module_index).encode(), req.objectname,
                                      b"[" + found["path_info"] + b"]", req.query]))


NAMES = ["stub.tux", "dir/stub.tux", "/app", "/app/deep/er", "/dir/", "later.tux", "STUB.TUX"]
site = Site({name: who for name in NAMES})


def body(target, **more):
    """What a module says of itself."""
    answer = site.get(target, **more)
    return answer.body.decode("latin-1") if answer.status == 200 else answer.status


@test("a stub file: of root, of the type TUX/module, and registered under its name")
def _():
    for name in ("stub.tux", "dir/stub.tux", "not-registered.tux", "of-nobody.tux", "stub.txt"):
        site.write(name, b"a stub")
    os.chown(site.path("of-nobody.tux"), 65534, 65534)
    site.master.register("of-nobody.tux", 7)
    site.master.register("stub.txt", 8)
    same(body("/stub.tux?a=b"), "1 stub.tux [] a=b")
    same(body("//stub.tux"), "1 stub.tux [] ")
    same(body("/not-registered.tux"), 404)
    same(body("/later.tux"), 404, "a name without a file")
    same(body("/of-nobody.tux"), "a stub")
    same(body("/stub.txt"), "a stub")
    same(body("/stub.tux/more"), 404, "a stub has no path info")
    site.write("STUB.TUX", b"a stub")
    same(body("/STUB.TUX"), "7 STUB.TUX [] ", "an extension in capitals")
    mime = Request(objectname="é")
    memory = mime.point_to(b"TUX/module\0")
    site.master("REGISTER_MIMETYPE", mime)
    del memory
    site.master.register("stub.é", 9)
    site.write("stub.é", b"a stub")
    same(body("/stub.%C3%A9"), "9 stub.\xc3\xa9 [] ", "an extension that is not ASCII")
    site.master.unregister("stub.é")


@test("a stub that must not be read is 403; a link to one is what it leads to")
def _():
    site.write("later.tux", b"", mode=0o600)
    same(body("/later.tux"), 403)
    os.chmod(site.path("later.tux"), 0o644)
    same(body("/later.tux"), "6 later.tux [] ")
    os.symlink("stub.tux", site.path("link.tux"))
    same(body("/link.tux"), 404)


@test("a prefix: whole segments, the longest one wins, files do not matter")
def _():
    site.write("app/file", b"a file")
    for target, wanted in (
            ("/app", "3 app [] "), ("/app/", "3 app/ [/] "), ("/app/file?x=%20", "3 app/file [/file] x=%20"),
            ("/app/deep/er", "4 app/deep/er [] "), ("/app/deep/er/x/", "4 app/deep/er/x/ [/x/] "),
            ("/app/deep/erx", "3 app/deep/erx [/deep/erx] "), ("/app/./x/../deep/er/%41", "4 app/deep/er/A [/A] "),
            ("/application", 404), ("/ap", 404), ("/dir/stub.tux", "5 dir/stub.tux [/stub.tux] "),
            ("http://other/app/y", "3 app/y [/y] ")):
        same(body(target), wanted, target)


@test("a long path below a prefix is not cut: objectname is empty, GET_REQUEST has it")
def _():
    long = "/app/" + "/".join(["x" * 100] * 4)
    same(body(long), f"3  [{long[4:]}] ")


@test("the longest paths there can be, with and without a slash at the end")
def _():
    for prefix in ("/app/", "/files/"):
        for length in range(4080, 4105):
            for end in ("x", "/"):
                path = (prefix + "x/" * length)[:length - 1]
                status = site.get(path.rstrip("/").ljust(length - 1, "y") + end).status
                expect(status in (200, 404, 414), f"{length} bytes: {status}")
    same(site.get("/app").status, 200)


@test("the prefix / takes everything that no longer one takes; unregistering has effect at once")
def _():
    site.write("plain", b"plain")
    with Client() as client:
        same(client.get("/plain").body, b"plain")
        site.master.register("/", 9)
        same(client.get("/plain").body, b"9 plain [/plain] ")
        same(client.get("/").body, b"9  [/] ")
        same(client.get("/app/x").body, b"3 app/x [/x] ")
        site.master.unregister("/")
        same(client.get("/plain").body, b"plain")
        site.master.unregister("stub.tux")
        same(client.get("/stub.tux").status, 404)
        site.master.register("stub.tux", 1)
        same(client.get("/stub.tux").body, b"1 stub.tux [] ")


@test("methods: a stub gets TUX's four, a prefix all but CONNECT and TRACE, files GET and HEAD")
def _():
    for method, stub, prefix, file in (("POST", 200, 200, 405), ("PUT", 200, 200, 405),
                                       ("DELETE", 405, 200, 405), ("PATCH", 405, 200, 405),
                                       ("OPTIONS", 405, 200, 405), ("BREW", 501, 200, 501)):
        with Client() as client:
            for target, wanted in (("/stub.tux", stub), ("/app", prefix), ("/plain", file)):
                client.send(f"{method} {target} HTTP/1.1", "Host: tux", "Content-Length: 0")
                same(client.answer(method).status, wanted, f"{method} {target}")
    with Client() as client:
        client.send("TRACE /app HTTP/1.1", "Host: tux")
        same(client.answer("TRACE").status, 405)


@test("all_userspace: everything goes to the newest module; a name that would be cut is 414")
def _():
    with Temporarily("all_userspace", 1):
        site.master.register("newest", 11)
        same(body("/plain?q"), "11 plain [] q")
        same(body("/stub.tux"), "11 stub.tux [] ")
        same(body("/" + "n" * 255), f"11 {'n' * 255} [] ")
        same(body("/" + "n" * 256), 414)
        site.master.unregister("newest")


@test("ignore_query: 0 a query, 1 a part of the path, 2 nothing")
def _():
    site.write("odd?name", b"odd")
    for value, stub, odd, app in ((0, "1 stub.tux [] x", 404, "3 app [] x"),
                                  (1, 404, "odd", 404),
                                  (2, "1 stub.tux [] ", 404, "3 app [] ")):
        with Temporarily("ignore_query", value):
            same(body("/stub.tux?x"), stub, value)
            same(body("/odd?name"), odd, value)
            same(body("/app?x"), app, value)


@test("REGISTER_MODULE refuses what is wrong")
def _():
    call = site.master
    for fields, error in (({"version_major": 2}, "EINVAL"), ({"version_major": 4}, "EINVAL"),
                          ({"version_minor": 1}, "EINVAL"), ({"version_patch": 9}, None),
                          ({"module_index": 0}, "EINVAL"), ({"objectname": b""}, "EINVAL"),
                          ({"objectname": b"x" * 256}, "EINVAL"),
                          ({"objectname": b"/app//"}, "EEXIST"),
                          ({"objectname": b"stub.tux"}, "EEXIST")):
        req = Request(**{"version_major": 3, "module_index": 20, "objectname": b"new", **fields})
        same(error_of(call, "REGISTER_MODULE", req), error, fields)
    same(error_of(call.unregister, "unknown"), "ENOENT")
    same(error_of(call.unregister, ""), "EINVAL")
    other = Handle("ioctl")
    same(error_of(other.register, "/app", 1), "EEXIST", "a process cannot take a worker's name")
    other.close()


@test("/proc/net/tux/server lists them")
def _():
    with open("/proc/net/tux/server", encoding="ascii") as file:
        lines = [line.split() for line in file if line.startswith("module ")]
    same(sorted(line[1] for line in lines),
         sorted(["stub.tux", "dir/stub.tux", "/app", "/app/deep/er", "/dir", "later.tux",
                 "of-nobody.tux", "stub.txt", "new", "STUB.TUX"]))
    same({tuple(line[2:]) for line in lines}, {("name", "workers", "1"), ("prefix", "workers", "1")})


run(site)
