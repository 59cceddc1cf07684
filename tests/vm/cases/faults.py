# SPDX-License-Identifier: GPL-2.0-only
"""Fault injection: fail the first, the second, ... the last allocation or user copy of something.

    countdown = Countdown()
    countdown.set(3)            # the third allocation or user copy of this task fails
    ...
    untouched = countdown.finish()

The debug kernel counts every allocation from slabs, of pages, and every user copy of one task
(/proc/PID/fail-nth), and writes the stack of the one that it fails to its log.  Places collects
these stacks and tells the source lines of TUX in them.
"""
import atexit
import collections
import ctypes
import errno
import fcntl
import mmap
import os
import random
import re
import subprocess

import stage
from stage import DEVICE, LISTEN_FD, SHUTDOWN, ioctl_number, serves
from tuxtest import (SCALE, Client, Failure, Server, command, expect, forget,
                     forget_everything, same, say, wait_until, write_text)

FOLDER = "/sys/kernel/debug"
CACHES = "/sys/kernel/slab"

FINIT_MODULE, DELETE_MODULE = 313, 176
REQUEST_SIZE, LISTEN_SIZE = 1464, 16

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
settings = {"sample": 0}

# More than any operation has; what is left of it then says how many there were.
UNREACHABLE = 1 << 20

# Places that have no line.
SILENT = ("(silent: no stack)", 0, 0)
FOREIGN = ("(no function of TUX)", 0, 0)

# What an operation may answer when memory or a user copy fails.  The kernel says ENFILE of a socket,
# and EADDRINUSE of a port, that it has no memory for.
ERRORS = {"ENOMEM", "EFAULT", "ENOBUFS", "ENFILE", "EADDRINUSE"}


def count_everything():
    """Let allocations fail that may wait for memory, too, and single pages.

    But not those of kmemleak, which accompany each other one, and which it gets over.
    """
    for kind in ("failslab", "fail_page_alloc"):
        write_text(f"{FOLDER}/{kind}/ignore-gfp-wait", "N")
    # Which these are was said on the kernel's command line.
    for cache, marked in (("kmalloc-64", "1"), ("kmemleak_object", "0"),
                          ("kmemleak_scan_area", "0")):
        with open(f"{CACHES}/{cache}/failslab", encoding="ascii") as file:
            same(file.read().strip(), marked, f"the failslab mark of {cache}")
    write_text(f"{FOLDER}/failslab/cache-filter", "Y")
    write_text(f"{FOLDER}/fail_page_alloc/min-order", "0")
    for kind in ("failslab", "fail_page_alloc", "fail_usercopy"):
        write_text(f"{FOLDER}/{kind}/probability", "0")
        write_text(f"{FOLDER}/{kind}/verbose", "2")


class Countdown:
    """Lets the Nth allocation or user copy of one task fail; "self" is the test itself.

    The test's own reading and writing of the count are user copies, too: one that fails with EFAULT
    says that the count had not run out before.
    """

    def __init__(self, pid="self"):
        self.file = os.open(f"/proc/{pid}/fail-nth", os.O_RDWR | os.O_CLOEXEC)

    def set(self, number):
        """Let the number-th one from now fail."""
        os.write(self.file, b"%d" % number)

    def left(self):
        """What is left of the number; 0 when something has failed."""
        try:
            return int(os.pread(self.file, 16, 0))
        except OSError as error:
            if error.errno not in (errno.EFAULT, errno.ESRCH):
                raise
            return 1

    def finish(self):
        """Let nothing fail any more; returns what was left."""
        left = self.left()
        while True:
            try:
                self.set(0)
                return left
            except OSError as error:
                if error.errno == errno.ESRCH:
                    return left
                if error.errno != errno.EFAULT:
                    raise

    def close(self):
        """Forget the task."""
        self.finish()
        os.close(self.file)


def result_of(call, *arguments):
    """What a call returns, or the name of its errno."""
    try:
        return call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]


# --- where faults were ----------------------------------------------------------------------------


