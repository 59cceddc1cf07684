# SPDX-License-Identifier: GPL-2.0-only
"""Mounting without a program, which would take most of a test's time in an emulated guest."""
import ctypes
import os
import time

from tuxtest import SCALE, say, wait_until

LIBC = ctypes.CDLL(None, use_errno=True)

NOSUID, NODEV, NOEXEC, BIND = 2, 4, 8, 4096
DETACH = 2


def check(result, what):
    """Raise what errno says if a call has failed."""
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def mount(source, target, kind, options="", flags=0):
    """Mount a filesystem."""
    check(LIBC.mount(os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags),
                     options.encode()), target)


def bind(source, target):
    """Show a directory or file in another place."""
    check(LIBC.mount(os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(BIND), None), target)


def umount(target):
    """An ordinary umount: fails if the filesystem is busy."""
    check(LIBC.umount2(os.fsencode(target), 0), target)


def detach(target):
    """Take the mount away, and let the filesystem go when nobody uses it any more."""
    check(LIBC.umount2(os.fsencode(target), DETACH), target)


def unmount(target):
    """An ordinary umount that must do within the moment that a server takes to close a file."""
    attempts = []

    def try_it():
        attempts.append(time.monotonic())
        try:
            umount(target)
        except OSError:
            return False
        return True
    wait_until(try_it, f"umount of {target}", seconds=SCALE)
    if len(attempts) > 1:
        say(f"{len(attempts)} attempts at umount took {time.monotonic() - attempts[0]:.2f} s")
