# SPDX-License-Identifier: GPL-2.0-only
"""User modules for tests: handlers in Python, raw tux(2) below, and a server around them.

    from usermodule import ACTION, Site
    from tuxtest import run, same, test

    def hello(call, req):
        return call.reply(req, b"hello")

    site = Site({"/hello": hello})

    @test("a module answers")
    def _():
        same(site.get("/hello").body, b"hello")

    run(site)

A handler gets the handle it was called on and the request, and returns what its last call returned,
as modules do.  Each worker, and each module process (Site.process()), is a forked process; what a
handler gives to tell() arrives in the test through Site.told().
"""
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import select
import signal
import struct
import sys
import threading
import traceback

import tuxtest
from tuxtest import PATIENCE, Client, Failure, Server, command, expect, same

DEVICE = "/dev/tux"
NR_TUX = 184
SIZE = 1464
SYSCALL = ctypes.CDLL(None, use_errno=True).syscall
TRANSPORT = os.environ.get("TUX_TRANSPORT", "ioctl")

ACTION = {name: number for number, name in enumerate(
    "STARTUP SHUTDOWN STARTTHREAD STOPTHREAD EVENTLOOP GET_OBJECT SEND_OBJECT READ_OBJECT FINISH_REQ "
    "FINISH_CLOSE_REQ REGISTER_MODULE UNREGISTER_MODULE CURRENT_DATE REGISTER_MIMETYPE READ_HEADERS "
    "POSTPONE_REQ CONTINUE_REQ REDIRECT_REQ READ_POST_DATA SEND_BUFFER WATCH_PROXY_SOCKET "
    "WAIT_PROXY_SOCKET QUERY_VERSION".split(), 1)}
ACTION.update(LISTEN_FD=64, ADOPT_FD=65, GRANT=66, GET_REQUEST=67, RELOAD=68, REPLY=69,
              WAIT_POST_DATA=70, DETACH_REQ=71, LEAVE=72, BATCH=73,
              RING=74, RING_ENTER=75)

USERSPACE, EXIT, SIGNAL = 0, 1, 2
REDIRECT_MODULE = "TUX/redirect"

# Offset and format of each field of user_req_t; texts have their size.
FIELDS = {name: (4 * number, "I") for number, name in enumerate(
    "version_major version_minor version_patch http_version http_method http_status sock event error "
    "thread_nr bytes_sent client_host objectlen module_index keep_alive cookies_len".split())}
FIELDS.update(id=(64, "Q"), priv=(72, "Q"), object_addr=(80, "Q"), query=(88, 256),
              objectname=(344, 256), cookies=(600, 128))
FIELDS.update({name: (728 + 64 * number, 64) for number, name in enumerate(
    "content_type user_agent accept accept_charset accept_encoding accept_language cache_control "
    "if_modified_since negotiate pragma referer".split())})
FIELDS["new_date"] = (1432, 30)


class Request:
    """A user_req_t, its fields as attributes: numbers, and texts as bytes without the NUL."""

    def __init__(self, **fields):
        object.__setattr__(self, "memory", ctypes.create_string_buffer(SIZE))
        object.__setattr__(self, "kept", None)
        for name, value in fields.items():
            setattr(self, name, value)

    def __getattr__(self, name):
        offset, kind = FIELDS[name]
        if isinstance(kind, str):
            return struct.unpack_from(kind, self.memory, offset)[0]
        return self.memory.raw[offset:offset + kind].split(b"\0")[0]

    def __setattr__(self, name, value):
        offset, kind = FIELDS[name]
        if isinstance(kind, str):
            value &= (1 << 8 * struct.calcsize(kind)) - 1
            struct.pack_into(kind, self.memory, offset, value)
            return
        value = value.encode() if isinstance(value, str) else value
        self.memory[offset:offset + kind] = value.ljust(kind, b"\0")[:kind]

    def point_to(self, data):
        """Let object_addr and objectlen mean these bytes; returns the memory that holds them."""
        memory = ctypes.create_string_buffer(bytes(data), len(data)) \
            if isinstance(data, (bytes, bytearray)) else ctypes.create_string_buffer(data)
        object.__setattr__(self, "kept", memory)
        self.object_addr = ctypes.addressof(memory)
        self.objectlen = len(memory)
        return memory


