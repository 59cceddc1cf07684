#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the project's tests and count the results.

    check [--full] [SUITE...]       suites: style unit rig vm debug bench
                                    (default: all, bench only with --full)

KERNELS="6.1 ..." restricts the guests' kernels, CASE="pattern ..." the VM cases (by name, group or
tag; without a suite on the command line, only VM cases run then).

Each suite ends in a line "NAME: N passed, N failed[, N skipped]", and so does the whole, which
repeats what has failed; the output of a suite is in build/logs/NAME.log.  Preparing (packages,
kernels, builds) does not count against the time budget; a run that exceeds its budget has failed.
Exit status: 0 if nothing failed.
"""
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TREE = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(HERE, "vm"))

# pylint: disable=wrong-import-position
import cases  # noqa: E402
from tap import Tap, kind_of  # noqa: E402

LOGS = os.path.join(TREE, "build", "logs")
VM = os.path.join(HERE, "vm", "vm")

SUITES = ("style", "unit", "rig", "vm", "debug", "bench")

# Not part of "make check".
ONLY_FULL = ("bench",)
STOCK_KERNELS = ("6.1", "6.12", "7.2")

# Seconds for the tests themselves, with kernels and builds in place.
BUDGET = {"check": 30 * 60, "full": 150 * 60}

# How long races and fuzzers go on in each tier, unless the user says how long.
SECONDS = {"check": {"TUX_RACE_SECONDS": "5", "TUX_FUZZ_SECONDS": "8"},
           "full": {"TUX_RACE_SECONDS": "60", "TUX_FUZZ_SECONDS": "60"}}

# What runs at the same time, in two lanes, and the suites of a lane one after the other.  Style and
# unit tests keep both processors busy that a machine has at least.  Guests that have to share them
# are slowed down much more than by half, as a processor that waits for the other one's interrupt
# spins; not so if the one guest's processors take turns, as those of the second lane do.  The full
# tier does without that: each guest has the machine for itself, with all its processors.
PHASES = {
    "check": ((("style",), ("unit",)),
              (("debug",), ("vm-6.12", "vm-7.2", "rig")),
              (("vm-6.1", "bench"),)),
    "full": ((("style",), ("unit",)),
             (("rig", "vm-6.1", "vm-6.12", "vm-7.2", "debug", "bench"),)),
}

# How many comments after a failed test are shown and not only logged.
EXPLANATION = 12

# What a guest may take beside the cases that it runs: start, leak scan.
GUEST_OVERHEAD = 60


# The commands that run now, of all suites.
RUNNING = set()


def end_group(process):
    """End a command and what it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


class Suite:
    """The results of one suite, and its log."""

    def __init__(self, name):
        self.name = name
        self.kernel = name.removeprefix("vm-") if name.startswith(("vm-", "debug")) else None
        self.passed = self.failed = self.skipped = 0
        self.times = []
        self.failures = []
        self.explaining = 0
        self.in_turn = self.complete = False
        os.makedirs(LOGS, exist_ok=True)
        self.log = open(os.path.join(LOGS, name + ".log"), "w", encoding="utf-8",
                        errors="surrogateescape")

    def add(self, passed, failed, skipped):
        """Count results."""
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def fail(self, reason):
        """Count and show one failure."""
        self.failed += 1
        self.show_failure(f"not ok - {reason}")
        self.log.write(f"not ok - {reason}\n")

    def show(self, line):
        """Show a line on the terminal under the suite's name."""
        print(f"  {self.name}: {line}", flush=True)

    def show_failure(self, line):
        """The same with a line that is repeated at the end."""
        self.show(line)
        self.failures.append(line)

    def show_result(self, text, of=""):
        """Show a line of TAP if it says that a test has failed or was skipped, or why it failed."""
        kind = kind_of(text)
        if text.startswith("#") and self.explaining:
            self.explaining -= 1
            self.show_failure("  " + text)
            return
        self.explaining = EXPLANATION if kind == "not ok" else 0
        if kind == "not ok":
            self.show_failure(of + text)
        elif kind == "skip":
            self.show(of + text)

    def summary(self):
        """The closing line."""
        self.log.close()
        return counts(self.name, self)

    def follow(self, command, on_line, timeout, environment=None):
        """Run a command, log its output, give each line to on_line; returns its exit status."""
        self.log.write("$ " + " ".join(command) + "\n")
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=TREE, text=True, errors="replace",
                              start_new_session=True,
                              env={**os.environ, **(environment or {})}) as process:
            timer = threading.Timer(max(1, timeout), end_group, [process])
            timer.start()
            RUNNING.add(process)
            try:
                for line in process.stdout:
                    self.log.write(line)
                    self.log.flush()
                    on_line(line.rstrip("\n"))
            except BaseException:
                end_group(process)
                raise
            finally:
                timer.cancel()
                RUNNING.discard(process)
            return process.wait()


def counts(name, result):
    """A closing line in the form that every suite has."""
    text = f"{name}: {result.passed} passed, {result.failed} failed"
    return text + (f", {result.skipped} skipped" if result.skipped else "")


