"""The file of a sweep: what is put is there, whatever ends the process, and nothing else is taken for one."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from zswapbench.common.errors import InputError, UsageError
from zswapbench.results.sweeps.columns import NAMES
from zswapbench.results.sweeps.store import AGAIN, Input, Row, Store

ROW = Row(
    key="k1",
    kind="replay",
    trace="t",
    corpus="c",
    label="lru,lz4",
    cell={"codec": "lz4", "max-pool-percent": 20},
    seed=None,
    columns={**dict.fromkeys(NAMES), "device_writes": 7, "page_frames_mean": 1.5},
    seconds=0.25,
    problem="",
    exit_code=0,
    result='{"label": "lru,lz4"}',
)
TRACE = Input("t", "trace", "a.trace.bin", 12, "c", {"origin": "synthetic: loop"})


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s.sqlite", {"grid": "[]"}) as store:
        store.put(ROW)
        store.add_inputs([TRACE])
        store.add_costs({("c", "lz4"): {"means": [1.5, 2.5]}})
    with Store.open(tmp_path / "s.sqlite") as store:
        assert [*store.rows(results=True)] == [ROW]
        assert [*store.rows()] == [replace(ROW, result="")]
        assert store.inputs() == [TRACE]
        assert store.costs() == {("c", "lz4"): {"means": [1.5, 2.5]}}
        assert store.about()["grid"] == "[]"
    assert [path.name for path in tmp_path.iterdir()] == ["s.sqlite"]


def test_rows_are_found_by_their_figures(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s.sqlite", {}) as store:
        for number in range(5):
            store.put(replace(ROW, key=f"k{number}", columns={**ROW.columns, "device_writes": number}))
        assert [row.key for row in store.rows("device_writes > ?", [2])] == ["k3", "k4"]
        assert store.count("device_writes > ?", [2]) == 2


def test_a_problem_of_the_run_is_done_and_one_of_the_machine_is_not(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s.sqlite", {}) as store:
        store.put(replace(ROW, key="bad", problem="no such codec", exit_code=2, result=""))
        store.put(replace(ROW, key="killed", problem="killed by SIGKILL", exit_code=AGAIN, result=""))
        assert store.done() == {"bad"}
        store.put(replace(ROW, key="killed"))
        assert store.done() == {"bad", "killed"}
        assert store.count() == 2


def test_no_row_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    program = f"""
import os, signal
from tests.results.sweeps.test_store import ROW, replace
from zswapbench.results.sweeps.store import Store
with Store.create({str(tmp_path / "s.sqlite")!r}, {{}}) as store:
    for number in range(100):
        store.put(replace(ROW, key=str(number)))
    os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[3], check=False)
    assert ended.returncode == -signal.SIGKILL
    with Store.open(tmp_path / "s.sqlite") as store:
        assert store.count() == 100
    with Store.append(tmp_path / "s.sqlite") as store:
        assert store.count() == 100


def test_one_process_writes_at_a_time_and_others_read(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s.sqlite", {}) as store:
        store.put(ROW)
        with (
            pytest.raises(UsageError, match="another sweep writes to it"),
            Store.append(tmp_path / "s.sqlite"),
        ):
            pass
        with Store.open(tmp_path / "s.sqlite") as reader:
            assert reader.count() == 1
            store.put(replace(ROW, key="k2"))
            assert reader.count() == 2


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    for way in (Store.open, Store.append):
        with pytest.raises(InputError, match="is no sweep of zswapbench"), way(tmp_path / "x"):
            pass
    assert (tmp_path / "x").read_bytes() == content


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"), Store.open(tmp_path / "x"):
        pass
    with pytest.raises(UsageError, match="cannot be written"), Store.create(tmp_path / "no" / "x", {}):
        pass


def test_where_there_is_no_room_that_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    code = f"""
import resource, signal, sys
from zswapbench.common.errors import MissingError
from zswapbench.results.sweeps.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
try:
    with Store.create("{tmp_path}/s.sqlite", {{}}) as store:
        for number in range(999):
            store.note(f"name {{number}}", "x" * 4096)
except MissingError as error:
    print(error)
"""
    for limit, left in (("8192", []), ("200000", ["s.sqlite"])):
        ended = subprocess.run(
            [sys.executable, "-c", code, limit], capture_output=True, text=True, check=True
        )
        assert re.fullmatch(r"\S*/s.sqlite: there is no room left for it: .*\n", ended.stdout)
        assert [one for one in sorted(os.listdir(tmp_path)) if not one.endswith(("-wal", "-shm"))] == left  # noqa: PTH208


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    with pytest.raises(UsageError, match="File exists"), Store.create(tmp_path / "x", {}):
        pass
    assert (tmp_path / "x").read_text() == "mine"
    assert os.listdir(tmp_path) == ["x"]  # noqa: PTH208


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("PRAGMA user_version = 2", "schema version 2"),
        ("PRAGMA application_id = 5", "is no sweep"),
        ("UPDATE about SET value = '0' WHERE name = 'rules'", r"rules 0\).*name another file"),
        ("UPDATE about SET value = '0.0.1' WHERE name = 'zswapbench'", "made by zswapbench 0.0.1"),
    ],
)
def test_rows_of_other_rules_do_not_stand_beside_these(tmp_path: Path, sql: str, problem: str) -> None:
    with Store.create(tmp_path / "s.sqlite", {}) as store:
        store.put(ROW)
    with closing(sqlite3.connect(tmp_path / "s.sqlite")) as database, database:
        database.execute(sql)
    with pytest.raises(InputError, match=problem), Store.append(tmp_path / "s.sqlite"):
        pass


def test_rows_of_other_rules_can_be_read(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s.sqlite", {}) as store:
        store.put(ROW)
        store.note("zswapbench", "0.0.1")
    with Store.open(tmp_path / "s.sqlite") as store:
        assert store.count() == 1
