#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=100 group=dynamic core
"""RING: batches in memory that the kernel shares with the process, whatever that writes there."""
import ctypes
import os
import random
import threading
import time

from batches import (CAPACITY, ENTRY, SUBMISSION_HEAD, SUBMISSION_TAIL, Batch, BatchSite, Ring,
                     cut_short, die_with_requests, go_on, leave_some, make_ring, play, serve)
from tuxtest import SCALE, Client, expect, run, same, test
from usermodule import ACTION, Handle, error_of, is_hooked, kill, tell

PAGE = 4096
libc = ctypes.CDLL(None, use_errno=True)
libc.mremap.restype = ctypes.c_void_p

site = BatchSite(Ring)


@test("in a worker: many requests are in hand at once, and each gets its own answer")
def _():
    play(site, "/w")


@test("in a process of its own: the same, by both ways into the kernel")
def _():
    for transport in ("ioctl", "syscall") if is_hooked() else ("ioctl",):
        child = site.batch_process("/p", transport)
        play(site, "/p")
        kill(child)


@test("a ring of one entry")
def _():
    child = site.own_process("/p", lambda call: serve(Ring(call, 1)))
    for turn in range(5):
        same(site.get(f"/p/echo?{turn}").body, str(turn).encode())
    kill(child)


def refusals(call):
    """What RING refuses; then it makes a ring."""
    found = [error_of(make_ring, call, **{"capacity": 4, name: value}) for name, value in (
        ("size", 44), ("size", 0), ("flags", 1), ("reserved", 1), ("capacity", 0),
        ("capacity", 3), ("capacity", 512), ("capacity", 1 << 31))]
    found.append(error_of(call.raw, ACTION["RING_ENTER"], 0))
    found.append(error_of(call.raw, ACTION["RING"], 4096))
    tell(*found)
    serve(Ring(call))


@test("RING refuses what is out of range, and who gets no requests; RING_ENTER needs a ring")
def _():
    child = site.own_process("/p", refusals)
    same(site.told(), ["EINVAL"] * 9 + ["EFAULT"])
    same(site.get("/p/echo?after").body, b"after")
    kill(child)
    call = Handle("ioctl")
    same(error_of(make_ring, call, 4), "EINVAL")
    same(error_of(call.raw, ACTION["RING_ENTER"], 0), "EINVAL")
    call.close()


def misuse_from_outside(prefix):
    """A request that a module answers by everything that must not work."""
    same(site.get(prefix + "/misuse").body, b"misused")
    told = site.told()
    same(told[:7], ["EEXIST"] + ["EINVAL", 0] * 3)
    for number in range(6):
        same(told[7 + 2 * number:9 + 2 * number], ["EINVAL", [2, "EINVAL", "EINVAL"]], number)
    same(told[19:], ["EINVAL"])
    cut_short(site, prefix)


@test("numbers and indices out of range are EINVAL, the head tells how far it came, nobody is harmed")
def _():
    site.in_both(misuse_from_outside)


@test("clients that have gone while their requests were in hand: the others are answered")
def _():
    site.in_both(lambda prefix: leave_some(site, prefix))


@test("a process that dies with requests in hand: all of its clients get 502")
def _():
    die_with_requests(site)


def scribble(ring, seed):
    """Write anything anywhere, but mostly what gets far."""
    rng = random.Random(seed)
    while True:
        place = rng.randrange(ring.capacity)
        ring.order(place, rng.choice(list(ACTION.values())))
        req = ring.request(place)
        req.object_addr = rng.choice((ring.address, ring.address + ring.length - 8, 0, 1 << 63))
        req.objectlen = rng.choice((0, 1, 1000, 1 << 31))
        req.sock = req.event = rng.getrandbits(32)
        ring.submissions[place] = rng.choice((rng.randrange(ring.capacity), rng.getrandbits(32)))
        ring.control[SUBMISSION_TAIL] = \
            (ring.control[SUBMISSION_HEAD] + rng.randrange(ring.capacity + 2)) % 2**32
        ring.control[SUBMISSION_HEAD + 2 * rng.randrange(8)] = rng.getrandbits(32)
        ring.control[rng.randrange(32)] ^= 1 << rng.randrange(8)