def run_tap(suite, name, command, left):
    """Run a command that writes TAP, as one part of a suite."""
    tap = Tap()
    begin = time.monotonic()

    def take(line):
        tap.line(line)
        suite.show_result(line)
    status = suite.follow(command, take, left)
    if status and not tap.failed:
        tap.complain(f"exit status {status}")
    tap.finish()
    for complaint in tap.complaints:
        suite.show_failure(f"not ok - {name}: {complaint}; see {suite.log.name}")
    suite.add(tap.passed, tap.failed, tap.skipped)
    suite.times.append((time.monotonic() - begin, f"{suite.name} {name}"))


def scripts_in(directory):
    """The executable check-* files of a directory."""
    names = os.listdir(directory) if os.path.isdir(directory) else []
    paths = [os.path.join(directory, name) for name in sorted(names) if name.startswith("check-")]
    return [path for path in paths if os.access(path, os.X_OK)]


def run_scripts(suite, directory, deadline):
    """A suite that is a directory of check-* scripts."""
    found = scripts_in(directory)
    if not found:
        suite.fail(f"no check in {directory}")
    for path in found:
        run_tap(suite, os.path.basename(path)[6:], [path], deadline - time.monotonic())


def run_counted(suite, name, command, left):
    """Run a command that closes with a line "N passed, N failed", as one part of a suite."""
    begin = time.monotonic()
    closing = None

    def take(line):
        nonlocal closing
        suite.show_result(line)
        found = re.match(r"(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", line)
        closing = found or closing
    status = suite.follow(command, take, left)
    numbers = [int(number or 0) for number in closing.groups()] if closing else [0, 0, 0]
    suite.add(*numbers)
    if not sum(numbers) or (status and not numbers[1]):
        suite.fail(f"{name}: exit status {status} and {sum(numbers)} results; see {suite.log.name}")
    suite.times.append((time.monotonic() - begin, f"{suite.name} {name}"))


def run_unit(suite, deadline):
    """The pure files under their tables, a short fuzz run of each, and the library's own tests."""
    build = os.path.join(TREE, "build", "user")
    for name, arguments in (("unit", ["tests/unit", "check"]), ("fuzz", ["tests/fuzz", "smoke"]),
                            ("libtux", ["libtux", f"O={build}", "check"])):
        run_counted(suite, name, ["make", "-s", f"-j{os.cpu_count()}", "-C", *arguments],
                    deadline - time.monotonic())


class GuestRun:
    """Follows the output of run-cases in one guest."""

    def __init__(self, suite):
        self.suite = suite
        self.running = None
        self.finished = []
        self.reason = ""

    def line(self, text):
        """Take one line of output."""
        begins = re.match(r"# case (\S+): begins$", text)
        ends = re.match(r"# case (\S+): (\d+) passed, (\d+) failed, (\d+) skipped, (\S+) s$", text)
        if begins:
            self.running = begins.group(1)
            self.suite.explaining = 0
        elif ends:
            self.suite.add(*map(int, ends.group(2, 3, 4)))
            self.suite.times.append((float(ends.group(5)), f"{self.suite.kernel} {ends.group(1)}"))
            self.finished.append(ends.group(1))
            self.running = None
        else:
            self.suite.show_result(text, f"{self.running}: ")
        if text.startswith(("vm: ", "fetch-kernel: ", "build-")):
            self.reason = text


def run_guests(suite, full, patterns, deadline):
    """The VM cases of one kernel."""
    chosen = cases.chosen(suite.kernel, full, patterns)
    if not chosen and not patterns:
        suite.fail("there is no case")
    for in_turn in (False, True):
        run_cases(suite, [case for case in chosen if (suite.in_turn or case.in_turn) == in_turn],
                  full, ["--in-turn"] if in_turn else [], deadline)


def run_cases(suite, waiting, full, options, deadline):
    """Cases in one guest, and in another after each that goes down."""
    while waiting:
        run = GuestRun(suite)
        limit = GUEST_OVERHEAD + sum(case.timeout for case in waiting)
        failed_before = suite.failed
        status = suite.follow([VM, "--kernel", suite.kernel, "--timeout", str(limit), *options,
                               "--", "tests/vm/run-cases", "--exactly",
                               *[case.name for case in waiting]],
                              run.line, deadline - time.monotonic(),
                              {**SECONDS["full" if full else "check"], **os.environ})
        waiting = [case for case in waiting if case.name not in run.finished]
        if run.running:
            suite.fail(f"{run.running}: the guest did not survive it; see {suite.log.name}")
            waiting = [case for case in waiting if case.name != run.running]
        elif waiting or (status and suite.failed == failed_before):
            suite.fail(f"{run.reason}; see {suite.log.name}")
            return
        if time.monotonic() > deadline:
            if waiting:
                suite.fail(f"no time left for {len(waiting)} cases")
            return


