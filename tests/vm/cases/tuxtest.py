# SPDX-License-Identifier: GPL-2.0-only
"""What the HTTP cases share: a server, a strict client, and results in TAP.

    from tuxtest import Client, Server, run, same, test

    server = Server(threads=1)
    server.write("a.txt", b"hello")

    @test("a file is sent as it is")
    def _():
        with Client() as client:
            answer = client.get("/a.txt")
            same(answer.status, 200)
            same(answer.body, b"hello")

    run(server)

A function marked with @test is one result; it fails by raising anything.  The client refuses every byte
that the framing of HTTP/1.1 does not account for, so each case also tests the framing.
"""
import os
import re
import resource
import socket
import struct
import subprocess
import sys
import time

# Guests can be slow; whoever waits for something that must come waits so many seconds.
SCALE = float(os.environ.get("TUX_TIME_SCALE", "1"))
PATIENCE = 8 * SCALE

SYSCTLS = "/proc/sys/net/tux"
SEND_BUFFERS = "/proc/sys/net/ipv4/tcp_wmem"
STATISTICS = "/proc/net/tux/stat"

REASONS = {
    200: "OK", 301: "Moved Permanently", 304: "Not Modified", 400: "Bad Request",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
    414: "URI Too Long", 417: "Expectation Failed", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
}

_tests = []


class Failure(Exception):
    """Something is not as it must be."""


class Skip(Exception):
    """A test cannot be made here, for the reason that the text says."""


# --- results -----------------------------------------------------------------------------------


def test(sentence):
    """Mark a function as the test of what the sentence says."""
    def mark(function):
        _tests.append((sentence, function))
        return function
    return mark


def expect(condition, text):
    """Fail unless the condition is true."""
    if not condition:
        raise Failure(text)


def shorten(value):
    """A value for a message."""
    text = repr(value)
    return text if len(text) <= 300 else text[:200] + " ... " + text[-80:]


def same(got, wanted, what=""):
    """Fail unless two values are equal."""
    if got != wanted:
        raise Failure(f"{what + ': ' if what else ''}got {shorten(got)}, wanted {shorten(wanted)}")


def say(text):
    """A diagnostic line."""
    print("# " + text, flush=True)


def explain(error):
    """Diagnostic lines for an exception, with the lines of the case that led to it."""
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename != __file__:
            say(f"line {trace.tb_lineno}")
        trace = trace.tb_next
    for line in f"{type(error).__name__}: {error}".splitlines():
        say(line)


def attempt(number, sentence, function):
    """Run one test and print its result; returns whether it passed."""
    begin = time.monotonic()
    problem = None
    reason = ""
    try:
        function()
    except Skip as skip:
        reason = f" # SKIP {skip}"
    except Exception as error:  # pylint: disable=broad-except
        problem = error
    print(f"{'not ok' if problem else 'ok'} {number} - {sentence}{reason}", flush=True)
    if problem:
        explain(problem)
    if time.monotonic() - begin > 1:
        say(f"that took {time.monotonic() - begin:.1f} s")
    return not problem


def run(server=None):
    """Run all tests, with the server started before and stopped after them; ends the process."""
    tests = list(_tests)
    wanted = sys.argv[1:]
    if wanted:
        tests = [entry for entry in tests if any(word in entry[0] for word in wanted)]
    if server:
        tests.append(("the server stops, every connection is closed, the module is gone",
                      server.finish))
        server.start()
    passed = [attempt(number, *entry) for number, entry in enumerate(tests, 1)]
    print(f"1..{len(tests)}", flush=True)
    sys.exit(0 if all(passed) else 1)


def wait_until(condition, what, seconds=None):
    """Wait for something that has no event to wait for; returns what the condition returned."""
    end = time.monotonic() + (seconds or PATIENCE)
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"waited in vain: {what}")
        time.sleep(0.02)


# --- the server --------------------------------------------------------------------------------


def write_text(path, text):
    """Write to a file of the kernel."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def write_marks(path, *places):
    """Write into a file what tests/vm/programs/big-reader.c wants to see at these places."""
    with open(path, "r+b") as large:
        for place in places:
            large.seek(place)
            large.write(b"mark at %d\n" % place)


def forget(path):
    """Drop a file from the page cache."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def forget_everything():
    """Drop everything from the page cache, and all names and inodes that nobody uses."""
    os.sync()
    write_text("/proc/sys/vm/drop_caches", "3")


def command(*words):
    """Run a program that must succeed; returns its output."""
    answer = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    text = answer.stdout.decode(errors="replace")
    if answer.returncode:
        raise Failure(f"{' '.join(words)}: exit status {answer.returncode}: {text.strip()}")
    return text


