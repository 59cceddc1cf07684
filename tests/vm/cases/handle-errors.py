#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=handle lifecycle
"""What <linux/tux.h> promises to wrong calls, over both ways in."""
from stage import (CURRENT_DATE, DEVICE, EVENTLOOP, NR_TUX, QUERY_VERSION, REGISTER_MIMETYPE,
                   SHUTDOWN, STARTTHREAD, STARTUP, STOPTHREAD, VERSION, Actor, configure, hire,
                   in_loop, ioctl_number, run, serve, serves, startup)
from tuxtest import same, test

BOTH = ("ioctl", "syscall")
RESERVED = (68,)
UNKNOWN = (0, 24, 25, 63, 74, 100, 255)
BAD = ("null", "unmapped", "unreadable", "kernel", "noncanonical")
IOCTL_I386 = 54


def each_way():
    """An actor for each way in."""
    for transport in BOTH:
        yield transport, Actor(transport, transport)


@test("QUERY_VERSION returns the version, CURRENT_DATE 29, whatever the pointer")
def _():
    for transport, actor in each_way():
        for pointer in (*BAD, "zeros"):
            same(actor("call", QUERY_VERSION, pointer), VERSION,
                 f"QUERY_VERSION by {transport}, {pointer}")
            same(actor("call", CURRENT_DATE, pointer), 29,
                 f"CURRENT_DATE by {transport}, {pointer}")


@test("Actions that are known but not there are EOPNOTSUPP, unknown ones EINVAL, whatever the "
      "pointer")
def _():
    for transport, actor in each_way():
        for pointer in ("null", "kernel"):
            for action in RESERVED:
                same(actor("call", action, pointer), "EOPNOTSUPP", f"{action} by {transport}")
            for action in UNKNOWN:
                same(actor("call", action, pointer), "EINVAL", f"{action} by {transport}")
    for action in (256 + QUERY_VERSION, 1 << 31, (1 << 32) - 1):
        same(actor("call", action, "null"), "EINVAL", f"{action} by system call")


@test("STARTUP and SHUTDOWN never look at the pointer")
def _():
    configure()
    for transport, actor in each_way():
        for pointer in BAD:
            same(actor("call", STARTUP, pointer), 0, f"STARTUP by {transport}, {pointer}")
            same(actor("call", SHUTDOWN, pointer), 0, f"SHUTDOWN by {transport}, {pointer}")


@test("STARTTHREAD with a bad pointer is EFAULT, and makes no worker")
def _():
    startup()
    for transport, actor in each_way():
        for pointer in (*BAD, "edge"):
            same(actor("call", STARTTHREAD, pointer), "EFAULT", f"by {transport}, {pointer}")
        same(actor("stop"), "EINVAL", "STOPTHREAD")
    same(actor("join", 0), 0, "STARTTHREAD with a good one")


@test("EVENTLOOP and STOPTHREAD without STARTTHREAD are EINVAL")
def _():
    master = startup()
    for transport, actor in (("ioctl", master), *each_way()):
        for pointer in ("null", "zeros"):
            same(actor("call", EVENTLOOP, pointer), "EINVAL", f"EVENTLOOP by {transport}")
            same(actor("call", STOPTHREAD, pointer), "EINVAL", f"STOPTHREAD by {transport}")


@test("EVENTLOOP that has nothing to deliver never looks at the pointer")
def _():
    master, worker = serve()
    worker.rest()
    for pointer in BAD:
        worker.tell("call", EVENTLOOP, pointer)
        in_loop(worker)
        serves()
        worker.signal(10)
        same(worker.answer(), 2, f"EVENTLOOP with {pointer}")


@test("REGISTER_MIMETYPE: no server is ESRCH, bad pointers are EFAULT")
def _():
    for transport, actor in each_way():
        same(actor("type", "x", "a/b"), "ESRCH", f"without a server, by {transport}")
    startup()
    for transport, actor in each_way():
        for pointer in (*BAD, "edge"):
            same(actor("call", REGISTER_MIMETYPE, pointer), "EFAULT",
                 f"request at {pointer}, by {transport}")
        for pointer in BAD:
            same(actor("type-at", "x", pointer), "EFAULT", f"type at {pointer}, by {transport}")


@test("REGISTER_MIMETYPE: what is no extension, no type or no age is EINVAL")
def _():
    startup()
    actor = Actor("actor")
    for words in ("x text", "x /", "x a/", "x /b", "x a/b/c", f"x a/{'b' * 200}",
                  f"x {'a' * 5000}/b", "x/y a/b", "x.y a/b", ". a/b", f"{'x' * 100} a/b",
                  f"{'x' * 300} a/b", "x a/b -1", "x a/b 1x", "x a/b 99999999999",
                  f"x a/b {'1' * 64}"):
        same(actor("type", *words.split(" ")), "EINVAL", words[:60])
    for words in ("x a/b", ".y a/b", "x c/d", "z a/b 60", "W a/b;charset=utf-8", "tux TUX/module"):
        same(actor("type", *words.split(" ")), 0, words)


