#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=dynamic core
"""What each action on a request does, in a worker and in a process of its own."""
import os
import socket

from tuxtest import Client, Temporarily, expect, request, run, same, test
from usermodule import Handle, Request, Site, error_of, head, is_hooked, tell

FIELDS = ("query objectname cookies content_type user_agent accept accept_charset accept_encoding "
          "accept_language cache_control if_modified_since negotiate pragma referer").split()


def show(call, req):
    """Tells everything that a request says."""
    tell({name: getattr(req, name) for name in FIELDS},
         {name: getattr(req, name) for name in (
             "http_version http_method event error bytes_sent client_host objectlen module_index "
             "keep_alive cookies_len thread_nr new_date".split())})
    return call.reply(req, b"shown")


def step(call, req):
    """One word of the query for each step: an action, and for some an argument."""
    words = req.query.decode().split("+")
    number = req.event
    if number == len(words):
        return call.reply(req, b"end")
    req.event = number + 1
    word, _, argument = words[number].partition(":")
    if word == "get":
        req.objectname = argument
        return call("GET_OBJECT", req)
    if word == "error":
        tell(req.error, req.objectlen)
        return step(call, req)
    if word == "head":
        return call.send_buffer(req, head(argument))
    if word == "object":
        return call("SEND_OBJECT", req)
    if word == "read":
        tell(call.read(req, "READ_OBJECT", 100000))
        return step(call, req)
    if word == "more":
        with socket.socket(fileno=os.dup(req.sock)) as client:
            client.send(head(0), socket.MSG_MORE)
        return step(call, req)
    if word == "priv":
        tell(req.priv)
        req.priv += 1 << 40
        return step(call, req)
    return call({"finish": "FINISH_REQ", "close": "FINISH_CLOSE_REQ", "loop": "EVENTLOOP"}[word], req)


def heads(call, req):
    """The raw head, and all that GET_REQUEST tells."""
    tell(call.read(req, "READ_HEADERS", 20000), call.get_request())
    return call.reply(req, b"")


def errors(call, req):
    """Tries what must fail, and that the request is still there afterwards."""
    found = {}
    for action in ("SEND_OBJECT", "READ_OBJECT", "WAIT_PROXY_SOCKET"):
        found[action] = error_of(call, action, req)
    req.objectname = b""
    found["GET_OBJECT without a name"] = error_of(call, "GET_OBJECT", req)
    req.objectlen = 0
    found["SEND_BUFFER of nothing"] = error_of(call, "SEND_BUFFER", req)
    req.objectlen = (16 << 20) + 1
    found["SEND_BUFFER of too much"] = error_of(call, "SEND_BUFFER", req)
    req.object_addr, req.objectlen = 1, 100
    found["SEND_BUFFER of nowhere"] = error_of(call, "SEND_BUFFER", req)
    req.objectlen = 100000
    found["a long SEND_BUFFER of nowhere"] = error_of(call, "SEND_BUFFER", req)
    found["READ_HEADERS to nowhere"] = error_of(call, "READ_HEADERS", req)
    found["GET_REQUEST with a short buffer"] = error_of(call.get_request, 10)
    req.object_addr = 9999
    found["WATCH of no descriptor"] = error_of(call, "WATCH_PROXY_SOCKET", req)
    req.object_addr = call.fd
    found["WATCH of no socket"] = error_of(call, "WATCH_PROXY_SOCKET", req)
    found["nowhere"] = error_of(call.raw, 20, 16)
    tell(found)
    return call.reply(req, b"still here")


MODULES = {"show": show, "step": step, "heads": heads, "errors": errors}

site = Site({"/w/" + name: handler for name, handler in MODULES.items()})


def twice(function):
    """Run a test with a worker's modules, and with those of a process."""
    def both():
        function("/w/")
        function("/p/")
    return both


@test("a process registers the same modules under other prefixes")
def _():
    site.process({"/p/" + name: handler for name, handler in MODULES.items()})
    os.makedirs(site.path("dir"), exist_ok=True)
    site.write("file", b"0123456789" * 1000)
    site.write("empty")
    site.write("secret", b"x", mode=0o600)