def functions_of(module):
    """{name: [(size, section, offset), ...]} of a module's functions."""
    text = subprocess.run(["readelf", "-SWs", module], stdout=subprocess.PIPE, check=True,
                          text=True).stdout
    sections = dict(re.findall(r"^ *\[ *(\d+)\] (\S+)", text, re.M))
    found = collections.defaultdict(list)
    for value, size, section, name in re.findall(
            r"^ *\d+: ([0-9a-f]+) +(\w+) FUNC +\w+ +\w+ +(\d+) (\S+)$", text, re.M):
        found[name].append((int(size, 0), sections[section], int(value, 16)))
    return found


def lines_at(module, places):
    """{(name, offset, size): ["function file:line", ...]}, the innermost first.

    The kernel takes the padding behind a function for a part of it.
    """
    functions = functions_of(module)
    wanted = collections.defaultdict(list)
    for place in places:
        name, offset, size = place
        like = [entry for entry in functions[name] if entry[0] <= size]
        if like:
            _, section, start = max(like)
            # A return address: the call is before it.
            wanted[section].append((place, start + offset - 1))
    result = {}
    for section, entries in wanted.items():
        answer = subprocess.run(
            ["addr2line", "-a", "-f", "-i", "-e", module, "-j", section,
             *[hex(address) for _, address in entries]],
            stdout=subprocess.PIPE, check=True, text=True).stdout
        for (place, _), block in zip(entries, re.split(r"^0x[0-9a-f]+\n", answer, flags=re.M)[1:]):
            words = block.split("\n")
            result[place] = [f"{function} {re.sub(r'.*/kernel/', '', line)}"
                             for function, line in zip(words[::2], words[1::2])
                             if line.startswith(os.environ["TUX_TREE"])]
    return result


class Places:
    """The stacks of injected faults, read from the kernel's log."""

    ENTRY = re.compile(r"^ ([\w.]+)\+0x([0-9a-f]+)/0x([0-9a-f]+)(?: \[(\w+)\])?$")

    def __init__(self):
        self.log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.log, 0, os.SEEK_END)
        self.stack = None

    def messages(self):
        """What the kernel has said since it was last asked."""
        while True:
            try:
                record = os.read(self.log, 8192)
            except BlockingIOError:
                return
            except BrokenPipeError:
                say("the log was overtaken")
                continue
            yield record.partition(b";")[2].split(b"\n")[0].decode(errors="replace")

    def stacks(self):
        """The faults since it was last asked: for each the list of TUX's functions on its stack."""
        found = []
        stack = None
        for text in self.messages():
            if text.startswith("FAULT_INJECTION: forcing"):
                stack = []
                found.append(stack)
            elif text.startswith(" </TASK>"):
                stack = None
            elif stack is not None:
                entry = self.ENTRY.match(text)
                if entry and entry[4] == "tux":
                    stack.append((entry[1], int(entry[2], 16), int(entry[3], 16)))
        return found


class Tally:
    """What a sweep has hit; it is told when the case ends."""

    all = []

    def __init__(self, name):
        self.name = name
        self.points = 0
        self.reached = 0
        self.results = collections.Counter()
        self.places = collections.Counter()
        if not self.all:
            atexit.register(print_all)
        self.all.append(self)

    def add(self, stacks, result):
        """One fault has been injected; silent ones (__GFP_NOWARN) leave no stack."""
        self.points += 1
        self.results[result] += 1
        place = SILENT
        for stack in stacks:
            place = stack[0] if stack else FOREIGN
        self.places[place] += 1

    def print(self, lines):
        """The table: how many faults, what came of them, and where they were."""
        results = ", ".join(f"{count} x {name}" for name, count in self.results.most_common())
        say(f"{self.name}: {self.points} of {self.reached} fault points hit: {results or 'none'}")
        told = collections.Counter()
        for place, count in self.places.items():
            told[" < ".join(lines.get(place, [place[0]])[:2])] += count
        for text, count in told.most_common():
            say(f"  {count:4} {text}")


def print_all():
    """The tables of all sweeps."""
    places = {place for tally in Tally.all for place in tally.places}
    lines = lines_at(os.environ["TUX_KO"], places)
    for tally in Tally.all:
        tally.print(lines)
    say(f"{sum(tally.points for tally in Tally.all)} faults, at "
        f"{len(places - {SILENT, FOREIGN})} places in TUX")


def numbers(total, sample, seed):
    """Which points to fail: all of them, or a sample that depends on the seed alone."""
    if not sample or total <= sample:
        return range(1, total + 1)
    return sorted(random.Random(f"{seed} {total}").sample(range(1, total + 1), sample))