def head(length, status="200 OK", *fields, connection="Keep-Alive"):
    """The head of a response, as strict clients want it."""
    return "\r\n".join([f"HTTP/1.1 {status}", "Date: Sun, 06 Nov 1994 08:49:37 GMT",
                        f"Connection: {connection}", f"Content-Length: {length}", *fields, "",
                        ""]).encode()


def response(body, status="200 OK", *fields):
    """A whole response."""
    return head(len(body), status, *fields) + body


class Handle:
    """An open /dev/tux, or the process's handle by system call."""

    def __init__(self, transport=None):
        self.by_syscall = (transport or TRANSPORT) == "syscall"
        self.fd = -1 if self.by_syscall else os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)

    def raw(self, action, argument, number=None):
        """A call with an address or number as its argument; raises OSError."""
        number = number or 3 << 30 | SIZE << 16 | 0xBB << 8 | action
        if self.by_syscall:
            result = SYSCALL(NR_TUX, ctypes.c_long(action), ctypes.c_long(argument))
        else:
            result = ctypes.CDLL(None, use_errno=True).ioctl(
                self.fd, ctypes.c_ulong(number), ctypes.c_long(argument))
        if result < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return result

    def __call__(self, action, req=None):
        return self.raw(ACTION[action], ctypes.addressof(req.memory) if req else 0)

    def close(self):
        """Give it up."""
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def __del__(self):
        self.close()

    def register(self, name, index=1, **fields):
        """REGISTER_MODULE."""
        return self("REGISTER_MODULE", Request(**{"version_major": 3, "objectname": name,
                                                  "module_index": index, **fields}))

    def unregister(self, name):
        """UNREGISTER_MODULE."""
        return self("UNREGISTER_MODULE", Request(objectname=name))

    def sized(self, action, direction, data):
        """An action with a struct of its own; returns its bytes afterwards."""
        memory = ctypes.create_string_buffer(data, len(data))
        self.raw(ACTION[action], ctypes.addressof(memory),
                 direction << 30 | len(data) << 16 | 0xBB << 8 | ACTION[action])
        return memory.raw

    def grant(self, name, uid, remove=False):
        """GRANT."""
        self.sized("GRANT", 1, struct.pack("IIII256s", 272, int(remove), uid, 0, name.encode()))

    def adopt(self, fd, worker=0xFFFFFFFF):
        """ADOPT_FD."""
        self.sized("ADOPT_FD", 1, struct.pack("IIiI", 16, 0, fd, worker))

    def get_request(self, size=70000):
        """GET_REQUEST: its fields, texts as bytes."""
        text = ctypes.create_string_buffer(size)
        answer = self.sized("GET_REQUEST", 3, struct.pack(
            "IIQII", 168, 0, ctypes.addressof(text), size, 0).ljust(168, b"\0"))
        numbers = struct.unpack_from("16I", answer, 24)
        names = "head method target query host fields path path_info".split()
        found = {name: text.raw[numbers[2 * i]:numbers[2 * i] + numbers[2 * i + 1]]
                 for i, name in enumerate(names)}
        found.update(zip("content_length content_read object_length bytes_sent id".split(),
                         struct.unpack_from("5Q", answer, 88)))
        found["client_address"], found["server_address"] = answer[128:144], answer[144:160]
        found["client_port"], found["server_port"], found["minor"] = \
            struct.unpack_from("3H", answer, 160)
        found["buffer_length"] = struct.unpack_from("I", answer, 20)[0]
        return found

    def send_buffer(self, req, data, action="SEND_BUFFER"):
        """SEND_BUFFER."""
        req.point_to(data)
        return self(action, req)

    def reply(self, req, body=b"", status="200 OK", *fields):
        """REPLY with a whole response."""
        req.http_status = int(status.split()[0])
        return self.send_buffer(req, response(body, status, *fields), "REPLY")

    def read(self, req, action, size):
        """An action that fills memory; returns the bytes."""
        memory = req.point_to(size)
        self(action, req)
        return memory.raw[:req.objectlen]


