#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Measure what a request costs TUX and other servers, in a guest.

Two guests run, one after the other: one counts instructions, the other takes the times, which
counting would lengthen.  Documentation/process/bench.rst says how, and what it does not say.
"""
import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "vm"))

# pylint: disable=wrong-import-position
import guest as rig  # noqa: E402
import histogram  # noqa: E402

KERNEL = "6.1"
SERVERS = ("tux", "nginx", "lighttpd", "h2o")

# Measured only when asked for: TUX with a user module that answers.
MORE_SERVERS = (*(f"tux-{name}{how}" for name in ("module", "process") for how in
                  ("", "-1", "-8", "-64", "-ring-1", "-ring-8", "-ring-64")), "uring")
WORKLOADS = ("1k", "16k", "1m", "1k-close")

# Emulation counts rep movsb and rep stosb once per byte, which a processor with erms and fsrm does
# at a stroke; so nobody is to use them much: the kernel neither clears what it allocates nor
# believes that the processor is good at them.  An idle processor is to sleep, not to poll, and to
# account the time of interrupts.  And the time is to come from the processor, as on real machines,
# not from a device, which the kernel prefers to an emulated TSC.
PROCESSOR = "max,-erms,-fsrm"
COMMAND_LINE = "init_on_alloc=0 idle=halt nohz=off tsc=reliable"

NOTES = """\
The guest is the same for every server.  Emulation counts rep movs and rep stos once for each
repetition; hence a kernel that clears nothing it allocates, and a processor without erms and fsrm.
Access logs are off.  CPU us are of the thread that emulates the server's processor."""

SECONDS_TO_BOOT = 60
SECONDS_PER_START = 10
SECONDS_PER_RUN = 30

# What is measured: the key in bench.json, the heading, and how it is written.
FIGURES = (
    ("instructions_per_request", "instructions", "{:.0f}"),
    ("cpu_us_per_request", "CPU us", "{:.1f}"),
    ("requests_per_second", "requests/s", "{:.0f}"),
    ("p99_us", "p99 us", "{:.0f}"),
)


def arguments():
    """What the user wants."""
    parser = argparse.ArgumentParser(usage="bench [OPTION...]", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default="", metavar="LIST",
                        help=" ".join(SERVERS + MORE_SERVERS))
    parser.add_argument("--workloads", default="", metavar="LIST", help=" ".join(WORKLOADS))
    parser.add_argument("--runs", default="", metavar="N", help="of each (3)")
    parser.add_argument("--divisor", type=int, default=1, metavar="N",
                        help="only one in N of the usual requests")
    parser.add_argument("--out", default=os.path.join(rig.BUILD, "bench.json"), metavar="FILE")
    parser.add_argument("--profile", action="store_true",
                        help="where in the kernel a request's instructions go, instead")
    options = parser.parse_args()
    options.servers = chosen(parser, options.servers, SERVERS, MORE_SERVERS)
    options.workloads = chosen(parser, options.workloads, WORKLOADS, ())
    options.runs = options.runs or "3"
    if options.profile:
        # The first of those asked for, or TUX with the smallest file.
        del options.servers[1:], options.workloads[1:]
        options.runs = "1"
    if not options.runs.isdigit() or int(options.runs) < 1:
        parser.error(f"'{options.runs}' is not a number of runs")
    options.runs = int(options.runs)
    return options


def chosen(parser, words, known, more):
    """The words of a list, all of which have to be known; if it is empty, the usual ones."""
    for word in words.split():
        if word not in known + more:
            parser.error(f"'{word}' is none of {' '.join(known + more)}")
    return words.split() or list(known)


