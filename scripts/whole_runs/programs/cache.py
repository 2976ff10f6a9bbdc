"""redis-server as a web shop's cache, for minutes: sessions, product pages and their pictures.

It is filled with what was left of yesterday. Then visitors come in bursts, with quiet times between. Each has a
session, which is read with every click and written with some, and which is left behind then; few come back to an old
one. Product pages and pictures, which do not compress, are wanted by rank. Once a report reads yesterday's sessions in
order, as a batch at night does.

Between clicks the server has nothing to do. These waits are the load's own, from its seed.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from recording.programs import redis
from recording.programs.base import Running, zipf
from recording.programs.redis import Client, Command
from workloads.synth import Synth

from whole_runs.programs.base import Program

SESSIONS, PRODUCTS, PICTURES = 3_000, 850, 110
SECONDS = 600
CYCLE, BUSY = 60, 20
"""Seconds from one burst to the next, and of a burst."""

ARRIVALS, QUIET_ARRIVALS = 4.0, 0.4
"""Visitors in a second of a burst, and of a quiet time."""

CLICKS, THINKING = 8, 5.0
"""Of a visitor on average, and seconds from one to the next."""

RETURNS, CHANGES, LOGS_OUT = 0.1, 0.3, 0.2
"""Shares: visitors with an old session; clicks that write theirs; visitors who end it."""

REPORT_AT, REPORT_BATCH, REPORT_PAUSE = 400.0, 50, 0.2
"""Seconds; sessions that the report reads at once; seconds until it reads the next."""

Event = tuple[float, list[Command]]


def prepare(folder: Path, seed: int) -> None:
    """sessions.txt and products.txt, one in each line; pictures.bin, each behind a line with its bytes."""
    synth = Synth(seed)
    with open(folder / "sessions.txt", "w") as file:
        file.writelines(f"{synth.session()}\n" for _ in range(2 * SESSIONS))
    with open(folder / "products.txt", "w") as file:
        file.writelines(f"{_product(synth, number)}\n" for number in range(PRODUCTS))
    with open(folder / "pictures.bin", "wb") as binary:
        for _ in range(PICTURES):
            picture = synth.blob(synth.random.randint(1_000, 6_000))
            binary.write(b"%d\n%b" % (len(picture), picture))


def _product(synth: Synth, number: int) -> str:
    """A part of a page as a shop keeps it ready, in a line: 1 to 2 KB."""
    rows = "".join(
        f'<tr class="attribute"><th scope="row">{synth.text(1)}</th><td>{synth.text(2)}</td></tr>'
        for _ in range(8)
    )
    reviews = "".join(
        f'<li class="review"><span class="stars" data-stars="{synth.random.randint(1, 5)}"></span>'
        f"<cite>{synth.name()}</cite><p>{synth.prose(1)}</p></li>"
        for _ in range(synth.random.randint(0, 5))
    )
    return (
        f'<article class="product" id="product-{number}"><h1>{synth.text(3)}</h1>'
        f'<img src="/picture/{number % PICTURES}" loading="lazy" alt=""><p class="price">{synth.price()}</p>'
        f'<p class="description">{synth.prose(4)}</p><table class="attributes">{rows}</table>'
        f'<form method="post" action="/cart"><input type="hidden" name="sku" value="{synth.token(6)}">'
        '<button type="submit" class="button primary">Add to cart</button></form>'
        f'<ul class="reviews">{reviews}</ul></article>'
    )


def load(running: Running, seed: int) -> None:
    """Fill it, and do all that is to be done in its time, each when it is due."""
    shop = Shop(running.folder, seed)
    with Client(running.folder / "redis.sock") as client:
        running.mark("PHASE fill")
        client.do(shop.yesterday())
        running.mark("PHASE serve")
        now = 0.0
        for at, commands in heapq.merge(shop.visits(), shop.report()):
            running.wait(at - now)
            client.do(commands)
            now = at
        running.wait(SECONDS - now)


class Shop:
    """What is asked of the cache, and when: all from ``seed``. ``folder`` has what ``prepare`` made."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._choice = random.Random(seed)
        self._sessions = (folder / "sessions.txt").read_bytes().splitlines()
        self._products = (folder / "products.txt").read_bytes().splitlines()
        self._pictures = _pictures(folder / "pictures.bin")
        self._ranked = self._choice.sample(range(len(self._products)), len(self._products))
        self._known = SESSIONS

    def yesterday(self) -> Iterator[Command]:
        """What it is filled with."""
        for number, product in enumerate(self._products):
            yield b"SET", b"product:%d" % number, product
        for number, picture in enumerate(self._pictures):
            yield b"SET", b"picture:%d" % number, picture
        for number in range(SESSIONS):
            yield b"SET", redis.key(number), self._sessions[number]

    def visits(self) -> Iterator[Event]:
        """Clicks of all visitors, in order, up to the end."""
        choice, order = self._choice, count()
        clicks = [(at, next(order), -1) for at in self._arrivals()]
        heapq.heapify(clicks)
        while clicks:
            at, _, session = heapq.heappop(clicks)
            commands: list[Command] = []
            if session < 0:
                session, commands = self._come()
            commands += self._click(session)
            leaves = choice.random() < 1 / CLICKS
            if leaves and choice.random() < LOGS_OUT:
                commands.append((b"DEL", redis.key(session)))
            yield at, commands
            again = at + choice.expovariate(1 / THINKING)
            if not leaves and again < SECONDS:
                heapq.heappush(clicks, (again, next(order), session))

    def report(self) -> Iterator[Event]:
        """All sessions of yesterday, in order."""
        for batch, first in enumerate(range(0, SESSIONS, REPORT_BATCH)):
            last = min(first + REPORT_BATCH, SESSIONS)
            commands: list[Command] = [(b"GET", redis.key(number)) for number in range(first, last)]
            yield REPORT_AT + batch * REPORT_PAUSE, commands

    def _arrivals(self) -> Iterator[float]:
        """When visitors come: at random, by the rate of a burst or of a quiet time."""
        at = 0.0
        while (at := at + self._choice.expovariate(ARRIVALS)) < SECONDS:
            if at % CYCLE < BUSY or self._choice.random() < QUIET_ARRIVALS / ARRIVALS:
                yield at

    def _come(self) -> tuple[int, list[Command]]:
        """A visitor's session, and what begins it."""
        if self._choice.random() < RETURNS:
            return self._choice.randrange(self._known), []
        session, self._known = self._known, self._known + 1
        return session, [(b"SET", redis.key(session), self._sessions[session % len(self._sessions)])]

    def _click(self, session: int) -> list[Command]:
        choice = self._choice
        product = self._ranked[zipf(choice, len(self._ranked))]
        commands: list[Command] = [
            (b"GET", redis.key(session)),
            (b"GET", b"product:%d" % product),
            (b"GET", b"picture:%d" % (product % len(self._pictures))),
        ]
        if choice.random() < CHANGES:
            commands.append((b"SET", redis.key(session), choice.choice(self._sessions)))
        return commands


def _pictures(path: Path) -> list[bytes]:
    pictures = []
    with open(path, "rb") as file:
        while size := file.readline():
            pictures.append(file.read(int(size)))
    return pictures


PROGRAM = Program(
    packages=redis.PROGRAM.packages,
    # What it does by the clock, ten times a second otherwise, would be most of its work under lackey.
    command=(*redis.PROGRAM.command, "--hz", "1", "--dynamic-hz", "no"),
    prepare=prepare,
    load=load,
    least_ram="1280KiB",
)
