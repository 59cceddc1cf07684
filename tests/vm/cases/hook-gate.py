#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=hook lifecycle
"""System call 184: who gets in, and what happens when it is filtered, switched off or not there."""
import contextlib
import os
import signal

from stage import (DEVICE, NR_TUX, QUERY_VERSION, STARTUP, VERSION, Actor, clean_up, configure,
                   gone, hire, load, run, serve, server, serves, startup, stopped, unload, unloads)
from tuxtest import expect, same, test

GROUP = 4711
NOBODY = 65534
KPROBES = "/sys/kernel/debug/kprobes/enabled"


def write(path, text):
    """A small file."""
    with open(path, "w", encoding="ascii") as file:
        file.write(str(text))


@contextlib.contextmanager
def kprobes_off():
    """Nobody's kprobes work meanwhile."""
    write(KPROBES, 0)
    try:
        yield
    finally:
        write(KPROBES, 1)


@contextlib.contextmanager
def no_device():
    """A system without /dev/tux, as in a container."""
    os.rename(DEVICE, DEVICE + ".away")
    try:
        yield
    finally:
        os.rename(DEVICE + ".away", DEVICE)


@test("The hook is armed, and /proc/net/tux/server says so")
def _():
    same(server()["hook"], "armed", "hook")
    same(Actor("root", "syscall")("version"), VERSION, "QUERY_VERSION")


@test("Who is no administrator gets ENOSYS, with a bad pointer too: nothing of his memory is "
      "looked at")
def _():
    configure()
    nobody = Actor("nobody", "syscall")
    same(nobody("become", NOBODY, NOBODY, 100, 101), 0, "setuid")
    for action in (0, 1, 2, 3, 4, 5, 6, 13, 14, 23, 24, 64, 66, 1000):
        for pointer in ("null", "zeros", "unmapped", "kernel", "noncanonical"):
            same(nobody("syscall", NR_TUX, action, pointer), "ENOSYS",
                 f"action {action}, {pointer}")


@test("Members of the group of the parameter gid get in, but have no more rights by it")
def _():
    startup()
    member = Actor("member", "syscall")
    same(member("become", NOBODY, NOBODY, 100, GROUP), 0, "setuid")
    primary = Actor("primary", "syscall")
    same(primary("become", NOBODY, GROUP), 0, "setuid")
    for actor in (member, primary):
        same(actor("version"), "ENOSYS", "QUERY_VERSION while no group is set")
    write("/sys/module/tux/parameters/gid", GROUP)
    for actor in (member, primary):
        same(actor("version"), VERSION, "QUERY_VERSION")
        for words in ("startup", "shutdown", "join 0", "type x a/b"):
            same(actor(*words.split()), "EPERM", words)
        same(actor("listen-fd", 0, "any"), "EINVAL", "LISTEN_FD without a handle")
        same(actor("loop"), "EINVAL", "EVENTLOOP without a handle")
    write("/sys/module/tux/parameters/gid", GROUP + 1)
    same(member("version"), "ENOSYS", "QUERY_VERSION with another group")
    write("/sys/module/tux/parameters/gid", -1)


@test("A worker that has given up its rights gets in, because it has a handle; its child does not")
def _():
    startup(transport="syscall")
    worker = hire(0, "syscall", begin=False)
    same(worker("become", NOBODY, NOBODY), 0, "setuid")
    same(worker("child", "version"), "ENOSYS", "QUERY_VERSION in the child")
    worker.go_on()
    serves()
    worker.rest()
    same(worker("stop"), 0, "STOPTHREAD")
    same(worker("version"), VERSION, "QUERY_VERSION with a handle that has no role")


@test("The call makes a close-on-exec descriptor for STARTUP and STARTTHREAD, if they succeed, and "
      "for nothing else")
def _():
    def descriptors(actor):
        return sorted(os.listdir(f"/proc/{actor.pid}/fd"))
    configure()
    actor = Actor("actor", "syscall")
    before = descriptors(actor)
    for words, result in (("version", VERSION), ("join 0", "ESRCH"), ("shutdown", "ESRCH"),
                          ("loop", "EINVAL"),
                          ("stop", "EINVAL"), ("listen-fd 0 any", "EINVAL"), ("call 3 null",
                                                                              "EFAULT"),
                          ("call 68 null", "EOPNOTSUPP")):
        same(actor(*words.split()), result, words)
        same(descriptors(actor), before, f"descriptors after {words}")
    same(actor("startup"), 0, "STARTUP")
    same(actor("startup"), "EEXIST", "STARTUP again")
    made = [name for name in descriptors(actor) if name not in before]
    same(len(made), 1, "descriptors made by STARTUP")
    same(actor("join", 0), 0, "STARTTHREAD, which uses the same handle")
    same(len(descriptors(actor)), len(before) + 1, "descriptors")
    with open(f"/proc/{actor.pid}/fdinfo/{made[0]}", encoding="ascii") as file:
        flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags"))
    expect(flags & os.O_CLOEXEC, "not close-on-exec")
    same(actor("exec"), 0, "exec")
    stopped()


