# SPDX-License-Identifier: GPL-2.0-only
"""Calls that "never" fail are made to fail: sockets, paths, pages, registrations.

The kernel's own fail_function takes only functions that are marked for it, and none that TUX calls
is; so tests/vm/modules/forced.c does it, at any function, for calls by TUX alone.  Each call that an
operation makes fails once, with each error; and sends and reads are cut short.
"""
import collections
import contextlib
import ctypes
import errno
import os

import stage
from faults import (DELETE_MODULE, ERRORS, FINIT_MODULE, MIDDLE, Calls, Exchange, Handle, Places,
                    Tally, call_system, count_everything, ended_in_order, forget_middle, libc,
                    lines_at, mount_copied, prepare_site, result_of, settle)
from stage import BODY, SHUTDOWN, STARTUP, configure, serve, serves
from tuxtest import (Failure, Server, command, expect, forget_everything, same, say, test,
                     wait_until, write_text)

CLONE_NEWNET = 0x40000000

PARAMETERS = "/sys/module/forced/parameters/"
settings = {"most": 0}


def force(most):
    """Run the tests; each function fails at its first calls, so many at most."""
    settings["most"] = most
    count_everything()
    stage.run()


def number_of(error):
    """An errno's name as the value to return; a number is one already."""
    return error if isinstance(error, int) else -getattr(errno, error)


def parameter(name):
    """A parameter of the module."""
    with open(PARAMETERS + name, encoding="ascii") as file:
        return file.read().strip()


@contextlib.contextmanager
def forced(symbol, mode="return", value=0, argument=0):
    """While this lasts, calls of a function can be made to fail."""
    command("insmod", os.path.join(os.environ["TUX_TEST_MODULES"], "forced.ko"),
            f"symbol={symbol}", f"mode={mode}", f"value={value}", f"argument={argument}")
    try:
        yield
    finally:
        command("rmmod", "forced")


class Table:
    """What was made to fail: for each place the results."""

    def __init__(self):
        self.places = collections.defaultdict(list)

    def add(self, symbol, error, result):
        """A call has failed."""
        name, _, rest = parameter("where").partition("+")
        offset, _, size = rest.split(" ")[0].partition("/")
        self.places[symbol, (name, int(offset, 16), int(size, 16))].append(f"{error}: {result}")

    def print(self):
        """The table."""
        lines = lines_at(os.environ["TUX_KO"], [place for _, place in self.places])
        for (symbol, place), results in self.places.items():
            counted = [f"{count} x {text}" for text, count in collections.Counter(results).items()]
            say(f"  {symbol} at {lines.get(place, [place[0]])[0]}: {'; '.join(counted)}")


def each_call(table, symbol, error, attempt, **how):
    """Make the first, the second ... call in an operation fail; there must be one at least.

    attempt(hit) does the operation and returns its result; hit() says if the call has failed.
    """
    count = 0
    with forced(symbol, value=number_of(error), **how):
        for number in range(1, settings["most"] + 1):
            write_text(PARAMETERS + "nth", str(number))
            result = attempt(lambda: parameter("nth") == "0")
            if parameter("nth") != "0":
                break
            count = number
            table.add(symbol, error, result)
    expect(count, f"{symbol} is never called")


# --- requests -------------------------------------------------------------------------------------

CUT = "reset", "closed"
# Function, errors, what else than the right answer the client may get.
COLD = (
    ("kernel_accept", ("ENOMEM", "ECONNABORTED", "ENFILE"), ()),
    ("skb_copy_bits", ("EFAULT",), (400,)),
    ("vfs_path_lookup", ("EAGAIN", "ECHILD"), (500,)),
    ("vfs_path_lookup", ("ENOMEM", "EIO", "ESTALE"), (500,)),
    ("vfs_path_lookup", ("ENOENT",), (404,)),
    ("vfs_path_lookup", ("ELOOP", "EACCES"), (403,)),
    ("inode_permission", ("ECHILD",), (500,)),
    ("inode_permission", ("EACCES",), (403,)),
    ("inode_permission", ("EIO",), (500,)),
    ("dentry_open", ("EWOULDBLOCK",), ()),
    ("dentry_open", ("ENFILE", "EIO", "ENOMEM"), (500, 503, *CUT)),
    ("dentry_open", ("EACCES",), (403, *CUT)),
    ("filemap_get_folios_contig", (0,), ()),
    ("kernel_read", (0,), (500,)),
    ("kernel_read", ("EIO", "EINTR", "ENOMEM"), (500, *CUT)),
    ("skb_page_frag_refill", (0,), (503, *CUT)),
    ("tcp_sendpage_locked", ("EAGAIN", "ENOMEM"), ()),
    ("tcp_sendpage_locked", ("EPIPE", "ECONNRESET", "EIO"), CUT),
    ("do_tcp_sendpages", ("EAGAIN", "ENOMEM"), ()),
    ("do_tcp_sendpages", ("EPIPE", "EIO"), CUT),
)
COPIED = (
    ("vfs_iter_read", (0,), (500, *CUT)),
    ("vfs_iter_read", ("EIO", "EINTR"), (500, *CUT)),
    ("vfs_getattr", ("EIO", "ESTALE"), (500, *CUT)),
    ("__alloc_pages", (0,), (500, 503, *CUT)),
)


