"""The file of a sweep: an SQLite database with a row for each run.

Its tables are in _SCHEMA. Each row is committed as it comes, to SQLite's write-ahead log: a process that is killed
loses no row that was put. One process writes at a time, which holds a lock on the file; any number may read meanwhile.
``user_version`` is the version of the schema. Its history:

1  the first.

Whole results are JSON, packed by zlib. No byte of a page is in the file.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zswapbench import __version__
from zswapbench.common.errors import InputError, MissingError, unwritable
from zswapbench.results.sweeps import faults
from zswapbench.results.sweeps.columns import NAMES, RESULT_RULES, Figure
from zswapbench.results.sweeps.database import APPLICATION, SCHEMA_VERSION, address, check, connected, locked

AGAIN = MissingError.exit_code
"""The exit code of a problem that was the machine's and not the run's: such a run is done once more."""

MAKER = 8
"""So many digits at the end of a key say what runs of one cell were made with: code, libraries, and costs."""

TRACE, REFERENCES, CORPUS = "trace", "references", "corpus"
"""Kinds of inputs."""

_PACKED = 1
"""Level of zlib: a result becomes a third of its size, in half a millisecond."""

_SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {SCHEMA_VERSION};
CREATE TABLE about(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE inputs(digest TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL,
    corpus TEXT NOT NULL, about TEXT NOT NULL);
CREATE TABLE costs(corpus TEXT, codec TEXT, costs TEXT NOT NULL, PRIMARY KEY(corpus, codec));
CREATE TABLE runs(key TEXT PRIMARY KEY, kind TEXT NOT NULL, trace TEXT NOT NULL, corpus TEXT NOT NULL,
    label TEXT NOT NULL, cell TEXT NOT NULL, seed INTEGER, {", ".join(NAMES)}, seconds REAL NOT NULL,
    problem TEXT NOT NULL, exit_code INTEGER NOT NULL, result BLOB NOT NULL);
"""

_PLAIN = (
    "key",
    "kind",
    "trace",
    "corpus",
    "label",
    "cell",
    "seed",
    *NAMES,
    "seconds",
    "problem",
    "exit_code",
)


@dataclass(frozen=True)
class Input:
    """A file that runs need. ``digest``: SHA-256 of its bytes; ``kind``: TRACE, REFERENCES or CORPUS.

    ``corpus``: the digest of the corpus that a trace or references go with; "" of a corpus. ``about``: what tables say
    of where it comes from.
    """

    digest: str
    kind: str
    name: str
    bytes: int
    corpus: str
    about: dict[str, Any]

    @property
    def is_traffic(self) -> bool:
        """Is it what runs are of, a trace or references?"""
        return self.kind != CORPUS


