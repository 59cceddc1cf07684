#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# tux-case: tier=check timeout=300 kernels=debug group=race lifecycle
"""Files, names and settings that change under load: each answer is whole, or the connection is reset."""
import os
import random

from race import rounds, storm, under_load
from stage import BODY, connect, make_site, run, serve, serves
from tuxtest import Client, Server, expect, same, test

RANDOM = random.Random(3)
SIZES = (0, 1, 4096, 5000, 70000, 1 << 20)


def write(path, content):
    """A file, replaced as a whole."""
    with open(path + ".new", "wb") as file:
        file.write(content)
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)


@test("A file truncated, filled and replaced while it is sent: never a byte that it did not have")
def _():
    path = os.path.join(make_site(), "changing")
    write(path, b"a" * SIZES[-1])

    def change():
        how = RANDOM.randrange(4)
        if how == 0:
            os.truncate(path, RANDOM.choice(SIZES))
        elif how == 1:
            with open(path, "r+b") as file:
                file.write(b"a" * RANDOM.choice(SIZES))
        elif how == 2:
            write(path, b"a" * RANDOM.choice(SIZES))
        else:
            os.unlink(path)
            write(path, b"a" * RANDOM.choice(SIZES))

    serve(2)
    answers = resets = 0
    with storm(change):
        for _ in rounds():
            try:
                with Client() as client:
                    answer = client.get("/changing")
            except ConnectionResetError:
                resets += 1
                continue
            answers += 1
            expect(answer.status in (200, 404), f"status {answer.status}")
            # A file that is made longer by truncate() is zeroes there.
            expect(answer.status == 404 or not answer.body.strip(b"a\0"), "bytes of nobody")
    expect(answers, f"no answers, {resets} resets")
    write(path, b"done")
    same(connect().get("/changing").body, b"done")


@test("The document root is renamed all the time: requests do not notice")
def _():
    site = make_site()
    elsewhere = site + "-elsewhere"

    def rename():
        os.rename(site, elsewhere)
        os.rename(elsewhere, site)

    serve(2)
    clients = connect()
    with storm(rename), under_load():
        for _ in rounds():
            same(clients.get("/").body, BODY)
            same(clients.get("/absent").status, 404)


@test("Every setting is written all the time: requests do not notice")
def _():
    values = {"keepalive_timeout": (5, 60), "header_timeout": (20, 60), "send_timeout": (20, 60),
              "generate_etags": (0, 1), "generate_last_mod": (0, 1), "noid": (0, 1),
              "mode_forbidden": (0, 0o111), "max_header_len": (4000, 16000),
              "default_type": ("text/plain", "application/octet-stream"),
              "404_page": ("", "/index.html")}

    def write_one():
        name = RANDOM.choice(list(values))
        Server.set(name, RANDOM.choice(values[name]))

    serve(2)
    before = {name: Server.value(name) for name in values}
    client = connect()
    with storm(write_one), under_load():
        for _ in rounds():
            serves(client)
            expect(client.get("/absent").status in (404, 200), "the answer for what is not there")
    for name, value in before.items():
        Server.set(name, value or " ")


run()