def outcome_of(exchange, others, hit):
    """Do one request; what came of it must be right."""
    exchange.prepare()
    try:
        outcome = exchange.whole()
    except Failure as error:
        status = str(error).removeprefix("status ")
        if not hit() or status not in map(str, others):
            raise
        outcome = int(status)
    right = (exchange.status, *others) if hit() else (exchange.status,)
    expect(outcome in right, f"{exchange.name}: {outcome}, {parameter('where')}")
    if hit():
        serves()
        settle()
    return outcome


def run_table(table, rows, exchange):
    """All rows on one exchange."""
    for symbol, errors, others in rows:
        for error in errors:
            each_call(table, symbol, error, lambda hit: outcome_of(exchange, others, hit))


@test("Each call that a request makes to sockets, paths and pages fails once, with each error")
def _():
    prepare_site()
    master, _ = serve()
    Server.set("send_timeout", 1)
    table = Table()
    exchange = Exchange("200 cold of 200 KiB", "/middle", body=MIDDLE, prepare=forget_middle)
    run_table(table, COLD, exchange)
    same(master("shutdown"), 0, "SHUTDOWN")
    table.print()
    ended_in_order()


@test("Sends and reads are cut short")
def _():
    prepare_site()
    master, _ = serve()
    table = Table()
    exchange = Exchange("200 of 200 KiB", "/middle", body=MIDDLE)
    for symbol in ("tcp_sendpage_locked", "do_tcp_sendpages"):
        for length in (1, 100):
            each_call(table, symbol, length,
                      lambda hit: outcome_of(exchange, (), hit), mode="argument", argument=4)
    same(master("shutdown"), 0, "SHUTDOWN")
    table.print()
    ended_in_order()


@test("Each call fails once while a file is copied")
def _():
    name, body = mount_copied()
    master, _ = serve()
    table = Table()
    run_table(table, COPIED, Exchange("200 copied", name, body=body))
    same(master("shutdown"), 0, "SHUTDOWN")
    table.print()
    ended_in_order()


# --- helpers --------------------------------------------------------------------------------------


def sweep_helper(symbol, exchange):
    """Each allocation of a helper fails once."""
    places, tally = Places(), Tally(f"{exchange.name}, in {symbol}")
    with forced(symbol, mode="count"):
        for number in range(1, 10 * settings["most"]):
            exchange.prepare()
            list(places.messages())
            write_text(PARAMETERS + "left", "-1")
            write_text(PARAMETERS + "nth", str(number))
            outcome = exchange.whole()
            wait_until(lambda: parameter("left") != "-1", f"a helper in {symbol}")
            if parameter("left") != "0":
                same(outcome, exchange.status, f"{exchange.name} without a fault")
                break
            tally.reached = number
            tally.add(places.stacks(), outcome)
            serves()
            settle()
    expect(tally.points, f"no fault in {symbol}")


def sweep_inside(symbol, name, call, undo, mode="count"):
    """Each allocation in a function that a system call of the test itself runs fails once."""
    places, tally = Places(), Tally(f"{name}, in {symbol}")
    with forced(symbol, mode=mode):
        for number in range(1, 10 * settings["most"]):
            list(places.messages())
            write_text(PARAMETERS + "left", "-1")
            write_text(PARAMETERS + "nth", str(number))
            result = result_of(call)
            hit = parameter("left") == "0"
            if hit:
                tally.reached = number
                tally.add(places.stacks(), result or "done")
            if result:
                expect(hit and result in ERRORS, f"{name}, point {number}: {result}")
                same(result_of(call), 0, f"{name} after point {number}")
            undo()
            if not hit:
                break
    expect(tally.points, f"no fault in {symbol}")


