#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=dynamic core
"""Every action with every kind of bad pointer, by the wrong thread or process, and without its client.

Each is a precise errno, the request is there as before, and nobody else notices.
"""
import ctypes
import os
import struct
import threading

import usermodule
from tuxtest import Client, run, same, test, wait_until
from usermodule import ACTION, SIZE, Handle, Site, error_of, kill, response, tell

MOVING = ("GET_OBJECT SEND_OBJECT SEND_BUFFER REPLY FINISH_REQ FINISH_CLOSE_REQ REDIRECT_REQ "
          "WAIT_PROXY_SOCKET WAIT_POST_DATA").split()
STAYING = ("READ_OBJECT READ_HEADERS READ_POST_DATA WATCH_PROXY_SOCKET POSTPONE_REQ "
           "DETACH_REQ").split()
CONTROL = "STARTTHREAD REGISTER_MODULE UNREGISTER_MODULE REGISTER_MIMETYPE".split()
# Action, direction and bytes of those that take a struct of their own.
SIZED = (("LISTEN_FD", 1, 16), ("ADOPT_FD", 1, 16), ("GRANT", 1, 272), ("GET_REQUEST", 3, 168),
         ("BATCH", 3, 40), ("RING", 3, 48))
BODY = bytes(range(256)) * 20
PAGE = 4096

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
# A page, and one behind it that nobody may touch.
EDGE = libc.mmap(None, ctypes.c_size_t(2 * PAGE), 3, 0x22, -1, ctypes.c_long(0)) + PAGE
libc.mprotect(ctypes.c_void_p(EDGE), ctypes.c_size_t(PAGE), 0)
BAD = {"NULL": 0, "a small number": 8, "a page that may not be touched": EDGE,
       "the end of a page": EDGE - 16, "kernel memory": 0xffffffff81000000,
       "no address at all": 1 << 63}


def number_of(action, direction, size):
    """The ioctl's."""
    return direction << 30 | size << 16 | 0xBB << 8 | ACTION[action]


def with_pointers(call, actions):
    """Which actions with which pointers are not EFAULT."""
    return {f"{action}, {name}": found for action in actions for name, address in BAD.items()
            if (found := error_of(call.raw, ACTION[action], address)) != "EFAULT"}


def with_struct_pointers(call):
    """The same for those that take a struct of their own."""
    found = {}
    for action, direction, size in SIZED:
        # Where their size can be read, and nothing else.
        ctypes.memmove(EDGE - 8, struct.pack("II", size, 0), 8)
        for name, address in {**BAD, "the end of a page": EDGE - 8}.items():
            result = error_of(call.raw, ACTION[action], address, number_of(action, direction, size))
            if result != "EFAULT":
                found[f"{action}, {name}"] = result
    return found


def with_object_addresses(call, req):
    """The same for object_addr."""
    found = {}
    for action in "SEND_BUFFER REPLY READ_OBJECT READ_HEADERS READ_POST_DATA".split():
        for name, address in BAD.items():
            req.object_addr, req.objectlen = address, 5000
            result = error_of(call, action, req)
            if result != "EFAULT":
                found[f"{action}, object_addr {name}"] = result
    for name, address in BAD.items():
        result = error_of(call.sized, "GET_REQUEST", 3, struct.pack(
            "IIQII", 168, 0, address, 70000, 0).ljust(168, b"\0"))
        if result != "EFAULT":
            found[f"GET_REQUEST, buffer {name}"] = result
    return found


def pointers(call, req):
    """Everything with bad pointers, first before there is an object, then with one; then an answer."""
    if not req.event:
        tell(with_pointers(call, MOVING + STAYING), with_struct_pointers(call))
        req.event, req.objectname = 1, "file"
        return call("GET_OBJECT", req)
    tell(with_object_addresses(call, req))
    body = b""
    while piece := call.read(req, "READ_POST_DATA", 1000):
        body += piece
    return call.reply(req, body)


def every_action():
    """All that there are, as (name, ioctl number)."""
    sized = {action: number_of(action, direction, size) for action, direction, size in SIZED}
    return [(action, sized.get(action)) for action in ACTION
            if action not in ("QUERY_VERSION", "CURRENT_DATE", "RELOAD", "CONTINUE_REQ")]


def strangers(call, wanted):
    """Which actions are not the errno that is wanted, with good memory."""
    memory = ctypes.create_string_buffer(SIZE)
    found = {}
    for action, number in every_action():
        for name, _, size in SIZED:
            if action == name:
                struct.pack_into("I", memory, 0, size)
        result = error_of(call.raw, ACTION[action], ctypes.addressof(memory), number)
        if result != wanted:
            found[action] = result
    return found


def by_thread(call, req):
    """Another thread tries everything while this one is in the event loop."""
    def meddle():
        with open(f"/proc/self/task/{os.getpid()}/syscall", encoding="ascii") as file:
            wait_until(lambda: is_in_call(file), "the other thread to be in its call")
        tell(strangers(call, "EBUSY"))
    threading.Thread(target=meddle).start()
    return call.reply(req, b"another thread")