def is_hooked():
    """Whether the system call is there."""
    with open("/proc/net/tux/server", encoding="ascii") as file:
        return "hook armed" in file.read()


def error_of(function, *arguments, **more):
    """The name of the errno that a call fails with, or None."""
    try:
        function(*arguments, **more)
    except OSError as problem:
        return errno.errorcode[problem.errno]
    return None


class FaultingMemory:
    """A page that nobody ever fills: who reads it waits, in the kernel too (userfaultfd(2))."""

    API, REGISTER = 0xC018AA3F, 0xC020AA00
    SIZE = 4096

    def __init__(self):
        self.fd = SYSCALL(323, os.O_CLOEXEC)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "userfaultfd")
        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_void_p
        self.address = libc.mmap(None, ctypes.c_size_t(self.SIZE), 3, 0x22, -1, ctypes.c_long(0))
        fcntl.ioctl(self.fd, self.API, struct.pack("QQQ", 0xAA, 0, 0))
        fcntl.ioctl(self.fd, self.REGISTER,
                    struct.pack("QQQQ", self.address, self.SIZE, 1, 0))

    @classmethod
    def unavailable(cls):
        """Why there is none on this kernel, or None."""
        try:
            os.close(cls().fd)
        except OSError as problem:
            return os.strerror(problem.errno)
        return None

    def write_to(self, number):
        """write(2) from it: comes back only when the process is killed."""
        ctypes.CDLL(None).write(number, ctypes.c_void_p(self.address), ctypes.c_size_t(self.SIZE))


class Teller:
    """What a forked process tells the test."""

    def __init__(self):
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, True)
        self.rest = b""

    def tell(self, *things):
        """In the process: one message."""
        os.write(self.writer, json.dumps(things, default=lambda x: x.decode("latin-1")).encode() + b"\n")

    def next(self, seconds=None):
        """In the test: wait for the next message."""
        while b"\n" not in self.rest:
            if not select.select([self.reader], [], [], seconds or PATIENCE)[0]:
                raise Failure("nothing was told")
            self.rest += os.read(self.reader, 65536)
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def is_silent(self):
        """Whether nothing has been told."""
        return not self.rest and not select.select([self.reader], [], [], 0)[0]


_teller = Teller()
tell = _teller.tell


def loop(call, handlers, req=None):
    """What a worker or module process does, until the server says EXIT.

    The first handler answers for modules that have none.
    """
    req = req or Request()
    default = next(iter(handlers.values()))
    result = call("EVENTLOOP", req)
    while True:
        if result == EXIT:
            return
        if result == SIGNAL:
            result = call("EVENTLOOP", req)
            continue
        try:
            result = (handlers.get(req.module_index) or default)(call, req)
        except OSError as problem:
            tell("error", errno.errorcode[problem.errno], traceback.format_exc())
            result = call("EVENTLOOP", req)


def fork(function):
    """Run a function in a process of its own; returns its number."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        function()
        status = 0
    except BaseException:  # pylint: disable=broad-except
        tell("died", traceback.format_exc())
    os._exit(status)


def kill(child):
    """End a process, and wait for it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)


