"""Files that were damaged, or written by another hand: one line that says what is wrong, whatever they hold."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.results.sweeps.test_store import ROW, TRACE
from zswapbench.common.errors import InputError
from zswapbench.results.sweeps import database
from zswapbench.results.sweeps.faults import MOST_BYTES
from zswapbench.results.sweeps.store import Store


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "s.sqlite"
    with Store.create(path, {"grid": "[]"}) as store:
        store.add_inputs([TRACE])
        store.add_costs({("c", "lz4"): {"means": [1.5, 2.5]}})
        for number in range(50):
            store.put(replace(ROW, key=f"k{number:02}"))
    return path


def read(path: Path) -> None:
    """All that can be read."""
    with Store.open(path) as store:
        store.about(), store.inputs(), store.costs(), store.done(), store.count()
        for row in store.rows(results=True):
            assert row.kind == "replay"


def change(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(sql, values)


@pytest.mark.parametrize(
    ("sql", "value", "problem"),
    [
        (
            "UPDATE runs SET kind = ? WHERE key = 'k07'",
            "dream",
            "run k07: it is of no kind that there is: dream",
        ),
        ("UPDATE runs SET cell = ? WHERE key = 'k07'", "{", "run k07: .*line 1"),
        ("UPDATE runs SET cell = ? WHERE key = 'k07'", "[1]", "run k07: JSON that is no object"),
        (
            "UPDATE runs SET cell = ? WHERE key = 'k07'",
            '{"a":' * 99_999,
            "run k07: JSON that is nested too deep",
        ),
        ("UPDATE runs SET cell = ? WHERE key = 'k07'", b"\xff", "run k07: a text is missing"),
        ("UPDATE runs SET device_writes = ? WHERE key = 'k07'", "many", "device_writes is no number"),
        ("UPDATE runs SET total_ns = ? WHERE key = 'k07'", float("inf"), "total_ns is no number"),
        ("UPDATE runs SET seed = ? WHERE key = 'k07'", 1.5, "seed is no whole number"),
        ("UPDATE runs SET seconds = ? WHERE key = 'k07'", "x", "run k07: could not convert"),
        ("UPDATE runs SET result = ? WHERE key = 'k07'", b"no zlib", "its result cannot be unpacked"),
        ("UPDATE runs SET result = ? WHERE key = 'k07'", "{}", "its result is not packed"),
        ("UPDATE inputs SET about = ?", "[]", "table inputs: JSON that is no object"),
        ("UPDATE inputs SET bytes = ?", "x", "table inputs: bytes is no whole number"),
        ("UPDATE costs SET costs = ?", '{"a": 1, "a": 2}', "table costs: .*twice"),
        ("UPDATE about SET value = ? WHERE name = 'grid'", b"\x00", "table about: a text is missing"),
    ],
)
def test_a_value_that_cannot_be_is_told(made: Path, sql: str, value: object, problem: str) -> None:
    change(made, sql, value)
    with pytest.raises(InputError, match=rf"s\.sqlite: is damaged: .*{problem}"):
        read(made)


@pytest.mark.parametrize("table", ["about", "inputs", "costs", "runs"])
def test_a_missing_table_is_told(made: Path, table: str) -> None:
    change(made, f"DROP TABLE {table}")
    with pytest.raises(InputError, match=f"no such table: {table}"):
        read(made)


def test_nulls_are_told(made: Path) -> None:
    change(made, "CREATE TABLE others AS SELECT * FROM runs")
    change(made, "DROP TABLE runs")
    change(made, "ALTER TABLE others RENAME TO runs")
    change(made, "UPDATE runs SET key = NULL, label = NULL, result = NULL")
    with pytest.raises(InputError, match="run None: a text is missing"):
        read(made)


def test_a_result_that_would_fill_the_memory_is_told(made: Path) -> None:
    with Store.append(made) as store:
        store.put(replace(ROW, key="k07", result=" " * (MOST_BYTES + 1)))
    with pytest.raises(InputError, match="run k07: its result was cut, or is larger"):
        read(made)


def test_a_cut_file_is_told(made: Path) -> None:
    whole = made.read_bytes()
    for size in (1, 99, 5_000, len(whole) // 2, len(whole) - 1):
        made.write_bytes(whole[:size])
        with pytest.raises(InputError):
            read(made)


def test_random_bytes_are_told_or_change_nothing_that_matters(made: Path) -> None:
    whole = bytearray(made.read_bytes())
    chance = random.Random(4)
    told = 0
    for _ in range(60):
        damaged = bytearray(whole)
        place = chance.randrange(100, len(whole) - 64)
        damaged[place : place + 64] = chance.randbytes(64)
        made.write_bytes(damaged)
        try:
            read(made)
        except InputError:
            told += 1
    assert told >= 5


def test_what_is_no_regular_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(InputError, match="is not a regular file"):
            read(tmp_path / name)
    with pytest.raises(InputError, match=r"cannot be read: .*null"):
        read(tmp_path / "a\0b")
    with pytest.raises(InputError, match="cannot be read: Not a directory"):
        read(Path(__file__) / "x")


def test_rows_that_a_killed_process_left_in_the_log_are_read(tmp_path: Path) -> None:
    program = f"""
import os, signal
from tests.results.sweeps.test_store import ROW, replace
from zswapbench.results.sweeps.store import Store
with Store.create({str(tmp_path / "s.sqlite")!r}, {{}}) as store:
    for number in range(100):
        store.put(replace(ROW, key=str(number)))
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[3], check=False)
    assert (tmp_path / "s.sqlite-wal").exists()
    with Store.open(tmp_path / "s.sqlite") as store:
        assert store.count() == 100


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_WAIT_S", 0.1)


@pytest.mark.usefixtures("impatient")
def test_another_program_that_has_the_file_is_told(made: Path) -> None:
    with closing(sqlite3.connect(made, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputError, match="in the hands of another program"):
            read(made)
        other.execute("ROLLBACK")
    read(made)
