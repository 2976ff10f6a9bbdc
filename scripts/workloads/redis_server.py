"""redis-server as a web shop's cache: sessions, users, rankings, feeds, counters, thumbnails; and holes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workloads.room import Program, Room
from workloads.synth import Synth

_SESSIONS, _USERS, _BOARDS, _FEEDS, _COUNTERS, _THUMBNAILS = 130_000, 70_000, 120, 4_000, 150_000, 1_500
Command = tuple[object, ...]


def start(room: Room, seed: int) -> int:
    """A server that holds some 200 MB."""
    socket, commands = room.folder / "redis.sock", room.folder / "commands.resp"
    server = room.start(
        *("/usr/bin/redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"),
        *("--logfile", "redis.log"),
    )
    room.run_until_it_works("/usr/bin/redis-cli", "-s", socket, "ping")
    _write(commands, _life(Synth(seed)))
    room.run("/usr/bin/redis-cli", "-s", socket, "--pipe", stdin=commands)
    return server.pid


def _life(synth: Synth) -> Iterator[Command]:
    """Everything is written once; then much goes, and other things of other sizes come in its place."""
    sessions = [f"session:{synth.token()}" for _ in range(_SESSIONS)]
    yield from _log_in(synth, sessions)
    yield from _users(synth)
    yield from _boards_and_feeds(synth)
    yield from _counters(synth)
    for number in range(_THUMBNAILS):
        yield "SET", f"thumbnail:{number}", synth.blob(synth.random.randint(1_000, 12_000))
    for session in synth.random.sample(sessions, _SESSIONS // 3):
        yield "DEL", session
    for user in synth.random.sample(range(_USERS), _USERS // 6):
        yield "DEL", f"user:{user}"
    yield from _log_in(synth, [f"session:{synth.token()}" for _ in range(_SESSIONS // 10)])


def _log_in(synth: Synth, sessions: list[str]) -> Iterator[Command]:
    for session in sessions:
        expiry = ("EX", synth.random.randint(3_600, 86_400)) if synth.random.random() < 0.6 else ()
        yield "SET", session, synth.session(), *expiry


def _users(synth: Synth) -> Iterator[Command]:
    """Hashes: small ones stay a listpack, those with a long field become a hash table."""
    for user in range(_USERS):
        about = ("about", synth.prose(3)) if synth.random.random() < 0.2 else ()
        fields = [part for pair in synth.person().items() for part in pair]
        yield "HSET", f"user:{user}", *fields, *about


def _boards_and_feeds(synth: Synth) -> Iterator[Command]:
    for board in range(_BOARDS):
        for _ in range(8):
            users = synth.random.sample(range(_USERS), 60)
            pairs = [(round(synth.random.paretovariate(1.2), 3), f"user:{user}") for user in users]
            yield "ZADD", f"board:{board}", *(part for pair in pairs for part in pair)
    for feed in range(_FEEDS):
        posts = [synth.text(synth.random.randint(3, 20)) for _ in range(synth.random.randint(5, 40))]
        yield "RPUSH", f"feed:{feed}", *posts


def _counters(synth: Synth) -> Iterator[Command]:
    for counter in range(_COUNTERS):
        yield "SET", f"hits:{counter % 365}:{counter}", int(synth.random.paretovariate(0.7))


def _write(path: Path, commands: Iterator[Command]) -> None:
    """Commands in the protocol that ``redis-cli --pipe`` sends on."""
    with open(path, "wb") as file:
        for command in commands:
            parts = [part if isinstance(part, bytes) else str(part).encode() for part in command]
            file.write(b"*%d\r\n" % len(parts))
            file.writelines(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


PROGRAM = Program("redis", "/usr/bin/redis-server", "redis-server", start)