class Site(Server):
    """A server in the test's own process, with workers that run handlers.

    modules: handlers by name or prefix; their indices are 1, 2, ... in this order.
    """

    def __init__(self, modules=(), transport=None, **more):
        super().__init__(**more)
        self.modules = dict(modules)
        self.transport = transport
        self.master = None
        self.children = []
        self.workers = []

    def start(self):
        if not os.path.isdir(tuxtest.SYSCTLS):
            command("insmod", os.environ["TUX_KO"])
        for name, value in {"documentroot": self.docroot, "threads": self.threads,
                            "listen": "0.0.0.0 [::]", "serverport": 80, **self.sysctls}.items():
            self.set(name, value)
        if self.small_buffers:
            with open(tuxtest.SEND_BUFFERS, encoding="ascii") as file:
                self.buffers_before = file.read()
            tuxtest.write_text(tuxtest.SEND_BUFFERS, "4096 16384 131072")
        self.master = Handle("ioctl")
        self.master("STARTUP")
        for index, name in enumerate(self.modules, 1):
            self.master.register(name, index)
        mime = Request(objectname="tux")
        memory = mime.point_to(b"TUX/module\0")
        self.master("REGISTER_MIMETYPE", mime)
        del memory
        self.running = True
        for number in range(self.threads):
            self.add_worker(number)

    def handlers(self):
        """By index."""
        return dict(enumerate(self.modules.values(), 1))

    def add_worker(self, number, before_loop=None):
        """Start a worker; it is in the loop when this returns."""
        def work():
            self.master.close()
            call = Handle(self.transport)
            call("STARTTHREAD", Request(thread_nr=number))
            if before_loop:
                before_loop(call)
            loop(call, self.handlers())
        child = fork(work)
        self.workers.append(child)
        self.children.append(child)
        self.wait_for_loop(number)
        return child

    @staticmethod
    def wait_for_loop(number):
        """Wait until a worker is in the event loop."""
        def is_in_loop():
            with open("/proc/net/tux/server", encoding="ascii") as file:
                return any(line.startswith(f"worker {number} ") and " state loop " in line
                           for line in file)
        tuxtest.wait_until(is_in_loop, f"worker {number} to enter the loop")

    def process(self, names, uid=None, transport=None):
        """Start a module process: names and their handlers; it is registered when this returns."""
        def work():
            self.master.close()
            call = Handle(transport or self.transport)
            if uid is not None:
                os.setgroups([])
                os.setresuid(uid, uid, uid)
            for index, name in enumerate(names, 1):
                call.register(name, index)
            tell("registered")
            loop(call, dict(enumerate(names.values(), 1)))
            tell("exit")
        child = fork(work)
        self.children.append(child)
        same(self.told(), ["registered"], "the module process")
        return child

    @staticmethod
    def told(seconds=None):
        """Wait for the next message of a handler."""
        return _teller.next(seconds)

    @staticmethod
    def is_silent():
        """Whether no handler has said anything."""
        return _teller.is_silent()

    def get(self, target, *fields, **more):
        """Ask for something on a connection of its own."""
        with Client() as client:
            return client.get(target, *fields, **more)

    @contextlib.contextmanager
    def limit(self):
        """End what holds up the server for too long; then the test has failed."""
        def end_all():
            for child in self.children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        timer = threading.Timer(PATIENCE, end_all)
        timer.start()
        yield
        expect(timer.is_alive(), "the server did not end by itself")
        timer.cancel()

    def stop(self):
        """Shut down: all processes must end by themselves."""
        if not self.running:
            return
        self.running = False
        with self.limit():
            self.master("SHUTDOWN")
        for child in self.children:
            with contextlib.suppress(ChildProcessError):
                tuxtest.wait_until(lambda pid=child: os.waitpid(pid, os.WNOHANG)[0],
                                   f"process {child} to end")
        self.master.close()
        expect(self.stat("connections_closed") == self.stat("connections_accepted"),
               "a connection was not closed")

    def restart(self):
        """As new."""
        self.stop()
        self.children.clear()
        self.workers.clear()
        self.start()
