# SPDX-License-Identifier: GPL-2.0-only
"""Where in the kernel the instructions of a request are executed, function by function."""
import bisect
import os

import guest as rig

FUNCTIONS_SHOWN = 60
KERNEL_BEGINS = 1 << 63


class Symbols:
    """The functions of a running kernel and its modules, from its /proc/kallsyms."""

    def __init__(self, path):
        found = {}
        with open(path, encoding="ascii") as file:
            for line in file:
                address, kind, name, *module = line.split()
                if kind in "tTwW":
                    found.setdefault(int(address, 16), " ".join([name, *module]))
        self.addresses = sorted(found)
        self.names = [found[address] for address in self.addresses]

    def name(self, address):
        """The function that an address is in."""
        if address < KERNEL_BEGINS:
            return "(user space)"
        index = bisect.bisect_right(self.addresses, address) - 1
        return self.names[index] if index >= 0 else "(unknown)"


def by_function(path, symbols):
    """Instructions executed in each function, from what the plugin wrote about blocks."""
    totals = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            address, instructions = line.split()
            name = symbols.name(int(address, 16))
            totals[name] = totals.get(name, 0) + int(instructions)
    return totals


def print_table(totals, requests):
    """The functions with most instructions first, then what the rest comes to."""
    whole = sum(totals.values())
    print(f"{'instructions':>12} {'%':>6} {'sum %':>6}  function")
    shown = 0
    order = sorted(totals.items(), key=lambda item: -item[1])
    for name, count in order[:FUNCTIONS_SHOWN]:
        shown += count
        print(f"{count / requests:12.1f} {100 * count / whole:6.2f} {100 * shown / whole:6.2f}  "
              f"{name}")
    print(f"{(whole - shown) / requests:12.1f} {100 * (1 - shown / whole):6.2f} {100:6.2f}  "
          f"({len(order[FUNCTIONS_SHOWN:])} functions more)")
    in_module = sum(count for name, count in totals.items() if name.endswith("[tux]"))
    user = totals.get("(user space)", 0)
    print(f"{whole / requests:.1f} instructions per request: "
          f"{in_module / requests:.1f} in the module, "
          f"{(whole - in_module - user) / requests:.1f} in the rest of the kernel, "
          f"{user / requests:.1f} in user space")


def profile(options, module, run_guest):
    """Run one server with one workload, once, and print the histogram."""
    print(f"{options.servers[0]}, {options.workloads[0]}:")
    requests = []
    files = ("blocks", "kallsyms")
    run_guest(options, module, "blocks={share}/blocks",
              lambda line: requests.append(int(line.split()[3])), keep=files)
    blocks, kallsyms = [os.path.join(rig.BUILD, "bench", name) for name in files]
    print_table(by_function(blocks, Symbols(kallsyms)), requests[0])