def other_inputs(theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Where two sweeps are of other files, names by digest: what one "has" and what it "lacks", with names."""
    has = [name for digest, name in theirs.items() if digest not in ours]
    lacks = [name for digest, name in ours.items() if digest not in theirs]
    return [(word, names) for word, names in (("has", has), ("lacks", lacks)) if names]


@dataclass(frozen=True)
class Row:
    """One run. ``kind``: REPLAY or MACHINE; ``trace``, ``corpus``: digests of ``Input``.

    ``cell``: what was asked for, by key of a grid. ``seed``: of the draw, None of what was recorded. ``columns``: of
    zswapbench.results.sweeps.columns, by name; all None where there is a ``problem``, one line, that ended the run as
    it would have ended a command with ``exit_code``. ``result``: the whole result as JSON; "" of a problem, and
    where it was not asked for.
    """

    key: str
    kind: str
    trace: str
    corpus: str
    label: str
    cell: dict[str, Any]
    seed: int | None
    columns: dict[str, Figure]
    seconds: float
    problem: str
    exit_code: int
    result: str


class Store:
    """The runs of a sweep. Made by ``create``, ``append`` or ``open``, which close it in the end."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self.path = path
        self._database = database

    @classmethod
    @contextmanager
    def open(cls, path: str | os.PathLike[str]) -> Iterator[Store]:
        """The file ``path``, to read; somebody may be writing to it.

        Raises InputError if it is no sweep, or of another version of the schema.
        """
        place = Path(path)
        with connected(place, "ro") as database:
            check(place, database)
            yield cls(place, database)

    @classmethod
    @contextmanager
    def append(cls, path: str | os.PathLike[str]) -> Iterator[Store]:
        """The file ``path``, to go on with. Raises InputError as ``open`` does, and for rows of other rules, and
        UsageError if another process writes to it.
        """
        place = Path(path)
        with locked(place), connected(place, "rw") as database:
            check(place, database)
            store = cls(place, database)
            store.refuse_other_rules("their runs cannot stand side by side; name another file")
            with faults.told(place, writing=True):
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
            try:
                yield store
            finally:
                # One file is left, which can be read wherever it lies; not if somebody reads it now.
                with suppress(sqlite3.OperationalError):
                    database.execute("PRAGMA busy_timeout = 0")
                    database.execute("PRAGMA journal_mode = DELETE")

    @classmethod
    @contextmanager
    def create(cls, path: str | os.PathLike[str], about: Mapping[str, str]) -> Iterator[Store]:
        """A new file ``path``, to write to. ``about``: what is to be known of it, beside versions.

        Raises UsageError if it is there, or cannot be made.
        """
        place = Path(path)
        part = place.parent / f".zswapbench-{secrets.token_hex(8)}.part"
        said = {"zswapbench": __version__, "rules": str(RESULT_RULES), **about}
        try:
            part.touch(exist_ok=False)
            with connected(part, "rwc") as database, faults.told(place, writing=True):
                database.executescript(_SCHEMA)
                database.executemany("INSERT INTO about VALUES(?, ?)", said.items())
            os.link(part, place)  # which takes no other's place
        except OSError as error:
            raise unwritable(os.fspath(place), error) from None
        finally:
            part.unlink(missing_ok=True)
        with cls.append(place) as store:
            yield store

    def about(self) -> dict[str, str]:
        """What is known of the sweep, by name: zswapbench, rules, grid and others."""
        with self._read("about"):
            return {
                name: faults.texts([value])[0] for name, value in self._asked("SELECT name, value FROM about")
            }

    def grids(self) -> list[Any]:
        """All grids that were run, as ``about`` says them."""
        told = self.about().get("grid")
        with self._read("about"):
            grids = json.loads(*faults.texts([told]))
            if not isinstance(grids, list):
                raise ValueError("grid is no list")  # noqa: TRY004  of a file
            return grids

    def note(self, name: str, value: str) -> None:
        """Have ``about`` say ``value``."""
        self._write("INSERT OR REPLACE INTO about VALUES(?, ?)", [(name, value)])

    def inputs(self) -> list[Input]:
        """The files that runs need, in the order in which they were given."""
        found = self._asked("SELECT digest, kind, name, bytes, corpus, about FROM inputs ORDER BY rowid")
        inputs = []
        with self._read("inputs"):
            for digest, kind, name, size, corpus, about in found:
                which, what, called, over = faults.texts((digest, kind, name, corpus))
                whence = faults.object_of(about)
                inputs.append(Input(which, what, called, faults.number_of(size, "bytes"), over, whence))
        return inputs

    def add_inputs(self, inputs: Iterable[Input]) -> None:
        """Note ``inputs``; those that are noted already stay as they are."""
        rows = [(*vars(one).values(),) for one in inputs]
        told = [(*plain, json.dumps(about, sort_keys=True)) for *plain, about in rows]
        self._write("INSERT OR IGNORE INTO inputs VALUES(?, ?, ?, ?, ?, ?)", told)

    def costs(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What codecs cost, by digest of the corpus and codec."""
        found = self._asked("SELECT corpus, codec, costs FROM costs")
        with self._read("costs"):
            return {(corpus, codec): faults.object_of(costs) for corpus, codec, costs in found}

    def add_costs(self, costs: Mapping[tuple[str, str], dict[str, Any]]) -> None:
        """Note ``costs``; those that are noted already stay as they are."""
        told = [(*which, json.dumps(one, sort_keys=True)) for which, one in costs.items()]
        self._write("INSERT OR IGNORE INTO costs VALUES(?, ?, ?)", told)

    def done(self) -> set[str]:
        """The keys of all runs that are not to be done again."""
        return {key for (key,) in self._asked("SELECT key FROM runs WHERE exit_code != ?", (AGAIN,))}

    def put(self, row: Row) -> None:
        """Keep ``row``, in the place of one with its key. It is committed when this returns."""
        figures = [row.columns.get(name) for name in NAMES]
        cell = json.dumps(row.cell, sort_keys=True)
        plain = (row.key, row.kind, row.trace, row.corpus, row.label, cell, row.seed, *figures)
        packed = zlib.compress(row.result.encode(), _PACKED) if row.result else b""
        values = (*plain, row.seconds, row.problem, row.exit_code, packed)
        self._write(f"INSERT OR REPLACE INTO runs VALUES({', '.join('?' * len(values))})", [values])

    def forget(self, keys: Iterable[str]) -> None:
        """Leave out the runs with ``keys``, of which some may not be here."""
        self._write("DELETE FROM runs WHERE key = ?", [(key,) for key in keys])

    def absorb(self, path: str | os.PathLike[str]) -> None:
        """Keep all runs of the sweep ``path`` whose keys are not here, as they are."""
        with faults.told(self.path, writing=True):
            self._database.execute("ATTACH ? AS other", [address(Path(path), "ro")])
            try:
                self._database.execute("INSERT OR IGNORE INTO runs SELECT * FROM other.runs")
            finally:
                self._database.execute("DETACH other")

    def rows(self, where: str = "1", values: Iterable[Any] = (), *, results: bool = False) -> Iterator[Row]:
        """The runs that the SQL condition ``where`` is true of, with ``values`` for its ?, by key.

        ``results``: with the whole results, which are a hundred times as large as the rest.
        """
        wanted = ", ".join((*_PLAIN, "result" if results else "x''"))
        for found in self._asked(f"SELECT {wanted} FROM runs WHERE {where} ORDER BY key", tuple(values)):  # noqa: S608
            yield self._row(found)

    def row(self, key: str) -> Row:
        """The run with this ``key``, which is here, with its whole result."""
        return next(self.rows("key = ?", [key], results=True))

    def _row(self, found: tuple[Any, ...]) -> Row:
        """Raises InputError for values that no run has."""
        key, kind, trace, corpus, label, cell, seed, *figures, seconds, problem, code, packed = found
        try:
            key, trace, corpus, label, problem = faults.texts((key, trace, corpus, label, problem))
            return Row(
                key,
                faults.kind_of(kind),
                trace,
                corpus,
                label,
                faults.object_of(cell),
                faults.number_of(seed, "seed", may_lack=True),
                faults.figures_of(figures),
                float(seconds),
                problem,
                faults.number_of(code, "exit_code"),
                faults.unpacked(packed),
            )
        except (ValueError, TypeError) as error:
            raise InputError(self.path, f"is damaged: run {str(key)[:12]}: {error}") from None

    def count(self, where: str = "1", values: Iterable[Any] = ()) -> int:
        """How many runs the SQL condition ``where`` is true of."""
        found: int = next(iter(self._asked(f"SELECT count(*) FROM runs WHERE {where}", tuple(values))))[0]  # noqa: S608
        return found

    def refuse_other_rules(self, advice: str) -> None:
        """Raises InputError, with what to do, for a sweep whose runs were made by another version than this one."""
        about = self.about()
        made, rules = about.get("zswapbench", "an unknown version"), about.get("rules", "?")
        if (made, rules) != (__version__, str(RESULT_RULES)):
            raise InputError(
                self.path,
                f"was made by zswapbench {made} (rules {rules}), and this is {__version__} (rules {RESULT_RULES}): "
                f"{advice}",
            )

    @contextmanager
    def _read(self, table: str) -> Iterator[None]:
        """Raises InputError for values that the ``table`` cannot have."""
        try:
            yield
        except (ValueError, TypeError) as error:
            raise InputError(self.path, f"is damaged: table {table}: {error}") from None

    def _asked(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        with faults.told(self.path):
            # Not "yield from", which would close the cursor, even of a database that was closed in the meantime.
            for row in self._database.execute(sql, values):  # noqa: UP028
                yield row

    def _write(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with faults.told(self.path, writing=True), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(sql, rows)
