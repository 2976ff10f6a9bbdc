"""redis-server as a web shop's session cache: filled, then read and written by rank, cleared in part, scanned."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from workloads.synth import Synth

from recording.programs.base import Program, Running, zipf

SESSIONS = 90_000
ROUND = 60_000  # commands from one change of what is hot to the next
BATCH = 50
Command = tuple[bytes, ...]


def prepare(folder: Path, seed: int, sessions: int = SESSIONS) -> None:
    """sessions.txt: one in each line."""
    synth = Synth(seed)
    with open(folder / "sessions.txt", "w") as file:
        file.writelines(f"{synth.session()}\n" for _ in range(sessions))


def load(running: Running, seed: int) -> None:
    """Fill it; then rounds without an end."""
    for _ in rounds(running, seed, SESSIONS, ROUND):
        pass


def rounds(running: Running, seed: int, sessions: int, commands: int) -> Iterator[None]:
    """Fill it with ``sessions``; then a round of ``commands`` and more each time, without an end."""
    with Client(running.folder / "redis.sock") as client:
        running.mark("PHASE fill")
        with open(running.folder / "sessions.txt", "rb") as file:
            client.do((b"SET", key(number), line.rstrip()) for number, line in enumerate(file))
        with open(running.folder / "sessions.txt", "rb") as file:
            written = [line.rstrip() for line in islice(file, 1_000)]
        choice = random.Random(seed)
        ranked = list(range(sessions))
        yield
        while True:
            choice.shuffle(ranked)
            running.mark("PHASE zipf")
            client.do(by_rank(choice, ranked, written, commands))
            running.mark("PHASE delete")
            gone = choice.sample(ranked, sessions // 10)
            client.do((b"DEL", key(number)) for number in gone)
            running.mark("PHASE fill again")
            client.do((b"SET", key(number), choice.choice(written)) for number in gone)
            running.mark("PHASE scan")
            client.do((b"GET", key(number)) for number in range(sessions // 4))
            yield


def by_rank(
    choice: random.Random, ranked: list[int], written: list[bytes], commands: int
) -> Iterator[Command]:
    """One command in ten writes."""
    for _ in range(commands):
        name = key(ranked[zipf(choice, len(ranked))])
        yield (b"SET", name, choice.choice(written)) if choice.random() < 0.1 else (b"GET", name)


def key(number: int) -> bytes:
    return b"session:%06d" % number


class Client:
    """A connection to the server, as soon as it listens on ``path``. Used as a context, it is closed in the end."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        while self._socket.connect_ex(str(path)):
            time.sleep(0.1)
        self._replies = self._socket.makefile("rb")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._replies.close()
        self._socket.close()

    def do(self, commands: Iterable[Command]) -> None:
        """Send them, a batch at a time, and read what it answers."""
        left = iter(commands)
        while batch := list(islice(left, BATCH)):
            self._socket.sendall(b"".join(map(encoded, batch)))
            for _ in batch:
                line = self._replies.readline()
                if line.startswith(b"$") and line != b"$-1\r\n":
                    self._replies.read(int(line[1:]) + 2)


def encoded(command: Command) -> bytes:
    return b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in command)


PROGRAM = Program(
    packages=("redis-server",),
    command=(
        *("/usr/bin/redis-server", "--port", "0", "--unixsocket", "redis.sock", "--save", ""),
        *("--appendonly", "no", "--logfile", "redis.log"),
    ),
    prepare=prepare,
    load=load,
    limit=32,
    pool_percent=4,
)
