# SPDX-License-Identifier: GPL-2.0-only
"""A filesystem that fails and hangs as it is told to."""
import os
import subprocess

from tuxtest import command, same


class Faults:
    """The filesystem of tests/vm/programs/fuse-fault, mounted somewhere; its file "disk" is a disk's."""

    def __init__(self, point, *disk):
        self.point = point
        os.makedirs(self.point, exist_ok=True)
        command("modprobe", "fuse")
        self.process = subprocess.Popen(["fuse-fault", self.point, *disk], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        same(self.process.stdout.readline(), b"ready\n")

    def tell(self, word):
        """Give an order; returns how many lookups hung when it came."""
        self.process.stdin.write(word.encode() + b"\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self):
        """Unmount."""
        self.process.stdin.close()
        same(self.process.wait(), 0, "exit status of fuse-fault")
