#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=120 group=dynamic
"""Thousands of requests at the same time that all differ: no two of them ever mix."""
import subprocess

from tuxtest import SCALE, command, run, same, test
from usermodule import Site

CONNECTIONS = 64
REQUESTS = 32


class MixSite(Site):
    """Its workers, and processes beside them, are those of tests/vm/programs/tux-mix.c."""

    def start(self):
        self.programs = []
        command("tux-mix", "files", self.docroot)
        super().start()

    def spawn(self, *words):
        """Start one; it is ready when this returns."""
        program = subprocess.Popen(["tux-mix", *words], stdout=subprocess.PIPE, text=True)
        self.programs.append(program)
        same(program.stdout.readline(), "ready\n", "the first line of tux-mix")

    def add_worker(self, number, before_loop=None):
        self.spawn("worker", str(number))
        self.wait_for_loop(number)

    def stop(self):
        super().stop()
        for program in self.programs:
            same(program.communicate(timeout=20 * SCALE)[0], "", "complaints of a module")
            same(program.returncode, 0, "its exit status")


def play(prefix):
    """Many clients at once."""
    done = subprocess.run(["tux-mix", "client", prefix, str(CONNECTIONS), str(REQUESTS)],
                          stdout=subprocess.PIPE, text=True, check=False, timeout=100 * SCALE)
    same(done.stdout, f"right {CONNECTIONS * REQUESTS}\n")


site = MixSite({"/w": None}, threads=2)


@test("in two workers, with all ways to answer: every byte is the request's own, at every step")
def _():
    play("/w")


@test("in two processes of their own: the same")
def _():
    for _ in range(2):
        site.spawn("process", "/p")
    play("/p")


run(site)
