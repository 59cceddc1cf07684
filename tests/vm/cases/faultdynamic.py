# SPDX-License-Identifier: GPL-2.0-only
"""The sweep of faults.py over requests that user modules answer, and over what makes a module.

Importing this defines the tests.  What must hold for each point: an action fails with ENOMEM or
EFAULT and works the next time, or is done; the client gets the module's answer, a 500 or 503, or a
closed connection; a module that lives goes on; and in the end every connection has been closed.
"""
import contextlib
import ctypes
import signal
import socket
import struct
import subprocess

import stage
import usermodule
from faults import MIDDLE, Calls, Exchange, Handle, ended_in_order, prepare_site
from stage import BODY, STARTUP, configure, hire
from tuxtest import SCALE, expect, same, test, wait_until
from usermodule import ACTION, REDIRECT_MODULE, Request

CONTENT = bytes(range(256)) * 192
TEXT = b"steps\n"
REQUESTS = 1


class Steps:
    """A process of tests/vm/programs/tux-steps.c."""

    def __init__(self, *words):
        self.process = subprocess.Popen(["tux-steps", *words], stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        stage.endings.callback(self.end)
        same(self.process.stdout.readline(), "ready\n", "the first line of tux-steps")

    def lives(self):
        """It must not have come upon anything that it cannot cope with."""
        if self.process.poll() is not None:
            same(self.process.stdout.read(), "", f"tux-steps has ended ({self.process.poll()})")

    def end(self):
        """Kill it, if it is still there."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


class Dynamic(Exchange):
    """A request that a module answers with the actions of a script."""

    def __init__(self, script, module, **more):
        super().__init__(script, f"/steps?{script}", **{"body": TEXT, **more})
        self.module = module
        if script == "redirect":
            # Without memory for a helper a file is closed when the worker returns to user space.
            self.patience = 12

    def perform(self):
        outcome = super().perform()
        self.module.lives()
        return outcome


def whole_head(script):
    """The head that a script's request has."""
    return f"GET /steps?{script} HTTP/1.1\r\nHost: tux\r\nConnection: close\r\n\r\n".encode()


def sweep_scripts(worker, module, *left_out):
    """Every script that is not left out, failing at each point of one process."""
    post = {"method": "POST", "content": CONTENT, "body": CONTENT}
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in
                       (CONTENT[:1], CONTENT[1:40000], CONTENT[40000:])) + b"0\r\n\r\n"
    for script, fields, more in (
            ("reply", (), {}),
            ("large", (), {"body": b"l" * 65536}),
            ("request", (), {"body": whole_head("request")}),
            ("headers", (), {"body": whole_head("headers")}),
            ("buffer", (), {}),
            ("close", (), {}),
            ("object", (), {"body": MIDDLE}),
            ("read", (), {"body": BODY}),
            ("body", (f"Content-Length: {len(CONTENT)}",), post),
            ("body", ("Transfer-Encoding: chunked",), {**post, "content": chunked}),
            ("postpone", (), {}),
            ("watch", (), {}),
            ("redirect", (), {})):
        if script not in left_out:
            exchange = Dynamic(script, module, **more)
            exchange.lines += fields
            exchange.sweep(worker)


@contextlib.contextmanager
def serving(*names):
    """A server whose workers have modules of these names; yields the master's handle."""
    prepare_site()
    configure()
    master = Handle()
    master.open()
    same(master.act(STARTUP), 0, "STARTUP")
    for index, name in enumerate(names, REQUESTS):
        same(master.act(ACTION["REGISTER_MODULE"], registration(name, index)), 0, name)
    yield master
    master.end_server()
    ended_in_order()


def registration(name, index=REQUESTS):
    """What REGISTER_MODULE takes."""
    return Request(version_major=3, objectname=name, module_index=index).memory


def in_loop(number):
    """Wait until a worker is in the event loop."""
    wait_until(lambda: stage.server()["workers"].get(number, {}).get("state") == "loop",
               "the worker in its loop")


@test("Every failing point of a worker that answers with each action")
def _():
    with serving("/steps"):
        worker = Steps("worker", "0")
        Steps("process", REDIRECT_MODULE)
        in_loop(0)
        sweep_scripts(worker, worker)


@test("Every failing point of a worker that answers in batches")
def _():
    with serving("/steps"):
        worker = Steps("batch", "0")
        in_loop(0)
        sweep_scripts(worker, worker, "request", "postpone", "redirect")


@test("Every failing point of a module in a process of its own, and of the worker of its clients")
def _():
    with serving():
        worker = Steps("worker", "0")
        module = Steps("process", "/steps")
        redirector = Steps("process", REDIRECT_MODULE)
        in_loop(0)
        for process in module, worker:
            sweep_scripts(process, module)
        Dynamic("redirect", redirector).sweep(redirector)


@test("Every failing point of registering a module and taking it back, and of grants")
def _():
    with serving() as master:
        register, unregister = ACTION["REGISTER_MODULE"], ACTION["UNREGISTER_MODULE"]
        name = registration("/a/module")

        def take_back(*unused):
            same(master.act(unregister, name), 0, "UNREGISTER_MODULE")
        Calls("REGISTER_MODULE", lambda: master.act(register, name), end=take_back).sweep()
        Calls("UNREGISTER_MODULE", lambda: master.act(unregister, name),
              begin=lambda: master.act(register, name)).sweep()
        process = Handle()
        Calls("REGISTER_MODULE of a process", lambda: process.act(register, name),
              begin=process.open, end=process.close).sweep()
        granting = usermodule.Handle("ioctl")
        with contextlib.closing(granting):
            Calls("GRANT", lambda: granting.grant("/a/name", 1234), good=lambda result: not result,
                  end=lambda result: granting.grant("/a/name", 1234, True)).sweep()


@test("Every failing point of LEAVE, ADOPT_FD and CURRENT_DATE")
def _():
    with serving() as master:
        leaver = Handle()

        def join():
            leaver.open()
            same(leaver.act(stage.STARTTHREAD, Request(thread_nr=0).memory), 0, "STARTTHREAD")
        Calls("LEAVE", lambda: leaver.act(ACTION["LEAVE"], Request().memory), begin=join,
              end=leaver.close).sweep()
        Calls("CURRENT_DATE", lambda: master.act(ACTION["CURRENT_DATE"], Request().memory),
              good=29).sweep()
        hire(0)
        adopter = usermodule.Handle("ioctl")
        with contextlib.closing(adopter), socket.create_server((stage.LOOPBACK, 8081)) as listener:
            ends = []

            def connect():
                client = socket.create_connection((stage.LOOPBACK, 8081))
                ends[:] = client, listener.accept()[0]

            def is_served(unused):
                client, server = ends
                server.close()
                with contextlib.closing(client):
                    client.settimeout(10 * SCALE)
                    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    expect(client.recv(100).startswith(b"HTTP/1.1 200"), "an answer")
            Calls("ADOPT_FD", lambda: adopter.adopt(ends[1].fileno()),
                  good=lambda result: not result, begin=connect, end=is_served).sweep()


@test("Every failing point of making a ring")
def _():
    with serving():
        process = Handle()
        setup = ctypes.create_string_buffer(struct.pack("III", 48, 0, 8), 48)

        def begin():
            process.open()
            same(process.act(ACTION["REGISTER_MODULE"], registration("/ring")), 0)

        def end(*unused):
            address, length = struct.unpack_from("QQ", setup, 16)
            ctypes.CDLL(None).munmap(ctypes.c_void_p(address), ctypes.c_size_t(length))
            process.close()
        Calls("RING", lambda: process.act(ACTION["RING"], setup), begin=begin, end=end).sweep()
