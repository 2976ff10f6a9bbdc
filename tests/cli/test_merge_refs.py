"""``trace merge-refs``: two programs that were followed by themselves become one stream for a machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import inside
from tests.making import PAGE, make_corpus, pages_of, text_page
from zswapbench.traces.refs import REFERENCE, References, write_refs


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, which is where commands run, with the references and the corpora of two programs of 60 pages."""
    some = np.zeros(600, REFERENCE)
    some["page"], some["delta_us"], some["write"] = np.arange(600) % 60, 10, 1
    for name in "ab":
        make_corpus(tmp_path / f"{name}.zpages", pages_of(*map(text_page, range(60))))
        write_refs(tmp_path / f"{name}.refs", References(name, PAGE, {"form": "made"}, [some], []))
    monkeypatch.chdir(tmp_path)
    return tmp_path


MERGE = ("trace", "merge-refs", "a.refs", "b.refs", "--corpus", "a.zpages", "--corpus", "b.zpages")


def test_two_programs_share_one_machine(place: Path) -> None:
    done = inside(*MERGE, "-o", "both.refs", "--corpus-out", "both.zpages")
    assert done == (
        0,
        "both.refs: 1,200 references over both.zpages\n",
        "a.refs: cgroup 1\nb.refs: cgroup 2, addresses from 0x100000000000000 on\n",
    )
    corpus = ("--corpus", "both.zpages")
    done = inside("trace", "from-refs", "both.refs", *corpus, "--ram", "400K", "-o", "both.trace.bin")
    assert "120 pages used" in done.err
    done = inside("machine", "both.refs", "disk", *corpus, "--ram", "640K")
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ((*MERGE[:3], *MERGE[4:], "-o", "x", "--corpus-out", "y"), "give one for each of the 1 programs"),
        ((*MERGE, "-o", "a.refs", "--corpus-out", "y"), "is an input too"),
        ((*MERGE, "-o", "x", "--corpus-out", "b.zpages"), "is an input too"),
        ((*MERGE, "-o", "x", "--corpus-out", "x"), "is named by two outputs"),
        ((*MERGE[:2], "-", "-", *MERGE[4:], "-o", "x", "--corpus-out", "y"), "can be read once"),
    ],
)
def test_what_cannot_be_asked_for_is_2_and_makes_nothing(
    place: Path, command: tuple[str, ...], problem: str
) -> None:
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    done = inside(*command)
    assert done.code == 2
    assert problem in done.err
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
