# SPDX-License-Identifier: GPL-2.0-only
"""What the checks outside guests share: results in TAP, the project's files, C without comments."""
import os
import re
import subprocess
import sys

TREE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))


class Report:
    """Prints one TAP line for each thing checked, with its problems as diagnostics."""

    def __init__(self):
        self.count = 0
        self.failed = False

    def result(self, sentence, problems):
        """Something has been checked; no problems means it is fine."""
        self.count += 1
        print(f"{'not ok' if problems else 'ok'} {self.count} - {sentence}", flush=True)
        for problem in problems:
            print(f"# {problem}")
        self.failed |= bool(problems)

    def check(self, sentence, good, *details):
        """Something has been found good or not; the end of the details is shown when it is not."""
        lines = "\n".join(str(detail) for detail in details).splitlines()
        self.result(sentence, [] if good else lines[-40:] or ["so it is not"])

    def skip(self, sentence, reason):
        """Something cannot be checked here."""
        self.count += 1
        print(f"ok {self.count} - {sentence} # SKIP {reason}", flush=True)

    def finish(self):
        """Print the plan and end the program."""
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def files(*patterns):
    """The project's files, also those not committed yet, that match git's patterns ("*.c")."""
    names = subprocess.run(
        ["git", "-C", TREE, "ls-files", "--cached", "--others", "--exclude-standard", "--",
         *patterns], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    return sorted(name for name in set(names) if os.path.isfile(os.path.join(TREE, name)))


def read(name):
    """The text of a file of the project."""
    with open(os.path.join(TREE, name), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def code_of(text):
    """C with comments, strings and character constants blanked out, line numbers kept."""
    def blank(found):
        return re.sub(r"[^\n]", " ", found.group(0))
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text,
                  flags=re.DOTALL)


def functions(names):
    """Functions defined in C files: tuples of name, file, first line, last line, static."""
    if not names:
        return []
    tags = subprocess.run(
        ["ctags", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f", "--fields=+nef",
         "--output-format=u-ctags", "--excmd=number", "-f", "-", *names],
        cwd=TREE, stdout=subprocess.PIPE, check=True, text=True).stdout
    found = []
    for line in tags.splitlines():
        name, file, _, *fields = line.split("\t")
        words = dict(field.split(":", 1) for field in fields if ":" in field)
        if name.startswith("!") or "end" not in words:
            continue
        found.append((name, file, int(words["line"]), int(words["end"]), "file" in words))
    return found
