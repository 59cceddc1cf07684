# SPDX-License-Identifier: GPL-2.0-only
"""What the cases of the tools in Python share: results, and a document root."""
import os

_results = 0


def check(good, sentence, note=""):
    """One result; the note comes with a failure."""
    global _results
    _results += 1
    print(f"{'ok' if good else 'not ok'} {_results} - {sentence}", flush=True)
    if not good:
        print("".join(f"#   {line}\n" for line in str(note).splitlines()), end="", flush=True)


def skip(sentence, reason):
    """A result that cannot be had here."""
    global _results
    _results += 1
    print(f"ok {_results} - {sentence} # SKIP {reason}", flush=True)


def finish():
    """The plan."""
    print(f"1..{_results}", flush=True)


def make_site():
    """A document root for everybody; returns its path."""
    os.chmod(".", 0o755)
    os.mkdir("www", 0o755)
    with open("www/a.txt", "w", encoding="ascii") as page:
        page.write("hello\n")
    return os.path.join(os.getcwd(), "www")


def await_line(process, part):
    """Reads what a process says until a line has that part; returns all of it."""
    text = ""
    for line in process.stderr:
        text += line
        if part in line:
            break
    return text
