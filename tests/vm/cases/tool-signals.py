#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=tool core
"""tuxd and its signals, tuxctl shutdown and its time: what is in flight is finished, or cut off."""
import os
import signal
import socket
import subprocess
import time

from toolcase import await_line, check, finish, make_site

PORT = 8080
SIZE = 24 << 20

# Seconds that finishing a response may take, here and in the tools, on this machine.
LIMIT = int(60 * float(os.environ.get("TUX_TIME_SCALE", "1")))


class Client:
    """A client that takes the head of a large response and then waits."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.socket.settimeout(LIMIT)
        self.socket.connect(("127.0.0.1", PORT))
        self.socket.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            self.data += self.socket.recv(4096)

    def rest(self):
        """Bytes of the body until the end, or None if the connection was reset."""
        got = len(self.data) - self.data.index(b"\r\n\r\n") - 4
        try:
            while got < SIZE:
                piece = self.socket.recv(1 << 20)
                if not piece:
                    break
                got += len(piece)
        except ConnectionResetError:
            return None
        finally:
            self.socket.close()
        return got


def start(*options):
    """tuxd in the foreground; returns when it says that it serves."""
    process = subprocess.Popen(["tuxd", "--foreground", "--docroot", root,
                                "--listen", f"127.0.0.1:{PORT}", "--stop-timeout", str(LIMIT),
                                *options],
                               stderr=subprocess.PIPE, text=True)
    text = await_line(process, "serving")
    check("serving" in text, f"tuxd says that it serves {' '.join(options)}", text)
    return process


def end(process):
    """Exit status and what was left on standard error."""
    _, text = process.communicate(timeout=LIMIT)
    return process.returncode, text


def refused():
    """Whether a new connection is refused."""
    with socket.socket() as attempt:
        attempt.settimeout(10)
        return attempt.connect_ex(("127.0.0.1", PORT)) != 0


def state():
    """The state of the server."""
    with open("/proc/net/tux/server", encoding="ascii") as file:
        return file.readline().split()[1]


def await_state(wanted):
    """Poll for a state: there is no event to wait for."""
    deadline = time.monotonic() + LIMIT
    while state() != wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    return state() == wanted


root = make_site()
with open("www/big", "wb") as big:
    big.truncate(SIZE)

for number in (signal.SIGTERM, signal.SIGINT):
    tuxd = start()
    client = Client()
    tuxd.send_signal(number)
    check(await_state("stopping"), f"{number.name}: it is stopping while a response is in flight")
    check(client.rest() == SIZE, "the response in flight is finished")
    status, text = end(tuxd)
    check(status == 0, "tuxd ends with 0", f"{status} {text}")
    check("stopped" in text, "and says so", text)
    check(refused(), "the port is free")

tuxd = subprocess.Popen(["tuxd", "--foreground", "--docroot", root, "--threads", "32", "--listen",
                         f"127.0.0.1:{PORT}"], stderr=subprocess.PIPE, text=True)
while refused():
    time.sleep(0.02)
client = Client()
tuxd.send_signal(signal.SIGTERM)
check(client.rest() == SIZE, "SIGTERM while workers still start: what is in flight is finished")
status, text = end(tuxd)
check(status == 0, "tuxd ends with 0", f"{status} {text}")

tuxd = start()
tuxd.send_signal(signal.SIGHUP)
line = tuxd.stderr.readline()
check("nothing to read again" in line, "SIGHUP: says that there is nothing to read again", line)
client = Client()
check(client.rest() == SIZE, "and goes on serving")
client = Client()
tuxd.send_signal(signal.SIGTERM)
check(await_state("stopping"), "SIGTERM twice: stopping after the first")
tuxd.send_signal(signal.SIGTERM)
status, text = end(tuxd)
check(status == 0 and "stopped" in text, "stopped after the second", f"{status} {text}")
check(client.rest() != SIZE, "the response in flight was cut off")
check(state() == "stopped", "the server is gone")

tuxd = start()
client = Client()
tuxd.send_signal(signal.SIGQUIT)
status, text = end(tuxd)
check(status == 0, "SIGQUIT: ends at once", f"{status} {text}")
check(client.rest() != SIZE, "the response in flight was cut off")

tuxd = start("--stop-timeout", "1")
client = Client()
begin = time.monotonic()
tuxd.send_signal(signal.SIGTERM)
status, text = end(tuxd)
check("cut off" in text, "--stop-timeout: says that it cut something off", text)
check(time.monotonic() - begin >= 1, "after the time was over")
check(client.rest() != SIZE, "and has done so")

tuxd = start()
client = Client()
done = subprocess.Popen(["tuxctl", "shutdown", "--timeout", str(LIMIT)], stderr=subprocess.PIPE,
                        text=True)
check(await_state("stopping"), "tuxctl shutdown: stopping")
check(done.poll() is None, "it waits for the response in flight")
check(client.rest() == SIZE, "which is finished")
_, text = done.communicate(timeout=LIMIT)
check(done.returncode == 0 and not text, "it ends with 0, and says nothing",
      f"{done.returncode} {text}")
check(tuxd.poll() == 0, "tuxd has ended with 0 by then", tuxd.poll())

tuxd = start()
client = Client()
done = subprocess.run(["tuxctl", "shutdown", "--timeout", "1"], stderr=subprocess.PIPE, text=True,
                      check=False)
check(done.returncode == 0, "tuxctl shutdown --timeout: ends with 0", done)
check(done.stderr.count("\n") == 1 and "cut off" in done.stderr,
      "and says that it cut something off", done.stderr)
check(tuxd.poll() is not None, "tuxd has ended")
check(client.rest() != SIZE, "and the response with it")
check(state() == "stopped", "the server is gone")
check(subprocess.run(["rmmod", "tux"], check=False).returncode == 0, "the module can be unloaded")
finish()
