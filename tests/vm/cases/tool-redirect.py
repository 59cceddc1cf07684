#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=240 group=tool
"""Redirection to another server: by tcp, with the PROXY protocol, by descriptor; and without it."""
import array
import os
import signal
import socket
import struct
import subprocess
import threading
import time

from toolcase import check, finish, make_site
from toolmodules import PATIENCE, PORT, get, install, make_stub, tuxctl, wait_for

OTHER = 8099
BODY = b"b" * (3 << 20)

root = make_site()
install("demo.tux")
make_stub(root, "demo.tux")


class Other(threading.Thread):
    """The other server: keeps what each connection has sent, and answers with its own number.

    A request ends with the bytes END; the answer to one with BIG in it is large.
    """

    def __init__(self, listener, by_descriptor=False):
        super().__init__(daemon=True)
        self.listener = listener
        self.by_descriptor = by_descriptor
        self.seen = []
        self.peers = []
        self.start()

    def take(self):
        """The next connection."""
        connection, _ = self.listener.accept()
        if not self.by_descriptor:
            return connection
        _, messages, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(4))
        connection.close()
        number = array.array("i", messages[0][2])[0]
        passed = socket.socket(fileno=number)
        passed.setblocking(True)
        return passed

    def serve(self, connection):
        """Answer what comes on a connection, until its end."""
        place = len(self.seen)
        self.seen.append(b"")
        self.peers.append(connection.getpeername())
        with connection:
            while piece := connection.recv(65536):
                self.seen[place] += piece
                if not self.seen[place].endswith(b"END"):
                    continue
                body = BODY if b"BIG" in self.seen[place] else b"other"
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" %
                                   (len(body), body))
            # The client has ended its side, and may still read.
            connection.sendall(b"bye")

    def run(self):
        while True:
            try:
                connection = self.take()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()


def listen():
    """A listening socket at the usual place."""
    return socket.create_server(("127.0.0.1", OTHER), backlog=128)


def start(*options):
    """The server with its module, and where redirected connections go."""
    status, text = tuxctl("startup", "--docroot", root, "--listen", f"127.0.0.1:{PORT}",
                          "--threads", "2", "--moduledir", "modules", *options, "demo.tux")
    check(status == 0, f"startup {' '.join(options)}", text)