@test("An ioctl with another magic, size or direction is ENOTTY")
def _():
    configure()
    actor = Actor("actor")
    for name, number in (("magic", ioctl_number(QUERY_VERSION, magic=0xBA)),
                         ("no magic", QUERY_VERSION),
                         ("size 0", ioctl_number(QUERY_VERSION, size=0)),
                         ("one byte less", ioctl_number(QUERY_VERSION, size=1463)),
                         ("one byte more", ioctl_number(STARTUP, size=1465)),
                         ("only reading", ioctl_number(STARTUP, direction=2)),
                         ("only writing", ioctl_number(STARTUP, direction=1)),
                         ("neither", ioctl_number(STARTUP, direction=0)),
                         ("of a terminal", 0x5401)):
        same(actor("ioctl", number, "zeros"), "ENOTTY", name)
    # FIBMAP and FIGETBSZ are the numbers 1 and 2, which the file system layer answers itself.
    same(actor("ioctl", ioctl_number(QUERY_VERSION), "zeros"), VERSION, "the right one")
    for name, number in (("unknown action", ioctl_number(24)), ("action 0", ioctl_number(0)),
                         ("new, unknown action", ioctl_number(100, size=8))):
        same(actor("ioctl", number, "zeros"), "EINVAL", name)
    same(actor("ioctl", ioctl_number(68, size=8), "zeros"), "EOPNOTSUPP", "reserved action")


@test("/dev/tux cannot be read, written, mapped or sought in")
def _():
    actor = Actor("actor")
    same(actor("syscall", 0, actor.handle, "zeros", 1), "EINVAL", "read")
    same(actor("syscall", 1, actor.handle, "zeros", 1), "EINVAL", "write")
    same(actor("syscall", 8, actor.handle, 0, 0), "ESPIPE", "lseek")


@test("A 32-bit program has the same ioctls and the same structure")
def _():
    startup()
    worker = Actor("worker")
    number = ioctl_number(QUERY_VERSION)
    same(worker("i386", IOCTL_I386, worker.handle, number, "zeros"), VERSION, "QUERY_VERSION")
    same(worker("i386", IOCTL_I386, worker.handle, number - 1, "zeros"), "EINVAL", "action 22")
    same(worker("i386", IOCTL_I386, worker.handle, ioctl_number(QUERY_VERSION, size=1460), "zeros"),
         "ENOTTY",
         "another size")
    same(worker("i386", IOCTL_I386, worker.handle, ioctl_number(STARTTHREAD), "null"), "EFAULT",
         "a bad pointer")
    same(worker("i386-join", 0), 0, "STARTTHREAD")
    worker.number = 0
    worker.tell("i386", IOCTL_I386, worker.handle, ioctl_number(EVENTLOOP), "zeros")
    in_loop(worker)
    serves()
    worker.signal(10)
    same(worker.answer(), 2, "EVENTLOOP")


@test("A 32-bit program has no system call: 184 is capget there, and 222 does not exist")
def _():
    actor = Actor("actor", "syscall")
    same(actor("i386", NR_TUX, "null", "null"), "EFAULT", "184")
    same(actor("i386", 222, QUERY_VERSION, "null"), "ENOSYS", "222")


@test("A handle opened by somebody without rights gives none to an administrator, nor the other "
      "way round")
def _():
    configure()
    import os
    import socket
    os.chmod(DEVICE, 0o666)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        nobody = Actor("nobody", handle=False, passed=(ours.fileno(),))
        same(nobody("become", 65534, 65534), 0, "setuid")
        handle = nobody("open")
        same(nobody("startup"), "EPERM", "STARTUP by nobody")
        same(nobody("version"), VERSION, "QUERY_VERSION by nobody")
        same(nobody("call", 68, "null"), "EOPNOTSUPP", "a reserved action by nobody")
        same(nobody("give", ours.fileno(), handle), 1, "sendmsg")
        root = Actor("root", handle=False, passed=(theirs.fileno(),))
        root("take", theirs.fileno())
        for words in ("startup", "shutdown", "join 0", "type x a/b", "listen-fd 0 any"):
            same(root(*words.split()), "EPERM", f"{words} by root through nobody's handle")
        # And root's handle after root has become nobody.
        fallen = Actor("fallen")
        same(fallen("become", 65534, 65534), 0, "setuid")
        for words in ("startup", "shutdown", "join 0", "type x a/b", "listen-fd 0 any"):
            same(fallen(*words.split()), "EPERM", f"{words} through a handle from better days")
    os.chmod(DEVICE, 0o660)


@test("A worker may give up its rights before EVENTLOOP")
def _():
    for transport in BOTH:
        master = startup(transport=transport)
        worker = hire(0, transport, begin=False)
        same(worker("become", 65534, 65534), 0, "setuid")
        worker.go_on()
        serves()
        worker.rest()
        same(worker("join", 1), "EPERM", "STARTTHREAD now")
        same(worker("stop"), 0, "STOPTHREAD")
        same(master("shutdown"), 0, "SHUTDOWN")


run()
