#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=60 group=dynamic core lifecycle
"""BATCH: many requests in hand, many answers in one call, in a worker and in a process of its own."""
from batches import Batch, BatchSite, cut_short, die_with_requests, hold, leave_some, play
from tuxtest import run, same, test
from usermodule import Handle, error_of, kill

site = BatchSite(Batch)


@test("in a worker: many requests are in hand at once, and each gets its own answer")
def _():
    play(site, "/w")


@test("in a process of its own: the same")
def _():
    child = site.batch_process("/p")
    play(site, "/p")
    kill(child)


def misuse_from_outside(prefix):
    """A request that a module answers by everything that must not work."""
    same(site.get(prefix + "/misuse").body, b"misused")
    told = site.told()
    same(told[:6], ["EINVAL"] * 5 + ["EFAULT"])
    for number in range(6):
        same(told[6 + 2 * number:8 + 2 * number], ["EINVAL", [2, "EINVAL", "EINVAL"]], number)
    same(told[18:], ["EINVAL", "EFAULT"])
    cut_short(site, prefix)


@test("what is out of range is EINVAL or EFAULT, in the call or in the result, and harms nobody")
def _():
    site.in_both(misuse_from_outside)
    call = Handle("ioctl")
    same(error_of(Batch(call)), "EINVAL")
    call.close()


@test("clients that have gone while their requests were in hand: the others are answered")
def _():
    site.in_both(lambda prefix: leave_some(site, prefix))


@test("a process that dies with requests in hand: all of its clients get 502")
def _():
    die_with_requests(site)


@test("a worker that dies with requests in hand: its clients are reset")
def _():
    clients = hold(site, "/w", 6)
    kill(site.workers.pop())
    for client in clients[:-1]:
        client.expect_reset()
    site.add_worker(0)
    same(site.get("/w/echo?again").body, b"again")


run(site)
