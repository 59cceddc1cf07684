# SPDX-License-Identifier: GPL-2.0-only
"""A stage for tests of processes that talk to TUX: actors, a server, and their audience.

    from stage import Actor, gone, run, serve
    from tuxtest import same, test

    @test("Closing the handle ends the worker")
    def _():
        master, worker = serve()
        worker.rest()
        same(worker("close", worker.handle), 0, "close")
        gone(worker)

    run()

Each test begins without a server and ends with all its actors killed, and then no server may be
left.  An actor is a process of tests/vm/programs/tux-actor.c: calling it makes it do something and
returns what the call returned, a number or the name of an errno.  Nothing waits without a deadline;
times are in seconds of the reference machine.
"""
import contextlib
import ctypes
import errno
import os
import select
import signal
import socket
import subprocess
import sys
import time

import tuxtest
from tuxtest import SCALE, SYSCTLS, Client, Failure, Server, expect, request, same, wait_until

KERNEL = os.environ.get("TUX_KERNEL", "")
LOOPBACK = "127.0.0.1"
PORT = 80
BODY = b"The quick brown fox jumps over the lazy dog.\n" * 20
DEVICE = "/dev/tux"

# Of <linux/tux.h>.
STARTUP, SHUTDOWN, STARTTHREAD, STOPTHREAD, EVENTLOOP = 1, 2, 3, 4, 5
CURRENT_DATE, REGISTER_MIMETYPE, QUERY_VERSION, LISTEN_FD = 13, 14, 23, 64
RETURN_EXIT, RETURN_SIGNAL = 1, 2
VERSION = 3 << 24
NR_TUX = 184

# What the actors of this test have been told and have answered.
transcript = []
actors = []
children = []
endings = contextlib.ExitStack()


def ioctl_number(action, size=1464, direction=3, magic=0xBB):
    """What TUX_IOC(action) is, or what a wrong program makes of it."""
    return direction << 30 | size << 16 | magic << 8 | action


def until(condition, seconds, what):
    """Wait until condition() is true; returns its value."""
    return wait_until(condition, what, seconds * SCALE)


@contextlib.contextmanager
def within(seconds, what):
    """What happens inside must not take longer than so many seconds."""
    begin = time.monotonic()
    yield
    took = time.monotonic() - begin
    expect(took <= seconds * SCALE, f"{what} took {took:.2f} s, allowed {seconds * SCALE:.2f} s")


# --- actors ---------------------------------------------------------------------------------------