@test("Every failing point of the helpers: an answer, a 500 or 503, or the end")
def _():
    prepare_site()
    master, _ = serve()
    sweep_helper("lookup_work", Exchange("200 cold", "/", body=BODY, prepare=forget_everything))
    sweep_helper("pages_work", Exchange("200 cold of 200 KiB", "/middle", body=MIDDLE,
                                        prepare=forget_middle))
    same(master("shutdown"), 0, "SHUTDOWN")
    ended_in_order()


# --- calls and the module -------------------------------------------------------------------------


def repeats(call, undo, wanted, hit):
    """A call that fails as wanted, and works when it is tried again."""
    result = result_of(call)
    if hit():
        same(result, wanted, parameter("where"))
    if isinstance(result, str):
        same(result_of(call), 0, "the next try")
    undo()
    return result


@test("Each call that STARTUP makes fails once: that is its errno")
def _():
    configure(threads=2, listen="127.0.0.1 [::]")
    table, handle = Table(), Handle()
    handle.open()
    for symbol, error in (("kern_path", "ENOENT"), ("kern_path", "EIO"),
                          ("__sock_create", "ENFILE"), ("__sock_create", "EMFILE"),
                          ("kernel_bind", "EADDRINUSE"), ("kernel_bind", "EACCES"),
                          ("kernel_listen", "EADDRINUSE"), ("inet_pton_with_scope", "EINVAL")):
        each_call(table, symbol, error, lambda hit: repeats(
            lambda: handle.act(STARTUP), lambda: handle.act(SHUTDOWN), error, hit))
    handle.close()
    table.print()


def insert(file):
    """Load the module."""
    return call_system(FINIT_MODULE, file, b"", 0)


def remove():
    """Unload it."""
    return call_system(DELETE_MODULE, b"tux", os.O_NONBLOCK)


@test("Each call that loading makes fails once: it is not loaded, and is the next time")
def _():
    stage.unloads()
    table = Table()
    file = os.open(os.environ["TUX_KO"], os.O_RDONLY)
    for symbol, value, wanted in (
            ("kern_mount", "ENOMEM", "ENOMEM"), ("kmem_cache_create", 0, "ENOMEM"),
            ("register_shrinker", "ENOMEM", "ENOMEM"), ("alloc_workqueue", 0, "ENOMEM"),
            ("register_pernet_subsys", "ENOMEM", "ENOMEM"), ("_proc_mkdir", 0, "ENOMEM"),
            ("proc_create_net_single", 0, "ENOMEM"), ("register_net_sysctl", 0, "ENOMEM"),
            ("misc_register", "EBUSY", "EBUSY")):
        each_call(table, symbol, value, lambda hit: repeats(
            lambda: insert(file), remove, wanted, hit))
    # For the tests that follow.
    insert(file)
    os.close(file)
    table.print()


@test("Every failing point of making a network namespace with TUX in it")
def _():
    home = os.open("/proc/self/ns/net", os.O_RDONLY)

    def unshare():
        if libc.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "")
        return 0

    def leave():
        expect(libc.setns(home, CLONE_NEWNET) == 0, "setns")
    sweep_inside("namespace_begins", "a network namespace", unshare, leave)
    for symbol in ("register_net_sysctl", "_proc_mkdir", "proc_create_net_single"):
        sweep_inside(symbol, "a network namespace", unshare, leave, mode="count-own")
    table = Table()
    each_call(table, "kmalloc_trace", 0, lambda hit: repeats(unshare, leave, "ENOMEM", hit))
    table.print()
    os.close(home)


@test("Every failing point of loading and unloading the module")
def _():
    stage.unloads()
    command("objcopy", "--strip-debug", os.environ["TUX_KO"], "small.ko")
    file = os.open("small.ko", os.O_RDONLY)
    sweep_inside("do_one_initcall", "loading", lambda: insert(file), remove)
    Calls("unloading", remove, begin=lambda: insert(file)).sweep()
    os.close(file)