@test("A seccomp profile that answers 184 with EPERM: the ioctl works, and libtux by it")
def _():
    configure()
    master = Actor("master")
    same(master("seccomp", "errno"), 0, "seccomp")
    same(master("syscall", NR_TUX, QUERY_VERSION), "EPERM", "the system call")
    same(master("startup"), 0, "STARTUP by ioctl")
    same(master("libtux", QUERY_VERSION), VERSION, "QUERY_VERSION by libtux")
    hire(0)
    serves()


@test("libtux told to use the system call, which seccomp forbids: EPERM, and nothing worse")
def _():
    actor = Actor("actor", handle=False)
    actor("setenv", "TUX_TRANSPORT", "syscall")
    same(actor("seccomp", "errno"), 0, "seccomp")
    same(actor("libtux", QUERY_VERSION), "EPERM", "QUERY_VERSION by libtux")
    same(actor("libtux", STARTUP), "EPERM", "STARTUP by libtux")


@test("A seccomp profile that kills for 184: the ioctl works, and libtux never tries the call")
def _():
    startup()
    worker = Actor("worker")
    same(worker("seccomp", "kill"), 0, "seccomp")
    same(worker("libtux", QUERY_VERSION), VERSION, "QUERY_VERSION by libtux")
    same(worker("join", 0), 0, "STARTTHREAD")
    worker.number = 0
    worker.go_on()
    serves()
    worker.rest()
    worker.tell("syscall", NR_TUX, QUERY_VERSION)
    same(worker.wait(), -signal.SIGSYS, "the end of who tries it")
    gone(worker)


@test("Without /dev/tux libtux falls over to the system call, and back when the device is there")
def _():
    with no_device():
        same(Actor("root", handle=False)("libtux", QUERY_VERSION), VERSION, "QUERY_VERSION")
        nobody = Actor("nobody", handle=False)
        nobody("become", NOBODY, NOBODY)
        same(nobody("libtux", QUERY_VERSION), "ENOSYS", "QUERY_VERSION by nobody")
        forbidden = Actor("forbidden", handle=False)
        forbidden("seccomp", "errno")
        same(forbidden("libtux", QUERY_VERSION), "EPERM", "QUERY_VERSION where seccomp forbids it")
    nobody = Actor("nobody", handle=False)
    nobody("become", NOBODY, NOBODY)
    same(nobody("libtux", QUERY_VERSION), "EACCES", "QUERY_VERSION by nobody, with a device")


@test("Kprobes switched off at run time: 184 is ENOSYS, ioctl works, the state says so; switched "
      "on, it works again")
def _():
    configure()
    root = Actor("root", "syscall")
    same(root("version"), VERSION, "QUERY_VERSION")
    with kprobes_off():
        same(server()["hook"], "failed", "hook")
        same(root("version"), "ENOSYS", "QUERY_VERSION by system call")
        same(root("startup"), "ENOSYS", "STARTUP by system call")
        master = Actor("master")
        same(master("startup"), 0, "STARTUP by ioctl")
        hire(0)
        serves()
    same(server()["hook"], "armed", "hook, switched on again")
    same(root("version"), VERSION, "QUERY_VERSION, switched on again")


@test("Kprobes switched off under a worker that came by system call: it serves until it returns, "
      "and its end is orderly")
def _():
    startup()
    worker = hire(0, "syscall")
    with kprobes_off():
        serves()
        worker.signal(signal.SIGUSR1)
        same(worker.answer(), "ENOSYS", "the EVENTLOOP after the one that returned")
        expect(server()["workers"][0]["state"] == "away", "its state")
        worker.kill()
        gone(worker)


@test("The module loads while kprobes are switched off, says so, and unloads")
def _():
    unloads()
    with kprobes_off():
        load()
        same(server()["hook"], "failed", "hook")
        serve()
        serves()
        clean_up()
        same(unload(), "done", "rmmod")
    load()
    same(server()["hook"], "armed", "hook")


@test("hook=0: no system call, nothing else is missing")
def _():
    unloads()
    load(hook=0)
    same(server()["hook"], "off", "hook")
    same(Actor("root", "syscall")("version"), "ENOSYS", "QUERY_VERSION by system call")
    serve()
    serves()
    clean_up()
    unloads()
    load()


run()
