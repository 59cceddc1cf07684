# SPDX-License-Identifier: GPL-2.0-only
"""The sweep of faults.py over what TUX does: each point of each operation fails once.

Importing this defines the tests.  What must hold for each point: the caller gets an error that says
what is wrong, or success; the client an answer, a 500 or 503, or a closed connection, never a part
for the whole; the next try works; and in the end every connection that was accepted has been
closed.
"""
import contextlib
import ctypes
import os
import socket

import stage
from faults import (MIDDLE, REQUEST_SIZE, UNREACHABLE, Calls, Countdown, Exchange, Handle, Places,
                    Tally, call_system, ended_in_order, forget_middle, hand_in, mount_copied,
                    number_argument, prepare_site, settings)
from stage import (BODY, NR_TUX, REGISTER_MIMETYPE, SHUTDOWN, STARTTHREAD, STARTUP, configure,
                   hire, serve, serves)
from tuxtest import Client, Server, expect, forget_everything, same, test


# --- calls ----------------------------------------------------------------------------------------


def listening_socket(port):
    """A listener to hand in."""
    listener = socket.socket()
    stage.endings.callback(listener.close)
    listener.bind((stage.LOOPBACK, port))
    listener.listen()
    return listener


def read_all(path):
    """Open, read and close a file; returns the bytes."""
    number = os.open(path, os.O_RDONLY)
    try:
        data = b""
        while piece := os.read(number, 65536):
            data += piece
        return data
    finally:
        os.close(number)


def write_whole(path, data):
    """Open, write and close a file; returns 0."""
    number = os.open(path, os.O_WRONLY)
    try:
        return os.write(number, data) - len(data)
    finally:
        os.close(number)


@test("Every failing point of opening a handle and of STARTUP is an error, and the next try works")
def _():
    configure(threads=2, listen="127.0.0.1:80 127.0.0.1:81 [::]:80")
    handle = Handle()
    Calls("open", handle.open, lambda result: result == handle.number, end=handle.close).sweep()
    Calls("STARTUP", lambda: handle.act(STARTUP), begin=handle.open, end=handle.end_server).sweep()


@test("Every failing point of STARTUP by system call")
def _():
    configure()
    request = ctypes.create_string_buffer(REQUEST_SIZE)

    def system_call(action):
        return call_system(NR_TUX, action, request)

    def end(result):
        del result
        same(system_call(SHUTDOWN), 0, "SHUTDOWN")
        # So that the next one has to make a handle again.
        for number in map(int, os.listdir("/proc/self/fd")):
            with contextlib.suppress(OSError):
                if "tux]" in os.readlink(f"/proc/self/fd/{number}"):
                    os.close(number)
    Calls("STARTUP by system call", lambda: system_call(STARTUP), end=end).sweep()


@test("Every failing point of handing in a listener, before and after STARTUP")
def _():
    configure()
    listener = listening_socket(8080)
    handle = Handle()
    Calls("LISTEN_FD", lambda: hand_in(handle.number, listener), begin=handle.open,
          end=handle.close).sweep()

    def open_and_hand_in():
        handle.open()
        hand_in(handle.number, listener)
    Calls("STARTUP with a listener", lambda: handle.act(STARTUP), begin=open_and_hand_in,
          end=handle.end_server).sweep()
    handle.open()
    same(handle.act(STARTUP), 0, "STARTUP")
    hire(0)
    Calls("LISTEN_FD while serving", lambda: hand_in(handle.number, listener)).sweep()
    serves()
    handle.end_server()


@test("Every failing point of STARTTHREAD and of the end of a worker")
def _():
    configure()
    master, handle = Handle(), Handle()
    master.open()
    same(master.act(STARTUP), 0, "STARTUP")

    def join():
        return handle.act(STARTTHREAD, number_argument(36, 0))

    def open_and_join():
        handle.open()
        same(join(), 0, "STARTTHREAD")
    Calls("STARTTHREAD", join, begin=handle.open, end=handle.close).sweep()
    Calls("STOPTHREAD", lambda: handle.act(stage.STOPTHREAD), begin=open_and_join,
          end=handle.close).sweep()
    Calls("close of a worker's handle", handle.close,
          begin=open_and_join).sweep()
    master.end_server()