def is_in_call(file):
    """Whether a task is in ioctl(2) or tux(2), asleep."""
    file.seek(0)
    return file.read().split()[0] in ("16", "184")


def by_process(call, req):
    """Another process tries everything on the same handle, while the request is in hand."""
    child = usermodule.fork(lambda: tell(strangers(call, "EPERM")))
    os.waitpid(child, 0)
    return call.reply(req, b"another process")


FOUND = {}
GATE = os.pipe()


def late(call, req):
    """An action on a request whose client has gone."""
    action = req.query.decode()
    if req.event:
        return call("FINISH_REQ", req)
    tell("here")
    os.read(GATE[0], 1)
    req.event = 1
    req.point_to(response(b"late"))
    req.objectname = "file"
    if action == "WATCH_PROXY_SOCKET":
        req.object_addr = req.sock
    try:
        result = call(action, req)
    except OSError as problem:
        FOUND[action] = usermodule.errno.errorcode[problem.errno]
        return call("EVENTLOOP" if FOUND[action] == "ENOTCONN" else "FINISH_REQ", req)
    if action == "POSTPONE_REQ":
        call.raw(ACTION["CONTINUE_REQ"], req.sock)
        return call("EVENTLOOP", req)
    if action == "DETACH_REQ":
        os.close(req.sock)
        return call("EVENTLOOP", req)
    return call("FINISH_REQ", req) if action in STAYING else result


def found_late(call, req):
    """What late() has come upon."""
    return call.reply(req, repr(FOUND).encode())


MODULES = {"pointers": pointers, "by_thread": by_thread, "by_process": by_process, "late": late,
           "found": found_late}
site = Site({"/w/" + name: handler for name, handler in MODULES.items()})
site.write("file", b"a file\n" * 1000)


def everywhere(function):
    """Run a test with a worker's modules, and with those of a process, by both transports."""
    def run_all():
        function("/w/")
        for transport in ("ioctl", "syscall") if usermodule.is_hooked() else ("ioctl",):
            child = site.process({"/p/" + name: handler for name, handler in MODULES.items()},
                                 transport=transport)
            function("/p/")
            kill(child)
    return run_all


@test("bad pointers: EFAULT, nothing is lost of the request, and it is answered")
@everywhere
def _(prefix):
    with Client() as client:
        client.send(f"POST {prefix}pointers HTTP/1.1", "Host: tux", f"Content-Length: {len(BODY)}")
        client.raw(BODY)
        same(site.told(), [{}, {}], "what is not EFAULT")
        same(site.told(), [{}], "what is not EFAULT")
        same(client.answer().body, BODY)
        client.expect_open("/nothing")


@test("bad pointers in what the master does: EFAULT")
def _():
    same(with_pointers(site.master, CONTROL[1:]), {})
    same(with_struct_pointers(site.master),
         {f"{action}, {name}": "EINVAL" for action in ("BATCH", "RING") for name in BAD},
         "what is not EFAULT; the master gets no requests")
    same(with_pointers(Handle("ioctl"), CONTROL[:1]), {})
    same(site.get("/w/found").body, b"{}")


@test("structs of their own: another size, an unknown flag and what is reserved are EINVAL")
def _():
    for action, direction, size in SIZED:
        if action in ("GET_REQUEST", "BATCH", "RING"):
            continue
        for words in ((size - 4, 0), (0, 0), (PAGE * 2, 0), (size, 1 << 31)):
            same(error_of(site.master.sized, action, direction,
                          struct.pack("II", *words).ljust(size, b"\0")), "EINVAL", action)


@test("another thread while the first is in a call: EBUSY, whatever it asks for")
@everywhere
def _(prefix):
    same(site.get(prefix + "by_thread").body, b"another thread")
    same(site.told(), [{"ADOPT_FD": "ENOTSOCK", "GRANT": "EINVAL"}],
         "what is not EBUSY; these two have nothing to do with the handle's state")
    same(site.get(prefix + "found").status, 200)


@test("another process with the same handle: EPERM, whatever it asks for")
def _():
    same(site.get("/w/by_process").body, b"another process")
    same(site.told(), [{"ADOPT_FD": "ENOTSOCK", "GRANT": "EINVAL"}],
         "what is not EPERM; these two have nothing to do with the handle's state")
    same(site.get("/w/found").status, 200)


@test("a client that has gone: no action waits or fails but those that say so, and others are served")
@everywhere
def _(prefix):
    for action in MOVING + STAYING:
        with Client() as client:
            client.send(f"GET {prefix}late?{action} HTTP/1.1", "Host: tux")
            same(site.told(), ["here"])
            client.abort()
        if prefix == "/p/":
            # The worker has nothing to do with the request now, and notices.
            site.settle()
        os.write(GATE[1], b"x")
        same(site.get(prefix + "found").status, 200, action)
    found = dict.fromkeys(("SEND_OBJECT", "WAIT_PROXY_SOCKET", "READ_OBJECT"), "EINVAL")
    if prefix == "/p/":
        found["POSTPONE_REQ"] = "ENOTCONN"
    same(site.get(prefix + "found").body, repr(found).encode())
    site.settle()


run(site)