class Actor:
    """A process that does what it is told.

    transport: how it calls; by "ioctl" it opens a handle at once, unless handle=False.
    """

    def __init__(self, name, transport="ioctl", handle=True, passed=()):
        self.name = name
        self.process = subprocess.Popen(["tux-actor"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, bufsize=0, pass_fds=passed)
        self.pid = self.process.pid
        self.buffer = b""
        self.answers = {}
        self.number = None
        self.handle = None
        actors.append(self)
        if transport == "syscall":
            self("transport", "syscall")
        elif handle:
            self.handle = self("open")
            expect(isinstance(self.handle, int), f"{name} cannot open {DEVICE}: {self.handle}")

    def tell(self, *words):
        """Make it do something, and do not wait; a first word @NAME chooses a thread."""
        transcript.append(f"{self.name} < {' '.join(map(str, words))}")
        self.process.stdin.write(" ".join(map(str, words)).encode() + b"\n")

    def answer(self, thread="main", seconds=15):
        """What the thread's call has returned; it must return in that time."""
        end = time.monotonic() + seconds * SCALE
        while not self.answers.get(thread):
            left = end - time.monotonic()
            if left <= 0 or not self.read(left):
                raise Failure(f"{self.name}: no answer of {thread} within {seconds} s")
        word = self.answers[thread].pop(0)
        transcript.append(f"{self.name} > {thread} {word}")
        return int(word) if word.lstrip("-").isdigit() else word

    def read(self, wait):
        """Take what it has said; false if it said nothing in that time."""
        if not select.select([self.process.stdout], [], [], wait)[0]:
            return False
        data = os.read(self.process.stdout.fileno(), 4096)
        expect(data, f"{self.name} has ended")
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            thread, word = line.decode().split(" ", 1)
            self.answers.setdefault(thread, []).append(word)
        return True

    def __call__(self, *words, seconds=15):
        self.tell(*words)
        thread = words[0][1:] if str(words[0]).startswith("@") else "main"
        result = self.answer(thread, seconds)
        if words[0] in ("fork", "clone-files") and isinstance(result, int):
            children.append(result)
        return result

    def rest(self, thread="main"):
        """Make it stop serving: it is a worker still, but sits in user space."""
        if thread == "main":
            self.signal(signal.SIGTERM)
        else:
            same(self("interrupt", thread), 0, f"SIGTERM for {thread}")
        same(self.answer(thread), RETURN_SIGNAL, "EVENTLOOP that gets a signal")

    def go_on(self):
        """Make it serve again."""
        self.tell("serve")
        in_loop(self)

    def signal(self, number):
        """Send it a signal."""
        transcript.append(f"{self.name} gets {signal.Signals(number).name}")
        os.kill(self.pid, number)

    def kill(self):
        """SIGKILL, and wait for its end."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self, seconds=10):
        """Wait for its end; returns the status as subprocess has it."""
        try:
            return self.process.wait(seconds * SCALE)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} does not end") from None

    def status_of(self, name):
        """A line of /proc/PID/status."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith(name + ":"))

    def waits_in_kernel(self):
        """Wait until one of its threads sleeps in an ioctl or in tux(2)."""
        until(lambda: any(call in ("16", str(NR_TUX)) for call in self.system_calls()), 5,
              f"{self.name} inside an action")

    def system_calls(self):
        """The numbers of the system calls that its threads sleep in."""
        folder = f"/proc/{self.pid}/task"
        for thread in os.listdir(folder):
            with open(f"{folder}/{thread}/syscall", encoding="ascii") as file:
                yield file.read().split()[0]


def dismiss_all():
    """Kill every actor of a test, and their children."""
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    children.clear()
    for actor in actors:
        if actor.process.poll() is None:
            actor.process.send_signal(signal.SIGKILL)
    for actor in actors:
        actor.process.wait()
        actor.process.stdin.close()
        actor.process.stdout.close()
    actors.clear()


# --- the server -----------------------------------------------------------------------------------


def server(pid="self"):
    """/proc/net/tux/server of a process's network namespace, as a dictionary."""
    result = {"workers": {}, "listen": []}
    # A process whose main thread has ended has no /proc/PID/net any more.
    folder = f"/proc/{pid}/net" if os.path.exists(f"/proc/{pid}/net/tux") else "/proc/net"
    with open(folder + "/tux/server", encoding="utf-8") as file:
        for line in file:
            key, *values = line.split()
            if key == "worker":
                result["workers"][int(values[0])] = dict(zip(values[1::2], values[2::2]))
            elif key == "listen":
                result["listen"].append(" ".join(values))
            else:
                result[key] = " ".join(values)
    return result


def make_site():
    """A document root, made once; returns its path."""
    site = os.path.join(os.getcwd(), "site")
    if not os.path.isdir(site):
        os.mkdir(site)
        os.chmod(site, 0o755)
        for name, body in (("index.html", BODY), ("large", bytes(range(256)) * (4 << 12))):
            with open(os.path.join(site, name), "wb") as file:
                file.write(body)
            os.chmod(os.path.join(site, name), 0o644)
    return site


def configure(threads=1, listen=LOOPBACK, docroot=None):
    """Set what STARTUP reads."""
    Server.set("documentroot", docroot or make_site())
    Server.set("threads", threads)
    Server.set("serverport", PORT)
    Server.set("listen", listen)


def startup(threads=1, transport="ioctl", **settings):
    """A master that has started the server."""
    configure(threads, **settings)
    master = Actor("master", transport)
    same(master("startup"), 0, "STARTUP")
    return master


def hire(number, transport="ioctl", begin=True, **more):
    """A worker of that number; it serves, unless begin=False."""
    worker = Actor(f"worker{number}", transport, **more)
    same(worker("join", number), 0, "STARTTHREAD")
    worker.number = number
    if begin:
        worker.go_on()
    return worker


def serve(threads=1, transport="ioctl", **settings):
    """A master and its workers, all of them in their loops."""
    master = startup(threads, transport, **settings)
    return master, *[hire(number, transport) for number in range(threads)]


def state_of(worker):
    """What the kernel says of a worker, or None."""
    return server(worker.pid)["workers"].get(worker.number)


def in_loop(worker):
    """Wait until a worker is in its loop."""
    until(lambda: (state_of(worker) or {}).get("state") == "loop", 5, f"{worker.name} in its loop")


def away(worker):
    """Wait until a worker is out of its loop."""
    until(lambda: (state_of(worker) or {}).get("state") == "away", 5,
          f"{worker.name} out of its loop")


def gone(worker, seconds=1):
    """Wait until a worker is none any more."""
    until(lambda: server()["workers"].get(worker.number) is None, seconds,
          f"{worker.name} no worker any more")


def stopped(seconds=1):
    """Wait until there is no server."""
    until(lambda: server()["state"] == "stopped", seconds, "the server ended")


def can_listen(port=PORT):
    """Whether somebody else can have the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen()
        except OSError:
            return False
    return True


# --- the audience ---------------------------------------------------------------------------------


def connect(**where):
    """A connection, closed at the end of the test."""
    return endings.enter_context(Client(**where))


def ask(client, target="/"):
    """Send a request."""
    client.raw(request(f"GET {target} HTTP/1.1", "Host: tux"))


def serves(client=None, **where):
    """Somebody must answer on this connection, or on a new one."""
    if client is None:
        with Client(**where) as client:
            return serves(client)
    answer = client.get("/")
    same((answer.status, answer.body), (200, BODY), "the answer")


def refuses(port=PORT):
    """Nobody must be listening."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=10 * SCALE).close()
    except ConnectionRefusedError:
        return
    raise Failure("somebody still listens")


def ends(client, seconds=1):
    """The server must end the connection in that time; returns what came before."""
    data = b""
    client.socket.settimeout(seconds * SCALE)
    try:
        while True:
            piece = client.socket.recv(1 << 18)
            if not piece:
                return data
            data += piece
    except ConnectionResetError:
        return data
    except TimeoutError:
        raise Failure("the connection is still open") from None


class Load:
    """Clients that ask all the time, until finish()."""

    def __init__(self, connections, target="/", size=len(BODY), close=False, pipelined=1):
        words = ["tux-load", LOOPBACK, PORT, connections, target, size,
                 "close" if close else pipelined]
        self.process = subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, text=True)
        endings.callback(self.process.wait)
        endings.callback(self.process.kill)
        same(self.process.stdout.readline(), "begun\n", "the first line of tux-load")

    @staticmethod
    def wait_for(requests, seconds=20):
        """Let the server get so many requests more."""
        enough = Server.stats()["requests"] + requests
        until(lambda: Server.stats()["requests"] >= enough, seconds, f"{requests} requests")

    def finish(self, seconds=15):
        """Let every request be answered; returns the counts."""
        self.process.terminate()
        try:
            words = self.process.communicate(timeout=seconds * SCALE)[0].split()
        except subprocess.TimeoutExpired:
            raise Failure("requests are not answered") from None
        counts = dict(zip(words[::2], map(int, words[1::2])))
        transcript.append(f"load: {counts}")
        return counts

    def finish_well(self, seconds=15):
        """The same, and nothing may have gone wrong."""
        counts = self.finish(seconds)
        expect(counts["answered"], "no request was answered")
        same((counts["wrong"], counts["refused"], counts["broken"]), (0, 0, 0),
             "answers that were wrong, connections refused and broken")


