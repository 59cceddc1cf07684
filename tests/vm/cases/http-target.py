#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=http
"""From a target to a file: Host, absolute form, percent-encoding, dots, slashes, odd names, types."""
import os

from tuxtest import SCALE, Client, Server, Temporarily, expect, request, run, same, test, wait_until

server = Server(threads=1)
server.write("index.html", b"root index", age=1000)
server.write("a.txt", b"a.txt", age=1000)
server.write("sub/index.html", b"sub index", age=1000)
server.write("sub/deep/b.txt", b"b.txt", age=1000)
server.write("sub/a b", b"blank", age=1000)


def status(*lines):
    """The status of the answer to a head of these lines, and that the connection goes on if it says so."""
    with Client() as client:
        client.raw(request(*lines))
        answer = client.answer(version=lines[0][-3:])
        if answer.keeps:
            client.expect_open()
        else:
            client.expect_end()
        return answer.status


def encode(name):
    """Every byte of a name percent-encoded."""
    return "/" + "".join(f"%{byte:02x}" for byte in name)


@test("Host may be a name, an address or empty, with a port or without")
def _():
    for host in ("tux", "tux.example:80", "TUX.Example.", "a-b_c~d", "127.0.0.1", "127.0.0.1:8080",
                 "[::1]", "[2001:db8::1]:8080", "[::ffff:10.0.0.1]", "tux:", "", "xn--bcher-kva",
                 "a%20b", "user'!$&()*+,;="):
        same(status("GET /a.txt HTTP/1.1", f"Host: {host}"), 200, f"Host {host!r}")


@test("a Host that cannot be one, or a second one, is refused")
def _():
    for host in ("a b", "a/b", "a?b", "a@b", "tux:port", "tux:65536", "tux:80:80", "tux:0", ":80",
                 "[::1", "::1", "[::1]x", "[1::2::3]", "[12345::]", "[::1.2.3]", "[v1.x]", "a%2", "a%zz",
                 "a\"b", "a<b", "tux:-1", "tux:+80"):
        same(status("GET /a.txt HTTP/1.1", f"Host: {host}"), 400, f"Host {host!r}")
    same(status("GET /a.txt HTTP/1.1", "Host: tux", "host: tux"), 400)
    same(status("GET /a.txt HTTP/1.0", "Host: a", "Host: a"), 400)


@test("an absolute form names the file, whatever Host says, but Host must be right")
def _():
    for target in ("http://tux/a.txt", "HTTP://tux:80/a.txt", "http://[::1]/a.txt?query",
                   "http://other.example:8080/./sub/../a.txt"):
        same(status(f"GET {target} HTTP/1.1", "Host: different"), 200, target)
    for target in ("http://tux", "http://tux?query", "http://tux/"):
        with Client() as client:
            same(client.get(target).body, b"root index", target)
    for target in ("http:///a.txt", "http://", "http:/a.txt", "https://tux/a.txt", "ftp://tux/a.txt",
                   "http://a b/", "http://user@tux/a.txt", "tux:80/a.txt", "//tux"):
        expect(status(f"GET {target} HTTP/1.1", "Host: tux") in (400, 404), target)
    same(status("GET http://tux/a.txt HTTP/1.1"), 400)
    same(status("GET http://tux/a.txt HTTP/1.1", "Host: a b"), 400)
    same(status("GET http://tux/a.txt HTTP/1.0"), 200)


@test("percent-encoded characters are the characters, once")
def _():
    server.write("100%", b"percent", age=1000)
    server.write("%61.txt", b"not decoded twice", age=1000)
    server.write("a?b", b"question", age=1000)
    server.write("a#b", b"hash", age=1000)
    server.write("a+b", b"plus", age=1000)
    with Client() as client:
        for target, body in (("/%61.txt", b"a.txt"), ("/%61%2Etxt", b"a.txt"), ("/%41.txt", None),
                             ("/100%25", b"percent"), ("/%2561.txt", b"not decoded twice"),
                             ("/a%3fb", b"question"), ("/a%3Fb?c", b"question"), ("/a%23b", b"hash"),
                             ("/a+b", b"plus"), ("/a%2bb", b"plus"), ("/sub/a%20b", b"blank"),
                             ("/sub/a+b", None), ("/%73ub/", b"sub index")):
            answer = client.get(target)
            same((answer.status, answer.body if body else None), (200 if body else 404, body), target)


