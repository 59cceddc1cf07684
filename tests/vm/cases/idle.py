# SPDX-License-Identifier: GPL-2.0-only
"""What an idle connection costs, from slab accounting."""
import os
import subprocess

from tuxtest import Server, expect, get, run, same, say, test, wait_until


def slabs():
    """Bytes of the objects in use, by cache."""
    found = {}
    with open("/proc/slabinfo", encoding="ascii") as file:
        for line in list(file)[2:]:
            name, active, _, size = line.split()[:4]
            found[name] = int(active) * int(size)
    return found


def name_in_slabinfo(cache):
    """Under which name the kernel accounts for a cache that it may have merged with others."""
    folder = os.path.realpath(f"/sys/kernel/slab/{cache}")
    known = slabs()
    names = [name for name in os.listdir("/sys/kernel/slab")
             if name in known and os.path.realpath(f"/sys/kernel/slab/{name}") == folder]
    return names[0]


class Crowd:
    """Connections of tests/vm/programs/crowd, which ask once and then stay idle."""

    def __init__(self, count):
        self.process = subprocess.Popen(["crowd", "80", str(count), "1", "/a.txt", "100"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        same(self.process.stdout.readline(), b"%d answers\n" % count)

    def end(self):
        """Close all."""
        self.process.stdin.close()
        same(self.process.wait(), 0, "exit status of crowd")


def print_costs(before, after, count):
    """Where the memory of this many connections is; returns the bytes of each."""
    grown = {name: (after[name] - before.get(name, 0)) / count for name in after}
    for name, bytes_each in sorted(grown.items(), key=lambda item: -item[1])[:8]:
        if bytes_each >= 8:
            say(f"{name}: {bytes_each:.0f} bytes for each connection")
    own = name_in_slabinfo("tux_conn")
    say(f"tux_conn is part of {own}")
    say(f"of the server: {grown[own] + (grown['TCP'] + grown['sock_inode_cache']) / 2:.0f} bytes")
    return sum(grown.values())


def measure(count, bound):
    """Make this a case of so many idle connections, each of which costs at most so many bytes."""
    server = Server(threads=2, max_connect=count + 100, keepalive_timeout=0)
    server.write("a.txt", b"a" * 100, age=1000)

    @test(f"{count} idle connections: none is closed, others are served, and each costs less than "
          f"{bound} bytes of the kernel's memory, both ends together")
    def _():
        Crowd(50).end()
        server.settle()
        before = slabs()
        counted = server.stats()
        crowd = Crowd(count)
        after = slabs()
        same(server.open_connections(), count)
        each = print_costs(before, after, count)
        say(f"all caches: {each:.0f} bytes for each connection, both ends together")
        for _ in range(10):
            same(get("/a.txt").body, b"a" * 100)
        same(server.stat("keepalives_evicted"), counted["keepalives_evicted"], "evicted")
        wait_until(lambda: server.open_connections() == count, "the last of these to be closed")
        expect(0 < each < bound, f"{each:.0f} bytes for each")
        crowd.end()
        server.settle()
        own = name_in_slabinfo("tux_conn")
        wait_until(lambda: slabs()[own] - before[own] < (after[own] - before[own]) / 4,
                   "the memory to be freed")

    run(server)
