#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Serve a directory with TUX in a guest, in the foreground ("make run").

    run-server [--webroot DIR] [--port PORT] [--kernel V] [--sysctl "net.tux.x=1 ..."]
               [--memory MIB] [--modules "FILE[=/PREFIX] ..."]

The directory is packed into an ext4 image, so that the guest's page cache is a real one.  Says that
TUX is serving when a request has been answered, passes on the kernel's messages, and stops with
exit status 0 on ^C or SIGTERM.

A module path/a.tux (or path/a.tux.so) is served at /a.tux, by a stub file in the image; with
=/PREFIX it is served there, and needs no stub.
"""
import argparse
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import guest as rig

# On an idle machine a start takes less than ten seconds, a stop less than one.
START_SECONDS = 180
STOP_SECONDS = 10

BLOCK = 4096
DISK_MARGIN = 32 << 20


class Stop(Exception):
    """The user wants to stop."""


def arguments():
    """What the user wants."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--webroot", default=os.path.join(rig.TREE, "examples", "www"))
    parser.add_argument("--port", default="8080")
    parser.add_argument("--kernel", default="6.1")
    parser.add_argument("--sysctl", default="")
    parser.add_argument("--memory", default="2048")
    parser.add_argument("--modules", default="")
    return parser.parse_args()


def find_module(text):
    """The name or prefix and the file of a module, as given."""
    file, has_prefix, prefix = text.partition("=")
    path = next((path for path in (file, file + ".so") if os.path.isfile(path)), None)
    if not path:
        raise rig.NotStarted(f"MODULES={text}: neither {file} nor {file}.so is a file")
    if has_prefix:
        if not prefix.startswith("/") or "//" in prefix or set(prefix.split("/")) & {".", ".."}:
            raise rig.NotStarted(f"MODULES={text}: a prefix begins with a slash, as in /app")
        return prefix, os.path.abspath(path)
    name = os.path.basename(file)
    if name.endswith(".so"):
        name = name[:-3]
    if not name.endswith((".tux", ".x")):
        raise rig.NotStarted(f"MODULES={text}: {name} ends in neither .tux nor .x; "
                             f"give it a prefix: {file}=/{name}")
    return name, os.path.abspath(path)


def find_modules(text):
    """Names and files of all modules; each name once."""
    found = [find_module(word) for word in text.split()]
    names = [name for name, _ in found]
    for name in names:
        if names.count(name) > 1:
            raise rig.NotStarted(f"MODULES: there are two of the name {name}")
    return found


def check_arguments(options):
    """Refuse in one line what cannot work."""
    if options.kernel not in rig.KERNELS:
        raise rig.NotStarted(f"KERNEL={options.kernel}: choose {', '.join(rig.KERNELS)}")
    if not os.path.isdir(options.webroot):
        raise rig.NotStarted(f"WEBROOT={options.webroot} is not a directory")
    for name in ("port", "memory"):
        text = getattr(options, name)
        if not text.isascii() or not text.isdecimal():
            raise rig.NotStarted(f"{name.upper()}={text} is not a number")
        setattr(options, name, int(text))
    if not 0 < options.port < 65536:
        raise rig.NotStarted(f"PORT={options.port} is not a port")
    if options.memory < 256:
        raise rig.NotStarted(f"MEMORY={options.memory}: a guest needs 256 MiB at least")
    options.modules = find_modules(options.modules)