# --- sweeping -------------------------------------------------------------------------------------


def sweep(tests, sample=0):
    """Run the tests of a module; with a sample, each operation fails at so many points only."""
    say(tests.__doc__.split("\n")[0])
    settings["sample"] = sample
    count_everything()
    stage.run()


def points_of(total):
    """The points to fail; behind the last one when all are wanted, since the total may vary."""
    if settings["sample"]:
        return numbers(total, settings["sample"], "tux")
    return range(1, total + 20)


def reached_by(countdown, operation):
    """How many points an operation has."""
    countdown.set(UNREACHABLE)
    try:
        operation()
    finally:
        left = countdown.finish()
    return UNREACHABLE - left


class Calls:
    """A system call of the test itself: what it does, and what comes before and after it.

    good: what it returns, or a function that says whether that is right.
    """

    def __init__(self, name, call, good=0, begin=None, end=None):
        self.name = name
        self.call = call
        self.good = good if callable(good) else lambda result: result == good
        self.begin = begin or (lambda: None)
        self.end = end or (lambda result: None)
        self.countdown = Countdown()
        self.places = Places()
        self.tally = Tally(name)

    def count(self):
        """How many points there are."""
        self.begin()
        results = []
        self.tally.reached = reached_by(self.countdown,
                                        lambda: results.append(result_of(self.call)))
        expect(self.good(results[0]), f"{self.name} without a fault: {results[0]}")
        self.end(results[0])
        return self.tally.reached

    def fail(self, number):
        """Let one point fail; returns its stacks, or None if it was not reached."""
        self.begin()
        list(self.places.messages())
        self.countdown.set(number)
        result = result_of(self.call)
        left = self.countdown.finish()
        stacks = self.places.stacks()
        if not left:
            self.tally.add(stacks, result if isinstance(result, str) else "done")
        if not self.good(result):
            expect(not left and result in ERRORS, f"{self.name}, point {number}: {result} {stacks}")
            result = result_of(self.call)
            expect(self.good(result), f"{self.name} after point {number}: {result} {stacks}")
        self.end(result)
        return None if left else stacks

    def sweep(self):
        """All points, or a sample."""
        for number in points_of(self.count()):
            if self.fail(number) is None:
                break
        self.countdown.close()

# --- calls ----------------------------------------------------------------------------------------


def number_argument(place, value):
    """A user_req_t with one number in it."""
    request = bytearray(REQUEST_SIZE)
    request[place:place + 4] = value.to_bytes(4, "little")
    return request


def act(handle, action, request=None):
    """An action by ioctl."""
    return fcntl.ioctl(handle, ioctl_number(action), request or bytearray(REQUEST_SIZE))


def hand_in(handle, listener):
    """LISTEN_FD."""
    request = bytearray(b"".join(value.to_bytes(4, "little")
                                 for value in (LISTEN_SIZE, 0, listener.fileno(), 0xffffffff)))
    return fcntl.ioctl(handle, ioctl_number(LISTEN_FD, LISTEN_SIZE, 1), request)


class Handle:
    """A handle of the test itself, new for each point; closed when the test ends."""

    def __init__(self):
        self.number = None
        stage.endings.callback(self.close)

    def open(self):
        """Get a new one."""
        self.number = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)
        return self.number

    def close(self, *unused):
        """Close it, with all that it has."""
        number, self.number = self.number, None
        if number is not None:
            os.close(number)
        return 0

    def act(self, action, request=None):
        """An action through it."""
        return act(self.number, action, request)

    def end_server(self, *unused):
        """After a STARTUP."""
        same(self.act(SHUTDOWN), 0, "SHUTDOWN")
        self.close()


def call_system(number, *arguments):
    """A system call that libc has no function for."""
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


# --- requests -------------------------------------------------------------------------------------

MIDDLE = bytes(range(256)) * 800


def settle():
    """Wait until the server has no connection any more."""
    wait_until(lambda: not Server.open_connections(), "all connections closed")


