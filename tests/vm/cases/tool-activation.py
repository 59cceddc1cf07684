#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=90 group=tool
"""Socket activation and readiness: what tuxd takes from a service manager, and what it tells it."""
import os
import signal
import socket
import subprocess
import urllib.request

from toolcase import await_line, check, finish, make_site, skip

root = make_site()


def listener(family=socket.AF_INET, host="127.0.0.1", listening=True, kind=socket.SOCK_STREAM):
    """A socket as a service manager makes it."""
    made = socket.socket(family, kind)
    made.bind((host, 0))
    if listening and kind == socket.SOCK_STREAM:
        made.listen(64)
    return made


def run(sockets, environment, options=(), pid="$$"):
    """tuxd with the sockets as descriptors from 3 on; LISTEN_PID can only be set after the fork."""
    def child():
        for index, number in enumerate(numbers):
            os.dup2(number, 100 + index)
        for index in range(len(numbers)):
            os.dup2(100 + index, 3 + index)
    numbers = [made.fileno() for made in sockets]
    script = f'export LISTEN_PID={pid}; exec "$@"'
    return subprocess.Popen(["sh", "-c", script, "sh", "tuxd", "--docroot", root, *options],
                            stderr=subprocess.PIPE, text=True, close_fds=False, preexec_fn=child,
                            env={**os.environ, "LISTEN_FDS": str(len(sockets)), **environment})


def fetch(made):
    """The file over one of the sockets' addresses."""
    host, port = made.getsockname()[:2]
    host = f"[{host}]" if ":" in host else host
    with urllib.request.urlopen("http://%s:%d/a.txt" % (host, port), timeout=30) as answer:
        return answer.read()


def listeners():
    """Pairs of address and worker, as the kernel shows them."""
    with open("/proc/net/tux/server", encoding="ascii") as file:
        lines = [line.split() for line in file]
    return sorted((words[1], words[3]) for words in lines if words[0] == "listen")


def port_of(made):
    """The port of a socket."""
    return made.getsockname()[1]


# --- two sockets, and everything that tuxd says to the service manager
path = os.getcwd() + "/notify"
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(path)
manager.settimeout(60)
four, six = listener(), listener(socket.AF_INET6, "::1")
tuxd = run([four, six], {"LISTEN_FDNAMES": "web:web6", "NOTIFY_SOCKET": path})
ready = manager.recv(4096).decode()
check(ready.startswith("READY=1\n"), "READY=1 comes first", ready)
with open("/proc/net/tux/server", encoding="ascii") as server:
    loops = sum(" state loop " in line for line in server)
check(loops == 2, "when it comes, both workers are in the event loop", loops)
check(f"STATUS=Serving {root} at 127.0.0.1:" in ready, "it says what is served", ready)
said = await_line(tuxd, "serving")
check("serving" in said, "tuxd stays in the foreground, and logs to standard error", said)
check(fetch(four) == b"hello\n", "the passed IPv4 socket serves")
check(fetch(six) == b"hello\n", "the passed IPv6 socket serves")
wanted = sorted([(f"127.0.0.1:{port_of(four)}", "any"), (f"[::1]:{port_of(six)}", "any")])
check(listeners() == wanted, "these are the only listeners, and everybody's", listeners())
tuxd.send_signal(signal.SIGTERM)
stopping = manager.recv(4096).decode()
check(stopping.startswith("STOPPING=1\n"), "STOPPING=1 comes when it stops", stopping)
check(tuxd.wait(60) == 0, "and tuxd ends with 0")
tuxd.stderr.close()

# --- the same sockets serve the next tuxd: nothing was lost or closed
tuxd = run([four], {}, ["--threads", "1"])
await_line(tuxd, "serving")
check(fetch(four) == b"hello\n", "the manager's socket serves the next tuxd")
tuxd.send_signal(signal.SIGTERM)
check(tuxd.wait(60) == 0, "which ends, too")
tuxd.stderr.close()

# --- an abstract notification socket
abstract = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
abstract.bind("\0tux-case")
abstract.settimeout(60)
tuxd = run([four], {"NOTIFY_SOCKET": "@tux-case"})
check(abstract.recv(4096).startswith(b"READY=1\n"), "an abstract notification socket works")
tuxd.send_signal(signal.SIGTERM)
tuxd.wait(60)
tuxd.stderr.close()


def refused(sockets, part, sentence, **more):
    """A start that must fail with one line."""
    process = run(sockets, more.pop("environment", {}), **more)
    _, text = process.communicate(timeout=60)
    check(process.returncode == 1 and part in text and text.count("\n") == 1, sentence,
          f"{process.returncode} {text}")


refused([listener(listening=False)],
        "descriptor 3 (unnamed) of the socket activation is not a listening TCP socket",
        "a socket that does not listen is refused")
refused([listener(), listener(kind=socket.SOCK_DGRAM)], "descriptor 4 (dns)",
        "so is a UDP socket, with its name", environment={"LISTEN_FDNAMES": "web:dns"})
unix = socket.socket(socket.AF_UNIX)
unix.bind("\0tux-case-unix")
unix.listen()
refused([unix], "not a listening TCP socket", "so is a Unix socket")

# --- what is said to another process is not for us
other = listener()
free = listener()
port = port_of(free)
free.close()
tuxd = run([other], {}, ["--foreground", "--threads", "2", "--listen", f"127.0.0.1:{port}"],
           pid="1")
await_line(tuxd, "serving")
check(listeners() == [(f"127.0.0.1:{port}", "0"), (f"127.0.0.1:{port}", "1")],
      "LISTEN_FDS for another process is left alone", listeners())
tuxd.send_signal(signal.SIGTERM)
tuxd.wait(60)
tuxd.stderr.close()

# --- systemd's own launcher, where there is one
launcher = "/usr/bin/systemd-socket-activate"
if os.path.exists(launcher):
    process = subprocess.Popen([launcher, "-l", f"127.0.0.1:{port}", "tuxd", "--docroot", root],
                               stderr=subprocess.PIPE, text=True)
    await_line(process, "Listening on")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/a.txt", timeout=60) as answer:
        check(answer.read() == b"hello\n",
              "systemd-socket-activate: the connection that starts tuxd is served")
    process.send_signal(signal.SIGTERM)
    check(process.wait(60) == 0, "and tuxd ends with 0", process.returncode)
    process.stderr.close()
else:
    skip("systemd-socket-activate", "the package systemd is not installed")

check(subprocess.run(["rmmod", "tux"], check=False).returncode == 0, "the module can be unloaded")
finish()