def check_port(port):
    """Refuse a port that is taken, before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError as error:
            raise rig.NotStarted(f"PORT={port}: {error.strerror}") from None


def disk_need(directory):
    """Bytes and inodes that a file system needs to hold a directory."""
    blocks = inodes = 1
    for place, names, files in os.walk(directory):
        blocks += 1 + len(names + files) * 64 // BLOCK
        for name in names + files:
            status = os.lstat(os.path.join(place, name))
            inodes += 1
            blocks += min(-(-status.st_size // BLOCK), -(-status.st_blocks * 512 // BLOCK) + 1)
    return blocks * BLOCK, inodes


def pack(directory, image):
    """Make an ext4 image with the contents of a directory."""
    size, inodes = disk_need(directory)
    inodes += inodes // 50 + 64
    size += size // 50 + inodes * 256 + DISK_MARGIN
    with open(image, "wb") as file:
        file.truncate(size // BLOCK * BLOCK)
    answer = subprocess.run(
        ["mke2fs", "-q", "-F", "-t", "ext4", "-b", str(BLOCK), "-m", "0", "-N", str(inodes), "-J",
         "size=4", "-d", directory, image], stderr=subprocess.PIPE, text=True, check=False,
        env={**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"})
    if answer.returncode:
        lines = answer.stderr.strip().splitlines() or ["no reason given"]
        raise rig.NotStarted(f"cannot pack WEBROOT={directory}: {lines[-1]}")


class Server:
    """The guest that serves, from its start to its end."""

    def __init__(self, options):
        self.options = options
        self.guest = rig.Guest(options.kernel, mode="serve", memory=options.memory)
        self.session = rig.Session(self.guest, float("inf"), sys.stdout.buffer,
                                   sys.stderr.buffer, on_console=self.show)
        self.control = None
        self.stopping = False

    @staticmethod
    def show(data):
        """Pass on what the kernel says."""
        sys.stdout.buffer.write(data.replace(b"\r", b""))
        sys.stdout.buffer.flush()

    def start(self):
        """Boot the guest with the packed directory as its second disk."""
        image = os.path.join(self.guest.private, "webroot.ext4")
        pack(self.options.webroot, image)
        self.guest.extra_arguments += [
            "-drive", "if=none,id=webroot,format=raw,cache=unsafe,file=" + image.replace(",", ",,"),
            "-device", "virtio-blk-pci,drive=webroot",
            "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.options.port}-:80",
            "-device", "virtio-net-pci,netdev=net,romfile="]
        self.control = self.guest.add_channel("control", "port")
        self.guest.start([os.path.join(rig.VM, "guest", "serve")], "/",
                         {"SYSCTL": self.options.sysctl,
                          "MODULES": "\n".join(map("\t".join, self.options.modules))})
        self.session.watch()

    def follow(self, seconds, done):
        """Pass on what the guest says until something is done; false if it is not in time."""
        end = time.monotonic() + seconds
        while not done():
            left = end - time.monotonic()
            if self.session.status is not None or left <= 0 or not self.session.guest_is_up():
                return False
            self.session.pump(min(left, 0.2))
        return True

    def answers(self):
        """Whether a request to the server is answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.options.port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
            return True
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_until_serving(self):
        """Until a request has been answered; whatever comes in between is an error."""
        if not self.follow(START_SECONDS, lambda: self.session.serving):
            raise rig.NotStarted("TUX did not start: see above")
        if not self.follow(START_SECONDS, self.answers):
            raise rig.NotStarted("TUX does not answer: see above")

    def stop(self):
        """Shut TUX down, unload it and end the guest; returns the exit status."""
        if self.stopping or not self.control:
            return 1
        self.stopping = True
        try:
            self.control.sendall(b"stop\n")
        except OSError:
            pass
        patience = STOP_SECONDS * self.session.scale
        if not self.follow(patience, lambda: self.session.status is not None):
            rig.say(f"TUX has not stopped within {patience:.0f} s")
            return 1
        return 0 if self.session.status == 0 else 1


def wanted_to_stop(_signal, _frame):
    """Handler of the first ^C or SIGTERM; the end is on its way, so later ones are ignored."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stop


def serve(options):
    """From the check of the arguments to the end; returns the exit status."""
    check_arguments(options)
    check_port(options.port)
    rig.build(options.kernel)
    server = Server(options)
    name = "KVM" if server.guest.accelerator == "kvm" else f"TCG: {server.guest.reason}"
    rig.say(f"starting Linux {options.kernel} ({server.guest.release}) with {name}")
    try:
        server.start()
        server.wait_until_serving()
        print(f"TUX is serving {options.webroot} at http://localhost:{options.port}/", flush=True)
        for name, file in options.modules:
            print(f"    {file} at http://localhost:{options.port}/{name.lstrip('/')}", flush=True)
        server.follow(float("inf"), lambda: False)
        rig.say("the guest has ended by itself")
        return 1
    except Stop:
        return server.stop()
    finally:
        server.guest.stop()
        shutil.rmtree(server.guest.share, ignore_errors=True)


def main():
    options = arguments()
    signal.signal(signal.SIGINT, wanted_to_stop)
    signal.signal(signal.SIGTERM, wanted_to_stop)
    try:
        return serve(options)
    except Stop:
        return 0
    except rig.NotStarted as problem:
        rig.say(str(problem))
        return 1


sys.exit(main())
