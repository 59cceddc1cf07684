#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=300 kernels=debug group=race lifecycle
"""rmmod, the end of network namespaces, and a worker that the OOM killer takes, at any moment."""
import os
import time

from elsewhere import server_elsewhere
from race import dismissed, rounds, storm, under_load
from stage import (LOOPBACK, PORT, Actor, Load, gone, hire, is_loaded, load, run, serve, serves,
                   startup, unload, until)
from tuxtest import expect, same, test, write_text

GROUPS = "/sys/fs/cgroup"
GROUP = GROUPS + "/tux-race"


@test("rmmod is tried all the time while a server comes, serves and goes")
def _():
    results = []
    for number in rounds():
        if not is_loaded():
            load()
        holder = Actor("holder")
        results.clear()
        with storm(lambda: results.append(unload()) if "done" not in results else time.sleep(0.1)):
            actors = serve(2)
            with under_load(4, close=True):
                Load.wait_for(5)
                if number % 2:
                    same(actors[0]("shutdown"), 0, "SHUTDOWN")
                expect("done" not in results, "the module went while a server lived")
                for actor in (*actors, holder):
                    dismissed(actor)
            until(lambda: not is_loaded(), 5, "the module's end")
        expect("EAGAIN" in results, f"rmmod was not refused: {results}")
    load()


@test("A network namespace dies with a server and its connections in it")
def _():
    serve()
    with under_load():
        for number in rounds():
            master, worker = server_elsewhere(("ioctl", "syscall")[number % 2])
            same(master("get", LOOPBACK, PORT, "/"), 200, "the answer there")
            for actor in (worker, master) if number % 4 < 2 else (master, worker):
                actor.kill()
    serves()


def hire_in_group():
    """A worker whose memory is the group's from its first page on."""
    write_text(GROUP + "/memory.max", "max")
    write_text(GROUP + "/cgroup.procs", "0")
    try:
        return hire(0)
    finally:
        write_text(GROUPS + "/cgroup.procs", "0")


@test("A worker whose control group has no memory left is killed; the other one serves on")
def _():
    startup(2)
    hire(1)
    write_text(GROUPS + "/cgroup.subtree_control", "+memory")
    os.mkdir(GROUP)
    try:
        with under_load():
            for _ in rounds():
                worker = hire_in_group()
                Load.wait_for(5)
                write_text(GROUP + "/memory.max", "65536")
                gone(worker, 5)
                serves()
                dismissed(worker)
    finally:
        os.rmdir(GROUP)


run()
