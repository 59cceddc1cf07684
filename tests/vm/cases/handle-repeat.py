#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=full timeout=180 group=handle
"""The server started and shut down 100 times with the tools; nothing must be left each time."""
import subprocess

from stage import LOOPBACK, PORT, can_listen, make_site, run, server, serves, unload
from tuxtest import Server, command, expect, same, test


def daemons():
    """How many processes of the server there are."""
    return subprocess.run(["pgrep", "-c", "tuxd"], capture_output=True, text=True,
                          check=False).stdout.strip()


@test("100 times tuxctl startup, a request, tuxctl shutdown")
def _():
    site = make_site()
    for _ in range(100):
        command("tuxctl", "startup", "--docroot", site, "--listen", f"{LOOPBACK}:{PORT}",
                "--threads", "2")
        serves()
        command("tuxctl", "shutdown")
        same(server()["state"], "stopped", "the state")
        expect(can_listen(), "the port is not free")
    counts = Server.stats()
    same(counts["connections_accepted"], 100, "connections accepted")
    same(counts["connections_closed"], 100, "connections closed")
    same(daemons(), "0", "processes left")
    same(unload(), "done", "rmmod")


run()
