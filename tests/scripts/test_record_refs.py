"""scripts/record-refs: all of it but valgrind, which takes minutes."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from recording.programs.base import Running
from whole_runs.cores import leave_out_untouched
from whole_runs.programs.base import Program, find_program, program_names
from whole_runs.runs import Waits, lines_and_pages
from workloads.leaks import secrets_in

from tests.dumps.elfwriter import Core, Load
from tests.making import PAGE, text_page
from tests.traces.references.reading import read
from zswapbench.common.progress import silent
from zswapbench.corpus.importing import Wish, import_dumps
from zswapbench.corpus.reading import Corpus

SCRIPT = Path(__file__).parents[2] / "scripts" / "record-refs"
SMALL = {
    "CUSTOMERS": 60,
    "ORDERS": 100,
    "QUESTIONS": 50,
    "LINES": 8_000,
    "RECORDS": 60,
    "REQUESTS": 40,
    "SESSIONS": 90,
    "COMMANDS": 100,
    "PRODUCTS": 40,
    "PICTURES": 9,
    "SECONDS": 30,
    "REPORT_AT": 20.0,
}


def test_segments_that_the_program_never_touched_are_left_out_of_its_core(tmp_path: Path) -> None:
    loads = [Load(first * PAGE, text_page(first) + text_page(first + 1)) for first in (10, 20, 30, 40)]
    core = Core(loads).write(tmp_path / "core")
    assert leave_out_untouched(core, np.array([9, 12, 21, 40, 99], np.uint64)) == 2
    import_dumps([core], tmp_path / "a.zpages", Wish(), silent)
    with Corpus(tmp_path / "a.zpages") as corpus:
        assert (corpus.vaddr // PAGE).tolist() == [20, 21, 40, 41]


def test_lines_of_lackey_and_the_pages_that_it_touched_are_counted(tmp_path: Path) -> None:
    text = "==1== Lackey\n" + "I  04000000,3\n L 04001ffc,8\n S 1ffeffe000,8\n M 04001000,4\nI  04000003,3\n"
    (tmp_path / "text").write_text(text * 7)
    lines, pages = lines_and_pages(tmp_path / "text")
    assert lines == 7 * 5 - 1  # up to the first no time went by
    assert pages.tolist() == [0x4000, 0x4001, 0x4002, 0x1FFEFFE]


def test_waits_of_a_load_are_in_the_text_and_are_no_lines_of_the_program(tmp_path: Path) -> None:
    with open(tmp_path / "text", "wb", buffering=0) as text:
        waits = Waits(text)
        for seconds in (0.25, 0, 1e-9, 3):
            text.write(b"I  04000000,3\n L 04001000,8\n")
            waits.wait(seconds)
        text.write(b"I  04000000,3\n")
    assert waits.us == 3_250_000
    assert lines_and_pages(tmp_path / "text", waits.us)[0] == 4 * 2
    _, found, _ = read(tmp_path / "text")
    assert found["delta_us"].tolist() == [0, 0, 250_000, 0, 0, 0, 0, 0, 3_000_000]


@pytest.fixture(params=program_names())
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Each of them, with little to do."""
    module = import_module(f"whole_runs.programs.{request.param}")
    for size, small in SMALL.items():
        monkeypatch.setattr(module, size, small, raising=False)
    return find_program(request.param)


def test_a_program_makes_the_same_data_of_the_same_seed(program: Program, tmp_path: Path) -> None:
    made = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        program.prepare(folder, 5)
        made.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert made[0] == made[1] != {}


def test_a_load_ends_and_leaves_the_program_waiting(program: Program, tmp_path: Path) -> None:
    if not Path(program.command[0]).exists():
        pytest.skip(f"no {program.command[0]} here")
    program.prepare(tmp_path, 5)
    pipe = subprocess.PIPE
    with subprocess.Popen(program.command, cwd=tmp_path, stdin=pipe, stdout=pipe) as process:
        program.load(Running(process, tmp_path, lambda _: None, lambda _: None), 5)
        assert process.poll() is None
        process.kill()


def test_what_valgrind_sets_for_a_program_tells_nothing_of_this_machine() -> None:
    block = b"\0LC_ALL=C\0PATH=/usr/bin:/bin\0LD_PRELOAD=/usr/libexec/x.so\0GLIBCXX_FORCE_NEW=1\0"
    assert not [find for find in secrets_in([block], "core") if "environment" in find]


def test_a_program_that_there_is_not_is_refused_in_one_line() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "emacs"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "record-refs: error: PROGRAM 'emacs': there is cache, redis, service, sort, sqlite"
    )
