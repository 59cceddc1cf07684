# SPDX-License-Identifier: GPL-2.0-only
"""A server in a network namespace of its own."""
from stage import LOOPBACK, PORT, Actor, make_site
from tuxtest import command, same

OURS, THEIRS = "10.77.0.1", "10.77.0.2"


def enter_namespace(actor):
    """A network namespace of its own, with lo."""
    same(actor("unshare-net"), 0, "unshare")
    same(actor("up", "lo"), 0, "lo up")


def set_values(actor, listen=LOOPBACK, threads=1):
    """What STARTUP reads, in the actor's network namespace."""
    for name, value in (("documentroot", make_site()), ("threads", threads), ("serverport", PORT),
                        ("listen", listen)):
        same(actor("write", f"/proc/sys/net/tux/{name}", value), 0, name)


def server_elsewhere(transport="ioctl", listen=LOOPBACK, veth=None):
    """A master and a worker in a network namespace of their own; returns both."""
    master = Actor("master'", transport, handle=False)
    enter_namespace(master)
    if veth:
        command("ip", "link", "add", veth, "type", "veth", "peer", "name", "inside", "netns",
                str(master.pid))
        inside = ["nsenter", "-t", str(master.pid), "-n", "ip"]
        command(*inside, "address", "add", THEIRS + "/24", "dev", "inside")
        command(*inside, "link", "set", "inside", "up")
        # Our side last: sockets of an earlier test may still send to that address, and if they
        # asked for its neighbour before there is one, a connect() would get their failure.
        command("ip", "address", "add", OURS + "/24", "dev", veth)
        command("ip", "link", "set", veth, "up")
    set_values(master, listen)
    worker = Actor("worker'", transport, handle=False)
    same(worker("setns", f"/proc/{master.pid}/ns/net"), 0, "setns")
    for actor in (master, worker):
        if transport == "ioctl":
            actor.handle = actor("open")
    same(master("startup"), 0, "STARTUP")
    same(worker("join", 0), 0, "STARTTHREAD")
    worker.number = 0
    worker.go_on()
    return master, worker