class Server:
    """TUX, serving a directory; keyword arguments are values of net.tux.

    With small_buffers a socket takes no more than 128 KiB, so that the server soon waits for a slow client.
    """

    def __init__(self, docroot="www", threads=1, listen=(), small_buffers=False, **sysctls):
        self.docroot = os.path.abspath(docroot)
        self.threads = threads
        self.listen = listen
        self.sysctls = sysctls
        self.small_buffers = small_buffers
        self.buffers_before = None
        self.running = False
        os.makedirs(self.docroot, exist_ok=True)
        os.chmod(self.docroot, 0o755)

    def start(self):
        """Load the module, set the values, start the server."""
        if not os.path.isdir(SYSCTLS):
            command("insmod", os.environ["TUX_KO"])
        for name, value in self.sysctls.items():
            self.set(name, value)
        if self.small_buffers:
            with open(SEND_BUFFERS, encoding="ascii") as file:
                self.buffers_before = file.read()
            write_text(SEND_BUFFERS, "4096 16384 131072")
        words = ["tuxctl", "startup", "--docroot", self.docroot, "--threads", str(self.threads)]
        for address in self.listen:
            words += ["--listen", address]
        command(*words, *([] if self.listen else ["--port", "80"]))
        self.running = True

    def stop(self):
        """Shut the server down; every connection that was accepted must have been closed."""
        if not self.running:
            return
        self.running = False
        command("tuxctl", "shutdown")
        same(self.stat("connections_closed"), self.stat("connections_accepted"),
             "connections closed, of those accepted")

    def finish(self):
        """Shut down and unload."""
        self.stop()
        if self.buffers_before:
            write_text(SEND_BUFFERS, self.buffers_before)
        if os.path.isdir("/sys/module/tux"):
            command("rmmod", "tux")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            subprocess.run(["tuxctl", "shutdown", "--timeout", "1"], check=False)
        else:
            self.finish()

    def path(self, name):
        """Where a file of the document root is, as bytes if the name is."""
        if isinstance(name, bytes):
            return os.path.join(os.fsencode(self.docroot), name)
        return os.path.join(self.docroot, name)

    def write(self, name, content=b"", mode=0o644, age=None):
        """Write a file; with an age in seconds it was last modified then."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)
        if age is not None:
            now = time.time()
            os.utime(path, (now - age, now - age))
        return path

    @staticmethod
    def set(name, value):
        """Set a value of net.tux; raises OSError if the kernel refuses it."""
        with open(f"{SYSCTLS}/{name}", "wb", buffering=0) as file:
            file.write(value if isinstance(value, bytes) else str(value).encode())

    @staticmethod
    def value(name):
        """A value of net.tux, as text."""
        with open(f"{SYSCTLS}/{name}", encoding="ascii") as file:
            return file.read().strip()

    @staticmethod
    def stats():
        """All counters."""
        with open(STATISTICS, encoding="ascii") as file:
            return {name: int(value) for name, value in map(str.split, file)}

    def stat(self, name):
        """One counter."""
        return self.stats()[name]

    @staticmethod
    def open_connections():
        """Connections that the server has now."""
        with open("/proc/net/tux/server", encoding="ascii") as file:
            return int(re.search(r"^connections (\d+)", file.read(), re.M).group(1))

    def settle(self):
        """Wait until every connection is closed."""
        wait_until(lambda: not self.open_connections(), "all connections closed")

    def grown(self, name, before, amount, what=""):
        """Wait until a counter has grown by an amount, and check that it does not exceed it."""
        wait_until(lambda: self.stat(name) >= before[name] + amount,
                   f"{what or name} to grow by {amount}")
        same(self.stat(name) - before[name], amount, what or name)


class Temporarily:
    """A value of net.tux that holds within a with statement."""

    def __init__(self, name, value):
        self.name = name
        self.value = value
        self.before = None

    def __enter__(self):
        self.before = Server.value(self.name)
        Server.set(self.name, self.value)

    def __exit__(self, *unused):
        Server.set(self.name, self.before)


# --- the client --------------------------------------------------------------------------------


DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|"
                  r"Dec) (\d{4}) (\d\d):(\d\d):(\d\d) GMT")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()


def parse_date(text):
    """Seconds since 1970 of a date as HTTP writes it; its day of the week must be right."""
    found = DATE.fullmatch(text)
    if not found:
        raise Failure(f"no date of RFC 9110: {text!r}")
    day, number, month, year, hour, minute, second = found.groups()
    years, days_before = divmod(MONTHS.index(month) + 10, 12)
    # Days since 1970, by years that begin in March, so that the leap day is the last one.
    years += int(year) - 1
    days = (years * 365 + years // 4 - years // 100 + years // 400 + (days_before * 153 + 2) // 5 +
            int(number) - 719469)
    same(DAYS[(days + 3) % 7], day, f"day of the week in {text!r}")
    return ((days * 24 + int(hour)) * 60 + int(minute)) * 60 + int(second)


def format_date(seconds):
    """The date as HTTP writes it."""
    moment = time.gmtime(seconds)
    return (f"{DAYS[moment.tm_wday]}, {moment.tm_mday:02} {MONTHS[moment.tm_mon - 1]} "
            f"{moment.tm_year} {moment.tm_hour:02}:{moment.tm_min:02}:{moment.tm_sec:02} GMT")


class Response:
    """An answer: status, fields (by lower-case name), body."""

    def __init__(self, head, by_module=False):
        lines = head.decode("latin-1").split("\r\n")
        found = re.fullmatch(r"HTTP/1\.1 (\d{3}) ([ -~]+)", lines[0])
        expect(found, f"no status line: {lines[0]!r}")
        self.status = int(found.group(1))
        if not by_module:
            same(found.group(2), REASONS.get(self.status), f"reason of {self.status}")
        self.names = []
        self.fields = {}
        self.body = b""
        for line in lines[1:]:
            found = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([!-~](?:[ -~]*[!-~])?)", line)
            expect(found, f"no field line: {line!r}")
            name = found.group(1).lower()
            expect(name not in self.fields, f"{name} came twice")
            self.names.append(name)
            self.fields[name] = found.group(2)
        if not by_module:
            parse_date(self.fields["date"])

    def __getitem__(self, name):
        return self.fields.get(name)

    @property
    def keeps(self):
        """Does the server promise to keep the connection?"""
        return self.fields.get("connection") == "Keep-Alive"

    @property
    def is_last(self):
        """Does whoever answers, a module maybe, say that the connection ends?"""
        return self.fields.get("connection", "").lower() == "close"


class Client:
    """A connection of a client that believes nothing."""

    # Answers are a module's own, which need not be as TUX makes them.
    by_module = False

    def __init__(self, host="127.0.0.1", port=80, receive_buffer=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect((host, port))
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def raw(self, data):
        """Send bytes as they are."""
        self.socket.sendall(data)

    def send(self, *lines):
        """Send a head: its lines without line ends."""
        self.raw(request(*lines))

    def finish_sending(self):
        """Say that nothing more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)

    def abort(self):
        """Reset the connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def more(self):
        """Wait for bytes; returns whether there were any before the end."""
        data = self.socket.recv(1 << 18)
        self.pending += data
        return bool(data)

    def head(self):
        """Receive the head of an answer."""
        while b"\r\n\r\n" not in self.pending:
            if not self.more():
                raise Failure(f"the connection ended in a head: {shorten(self.pending)}")
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        return Response(head, self.by_module)

    def body(self, length):
        """Receive as many bytes."""
        pieces = [self.pending]
        left = length - len(self.pending)
        while left > 0:
            data = self.socket.recv(min(left, 1 << 20))
            if not data:
                raise Failure(f"the connection ended {left} bytes before the end of the body")
            pieces.append(data)
            left -= len(data)
        data = b"".join(pieces)
        self.pending = data[length:]
        return data[:length]

    def answer(self, method="GET", version="1.1"):
        """Receive one answer to a request with this method and version, and check its framing."""
        answer = self.head()
        length = answer.fields.get("content-length")
        if answer.status == 304:
            same(length, None, "Content-Length of a 304")
        else:
            expect(length is not None and re.fullmatch(r"0|[1-9]\d*", length),
                   f"no Content-Length: {length!r}")
            if method != "HEAD":
                answer.body = self.body(int(length))
        wanted = {"1.1": ("Keep-Alive", "close"), "1.0": ("Keep-Alive", None)}[version]
        expect(self.by_module or answer["connection"] in wanted,
               f"Connection in an answer to HTTP/{version}: {answer['connection']}")
        if not self.by_module:
            same((answer["allow"] or "") if answer.status == 405 else answer["allow"],
                 "GET, HEAD" if answer.status == 405 else None, "Allow")
        return answer

    def get(self, target, *fields, method="GET"):
        """Ask for something on this connection."""
        self.send(f"{method} {target} HTTP/1.1", "Host: tux", *fields)
        return self.answer(method)

    def expect_end(self):
        """The server must end the connection in order, and send nothing before."""
        same(self.pending, b"", "bytes after the answer")
        same(self.socket.recv(100), b"", "bytes instead of the end")

    def expect_reset(self):
        """The server must reset the connection; returns the bytes received before."""
        received = [self.pending]
        try:
            while received[-1] or len(received) == 1:
                received.append(self.socket.recv(1 << 18))
        except ConnectionResetError:
            return b"".join(received)
        raise Failure(f"an orderly end after {sum(map(len, received))} bytes, wanted a reset")

    def expect_silence(self, seconds=0.2):
        """Nothing must come for a while."""
        same(self.pending, b"", "bytes after the answer")
        self.socket.settimeout(seconds)
        try:
            same(self.socket.recv(100), None, "bytes or an end, wanted silence")
        except socket.timeout:
            pass
        self.socket.settimeout(PATIENCE)

    def expect_open(self, target="/"):
        """The connection must be good for another request."""
        same(self.pending, b"", "bytes after the answer")
        answer = self.get(target, method="HEAD")
        expect(not answer.is_last if self.by_module else answer.keeps,
               "the server closes the connection")


def request(*lines):
    """The bytes of a head."""
    return b"".join((line.encode("latin-1") if isinstance(line, str) else line) + b"\r\n"
                    for line in (*lines, b""))


def get(target, *fields, method="GET", **where):
    """Ask for something on a connection of its own."""
    with Client(**where) as client:
        return client.get(target, *fields, method=method)


def many_descriptors(count):
    """Allow this process so many open files."""
    hard = max(count, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
