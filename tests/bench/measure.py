#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The part of the bench that runs in the guest: servers, workloads, runs.

    measure.py COUNTS DIVISOR RUNS SERVER[,SERVER...] WORKLOAD[,WORKLOAD...]

COUNTS is the file that counter.so appends to, seen from here.  DIVISOR makes all of it shorter.
The server has the first processor and the initial network namespace; the client has the second one
and a namespace of its own, at the other end of a veth pair.  Packets are taken in by the processor
of whom they are for (RPS), so that all work of the server, and nothing else, is on the first.

It prints one line for each run of each workload:

    SERVER WORKLOAD RUN REQUESTS NANOSECONDS P99 INSTRUCTIONS CPU-NANOSECONDS
"""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TREE = os.environ["TUX_TREE"]
PROGRAMS = os.path.join(TREE, "build", "bench")
PLACE = "/scratch/bench"
ADDRESS, PORT = "10.7.0.1", 8080
CONNECTIONS = 64

# What is asked for, the bytes of it, how, and how many requests go before and are measured.
WORKLOADS = {
    "1k": ("/1k.txt", 1 << 10, "keep-alive", 1000, 4000),
    "16k": ("/16k.txt", 16 << 10, "keep-alive", 1000, 3000),
    "1m": ("/1m.txt", 1 << 20, "keep-alive", 100, 400),
    "1k-close": ("/1k.txt", 1 << 10, "close", 500, 1500),
}

# TUX with a user module that answers for the file of the workload: where it runs, how it calls, and
# how many requests it answers with a call.
MODULES = {
    "tux-module": ("worker", "one", 1),
    "tux-process": ("process", "one", 1),
    **{f"tux-{name}{suffix}-{depth}": (place, way, depth)
       for name, place in (("module", "worker"), ("process", "process"))
       for suffix, way in (("", "batch"), ("-ring", "ring")) for depth in (1, 8, 64)},
}

# What answers as they do, without TUX.
GENERATORS = ("uring",)

# What runs each other server, in the foreground; TUX is started and ended by tuxctl.
SERVERS = {
    "tux": None,
    "nginx": ["nginx", "-e", "stderr", "-p", PLACE, "-c", f"{HERE}/conf/nginx.conf"],
    "lighttpd": ["lighttpd", "-D", "-f", f"{HERE}/conf/lighttpd.conf"],
    "h2o": ["h2o", "-c", f"{HERE}/conf/h2o.yaml"],
}

SECONDS_TO_START = 20
SECONDS_TO_STOP = 20
SECONDS_OF_CLIENT = 90


def run(*command):
    """Run a command that has to succeed, on the second processor."""
    subprocess.run(command, check=True, timeout=60)


def make_network():
    """The veth pair, with the client's end in the namespace "client"."""
    run("modprobe", "veth")
    run("ip", "netns", "add", "client")
    run("ip", "link", "add", "server0", "type", "veth", "peer", "name", "client0", "netns",
        "client")
    run("ip", "address", "add", f"{ADDRESS}/24", "dev", "server0")
    run("ip", "link", "set", "server0", "up")
    run("ip", "-n", "client", "address", "add", "10.7.0.2/24", "dev", "client0")
    run("ip", "-n", "client", "link", "set", "client0", "up")
    with open("/sys/class/net/server0/queues/rx-0/rps_cpus", "w", encoding="ascii") as file:
        file.write("1")
    run("ip", "netns", "exec", "client", "sh", "-c",
        "echo 2 > /sys/class/net/client0/queues/rx-0/rps_cpus")
    # Round trips are long where processors are emulated, longer still on a busy machine, and make
    # TCP send in small pieces, as if the path were slow.
    with open("/proc/sys/net/ipv4/tcp_min_tso_segs", "w", encoding="ascii") as file:
        file.write("44")