@test("a delivery fills every field, cuts each to its size, and leaves alone what is not for it")
@twice
def _(prefix):
    for length in (3, 63, 64, 300):
        value = "v" * length
        with Client() as client:
            client.send(f"GET {prefix}show/x?{value} HTTP/1.1", "Host: tux", f"Cookie: {value}",
                        *(f"{name.replace('_', '-')}: {value}" for name in FIELDS[3:]))
            texts, numbers = site.told()
            same(client.answer().body, b"shown")
        same(texts.pop("query"), value[:255])
        same(texts.pop("cookies"), value[:127])
        same(texts.pop("objectname"), prefix[1:] + "show/x")
        for name, text in texts.items():
            same(text, value[:63], name)
        same(numbers, {"http_version": 1, "http_method": 1, "event": 0, "error": 0, "bytes_sent": 0,
                       "client_host": 0x0100007F, "objectlen": 0, "module_index": 1, "keep_alive": 1,
                       "cookies_len": length, "thread_nr": 0, "new_date": ""})


@test("methods and versions have TUX's numbers; an IPv6 client is 255.255.255.255, never 0")
@twice
def _(prefix):
    for method, version, number in (("GET", "1.0", 1), ("HEAD", "1.1", 2), ("POST", "1.1", 3),
                                    ("PUT", "1.1", 4), ("DELETE", "1.1", 0), ("OPTIONS", "1.1", 0)):
        with Client(host="::1") as client:
            client.send(f"{method} {prefix}show HTTP/{version}", "Host: tux")
            numbers = site.told()[1]
            client.head()
        same((numbers["http_method"], numbers["http_version"], numbers["client_host"],
              numbers["keep_alive"]),
             (number, int(version == "1.1"), 0xFFFFFFFF, int(version == "1.1")), method)


@test("GET_OBJECT, head, SEND_OBJECT, FINISH_REQ: the file, and the connection stays")
@twice
def _(prefix):
    with Client() as client:
        for _ in range(3):
            answer = client.get(prefix + "step?get:file+error+head:10000+object+finish")
            same(answer.body, b"0123456789" * 1000)
            same(site.told(), [0, 10000])
        client.expect_open("/file")


@test("GET_OBJECT of what is not there, or must not be read: error -ENOENT, objectlen as before")
@twice
def _(prefix):
    for name in ("nothing", "dir", "secret", "../../etc/passwd", "file/x"):
        same(site.get(f"{prefix}step?get:{name}+error").body, b"end")
        same(site.told(), [0xFFFFFFFE, 0], name)


@test("READ_OBJECT copies the file; it stays the object; error is told once")
@twice
def _(prefix):
    same(site.get(f"{prefix}step?get:nothing+error+error+get:file+error+read+read").body, b"end")
    same([site.told()[0] for _ in range(3)], [0xFFFFFFFE, 0xFFFFFFFE, 0])
    same([site.told()[0] for _ in range(2)], ["0123456789" * 1000] * 2)


@test("an empty file is an object, too")
@twice
def _(prefix):
    same(site.get(f"{prefix}step?get:empty+head:0+object+finish").body, b"")


@test("an object can be sent once")
@twice
def _(prefix):
    with Client() as client:
        client.send(f"GET {prefix}step?get:empty+object+object HTTP/1.1", "Host: tux")
        same(site.told()[:2], ["error", "EINVAL"])
        # The handler gave up with EVENTLOOP, before anything was sent.
        same(client.answer().status, 502)


@test("writing to the descriptor, and FINISH_REQ: what was held back with MSG_MORE goes out, too")
@twice
def _(prefix):
    with Client() as client:
        same(client.get(prefix + "step?more+finish").status, 200)
        client.expect_open("/file")


@test("FINISH_CLOSE_REQ ends the connection in order")
@twice
def _(prefix):
    with Client() as client:
        client.send(f"GET {prefix}step?head:0+close HTTP/1.1", "Host: tux")
        same(client.answer().status, 200)
        client.expect_end()


@test("event and priv of two clients do not mix")
@twice
def _(prefix):
    with Client() as first, Client() as second:
        for client in (first, second):
            client.send(f"GET {prefix}step?priv+get:file+priv+get:file+priv HTTP/1.1", "Host: tux")
        values = sorted(site.told()[0] for _ in range(6))
        same(values, sorted([0, 1 << 40, 2 << 40] * 2))
        same([client.answer().body for client in (first, second)], [b"end"] * 2)