@test("Every failing point of SHUTDOWN, and of closing the master's handle")
def _():
    configure()
    handle = Handle()

    def begin():
        handle.open()
        same(handle.act(STARTUP), 0, "STARTUP")
    Calls("SHUTDOWN", lambda: handle.act(SHUTDOWN), begin=begin, end=handle.close).sweep()
    Calls("close of the master's handle", handle.close,
          begin=begin).sweep()


@test("Every failing point of REGISTER_MIMETYPE, sysctls and /proc/net/tux")
def _():
    configure()
    handle = Handle()
    handle.open()
    same(handle.act(STARTUP), 0, "STARTUP")
    worker = hire(0)
    text = ctypes.create_string_buffer(b"text/x-fault")
    request = number_argument(344, int.from_bytes(b"flt", "little"))
    request[80:88] = ctypes.addressof(text).to_bytes(8, "little")
    Calls("REGISTER_MIMETYPE", lambda: handle.act(REGISTER_MIMETYPE, request)).sweep()
    for name, value in (("documentroot", stage.make_site().encode()), ("threads", b"1"),
                        ("404_page", b"404.html")):
        path = f"{stage.SYSCTLS}/{name}"
        Calls(f"write {name}", lambda: write_whole(path, value)).sweep()
        Calls(f"read {name}", lambda: read_all(path), lambda data: data.strip() == value).sweep()
    for name in ("server", "stat"):
        Calls(f"read {name}", lambda: read_all(f"/proc/net/tux/{name}"),
              lambda data: isinstance(data, bytes) and len(data) > 40).sweep()
    expect(worker.process.poll() is None, "the worker has ended")
    handle.end_server()


# --- requests -------------------------------------------------------------------------------------


@test("Every failing point of a worker that answers requests: an answer, a 500 or 503, or the end")
def _():
    prepare_site()
    master, worker = serve()
    with Client() as client:
        etag = client.get("/")["etag"]
    for exchange in (
            Exchange("200 warm", "/", body=BODY),
            Exchange("200 cold", "/", body=BODY, prepare=forget_everything),
            Exchange("200 of 200 KiB", "/middle", body=MIDDLE),
            Exchange("200 cold of 200 KiB", "/middle", body=MIDDLE, prepare=forget_middle),
            Exchange("HEAD", "/", method="HEAD"),
            Exchange("304", "/", f"If-None-Match: {etag}", status=304),
            Exchange("412", "/", 'If-Match: "other"', status=412),
            Exchange("301", "/sub", status=301),
            Exchange("403", "/sub/", status=403),
            Exchange("404", "/none", status=404),
            Exchange("405 with a body", "/", "Content-Length: 0", method="POST", status=405)):
        exchange.sweep(worker)
    same(master("shutdown"), 0, "SHUTDOWN")
    ended_in_order()


@test("Every failing point of a worker that copies a file, and of the page for 404")
def _():
    name, body = mount_copied()
    Server.set("404_page", "index.html")
    master, worker = serve()
    Exchange("200 copied", name, body=body).sweep(worker)
    Exchange("404 with a page", "/none", status=404, body=BODY).sweep(worker)
    same(master("shutdown"), 0, "SHUTDOWN")
    Server.set("404_page", "404.html")
    ended_in_order()


@test("Every failing point of a worker during SHUTDOWN, with an idle connection")
def _():
    tally = Tally("SHUTDOWN, in the worker")
    places = Places()
    for number in [UNREACHABLE, *range(1, 100)]:
        master, worker = serve()
        client = stage.connect()
        same(client.get("/").status, 200, "the answer")
        countdown = Countdown(worker.pid)
        list(places.messages())
        countdown.set(number)
        same(master("shutdown"), 0, f"SHUTDOWN with point {number}")
        left = countdown.finish()
        stacks = places.stacks()
        # A FIN that TCP got no memory for is lost, silently.
        if left or stacks:
            stage.ends(client)
        countdown.close()
        ended_in_order()
        stage.dismiss_all()
        if number == UNREACHABLE:
            tally.reached = number - left
        elif left or (settings["sample"] and number >= settings["sample"]):
            break
        else:
            tally.add(stacks, "done")