@test("dot segments are removed, encoded ones too, and nothing lies above the root")
def _():
    with Client() as client:
        for target in ("/./a.txt", "/sub/../a.txt", "/sub/./../a.txt", "/%2e/a.txt", "/sub/%2e%2E/a.txt",
                       "/sub/.%2e/a.txt", "/nothing/../a.txt", "/sub/deep/../../a.txt", "//a.txt",
                       "///sub//..///a.txt", "/a.txt?/../.."):
            same(client.get(target).body, b"a.txt", target)
        for target in ("/sub/.", "/sub/./", "/sub/deep/..", "/sub/deep/../", "/sub/%2e", "/sub//"):
            same(client.get(target).body, b"sub index", target)
        for target in ("/..", "/../", "/../a.txt", "/%2e%2e/a.txt", "/sub/../../a.txt", "/.%2e/.%2e/etc",
                       "/%2e%2e", "/sub/deep/../../../a.txt", "/./../a.txt", "//../a.txt"):
            same(client.get(target).status, 400, target)
        for target in ("/...", "/.a", "/a..", "/sub/...", "/..a/b"):
            same(client.get(target).status, 404, target)


@test("a name may be of any bytes but NUL and slash")
def _():
    directory = os.fsencode(server.path("bytes"))
    os.makedirs(directory)
    names = [bytes([byte]) for byte in range(1, 256) if byte not in b"./"]
    names += [b"..\n", b" ", b"%", b"\xff\xfe", b"a\r\nb", "ä€𝄞".encode(), b"n" * 255, b"-rf", b"con:"]
    for name in names:
        with open(os.path.join(directory, name), "wb") as file:
            file.write(b"<" + name + b">")
    with Client() as client:
        for name in names:
            answer = client.get("/bytes" + encode(name))
            same((answer.status, answer.body), (200, b"<" + name + b">"), repr(name))
            same(answer["content-type"], "text/plain", repr(name))


@test("a directory without its slash is redirected to itself, with its query, under any name")
def _():
    with Client() as client:
        for target, location in (("/sub", "/sub/"), ("/sub?", "/sub/?"), ("/sub?a=b&c=%2f", "/sub/?a=b&c=%2f"),
                                 ("//sub", "/sub/"), ("/./sub", "/sub/"), ("/%73ub", "/sub/"),
                                 ("/sub/deep", "/sub/deep/"), ("http://other/sub?x", "/sub/?x"),
                                 ("///sub/deep/../deep", "/sub/deep/")):
            answer = client.get(target)
            same((answer.status, answer["location"]), (301, location), target)
            expect(location.replace("&", "&amp;").encode() in answer.body, answer.body)
            same(client.get(location).status, 403 if "deep" in location else 200, location)
        for name in (b"\\", b"\"><script>", b"a b", b"%41", b"?x", b"#x", b"\r\nSet-Cookie: a=b", b"\xff",
                     "ä".encode(), b":80", b"d" * 255):
            os.makedirs(os.path.join(os.fsencode(server.docroot), name))
            answer = client.get(encode(name))
            same(answer.status, 301, repr(name))
            same(answer.names.count("location"), 1)
            expect(b"<script>" not in answer.body, answer.body)
            wanted = "/" + "".join(chr(byte) if chr(byte).isalnum() and byte < 128 or byte in b"-._~"
                                   else f"%{byte:02X}" for byte in name) + "/"
            same(answer["location"], wanted, repr(name))
            same(client.get(answer["location"]).status, 403, repr(name))


@test("a query is ignored, whatever is in it")
def _():
    with Client() as client:
        for query in ("", "?", "a=b", "/../..", "%zz", "a%00b", "http://x", "x" * 4000):
            same(client.get("/a.txt?" + query).body, b"a.txt", query)
        same(client.get("/?/sub").body, b"root index")


