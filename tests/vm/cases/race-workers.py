#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=900 kernels=debug group=race lifecycle
"""Workers and masters that end at any moment, under load: nothing is stuck, no answer is wrong."""
import socket

from race import dismissed, rounds, under_load
from stage import (LOOPBACK, PORT, Actor, Load, configure, gone, hire, run, serve, serves, startup,
                   stopped, until)
from tuxtest import expect, same, test


@test("SIGKILL of one worker after the other, and new ones in their place")
def _():
    _, *workers = serve(2)
    with under_load(close=True):
        for number in rounds():
            victim = workers[number % 2]
            victim.kill()
            gone(victim, 2)
            workers[number % 2] = hire(number % 2)
    serves()


@test("SIGKILL of the master: its workers serve on, and with the last of them the server ends")
def _():
    actors = serve(2)
    with under_load():
        for number in rounds():
            Load.wait_for(5)
            for actor in actors if number % 2 else reversed(actors):
                actor.kill()
            stopped(2)
            actors = serve(2)
    serves()


@test("SHUTDOWN, with workers that finish and workers that are killed meanwhile")
def _():
    for number in rounds():
        master, *workers = serve(2)
        with under_load(close=bool(number % 3)):
            Load.wait_for(5)
            master.tell("shutdown")
            if number % 2:
                workers[0].kill()
            same(master.answer(), 0, "SHUTDOWN")
            stopped(2)
        for actor in (master, *workers):
            dismissed(actor)


@test("Workers that leave without STOPTHREAD: exit, the end of their thread, exec, fork and death")
def _():
    def leave(worker, how):
        worker.rest()
        if how == "exit":
            worker.tell("exit", 0)
        elif how == "exec":
            same(worker("exec"), 0, "exec")
        elif how == "fork":
            expect(worker("fork") > 0, "fork")
            worker.go_on()
            worker.kill()
        else:
            worker.tell("@one", "serve")
            same(worker("leave-main"), 0, "pthread_exit of the main thread")
            until(lambda: "Z" in worker.status_of("State"), 5, "the main thread's end")
            worker.kill()
        gone(worker, 3)
        dismissed(worker)

    startup(2)
    hire(1)
    with under_load():
        for number in rounds():
            leave(hire(0), ("exit", "exec", "fork", "main thread")[number % 4])
    hire(0)
    serves()


@test("Servers that take the same socket over by LISTEN_FD: no connection is refused")
def _():
    with socket.create_server((LOOPBACK, PORT), backlog=128) as listener:
        listener.set_inheritable(True)
        clients = Load(8, close=True)
        for _ in rounds():
            configure()
            master = Actor("master", passed=(listener.fileno(),))
            same(master("listen-fd", listener.fileno(), 0), 0, "LISTEN_FD")
            same(master("startup"), 0, "STARTUP")
            worker = hire(0)
            Load.wait_for(5)
            same(master("shutdown"), 0, "SHUTDOWN")
            for actor in (master, worker):
                dismissed(actor)
        configure()
        master = Actor("master", passed=(listener.fileno(),))
        same(master("listen-fd", listener.fileno(), 0), 0, "LISTEN_FD")
        same(master("startup"), 0, "STARTUP")
        hire(0)
        clients.finish_well(60)


run()
