"""Tables of a corpus: as many segments as somebody can read, and no page lost among the rest."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.running import inside
from tests.dumps.elfwriter import Core, Load
from tests.making import PAGE

COUNT = 30


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of thirty segments, of 1 to 30 pages, the smallest first."""
    loads = [Load((1 + place) << 24, bytes([1 + place]) * (PAGE * (1 + place))) for place in range(COUNT)]
    Core(loads).write(tmp_path / "core")
    path = tmp_path / "app.zpages"
    assert inside("corpus", "import", tmp_path / "core", "-o", path).code == 0
    return path


def segments(corpus: Path, *options: str) -> list[dict[str, str | int | None]]:
    """The rows of the table of segments, as JSON has them."""
    done = inside("corpus", "info", corpus, "--format", "json", *options)
    rows: list[dict[str, str | int | None]] = json.loads(done.out)["Segments"]
    return rows


def test_people_see_the_twenty_largest_and_what_the_others_come_to(corpus: Path) -> None:
    shown = inside("corpus", "info", corpus).out.partition("Segments\n")[2].partition("\nSources")[0]
    lines = shown.strip().splitlines()[1:]
    assert [int(line.split()[4]) for line in lines] == [*range(11, 31), sum(range(1, 11))]
    assert lines[-1].endswith("10 more; --segments all shows them")


def test_programs_get_all_segments(corpus: Path) -> None:
    assert [row["pages"] for row in segments(corpus)] == [*range(1, 31)]
    rows = list(csv.reader(inside("corpus", "info", corpus, "--format", "csv").out.splitlines()))
    assert sum(len(row) > 4 and row[3] == "rw-" for row in rows) == COUNT


@pytest.mark.parametrize(("asked", "pages"), [("2", [29, 30, 406]), ("0", [465]), ("99", [*range(1, 31)])])
def test_as_many_are_shown_as_asked_for(corpus: Path, asked: str, pages: list[int]) -> None:
    assert [row["pages"] for row in segments(corpus, "--segments", asked)] == pages


def test_all_of_them_are_shown_when_asked_for(corpus: Path) -> None:
    assert inside("corpus", "info", corpus, "--segments", "all").out.count(" rw- ") == COUNT


@pytest.mark.parametrize("wrong", ["many", "-1", "1.5", "9" * 5000])
def test_a_number_of_segments_that_is_none_is_a_usage_error(corpus: Path, wrong: str) -> None:
    done = inside("corpus", "info", corpus, f"--segments={wrong}")
    assert done.code == 2
    assert "is not a number; give 0 or more, or all" in done.err