class Exchange:
    """One request on a connection of its own, and what may come of it."""

    # How long after the answer the end may come.
    patience = 1

    def __init__(self, name, target, *fields, method="GET", status=200, body=None, content=b"",
                 prepare=None):
        self.name = name
        self.lines = [f"{method} {target} HTTP/1.1", "Host: tux", "Connection: close", *fields]
        self.method = method
        self.status = status
        self.body = body
        self.content = content
        self.prepare = prepare or (lambda: None)

    def perform(self):
        """Returns the status, or "closed", "reset", "no FIN"; anything else is a Failure."""
        with Client() as client:
            answer = None
            try:
                client.send(*self.lines)
                client.raw(self.content)
                answer = client.answer(self.method)
                client.socket.settimeout(self.patience * SCALE)
                client.expect_end()
            except (ConnectionResetError, BrokenPipeError):
                # The latter, if the server had closed before what it did not read came.
                return "reset"
            except TimeoutError:
                return "no FIN" if answer else "no answer"
            except Failure as error:
                if "ended in a head: b''" in str(error):
                    return "closed"
                raise
        if answer.status == self.status and self.body is not None:
            same(answer.body, self.body, "the body")
        expect(answer.status in (self.status, 500, 503), f"status {answer.status}")
        return answer.status

    def sweep(self, worker):
        """Let each allocation of the worker fail once."""
        countdown, places, tally = Countdown(worker.pid), Places(), Tally(self.name)
        # The first one has points more, for what is made once.
        same(self.whole(), self.status, f"{self.name} without a fault")
        self.prepare()
        tally.reached = reached_by(countdown, self.whole)
        for number in points_of(tally.reached):
            self.prepare()
            list(places.messages())
            countdown.set(number)
            outcome = self.whole()
            left = countdown.finish()
            if left:
                same(outcome, self.status, f"{self.name} without a fault")
                break
            stacks = places.stacks()
            # When TCP gets no memory for a FIN it forgets it, silently; nobody can help that.
            expect(outcome != "no answer" and (outcome != "no FIN" or not stacks),
                   f"{self.name}, point {number}: {outcome} {stacks}")
            tally.add(stacks, outcome)
            serves()
            settle()
        countdown.close()

    def whole(self):
        """A request, until the server has forgotten it."""
        outcome = self.perform()
        settle()
        return outcome


def ended_in_order():
    """After SHUTDOWN: nothing is left of any connection."""
    counts = Server.stats()
    same(counts["connections_closed"], counts["connections_accepted"], "connections closed")


def prepare_site():
    """Files for requests, of which nothing is kept behind the back of forget_middle().

    What a client has read may still be in the hands of a processor that is to free it with the next
    packets it gets, if ever: that is switched off before anything is read.
    """
    write_text("/proc/sys/net/core/skb_defer_max", "0")
    site = stage.make_site()
    with open(os.path.join(site, "middle"), "wb") as file:
        file.write(MIDDLE)
    os.makedirs(os.path.join(site, "sub"), exist_ok=True)
    os.makedirs(os.path.join(site, "elsewhere"), exist_ok=True)
    return site


def is_cached(path):
    """Whether the beginning of a file is in the page cache; looking does not bring it there."""
    answer = ctypes.c_ubyte()
    with open(path, "rb") as file:
        address = libc.mmap(None, ctypes.c_size_t(4096), mmap.PROT_READ, mmap.MAP_SHARED,
                            file.fileno(), ctypes.c_long(0))
    libc.mincore(ctypes.c_void_p(address), ctypes.c_size_t(4096), ctypes.byref(answer))
    libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(4096))
    return bool(answer.value & 1)


def forget_middle():
    """Drop everything from the page cache.

    Dropping everything does not wait for pages that a processor has set aside to put them on a list,
    which forgetting one file does.
    """
    def is_forgotten():
        forget("site/middle")
        forget_everything()
        return not is_cached("site/middle")
    wait_until(is_forgotten, "the file to be dropped from the page cache")


def mount_copied():
    """Mount something below the site that TUX has to copy; returns the name of a file, and it."""
    source = os.path.join(os.environ["TUX_TREE"], "examples", "www")
    place = os.path.join(prepare_site(), "elsewhere")
    command("mount", "--bind", source, place)
    stage.endings.callback(command, "umount", place)
    name = next(name for name in sorted(os.listdir(source))
                if os.path.isfile(os.path.join(source, name)))
    with open(os.path.join(source, name), "rb") as file:
        return "/elsewhere/" + name, file.read()
