#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=http
"""How long heads may be, how long clients may take, and how many may come: limits, and their edges."""
import os
import time

from tuxtest import (PATIENCE, Client, Server, Temporarily, expect, get, request, run, same, test,
                     wait_until)

server = Server(threads=1, small_buffers=True)
server.write("index.html", b"index", age=1000)
server.write("big.bin", b"x" * (2 << 20), age=1000)
# Long before it is asked for, so that its ETag is a strong one each time.
server.write("plain.unknown", b"plain", age=1000)


def head_of(length, line_length=None):
    """A head of exactly so many bytes, with a request line of so many without its line end."""
    line = b"GET / HTTP/1.1"
    if line_length:
        line = b"GET /?" + b"q" * (line_length - len(b"GET /? HTTP/1.1")) + b" HTTP/1.1"
    rest = length - len(line) - len(b"\r\nHost: a\r\nX: \r\n\r\n")
    data = line + b"\r\nHost: a\r\nX: " + b"y" * rest + b"\r\n\r\n"
    same(len(data), length)
    return data


def status_of(data, pieces=1):
    """The status of the answer to these bytes, sent in so many pieces."""
    with Client() as client, Client() as other:
        size = -(-len(data) // pieces)
        for offset in range(0, len(data), size):
            if offset:
                other.expect_open()
            client.raw(data[offset:offset + size])
        answer = client.answer()
        if answer.status == 200:
            client.expect_open()
        else:
            client.expect_end()
        return answer.status


@test("request lines of 8,000 bytes are taken, and those of 8,192, but not one more")
def _():
    for length, status in ((8000, 200), (8192, 200), (8193, 414), (16000, 414)):
        data = b"GET /?" + b"q" * (length - 15) + b" HTTP/1.1\r\nHost: a\r\n\r\n"
        for pieces in (1, 2, 7):
            same(status_of(data, pieces), status, f"{length} bytes in {pieces} pieces")


@test("max_header_len: a head of just this length is taken, one byte more gets 431")
def _():
    for limit in (1024, 2047, 2048, 2049, 16384, 65535):
        with Temporarily("max_header_len", limit):
            for pieces in (1, 3):
                same(status_of(head_of(limit), pieces), 200, f"{limit} in {pieces} pieces")
                same(status_of(head_of(limit + 1), pieces), 431, f"{limit} + 1 in {pieces} pieces")


@test("max_header_len bounds the line to half of it")
def _():
    for limit in (1024, 4096):
        with Temporarily("max_header_len", limit):
            for pieces in (1, 3):
                same(status_of(head_of(limit, limit // 2), pieces), 200)
                same(status_of(head_of(limit, limit // 2 + 1), pieces), 414)


@test("a head beyond the limit is refused without waiting for its end")
def _():
    with Client() as client:
        client.raw(request("GET / HTTP/1.1", "Host: a")[:-2] + b"X: " + b"y" * 17000)
        same(client.answer().status, 431)
        client.expect_end()
    with Client() as client:
        client.raw(b"GET /" + b"y" * 9000)
        same(client.answer().status, 414)
        client.expect_end()


@test("a hundred fields are taken, one more gets 431")
def _():
    for count, status in ((99, 200), (100, 431)):
        data = request("GET / HTTP/1.1", "Host: a", *(f"X-{i}: y" for i in range(count)))
        same(status_of(data), status)
        same(status_of(data, 5), status)


@test("header_timeout: a head that does not come whole gets 408, silence gets the end")
def _():
    before = server.stats()
    with Temporarily("header_timeout", 1):
        clients = [Client() for _ in range(4)]
        begin = time.monotonic()
        clients[1].raw(b"GET / HT")
        clients[2].raw(request("GET / HTTP/1.1", "Host: a", "X: " + "y" * 4000)[:-1])
        # A byte now and then does not buy more time.
        clients[3].raw(b"\r\n")
        clients[0].expect_end()
        for number in (1, 2, 3):
            same(clients[number].answer().status, 408, f"client {number}")
            clients[number].expect_end()
        expect(0.9 < time.monotonic() - begin < 3 + PATIENCE, f"took {time.monotonic() - begin:.1f} s")
        for client in clients:
            client.socket.close()
    server.grown("connections_timed_out", before, 4)


@test("header_timeout: one byte now and then does not help")
def _():
    with Temporarily("header_timeout", 2), Client() as client:
        client.socket.settimeout(0.5)
        begin = time.monotonic()
        for byte in request("GET / HTTP/1.1", "Host: a", "X: " + "y" * 100):
            client.raw(bytes([byte]))
            try:
                if client.more():
                    break
            except TimeoutError:
                pass
        client.socket.settimeout(PATIENCE)
        same(client.answer().status, 408)
        client.expect_end()
        expect(1.9 < time.monotonic() - begin < 4 + PATIENCE, f"took {time.monotonic() - begin:.1f} s")


@test("keepalive_timeout: an idle connection ends, one that asks now and then stays")
def _():
    with Temporarily("keepalive_timeout", 2), Client() as idle, Client() as busy:
        idle.expect_open()
        begin = time.monotonic()
        for _ in range(10):
            busy.expect_open()
            time.sleep(0.35)
        idle.expect_end()
        busy.expect_open()
        busy.expect_end()
        expect(5 < time.monotonic() - begin < 8 + PATIENCE, f"took {time.monotonic() - begin:.1f} s")


@test("keepalive_timeout 0: an idle connection stays")
def _():
    with Temporarily("keepalive_timeout", 0), Client() as client:
        client.expect_open()
        client.expect_silence(2.5)
        client.expect_open()


@test("send_timeout: a client that takes nothing is reset, one that takes a little is not")
def _():
    before = server.stats()
    with Temporarily("send_timeout", 4):
        stuck, slow = Client(receive_buffer=4096), Client(receive_buffer=4096)
        for client in (stuck, slow):
            client.send("GET /big.bin HTTP/1.1", "Host: a")
            client.head()
        begin = time.monotonic()
        while server.stat("connections_timed_out") == before["connections_timed_out"]:
            slow.socket.recv(8192)
            time.sleep(0.1)
            expect(time.monotonic() - begin < 4 * PATIENCE, "the stuck client is still there")
        expect(time.monotonic() - begin > 3.5, "not before its time")
        expect(len(stuck.expect_reset()) < 2 << 20, "cut off")
        for _ in range(20):
            expect(slow.socket.recv(8192), "the slow one goes on")
            time.sleep(0.1)
        stuck.socket.close()
        slow.abort()
    same(server.stat("connections_timed_out") - before["connections_timed_out"], 1, "timed out")


@test("max_connect: one more waits until another one goes, whatever makes it go")
def _():
    server.settle()
    with Temporarily("max_connect", 2), Temporarily("header_timeout", 2):
        first, second, third = Client(), Client(), Client()
        wait_until(lambda: server.open_connections() == 2, "two connections")
        third.send("GET / HTTP/1.1", "Host: a")
        # The others have not asked yet, so they are not idle and must not be closed for this one.
        third.expect_silence(0.5)
        first.socket.close()
        same(third.answer().status, 200)
        second.socket.close()
        third.socket.close()
        server.settle()
    with Temporarily("max_connect", 1), Temporarily("header_timeout", 1):
        first, second = Client(), Client()
        second.send("GET / HTTP/1.1", "Host: a")
        # The first one says nothing and is closed by its timer: that makes room, too.
        first.expect_end()
        same(second.answer().status, 200)
        first.socket.close()
        second.socket.close()
        server.settle()


@test("max_connect: idle connections go for new ones, the longest idle first, and only then")
def _():
    before = server.stats()
    with Temporarily("max_connect", 3):
        clients = [Client() for _ in range(3)]
        for client in (clients[1], clients[0], clients[2]):
            client.expect_open()
        for client in clients:
            client.expect_silence(0.3)
        same(server.open_connections(), 3, "as many as allowed stay open")
        same(server.stat("keepalives_evicted"), before["keepalives_evicted"], "none was evicted")
        new = Client()
        new.expect_open()
        clients[1].expect_end()
        clients[0].expect_open()
        clients[2].expect_open()
        for client in (*clients, new):
            client.socket.close()
        server.settle()
    same(server.stat("keepalives_evicted") - before["keepalives_evicted"], 1)


@test("max_keepalives: the longest idle connections are closed; 0 means none stays")
def _():
    before = server.stats()
    with Temporarily("max_keepalives", 2):
        clients = [Client() for _ in range(4)]
        for client in (clients[2], clients[0], clients[3], clients[1]):
            client.expect_open()
        clients[2].expect_end()
        clients[0].expect_end()
        clients[3].expect_open()
        clients[1].expect_open()
        server.set("max_keepalives", 1)
        with Client() as other:
            other.expect_open()
        clients[3].expect_end()
        for client in clients:
            client.socket.close()
    expect(server.stat("keepalives_evicted") - before["keepalives_evicted"] >= 3, "counted")
    with Temporarily("max_keepalives", 0):
        for fields, version in (((), "1.1"), (("Connection: keep-alive",), "1.0")):
            with Client() as client:
                client.send(f"GET / HTTP/{version}", "Host: a", *fields)
                same(client.answer(version=version).keeps, False)
                client.expect_end()


@test("sysctl: each number takes its limits and what is between, and refuses what is beyond")
def _():
    ranges = {
        "threads": (1, 64), "serverport": (1, 65535), "max_backlog": (1, 65535),
        "max_connect": (1, 1000000), "max_keepalives": (0, 1000000),
        "keepalive_timeout": (0, 86400), "header_timeout": (1, 3600), "send_timeout": (1, 3600),
        "max_header_len": (1024, 65535), "max_body_len": (0, 1 << 30), "mode_allowed": (0, 4095),
        "mode_forbidden": (0, 4095), "generate_etags": (0, 1), "generate_last_mod": (0, 1),
        "noid": (0, 1), "all_userspace": (0, 1), "ignore_query": (0, 2), "clientport": (0, 65535),
        "module_timeout": (0, 86400), "module_queue": (1, 65536),
    }
    for name, (least, most) in ranges.items():
        with Temporarily(name, server.value(name)):
            before = server.value(name)
            for value in (least - 1, most + 1, "x", "", "1x", "99999999999999999999"):
                try:
                    server.set(name, value)
                    refused = value == ""
                except OSError:
                    refused = True
                same((refused, server.value(name)), (True, before), f"{name} = {value!r}")
            for value in (least, most):
                server.set(name, value)
                same(server.value(name), str(value), name)
    texts = {
        "documentroot": (["/", "/a b"], ["", "relative", "/" + "x" * 1024]),
        "listen": (["", "127.0.0.1", "[::1]:81 10.0.0.1:80"], ["x" * 512, "a\nb"]),
        "default_type": (["text/plain", "text/html; charset=utf-8"],
                         ["", "text", "text/", "a b/c", "TUX/redirect", "a/b\r\nc: d",
                          "a/" + "b" * 128]),
        "404_page": (["", "a/b.html", "\xff".encode("latin-1")], ["x" * 256]),
    }
    for name, (good, bad) in texts.items():
        with Temporarily(name, server.value(name)):
            for value in good:
                server.set(name, value)
                with open(f"/proc/sys/net/tux/{name}", "rb") as file:
                    wanted = value if isinstance(value, bytes) else value.encode()
                    same(file.read(), wanted + b"\n", name)
            before = server.value(name) if name != "404_page" else None
            for value in bad:
                try:
                    server.set(name, value)
                    expect(False, f"{name} took {value!r}")
                except OSError:
                    pass
                if before is not None:
                    same(server.value(name), before)


@test("sysctl: every value is known to this test or to one of the others")
def _():

    same(sorted(os.listdir("/proc/sys/net/tux")), sorted(
        "404_page all_userspace clientport default_type documentroot generate_etags "
        "generate_last_mod header_timeout ignore_query keepalive_timeout listen max_backlog "
        "max_body_len max_connect max_header_len max_keepalives mode_allowed mode_forbidden "
        "module_queue module_timeout noid send_timeout serverport threads".split()))


@test("sysctl: generate_etags, generate_last_mod, noid and the mode bits hold from the next request on")
def _():
    first = get("/plain.unknown")
    expect(first["etag"] and first["last-modified"] and first["server"], "all are sent")
    same(first["content-type"], "text/plain")
    with Client() as client:
        with Temporarily("generate_etags", 0):
            answer = client.get("/plain.unknown", "If-None-Match: " + first["etag"])
            same((answer.status, answer["etag"]), (200, None))
            expect(answer["last-modified"], "only the ETag is gone")
        with Temporarily("generate_last_mod", 0):
            answer = client.get("/plain.unknown", "If-Modified-Since: " + first["last-modified"])
            same((answer.status, answer["last-modified"]), (200, None))
            same(answer["etag"], first["etag"])
        with Temporarily("noid", 1):
            answer = client.get("/plain.unknown")
            same((answer["server"], answer["content-type"]), (None, None))
            same(client.get("/")["content-type"], "text/html")
            same(client.get("/nothing")["server"], None)
        server.write("exec", b"x", mode=0o755)
        with Temporarily("mode_forbidden", 0o111):
            same([client.get("/exec").status, client.get("/plain.unknown").status], [403, 200])
        with Temporarily("mode_allowed", 0o001):
            same([client.get("/exec").status, client.get("/plain.unknown").status], [200, 403])
        with Temporarily("mode_allowed", 0):
            same(client.get("/plain.unknown").status, 403)
        with Temporarily("default_type", "application/x-test; a=b"):
            same(client.get("/plain.unknown")["content-type"], "application/x-test; a=b")
        again = client.get("/plain.unknown")
        first.fields.pop("date")
        again.fields.pop("date")
        same(again.fields, first.fields)


run(server)