def exchange(request, length):
    """Send a request, read an answer of so many bytes, and then end; all that came."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=PATIENCE) as client:
        name = client.getsockname()
        client.sendall(request)
        got = b""
        while len(got) < length and (piece := client.recv(1 << 20)):
            got += piece
        client.shutdown(socket.SHUT_WR)
        while piece := client.recv(65536):
            got += piece
    return got, name


SMALL = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
REQUEST = (b"POST /demo.tux?redirect HTTP/1.1\r\nHost: a\r\nX-Odd:   kept as it is \r\n"
           b"Content-Length: 12\r\n\r\nthe body END")


def behind(header):
    """What arrives when a header goes in front of the request."""
    return lambda name, request: header(name) + request


def forwarded(name, request):
    """What arrives when fields are added at the end of the head."""
    head, end, body = request.partition(b"\r\n\r\n")
    fields = b"\r\nX-Forwarded-For: %s\r\nConnection: close" % name[0].encode()
    return head + fields + end + body


def round_trips(other, arrives=lambda name, request: request):
    """Bytes arrive as they are wanted to in one direction, and as they were sent in the other."""
    got, name = exchange(REQUEST, len(SMALL))
    check(got == SMALL + b"bye", "the answer is the other server's, and the end of each side is "
          "passed on", got)
    check(other.seen[-1] == arrives(name, REQUEST), "the request arrives as it should",
          other.seen[-1])
    long = REQUEST.replace(b"X-Odd:", b"X-Long: " + b"x" * 30000 + b"\r\nX-Odd:")
    _, name = exchange(long, len(SMALL))
    check(other.seen[-1] == arrives(name, long), "so does a long head", len(other.seen[-1]))
    request = REQUEST.replace(b"body END", b"BIG  END")
    got, _ = exchange(request, len(LARGE))
    check(got == LARGE + b"bye", "a large answer arrives whole", len(got))
    count = len(other.seen)
    names = []
    threads = [threading.Thread(target=lambda: names.append(exchange(request, len(LARGE))[1]))
               for _ in range(20)]
    for thread in threads:
        thread.start()
    check(get("/a.txt")[0] == 200, "while many are redirected, files are served")
    for thread in threads:
        thread.join()
    check(len(names) == 20 and sorted(other.seen[count:]) ==
          sorted(arrives(name, request) for name in names), "all of them arrive",
          len(other.seen) - count)


# --- the usual way: 127.0.0.1 and net.tux.clientport, which is looked at each time

start()
subprocess.run(["sysctl", "-q", "-w", f"net.tux.clientport={OTHER}", "net.tux.max_header_len=65535"],
               check=True)
status, _ = get("/demo.tux?redirect")
check(status == 502, "nobody listens: 502", status)
check(get("/demo.tux")[0] == 200, "and the server goes on")
with listen() as listener:
    round_trips(Other(listener))
    redirectors = subprocess.run(["pgrep", "-x", "tuxd/redirect"], stdout=subprocess.PIPE,
                                 text=True, check=False).stdout.split()
    check(len(redirectors) == 1, "there is one redirector", redirectors)
    pid = redirectors[0]
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        text = file.read()
    check("CapEff:\t0000000000000000" in text and "\nUid:\t0" not in text,
          "it has no privileges", text)
    os.kill(int(pid), signal.SIGKILL)
    check(wait_for(lambda: exchange(REQUEST, len(SMALL))[0].startswith(SMALL)),
          "one that is killed is started again")
    listener.shutdown(socket.SHUT_RDWR)

# A server that takes no connections does not hold up others.
with socket.create_server(("127.0.0.1", OTHER), backlog=0) as listener:
    stuffing = []
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", OTHER))
        stuffing.append(client)
    time.sleep(0.2)
    waiting = socket.create_connection(("127.0.0.1", PORT), timeout=PATIENCE)
    waiting.sendall(b"GET /demo.tux?redirect HTTP/1.1\r\nHost: a\r\n\r\n")
    begin = time.monotonic()
    check(get("/demo.tux")[0] == 200, "a server that does not accept holds up nobody else")
    check(waiting.recv(4096).startswith(b"HTTP/1.1 504 "), "its client gets 504")
    check(5 < time.monotonic() - begin < PATIENCE, "in time")
    waiting.close()
    for client in stuffing:
        client.close()
check(tuxctl("shutdown")[0] == 0, "the server stops")

# --- with the address of the client

start("--redirect", f"proxy:127.0.0.1:{OTHER}")
with listen() as listener:
    round_trips(Other(listener), behind(lambda name: b"PROXY TCP4 %s 127.0.0.1 %d %d\r\n" % (
        name[0].encode(), name[1], PORT)))
    listener.shutdown(socket.SHUT_RDWR)
check(tuxctl("shutdown")[0] == 0, "the server stops")

start("--redirect", f"proxy2:127.0.0.1:{OTHER}")
with listen() as listener:
    round_trips(Other(listener), behind(
        lambda name: b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + socket.inet_aton(name[0]) +
        socket.inet_aton("127.0.0.1") + struct.pack(">HH", name[1], PORT)))
    listener.shutdown(socket.SHUT_RDWR)
check(tuxctl("shutdown")[0] == 0, "the server stops")

start("--redirect", f"forwarded-for:127.0.0.1:{OTHER}")
with listen() as listener:
    round_trips(Other(listener), forwarded)
    listener.shutdown(socket.SHUT_RDWR)
check(tuxctl("shutdown")[0] == 0, "the server stops")

# --- by descriptor

path = os.path.join(os.getcwd(), "other.socket")
start("--redirect", f"unix:{path}")
check(get("/demo.tux?redirect")[0] == 502, "nobody listens: 502")
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(path)
    listener.listen(128)
    os.chmod(path, 0o666)
    other = Other(listener, by_descriptor=True)
    round_trips(other)
    _, name = exchange(REQUEST, len(SMALL))
    check(other.peers[-1] == name, "the other server sees the client's own address",
          f"{other.peers[-1]} {name}")
    # What is in flight is not TUX's any more.
    client = socket.create_connection(("127.0.0.1", PORT), timeout=PATIENCE)
    client.sendall(REQUEST)
    check(client.recv(4096) == SMALL, "a connection that was passed on is answered")
    check(tuxctl("shutdown")[0] == 0, "the server stops")
    client.sendall(b"again END")
    check(client.recv(4096) == SMALL, "and the connection lives on")
    client.close()
    listener.shutdown(socket.SHUT_RDWR)

# --- without

start("--redirect", "off")
status, _ = get("/demo.tux?redirect")
check(status in (502, 503), "without a redirector there is an error", status)
check(tuxctl("shutdown")[0] == 0, "the server stops")
check(subprocess.run(["rmmod", "tux"], check=False).returncode == 0, "the module can be unloaded")
finish()
