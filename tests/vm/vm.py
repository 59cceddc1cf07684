#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run a command, or a shell, in a guest that has this machine's root file system.

The exit status is that of the command; 99 when the guest's kernel complained, hung or went down
early (the log follows on standard error), 98 when no guest could be started.
"""
import argparse
import os
import signal
import sys
import termios

import guest as rig

# Variables that a command finds as its caller has them, beside TUX_*, LC_* and those of --env.
PASSED_ON = ("LANG", "LANGUAGE", "TZ", "CASE", "V")

LINES_OF_LOG = 200


def arguments():
    """What the user wants."""
    parser = argparse.ArgumentParser(
        usage="vm [--kernel V] [--timeout S] [OPTION...] [-- CMD ARG...]", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", choices=rig.KERNELS, default="6.1")
    parser.add_argument("--timeout", type=float, metavar="S",
                        help="seconds, lengthened on slow machines (120; none for a shell)")
    parser.add_argument("--memory", type=int, metavar="MIB", default=2048)
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--in-turn", action="store_true",
                        help="emulate one processor at a time")
    parser.add_argument("--append", metavar="WORDS", default="",
                        help="more for the kernel's command line")
    parser.add_argument("--env", action="append", default=[], metavar="NAME[=VALUE]",
                        help="pass a variable to the command")
    parser.add_argument("--no-build", action="store_true", help="use what is built already")
    parser.add_argument("--keep", action="store_true",
                        help="keep the share (build/vm-out/...) even if it holds nothing of CMD's")
    parser.add_argument("command", nargs="*", metavar="CMD ARG")
    return parser.parse_args()


def passed_environment(wanted):
    """The variables that go with the command."""
    chosen = {name: value for name, value in os.environ.items()
              if name in PASSED_ON or name.startswith(("LC_", "TUX_"))}
    chosen.pop("TUX_CACHE", None)
    for item in wanted:
        name, equals, value = item.partition("=")
        if equals:
            chosen[name] = value
        elif name in os.environ:
            chosen[name] = os.environ[name]
    return {name: value for name, value in chosen.items() if name.isidentifier()}


def print_failure(session, reasons):
    """The end of the kernel log, then why this is a failure."""
    lines = session.guest.kernel_log().splitlines()
    found = rig.splats(b"\n".join(lines))
    start = max(0, lines.index(found[0]) - 5) if found else max(0, len(lines) - LINES_OF_LOG)
    for line in lines[start:start + LINES_OF_LOG]:
        sys.stderr.buffer.write(line + b"\n")
    sys.stderr.buffer.write(session.guest.leaks()[:20000])
    sys.stderr.buffer.flush()
    for reason in reasons:
        rig.say(reason)
    rig.say(f"the whole log is in {session.guest.share}")


def remove_share(guest):
    """Forget the share unless the command left something in it."""
    own = {"settings", "command", "dmesg", "console", "leaks"}
    if not set(os.listdir(guest.share)) - own:
        for name in os.listdir(guest.share):
            os.unlink(os.path.join(guest.share, name))
        os.rmdir(guest.share)


def run(options):
    """One guest from start to end; returns the exit status."""
    module = None if options.no_build else rig.build(options.kernel)
    guest = rig.Guest(options.kernel, mode="command" if options.command else "shell",
                      memory=options.memory, cpus=options.cpus, append=options.append,
                      module=module, in_turn=options.in_turn)
    name = "KVM" if guest.accelerator == "kvm" else f"emulation (TCG: {guest.reason})"
    rig.say(f"Linux {options.kernel} ({guest.release}) with {name}")
    timeout = options.timeout or (120 if options.command else 1e9)
    session = rig.Session(guest, timeout, sys.stdout.buffer, sys.stderr.buffer)
    try:
        guest.start(options.command or ["bash", "-i"], os.getcwd(),
                    passed_environment(options.env))
        session.run()
    finally:
        guest.stop()
    reasons = session.judge()
    if reasons:
        print_failure(session, reasons)
        return rig.EXIT_GUEST_FAILED
    if not options.keep:
        remove_share(guest)
    return session.status


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Whoever starts it in the background may have had this ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    terminal = sys.stdin.isatty() and not options.command
    saved = termios.tcgetattr(0) if terminal else None
    try:
        return run(options)
    except rig.NotStarted as problem:
        rig.say(str(problem))
        return rig.EXIT_NOT_STARTED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    finally:
        if saved:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)


sys.exit(main())