class Lines:
    """Standard output of the guest: complete lines go to a function."""

    def __init__(self, take):
        self.take = take
        self.rest = b""

    def write(self, data):
        """Data has come."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.take(line.decode(errors="replace"))

    def flush(self):
        """Nothing is kept back."""


def run_guest(options, module, plugin, take, keep=()):
    """One guest that measures everything; take gets what measure.py prints, line by line.

    plugin: more arguments for the plugin.  keep: files of the share that become build/bench/*.
    """
    guest = rig.Guest(KERNEL, append=COMMAND_LINE, module=module)
    guest.accelerator = "tcg"
    counts = os.path.join(guest.share, "counts")
    counter = os.path.join(rig.BUILD, "bench", "counter.so")
    plugin = plugin.format(share=guest.share)
    guest.extra_arguments += ["-cpu", PROCESSOR, "-plugin", f"{counter},out={counts},{plugin}"]
    starts = options.runs * len(options.servers)
    limit = SECONDS_TO_BOOT + starts * (
        SECONDS_PER_START + SECONDS_PER_RUN * len(options.workloads))
    session = rig.Session(guest, limit, Lines(take), sys.stderr.buffer)
    try:
        guest.start([os.path.join(HERE, "measure.py"), counts, str(options.divisor),
                     str(options.runs), ",".join(options.servers), ",".join(options.workloads)],
                    environment={"TUX_KEEP": " ".join(keep)})
        session.run()
    finally:
        guest.stop()
    reasons = session.judge()
    if session.status:
        reasons.append("what runs in the guest has failed: see above")
    if reasons:
        rig.say(f"the guest's log is in {guest.share}")
        raise rig.NotStarted("; ".join(reasons))
    for name in keep:
        shutil.move(os.path.join(guest.share, name), os.path.join(rig.BUILD, "bench", name))
    shutil.rmtree(guest.share)


def measure(options, module):
    """All runs: a dictionary from (server, workload, figure) to the values of its runs."""
    values = {}

    def add(server, workload, figure, value):
        values.setdefault((server, workload, figure), []).append(value)

    def take_count(line):
        print("counting:", line, file=sys.stderr, flush=True)
        server, workload, _, requests, _, _, instructions, _ = line.split()
        if int(instructions) == 0:
            raise rig.NotStarted("the plugin has counted nothing")
        add(server, workload, "instructions_per_request", int(instructions) / int(requests))

    def take_time(line):
        print("timing:", line, file=sys.stderr, flush=True)
        server, workload, _, requests, nanoseconds, p99, _, spent = line.split()
        add(server, workload, "cpu_us_per_request", int(spent) / int(requests) / 1000)
        add(server, workload, "requests_per_second", int(requests) * 1e9 / int(nanoseconds))
        add(server, workload, "p99_us", int(p99))
    run_guest(options, module, "count=yes", take_count)
    run_guest(options, module, "count=no", take_time)
    return values


def first_line(*command):
    """The first line that a command prints."""
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            cwd=rig.TREE, check=False)
    return (answer.stdout.splitlines() or ["?"])[0]


def describe(options):
    """On what, and how, this has been measured."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        model = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    packages = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}, ", "qemu-system-x86",
         *[server for server in options.servers
           if server != "tux" and server not in MORE_SERVERS]],
        stdout=subprocess.PIPE, text=True, check=False).stdout.rstrip(", ")
    print(f"machine: {os.cpu_count()} x {model[0] if model else platform.machine()}")
    print(f"commit: {first_line('git', 'describe', '--always', '--dirty')}")
    print(f"packages: {packages}")
    print(f"guest: Linux {KERNEL}, emulated, -cpu {PROCESSOR},")
    print(f"  {COMMAND_LINE}, net.ipv4.tcp_min_tso_segs=44")
    print(NOTES)


def spread(values):
    """Largest minus smallest in percent of the median, in words."""
    if len(values) < 2:
        return "?"
    return f"{100 * (max(values) - min(values)) / statistics.median(values):.1f} %"


def print_table(options, values):
    """Medians, with their spread."""
    heads = ["workload", "server"] + [f"{heading} (spread)" for _, heading, _ in FIGURES]
    rows = [heads + ["instr/nginx"]]
    for workload in options.workloads:
        for server in options.servers:
            row = [workload, server]
            for key, _, form in FIGURES:
                found = values[server, workload, key]
                row.append(f"{form.format(statistics.median(found))} ({spread(found)})")
            row.append(ratio(values, server, workload))
            rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join([row[0].ljust(widths[0]), row[1].ljust(widths[1])] +
                        [text.rjust(width) for text, width in zip(row[2:], widths[2:])]).rstrip())
    print(f"medians of {options.runs} runs; spread: (largest - smallest) / median")


def ratio(values, server, workload):
    """Instructions as a part of nginx's, if that has been measured."""
    key = "instructions_per_request"
    base = values.get(("nginx", workload, key))
    if not base:
        return "-"
    return f"{statistics.median(values[server, workload, key]) / statistics.median(base):.2f}"


def write_json(options, values):
    """Medians, for other programs."""
    objects = []
    for server in options.servers:
        for workload in options.workloads:
            entry = {"server": server, "workload": workload}
            for key, _, _ in FIGURES:
                entry[key] = round(statistics.median(values[server, workload, key]), 2)
            entry["runs"] = options.runs
            objects.append(entry)
    with open(options.out, "w", encoding="ascii") as file:
        json.dump(objects, file, indent=1)
        file.write("\n")


def bench(options):
    """The table."""
    begin = time.monotonic()
    module = prepare()
    values = measure(options, module)
    describe(options)
    print_table(options, values)
    write_json(options, values)
    print(f"{options.out} is written; {time.monotonic() - begin:.0f} s")


def prepare():
    """Build everything; returns the path of tux.ko."""
    module = rig.build(KERNEL)
    if subprocess.run(["make", "-s", "-C", rig.TREE, "bench-programs"], stdout=sys.stderr,
                      check=False).returncode:
        raise rig.NotStarted("the programs of the bench do not build")
    return module


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if options.profile:
            histogram.profile(options, prepare(), run_guest)
        else:
            bench(options)
        return 0
    except rig.NotStarted as problem:
        rig.say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 130


sys.exit(main())