# --- the module -----------------------------------------------------------------------------------


def is_loaded():
    """Whether the module is there."""
    return os.path.isdir("/sys/module/tux")


def load(**parameters):
    """Load the module."""
    tuxtest.command("insmod", os.environ["TUX_KO"],
                    *[f"{name}={value}" for name, value in parameters.items()])


def unload():
    """Try to unload the module; returns "done" or the name of the errno."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(176, b"tux", os.O_NONBLOCK) == 0:
        return "done"
    return errno.errorcode[ctypes.get_errno()]


def unloads(seconds=2):
    """It must be possible to unload the module."""
    until(lambda: unload() == "done", seconds, "the module unloaded")


# --- running --------------------------------------------------------------------------------------


def clean_up():
    """After a test: nobody is left, and so nothing of the server may be."""
    endings.close()
    dismiss_all()
    if os.path.isdir(SYSCTLS):
        stopped(5)


def perform(function):
    """Run one test and clean up; what went wrong first is what counts."""
    transcript.clear()
    try:
        function()
    except BaseException:
        with contextlib.suppress(Failure):
            clean_up()
        raise
    clean_up()


def run(**parameters):
    """Load the module with these parameters, and run the case's tests; ends the process."""
    tests = [entry for entry in tuxtest._tests if all(word in entry[0] for word in sys.argv[1:])]
    if not parameters.pop("unloaded", False):
        load(**parameters)
    good = True
    for number, (sentence, function) in enumerate(tests, 1):
        begin = time.monotonic()
        passed = tuxtest.attempt(number, sentence, lambda: perform(function))
        if os.environ.get("V"):
            tuxtest.say(f"{time.monotonic() - begin:.1f} s")
        for line in [] if passed else transcript[-40:]:
            tuxtest.say("    " + line[:150])
        good = good and passed
    print(f"1..{len(tests)}", flush=True)
    sys.exit(0 if good else 1)