def make_site():
    """The files, on the scratch disk, in the page cache."""
    os.makedirs(f"{PLACE}/www")
    os.chmod(PLACE, 0o755)
    for path, size, *_ in WORKLOADS.values():
        with open(f"{PLACE}/www{path}", "wb") as file:
            file.write(b"0123456789abcde\n" * (size // 16))
    os.sync()


def is_serving():
    """Whether somebody accepts connections."""
    with socket.socket() as probe:
        return probe.connect_ex((ADDRESS, PORT)) == 0


def on_first_processor():
    """Run in the child before a server is started."""
    os.sched_setaffinity(0, {0})


@contextlib.contextmanager
def tux():
    """TUX with one worker, while this lasts; the module is there no longer than that."""
    run("insmod", os.environ["TUX_KO"])
    subprocess.run(["tuxctl", "startup", "--docroot", f"{PLACE}/www", "--threads", "1",
                    "--listen", f"{ADDRESS}:{PORT}"], check=True, timeout=SECONDS_TO_START,
                   preexec_fn=on_first_processor)
    try:
        yield
    finally:
        run("tuxctl", "shutdown")
        run("rmmod", "tux")


@contextlib.contextmanager
def tux_module(place, way, depth, workload):
    """TUX with a user module, while this lasts."""
    path, size, *_ = WORKLOADS[workload]
    run("insmod", os.environ["TUX_KO"])
    with other([f"{PROGRAMS}/module", place, way, str(depth), f"{ADDRESS}:{PORT}", f"{PLACE}/www",
                path, str(size)]):
        yield
    run("rmmod", "tux")


def await_end(group):
    """Wait until no process of a group is left."""
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.killpg(group, 0)
            time.sleep(0.02)


@contextlib.contextmanager
def other(command):
    """Another server, while this lasts."""
    process = subprocess.Popen(command, preexec_fn=on_first_processor, start_new_session=True)
    try:
        end = time.monotonic() + SECONDS_TO_START
        while not is_serving():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} does not start")
            time.sleep(0.02)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(SECONDS_TO_STOP)
        await_end(process.pid)


def lines_of(path):
    """What the plugin has written so far."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as file:
        return file.read().splitlines()


def counted(counts, *command):
    """Run a program that sets marks; returns the words that it and the plugin write."""
    before = len(lines_of(counts))
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True,
                            timeout=SECONDS_OF_CLIENT)
    found = lines_of(counts)[before:]
    if len(found) != 1:
        raise RuntimeError(f"the plugin has written {len(found)} lines instead of 1")
    return answer.stdout.split() + found[0].split()


def check_counter(counts):
    """See that a known piece of work is counted right; interrupts may add a little to it."""
    wanted, found, nanoseconds = map(int, counted(counts, f"{PROGRAMS}/loop"))
    if (found and not wanted <= found <= wanted * 1.05) or not nanoseconds:
        raise RuntimeError(f"the plugin has counted {found} instructions of {wanted}")


def measure(counts, divisor, workload):
    """One run of a workload; returns its numbers as words."""
    path, size, how, warm_up, requests = WORKLOADS[workload]
    warm_up, requests = max(1, warm_up // divisor), max(1, requests // divisor)
    return [str(requests), *counted(
        counts, "ip", "netns", "exec", "client", f"{PROGRAMS}/client", ADDRESS, str(PORT), path,
        str(size), str(CONNECTIONS), str(warm_up), str(requests), how)]


def keep_symbols():
    """Leave the kernel's symbols, with those of the module, to the host if it wants them."""
    if "kallsyms" in os.environ.get("TUX_KEEP", ""):
        shutil.copyfile("/proc/kallsyms", os.path.join(os.environ["TUX_OUT"], "kallsyms"))


def groups(server, workloads):
    """The workloads, by how long the server runs: one that makes what it sends has one size."""
    if server in MODULES or server in GENERATORS:
        return [[workload] for workload in workloads]
    return [workloads]


def serving(server, workload):
    """A server, as a context."""
    if server in MODULES:
        return tux_module(*MODULES[server], workload)
    if server in GENERATORS:
        return other([f"{PROGRAMS}/{server}", ADDRESS, str(PORT), str(WORKLOADS[workload][1])])
    return other(SERVERS[server]) if SERVERS[server] else tux()


def main():
    counts, divisor, runs, servers, workloads = sys.argv[1:]
    os.sched_setaffinity(0, {1})
    check_counter(counts)
    make_network()
    make_site()
    for number in range(1, int(runs) + 1):
        for server in servers.split(","):
            for group in groups(server, workloads.split(",")):
                with serving(server, group[0]):
                    keep_symbols()
                    for workload in group:
                        words = measure(counts, int(divisor), workload)
                        print(server, workload, number, *words, flush=True)


main()