def enter_blindly(call):
    """A module that enters a ring into which another of its threads writes."""
    ring = Ring(call, 8)
    threading.Thread(target=scribble, args=(ring, os.getpid()), daemon=True).start()
    tell("scribbles")
    while True:
        error_of(ring.enter)


@test("a process that writes at random into its ring harms nobody else")
def _():
    child = site.own_process("/bad", enter_blindly)
    same(site.told(), ["scribbles"])
    end = time.monotonic() + 3 * SCALE
    turn = 0
    while time.monotonic() < end:
        clients = [Client() for _ in range(4)]
        for client in clients:
            client.send("GET /bad/anything HTTP/1.1", "Host: tux")
        same(site.get(f"/w/echo?{turn}").body, str(turn).encode())
        for client in clients:
            client.abort()
        turn += 1
    kill(child)
    site.settle()
    expect(turn > 1, "it took all the time")


def unmapped(call):
    """Without its memory a ring is of no use, but the requests are not lost."""
    ring = Ring(call)
    same(ring.enter(), 0)
    index = ring.completions[0]
    tell("in hand")
    memory = ring.address - ring.address % PAGE
    libc.munmap(ctypes.c_void_p(memory), ctypes.c_size_t(ring.length))
    tell(index < CAPACITY, error_of(ring.enter), error_of(ring.enter))
    tell(error_of(make_ring, call, CAPACITY))
    serve(Batch(call))


@test("a ring that has been unmapped: EFAULT, and the request is delivered in another way")
def _():
    child = site.own_process("/p", unmapped)
    with Client() as held, Client() as client:
        held.send("GET /p/echo?held HTTP/1.1", "Host: tux")
        # Both at once would both be delivered, and nothing would be left to be refused.
        same(site.told(), ["in hand"])
        client.send("GET /p/echo?later HTTP/1.1", "Host: tux")
        same(site.told(), [True, "EFAULT", "EFAULT"])
        same(site.told(), ["EEXIST"])
        same(client.answer().body, b"later")
        kill(child)
        same(held.answer().status, 502)


def stretch(call):
    """A mapping can neither grow nor be had twice, and a child has none."""
    ring = Ring(call)
    old = ctypes.c_void_p(ring.address)
    found = []
    for size in (ring.length, 0):
        result = libc.mremap(old, ctypes.c_size_t(size), ctypes.c_size_t(2 * ring.length), 1)
        found.append(result == ctypes.c_void_p(-1).value)
    child = os.fork()
    if not child:
        # Does mincore(2) know memory there?
        answer = ctypes.create_string_buffer(ring.length // PAGE)
        os._exit(libc.mincore(old, ctypes.c_size_t(ring.length), answer) == 0)
    found.append(os.waitpid(child, 0)[1] == 0)
    tell(*found)
    serve(ring)


@test("a ring cannot be stretched or doubled, and is not inherited")
def _():
    child = site.own_process("/p", stretch)
    same(site.told(), [True] * 3)
    same(site.get("/p/echo?whole").body, b"whole")
    kill(child)


def keep_mapping(call):
    """The handle goes, the memory stays."""
    ring = Ring(call)
    call.close()
    ring.control[SUBMISSION_TAIL] = 1
    tell("closed", len(ring.entries) == ENTRY * CAPACITY)
    os.read(go_on[0], 1)
    libc.munmap(ctypes.c_void_p(ring.address), ctypes.c_size_t(ring.length))
    tell("unmapped")
    os.read(go_on[0], 1)


def unload():
    """delete_module(2): 0, or its errno."""
    return 0 if libc.syscall(176, b"tux", os.O_NONBLOCK) == 0 else ctypes.get_errno()


@test("the module cannot be unloaded while a ring is mapped, even if its handle has gone")
def _():
    child = site.own_process("/p", keep_mapping, "ioctl")
    site.children.remove(child)
    same(site.told(), ["closed", True])
    site.stop()
    same(unload(), 11)
    os.write(go_on[1], b"x")
    same(site.told(), ["unmapped"])
    same(unload(), 0)
    os.write(go_on[1], b"x")
    kill(child)
    site.children.clear()
    site.start()
    same(site.get("/w/echo?again").body, b"again")


run(site)
