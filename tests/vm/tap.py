# SPDX-License-Identifier: GPL-2.0-only
"""Counting results in the Test Anything Protocol."""
import re


def kind_of(text):
    """What a line is: "not ok", "skip", "ok", or None for any other text."""
    result = re.match(r"(not )?ok\b(.*)", text)
    if not result:
        return None
    if re.search(r"#\s*skip", result.group(2), re.IGNORECASE):
        return "skip"
    return "not ok" if result.group(1) else "ok"


class Tap:
    """Counts the results in a stream of TAP lines.

    Several plans may follow each other, as when several programs write to one stream.  After
    finish(), failed includes every complaint: what went wrong beside what the tests say themselves.
    """

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.planned = 0
        self.plans = 0
        self.complaints = []

    def line(self, text):
        """Take one line."""
        plan = re.match(r"1\.\.(\d+)\s*(#\s*SKIP.*)?$", text, re.IGNORECASE)
        if plan:
            self.plans += 1
            self.planned += int(plan.group(1))
            if plan.group(2) and int(plan.group(1)) == 0:
                self.skipped += 1
                self.planned += 1
        kind = kind_of(text)
        self.passed += kind == "ok"
        self.failed += kind == "not ok"
        self.skipped += kind == "skip"

    def complain(self, reason):
        """Note a failure that the tests did not report themselves."""
        self.complaints.append(reason)

    def finish(self):
        """Compare with the plans, and count each complaint as a failure."""
        total = self.passed + self.failed + self.skipped
        if not self.plans:
            self.complain("no plan")
        elif total != self.planned:
            self.complain(f"{total} results of {self.planned} planned")
        elif not total:
            self.complain("no result")
        self.failed += len(self.complaints)