def prepare(suites, kernels):
    """Packages, kernels and builds; what fails here shows again in the suite that needs it."""
    parts = {"style": ["style", "vm"], "unit": ["unit"], "rig": ["vm", "debug", "cases"],
             "vm": ["vm", "cases"], "debug": ["vm", "debug", "cases"],
             "bench": ["vm", "cases", "bench"]}
    wanted = sorted({part for suite in suites for part in parts[suite]})
    if subprocess.run([os.path.join(HERE, "setup"), *wanted], check=False).returncode:
        sys.exit(1)
    wanted = os.environ.get("KERNELS", "").split() or ["6.1", "debug"]
    of_rig = {"6.1", "debug"} & set(wanted) if "rig" in suites else set()
    builds = [[kernel] for kernel in sorted({*kernels} | of_rig)]
    if "style" in suites:
        builds += [["--strict", target] for target in (*STOCK_KERNELS, "arm64")]
    # Before suites that would build them at the same time.
    if set(suites) != {"style"}:
        subprocess.run(["make", "-s", f"-j{os.cpu_count()}", "-C", TREE,
                        "user" if suites == ["unit"] else "vm-programs"], check=False)
    for arguments in builds:
        subprocess.run([os.path.join(HERE, "vm", "build-module"), *arguments],
                       stdout=subprocess.DEVNULL, check=False)


def guest_kernels(suites, patterns):
    """The kernels to run guests with."""
    wanted = os.environ.get("KERNELS", "").split() or [*STOCK_KERNELS, "debug"]
    unknown = set(wanted) - {*STOCK_KERNELS, "debug"}
    if unknown:
        sys.exit(f"check: unknown kernel {' '.join(sorted(unknown))}")
    chosen = [kernel for kernel in wanted
              if ("debug" if kernel == "debug" else "vm") in suites]
    if patterns:
        chosen = [kernel for kernel in chosen if cases.chosen(kernel, True, patterns)]
        if not chosen:
            sys.exit("check: no case matches")
    return chosen


def main():
    words = sys.argv[1:]
    full = "--full" in words
    patterns = os.environ.get("CASE", "").split()
    suites = [word for word in words if word != "--full"]
    if set(suites) - set(SUITES):
        print(__doc__)
        sys.exit(0 if "--help" in suites else 2)
    suites = suites or (["vm", "debug"] if patterns else
                        [name for name in SUITES if full or name not in ONLY_FULL])
    kernels = guest_kernels(suites, patterns)
    begin = time.monotonic()
    prepare(suites, kernels)
    ready = time.monotonic()
    print(f"prepared in {ready - begin:.0f} s", flush=True)
    budget = BUDGET["full" if full else "check"]
    names = [name for name in suites if name not in ("vm", "debug")] + \
        ["debug" if kernel == "debug" else "vm-" + kernel for kernel in kernels]
    results = run_suites(names, full, patterns, ready + budget)
    return conclude(results, time.monotonic() - ready, budget)


def run_suites(names, full, patterns, deadline):
    """All suites, in their phases; returns their results."""
    results = {name: Suite(name) for name in names}
    for phase in PHASES["full" if full else "check"]:
        lanes = [[results[name] for name in lane if name in results] for lane in phase]
        for suite in lanes[-1] if all(lanes) and len(lanes) > 1 else []:
            suite.in_turn = True
        side_by_side([(run_lane, lane, full, patterns, deadline) for lane in lanes])
        for suite in sum(lanes, []):
            if not suite.complete:
                suite.fail("it has not come to its end")
                print(suite.summary(), flush=True)
    return list(results.values())


def run_lane(lane, full, patterns, deadline):
    """The suites of a lane, each with its closing line."""
    for suite in lane:
        if suite.kernel:
            run_guests(suite, full, patterns, deadline)
        elif suite.name == "unit":
            run_unit(suite, deadline)
        else:
            run_scripts(suite, os.path.join(HERE, suite.name), deadline)
        suite.complete = True
        print(suite.summary(), flush=True)


def side_by_side(calls):
    """Call functions in a thread each, until all have returned or ^C ends them."""
    threads = [threading.Thread(target=function, args=arguments, daemon=True)
               for function, *arguments in calls]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except BaseException:
        for process in list(RUNNING):
            end_group(process)
        raise


def conclude(results, seconds, budget):
    """The slowest cases, the time, and the closing line of the whole."""
    total = type("Total", (), {"passed": 0, "failed": 0, "skipped": 0})()
    for suite in results:
        total.passed += suite.passed
        total.failed += suite.failed
        total.skipped += suite.skipped
    print("slowest:")
    for taken, name in sorted((pair for suite in results for pair in suite.times),
                              reverse=True)[:10]:
        print(f"  {taken:7.1f} s  {name}")
    print(f"time: {seconds:.0f} s of {budget} s")
    if total.failed:
        print("failed:")
    for suite in results:
        for line in suite.failures:
            print(f"  {suite.name}: {line}")
    if seconds > budget:
        total.failed += 1
        print("not ok - the time budget is exceeded")
    print(counts("total", total), flush=True)
    return 1 if total.failed or not total.passed else 0


try:
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(130)