@test("EVENTLOOP with a request: 502 if nothing was answered, a reset if it was begun")
@twice
def _(prefix):
    with Client() as client:
        same(client.get(prefix + "step?loop").status, 502)
    with Client() as client:
        client.send(f"GET {prefix}step?head:100+loop HTTP/1.1", "Host: tux")
        client.expect_reset()


@test("READ_HEADERS gives the head byte for byte; GET_REQUEST everything, nothing cut")
@twice
def _(prefix):
    target = prefix + "heads/%41/b%20c/" + "d" * 300 + "?q=" + "r" * 300
    sent = request(f"POST {target} HTTP/1.1", "Host: example.org:8080", "X-Long: " + "z" * 500,
                   "Content-Length: 4")
    with Client() as client:
        client.raw(sent + b"body")
        raw, found = site.told()
        same(client.answer().status, 200)
        port = client.socket.getsockname()[1]
    same((raw, found["head"]), (sent.decode(),) * 2)
    same({name: found[name] for name in ("method", "target", "query", "host", "path_info")},
         {"method": "POST", "target": target, "query": "q=" + "r" * 300, "host": "example.org",
          "path_info": "/A/b c/" + "d" * 300})
    same(found["path"], f"{prefix}heads/A/b c/" + "d" * 300)
    same(found["fields"], sent.decode().split("\r\n", 1)[1][:-2])
    same((found["content_length"], found["content_read"], found["object_length"], found["minor"],
          found["client_port"], found["server_port"]), (4, 0, 0, 1, port, 80))
    same(found["client_address"], "\0" * 10 + "\xff\xff\x7f\0\0\1")


@test("what cannot be done fails with a precise errno, and the request stays")
@twice
def _(prefix):
    same(site.get(prefix + "errors").body, b"still here")
    found = site.told()[0]
    same(found, {
        "SEND_OBJECT": "EINVAL", "READ_OBJECT": "EINVAL", "WAIT_PROXY_SOCKET": "EINVAL",
        "GET_OBJECT without a name": "EINVAL", "SEND_BUFFER of nothing": "EINVAL",
        "SEND_BUFFER of too much": "EMSGSIZE", "SEND_BUFFER of nowhere": "EFAULT",
        "a long SEND_BUFFER of nowhere": "EFAULT", "READ_HEADERS to nowhere": "EFAULT",
        "GET_REQUEST with a short buffer": "EMSGSIZE", "WATCH of no descriptor": "EBADF",
        "WATCH of no socket": "ENOTSOCK", "nowhere": "EFAULT"})


@test("without a request each of them is EINVAL, for a fresh handle and for the server's")
def _():
    with_request = ("GET_OBJECT SEND_OBJECT READ_OBJECT FINISH_REQ FINISH_CLOSE_REQ READ_HEADERS "
                    "POSTPONE_REQ REDIRECT_REQ READ_POST_DATA SEND_BUFFER WATCH_PROXY_SOCKET "
                    "WAIT_PROXY_SOCKET REPLY WAIT_POST_DATA DETACH_REQ").split()
    fresh = Handle("ioctl")
    for call in (fresh, site.master):
        for action in with_request:
            same(error_of(call, action, Request()), "EINVAL", action)
        same(error_of(call.get_request), "EINVAL", "GET_REQUEST")
        same(error_of(call, "EVENTLOOP", Request()), "EINVAL", "EVENTLOOP")
        same(error_of(call.raw, 74, 0), "EINVAL", "an unknown action")
    fresh.close()


@test("max_keepalives 0: the module sees that the connection will not be kept")
def _():
    with Temporarily("max_keepalives", 0), Client() as client:
        client.send("GET /w/show HTTP/1.1", "Host: tux")
        same(site.told()[1]["keep_alive"], 0)
        same(client.answer().body, b"shown")
        client.expect_end()


@test("the same by system call 184")
def _():
    if not is_hooked():
        expect(os.uname().machine != "x86_64", "the hook is not armed")
        return
    site.process({"/s/" + name: handler for name, handler in MODULES.items()}, transport="syscall")
    same(site.get("/s/step?get:file+error+head:10000+object+finish").body, b"0123456789" * 1000)
    same(site.told(), [0, 10000])


run(site)