@test("index.html is what a directory shows, also if it is itself odd")
def _():
    server.write("d1/index.html/x", b"")
    server.write("d2/index.html", b"secret", mode=0o600)
    server.write("d3/index.htm", b"no")
    os.makedirs(server.path("d4"))
    os.symlink("../a.txt", server.path("d4/index.html"))
    os.makedirs(server.path("d5"))
    os.symlink("nowhere", server.path("d5/index.html"))
    with Client() as client:
        same([client.get(f"/d{number}/").status for number in range(1, 6)], [403, 403, 403, 200, 403])
        same(client.get("/d4/").body, b"a.txt")
        same(client.get("/d4/")["content-type"], "text/html")
        same(client.get("/d6/").status, 404)
        same(client.get("/a.txt/").status, 404)
        same(client.get("/d4/index.html/").status, 404)


@test("deep and long names: as deep as the kernel goes, and not one byte more")
def _():
    path = "/".join(["x" * 200] * 15)
    os.makedirs(server.path(path))
    server.write(path + "/f", b"deep")
    with Client() as client:
        same(client.get(f"/{path}/f").body, b"deep")
        same(client.get(f"/{path}").status, 414 if len(path) > 2000 else 301)
        same(client.get(f"/{path}/").status, 403)
        for length in (4000, 4080, 4090, 4094, 4095, 4096, 4097, 5000, 8000):
            target = "/" + "y/" * (length // 2)
            expect(client.get(target[:length]).status in (404, 414), f"{length} bytes")
            expect(client.get(target[:length] + "z").status in (404, 414), f"{length} + 1 bytes")
        same(client.get("/" + "y" * 4000).status, 404)
        same(client.get("/" + "y" * 5000).status, 414)


@test("Content-Type comes from the last extension, in any letters; none and unknown ones get the default")
def _():
    types = {
        "x.html": "text/html", "x.HTM": "text/html", "x.Css": "text/css", "x.js": "text/javascript",
        "x.json": "application/json", "x.PNG": "image/png", "x.jpeg": "image/jpeg", "x.gif": "image/gif",
        "x.svg": "image/svg+xml", "x.pdf": "application/pdf", "x.txt": "text/plain",
        "x.tar.gz": "application/gzip", "x.html.gz": "application/gzip", "x.gz.html": "text/html",
        "x": "text/plain", "x.": "text/plain", ".html": "text/plain", "..html": "text/plain",
        "x.nonsense": "text/plain", "html": "text/plain", "xhtml.": "text/plain",
        "x.wasm": "application/wasm", "x.mp4": "video/mp4", "x.woff2": "font/woff2", "x.y.html": "text/html",
        "dir.html/x": "text/plain", "x.htmlx": "text/plain", "x.xhtml": "application/xhtml+xml",
    }
    with Client() as client:
        for name, wanted in types.items():
            server.write("types/" + name, b"x", age=1000)
            same(client.get("/types/" + name)["content-type"], wanted, name)


@test("hard links to one file have the types of their own names")
def _():
    path = server.write("same.html", b"one file", age=1000)
    os.link(path, server.path("same.css"))
    os.link(path, server.path("same"))
    with Client() as client:
        for _ in range(3):
            for name, wanted in (("same.html", "text/html"), ("same.css", "text/css"),
                                 ("same", "text/plain")):
                answer = client.get("/" + name)
                same((answer["content-type"], answer.body), (wanted, b"one file"), name)
        # The links are changes of the file; while it is fresh, each answer may have its own ETag.
        wait_until(lambda: not client.get("/same")["etag"].startswith("W/"), "a strong ETag", 2 * SCALE)
        tags = {client.get("/" + name)["etag"] for name in ("same.html", "same.css", "same")}
        expect(len(tags) == 1, "one state of one file, one ETag")


@test("default_type holds for what has no known type, at once, and for cached files too")
def _():
    server.write("unknown", b"x", age=1000)
    with Client() as client:
        same(client.get("/unknown")["content-type"], "text/plain")
        with Temporarily("default_type", "application/octet-stream"):
            same(client.get("/unknown")["content-type"], "application/octet-stream")
            same(client.get("/a.txt")["content-type"], "text/plain")
        same(client.get("/unknown")["content-type"], "text/plain")


run(server)
