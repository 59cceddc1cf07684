# SPDX-License-Identifier: GPL-2.0-only
"""The list of VM cases and what each says about itself.

A case is an executable file in tests/vm/cases, or a C program in tests/vm/programs, that has in its
first thirty lines a comment like

    tux-case: tier=check timeout=20 kernels=all group=handles lifecycle

tier=check    part of "make check"; tier=full: of "make check-full" only
timeout=S     seconds, lengthened on slow machines and kernels
kernels=...   where it can run: all (default), stock, debug, or names separated by commas
group=...     what it is about
in-turn       emulated processors take turns: for a case that rewrites kernel code which other
              processors run, because the emulation of QEMU before 8.1 can then run the old code
other words   tags; core and lifecycle choose where a case runs in "make check"

It prints TAP: "ok N - sentence", "not ok N - sentence", "# diagnostics", "ok N - x # SKIP reason",
and the plan "1..N" first or last.
"""
import fnmatch
import os
import re

HERE = os.path.dirname(os.path.realpath(__file__))
CASES = os.path.join(HERE, "cases")
PROGRAMS = os.path.join(HERE, "programs")

KNOWN_KERNELS = {"all": {"6.1", "6.12", "7.2", "debug"}, "stock": {"6.1", "6.12", "7.2"}}

# In "make check", the tag that a case needs to run on a kernel; None: every case of that tier.
TAGS_IN_CHECK = {"6.1": None, "6.12": {"core", "lifecycle"}, "7.2": {"core", "lifecycle"},
                 "debug": {"lifecycle"}}


class Case:
    """One case: name, path of what to run, and its words about itself."""

    def __init__(self, name, source, program, words):
        self.name = name
        self.source = source
        self.program = program
        settings = dict(word.split("=", 1) for word in words if "=" in word)
        self.tags = {word for word in words if "=" not in word}
        self.in_turn = "in-turn" in self.tags
        self.tier = settings.pop("tier", "check")
        self.timeout = float(settings.pop("timeout", 30))
        self.group = settings.pop("group", "")
        self.kernels = set()
        for kernel in settings.pop("kernels", "all").split(","):
            self.kernels |= KNOWN_KERNELS.get(kernel, {kernel})
        if settings or self.tier not in ("check", "full") or \
                self.kernels - KNOWN_KERNELS["all"]:
            raise ValueError(f"{source}: cannot understand its tux-case line")

    def runs(self, kernel, full):
        """Whether this tier of the tests runs the case on a kernel."""
        if kernel not in self.kernels:
            return False
        if full:
            return True
        wanted = TAGS_IN_CHECK[kernel]
        here_alone = self.kernels == {kernel}
        return self.tier == "check" and \
            (wanted is None or here_alone or bool(wanted & (self.tags | {self.group})))


def metadata(path):
    """The words after tux-case: in a file's first lines, or None."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for _, line in zip(range(30), file):
            found = re.search(r"tux-case:(.*)", line)
            if found:
                return found.group(1).replace("*/", "").split()
    return None


def all_cases():
    """Every case there is, by name; a case file without its tux-case line is an error."""
    found = []
    for file in os.listdir(CASES) if os.path.isdir(CASES) else []:
        path = os.path.join(CASES, file)
        name, extension = os.path.splitext(file)
        if extension not in (".sh", ".py") or not os.access(path, os.X_OK):
            continue
        words = metadata(path)
        if words is None:
            raise ValueError(f"{path}: no tux-case line in its first thirty lines")
        found.append(Case(name, path, path, words))
    for file in os.listdir(PROGRAMS) if os.path.isdir(PROGRAMS) else []:
        path = os.path.join(PROGRAMS, file)
        name, extension = os.path.splitext(file)
        words = metadata(path) if extension == ".c" else None
        if words is not None:
            found.append(Case(name, path, os.path.join(HERE, "../../build/vm/programs", name),
                              words))
    return sorted(found, key=lambda case: case.name)


def chosen(kernel, full, patterns):
    """The cases to run on a kernel; patterns (shell style) choose by name, group or tag.

    Naming a case runs it wherever it can run, in whatever tier it is.
    """
    selected = []
    for case in all_cases():
        names = [case.name, case.group, *case.tags]
        if patterns and not any(fnmatch.fnmatchcase(name, pattern)
                                for name in names for pattern in patterns):
            continue
        if case.runs(kernel, full or bool(patterns)):
            selected.append(case)
    return selected
