# SPDX-License-Identifier: GPL-2.0-only
"""Requests that are nearly right: mutations of the corpus of tests/fuzz, the same for the same seed."""
import os
import random

HERE = os.path.dirname(os.path.realpath(__file__))
CORPUS = os.path.join(HERE, "..", "..", "fuzz", "corpus")
REGRESSIONS = os.path.join(HERE, "..", "..", "fuzz", "regressions")

# What parsers look for, or stumble over.
WORDS = [
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b";", b",", b"/", b"..", b"%2e", b"%00", b"%", b"?",
    b"\r\n\r\n", b"\r\n ", b"\xff", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"GET ", b"HEAD ", b"POST ",
    b"CONNECT ", b"OPTIONS * ", b"0\r\n\r\n", b"ffffffffffffffff\r\n", b"Content-Length: ",
    b"Content-Length: 5\r\n", b"Content-Length: 18446744073709551617\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n",
    b"Expect: 100-continue\r\n", b"Host: tux\r\n", b"If-None-Match: *\r\n", b"If-Match: \"\"\r\n",
    b"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n", b"Range: bytes=0-1,2-\r\n",
]

FRAMES = [
    b"GET /%s HTTP/1.1\r\nHost: tux\r\n\r\n",
    b"HEAD /a.txt HTTP/1.1\r\nHost: %s\r\n\r\n",
    b"GET /a.txt HTTP/1.1\r\nHost: tux\r\nIf-None-Match: %s\r\n\r\n",
    b"GET /a.txt HTTP/1.1\r\nHost: tux\r\nIf-Modified-Since: %s\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: tux\r\nTransfer-Encoding: chunked\r\n\r\n%s",
]
SUBJECTS = ["url", "host", "condition", "date", "chunk"]


def read_all(folder):
    """The content of each file of a folder, in the order of their names."""
    found = []
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, name), "rb") as file:
            found.append(file.read())
    return found


def seeds():
    """Requests: those of the corpus, and its parts in frames."""
    found = [data for name in ("parse", "scan") for root in (CORPUS, REGRESSIONS)
             for data in read_all(os.path.join(root, name))]
    for frame, subject in zip(FRAMES, SUBJECTS):
        for root in (CORPUS, REGRESSIONS):
            found += [frame.replace(b"%s", data) for data in read_all(os.path.join(root, subject))]
    for name in (b"a.txt", b"b.txt", b"", b"nothing"):
        found.append(FRAMES[0].replace(b"%s", name))
    return found


class Mutator:
    """Makes one input after the other."""

    LONGEST = 60000

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seeds = seeds()

    def piece(self, data):
        """A random part of something."""
        if not data:
            return b""
        begin = self.random.randrange(len(data))
        return data[begin:begin + self.random.choice((1, 2, 4, 16, 64, len(data)))]

    def change(self, data):
        """One mutation."""
        place = self.random.randrange(len(data) + 1)
        kind = self.random.randrange(8)
        if kind == 0:
            return data[:place] + bytes([self.random.randrange(256)]) + data[place + 1:]
        if kind == 1 and place < len(data):
            return data[:place] + bytes([data[place] ^ 1 << self.random.randrange(8)]) + data[place + 1:]
        if kind == 2:
            return data[:place] + data[place + len(self.piece(data)):]
        if kind == 3:
            return data[:place] + self.piece(data) + data[place:]
        if kind == 4:
            return data[:place] + self.piece(self.random.choice(self.seeds)) + data[place:]
        if kind == 5 and self.random.randrange(4) == 0:
            times = self.random.choice((5, 101, 2000, 20000))
            return (data[:place] + self.piece(data)[:20] * times + data[place:])[:self.LONGEST]
        word = self.random.choice(WORDS)
        return data[:place] + word + data[place + (len(word) if kind == 6 else 0):]

    def input(self):
        """One to four requests in a row, most of them changed."""
        requests = []
        for _ in range(self.random.choice((1, 1, 2, 4))):
            data = self.random.choice(self.seeds)
            for _ in range(self.random.choice((0, 1, 1, 2, 3, 8))):
                data = self.change(data)
            requests.append(data)
        return b"".join(requests)[:self.LONGEST]

    def cuts(self, length):
        """Where to cut an input of this length into pieces."""
        places = self.random.sample(range(length + 1), min(self.random.choice((1, 2, 5)), length))
        return [0, *sorted(places), length]
