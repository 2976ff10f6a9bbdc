"""Every table in every form, as it was looked at and found right; and names that try to break out."""

from __future__ import annotations

import csv
import importlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from syrupy.assertion import SnapshotAssertion

from tests.making import pages_of, random_page, text_page
from tests.report.made import better, result
from zswapbench.cli import list as listing
from zswapbench.corpus.manifest import Counts, Manifest, SegmentRecord, corpus_digest
from zswapbench.corpus.pages import digests, kinds
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.writing import write_corpus
from zswapbench.report import console
from zswapbench.report.corpus_tables import info_tables as corpus_info_tables
from zswapbench.report.corpus_tables import ratio_table
from zswapbench.report.table import Cell, Column, Table
from zswapbench.report.tables import compare_tables, run_tables
from zswapbench.report.trace_tables import info_tables as trace_info_tables
from zswapbench.results.records import to_json
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import Trace

FORMS = ("console", "markdown", "csv", "json")
PAGES = pages_of(bytes(4096), b"\7" * 4096, text_page(), random_page(1))
INDEX = np.array([0, 0, 0, 1, 2, 2, 3], np.uint32)


def render(form: str, tables: list[Table]) -> str:
    """The tables in one of the forms."""
    text: str = importlib.import_module(f"zswapbench.report.{form}").render(tables)
    return text


def corpus_tables(path: Path, name: str = "[heap]", file: str = "core.1234") -> list[Table]:
    """The tables of a small corpus with everything in its manifest."""
    segments = [
        SegmentRecord(0, 0x55D0_0000_0000, 0x55D0_0000_9000, "rw-", name, 0x7000, Counts(1, 1, 3, 1, 1, 1), (0, 6)),
        SegmentRecord(1, 0x7FFC_0000_0000, 0x7FFC_0000_1000, "rw-", "[stack]", 4096, Counts(distinct=1), (6, 7)),
    ]  # fmt: skip
    sources: list[dict[str, Any]] = [
        {"file": file, "sha256": "ab" * 32, "bits": 64, "partial_segments": 1, "lost_bytes": 8_192},
        {"file": "core.2", "packing": None, "lost_segments": 0, "odd": {"a": [1]}},
    ]
    manifest = Manifest(
        4096,
        corpus_digest(4096, digests(PAGES), INDEX),
        sources,
        segments,
        {"pages": 7, "seed": 3, "of": 7},
    )
    arrays: dict[str, NDArray[Any]] = {
        "kinds.npy": kinds(PAGES),
        "index.npy": INDEX,
        "vaddr.npy": np.arange(7, dtype=np.uint64),
    }
    write_corpus(path, manifest, arrays, iter([PAGES]))
    with Corpus(path) as corpus:
        corpus.path = Path("app.zpages")
        tables = corpus_info_tables(corpus)
        sizes = np.array([100, 200, 1_500, 4_100], np.uint32)
        return [tables[0], ratio_table(corpus, {"libzstd:level=3": sizes}), *tables[1:]]


def trace_tables(*more: tuple[int, ...], path: str = "app.trace.bin", made_by: str = "hand") -> list[Table]:
    """The tables of a small trace."""
    rows = [
        (1_000_000, Op.STORE, 0, 3, 5, 0),
        (500, Op.STORE, 0, 0, 5, 1),
        (0, Op.LOAD, 0, 0, 6, 0),
        (0, Op.INVALIDATE, 1, 0, 1, 0),
        (0, Op.INVALIDATE_AREA, 0, 0, 0, 0),
        (0, Op.FLUSH, 0, 0, 0, 1_032),
        *more,
    ]
    provenance = {"made_by": made_by, "seed": 1, "nested": {"a": None}}
    return trace_info_tables(Trace(Path(path), 4096, "cd" * 32, provenance, np.array(rows, EVENT), 128))


def run_of(path: Path) -> list[Table]:
    """One result."""
    del path
    return run_tables(result("lru", verified_pages=12_345))


def compare_of_two(path: Path) -> list[Table]:
    """Two results with one setting."""
    del path
    return compare_tables([result("lru"), better()])


def compare_of_three(path: Path) -> list[Table]:
    """Three results with two settings, one of them with things that are not known."""
    del path
    third = better(
        "lru,codec=zstd", codec="libzstd level=3 libzstd 1.5.7", flushes_per_frame=None, timings={}
    )
    return compare_tables([result("lru"), better(), third])


def table_lists(path: Path) -> list[Table]:
    """Eras and devices: what 'list' shows that is the same on every machine."""
    del path
    return [*listing._eras(), listing._devices(), listing._leaves("policies", "POLICIES")]


def damaged_trace(path: Path) -> list[Table]:
    """A trace with an event that cannot be."""
    del path
    return trace_tables((0, 9, 0, 0, 0, 0))


MAKERS: list[Callable[[Path], list[Table]]] = [
    run_of,
    compare_of_two,
    compare_of_three,
    table_lists,
    corpus_tables,
    damaged_trace,
]


# The JSON of runs and comparisons is that of their results.
OF_RESULTS = {run_of, compare_of_two, compare_of_three}
SHOWN = [(make, form) for make in MAKERS for form in FORMS if form != "json" or make not in OF_RESULTS]


@pytest.mark.parametrize(("make", "form"), SHOWN, ids=[f"{make.__name__}-{form}" for make, form in SHOWN])
def test_tables_look_as_they_did(
    tmp_path: Path, make: Callable[[Path], list[Table]], form: str, snapshot: SnapshotAssertion
) -> None:
    assert render(form, make(tmp_path / "made.zpages")) == snapshot


def test_results_in_json_look_as_they_did(snapshot: SnapshotAssertion) -> None:
    assert to_json([result("lru", verified_pages=12_345), better(flushes_per_frame=None)]) == snapshot


@pytest.mark.parametrize("width", [60, 120])
def test_tables_on_a_terminal_look_as_they_did(width: int, snapshot: SnapshotAssertion) -> None:
    tables = compare_tables([result("lru"), better()])
    assert console.render(tables, terminal=True, width=width) == snapshot


def test_what_rows_mean_is_left_out_on_a_terminal_that_has_no_room_for_it() -> None:
    columns = [Column("metric", "metric", text=True), Column("a", "a"), Column("meaning", "", text=True)]
    table = Table("t", columns, [[Cell("time paid"), Cell(7), Cell("all that the task waited for")]])
    wide, narrow = (console.render([table], terminal=True, width=width) for width in (80, 30))
    assert "all that the task waited for" in wide
    assert "--format markdown" not in wide
    assert "task waited" not in narrow
    assert "what rows mean takes a wider" in narrow
    assert "all that the task waited for" in console.render([table])


def test_headings_of_figures_are_broken_before_texts_are_and_no_more_than_it_takes() -> None:
    columns = [
        Column("cell", "cell", text=True),
        *(Column(one, one) for one in ("page frames", "less than next")),
    ]
    table = Table("t", columns, [[Cell("accept-threshold-percent=90, lru"), Cell(1_234), Cell(0.1, "%")]])

    def shown(width: int) -> list[str]:
        return [line.strip() for line in console.render([table], terminal=True, width=width).splitlines()]

    assert any(line.split() == ["cell", "page", "frames", "less", "than", "next"] for line in shown(80))
    (row,) = (line for line in shown(60) if line.startswith("accept"))
    assert row.split() == ["accept-threshold-percent=90,", "lru", "1,234", "10.0", "%"]
    assert any(line.split() == ["cell", "frames", "next"] for line in shown(60))
    assert any(line.startswith("accept-threshold-percent=90,") for line in shown(50))
    assert max(map(len, shown(50))) <= 50


def test_nothing_is_lost_on_a_narrow_terminal() -> None:
    shown = console.render(
        [Table("t", [Column("a", "a", text=True)], [[Cell("x" * 300)]])], terminal=True, width=40
    )
    assert shown.count("x") == 300
    assert max(map(len, shown.splitlines())) <= 40


HOSTILE = [
    "[red]x[/red]",
    "[/]",
    "[link=http://x]y[/link]",
    ":smile:",
    "a|b",
    "<script>alert(1)</script>",
    "&lt;b&gt;",
    "*a* _b_ `c` ~~d~~ \\",
    "one\ntwo",
    "one\r\ntwo\u2028three\x0bfour\x85five",
    "\x1b[31mred\x1b]0;title\x07",
    "größe 日本 🐧",
    'a "quoted", name; with commas',
    "\udcff not text",
    "",
    "   ",
]


def tables_with(name: str, path: Path) -> list[list[Table]]:
    """``name`` wherever a name can come from a file or a user."""
    return [
        run_tables(result(name, trace=name)),
        compare_tables([result(name, trace=name), better(f"{name}2")]),
        corpus_tables(path, name=name, file=name),
        trace_tables(path=name or ".", made_by=name),
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_on_a_console(tmp_path: Path, name: str) -> None:
    visible = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    for tables, plain in zip(
        tables_with(name, tmp_path / "a.zpages"), tables_with("plain", tmp_path / "b.zpages"), strict=True
    ):
        shown = console.render(tables)
        assert visible.strip() in shown
        assert len(shown.splitlines()) == len(console.render(plain).splitlines())
        assert all(c.isprintable() or c == "\n" for c in shown)
        coloured = console.render(tables, terminal=True, colour=True, width=400)
        assert "\x1b[31m" not in coloured
        assert "\x1b]" not in coloured


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_markdown(tmp_path: Path, name: str) -> None:
    for tables in tables_with(name, tmp_path / "a.zpages"):
        text = render("markdown", tables)
        assert all(c.isprintable() or c == "\n" for c in text)
        for special in "<>[]*&~":
            assert text.count(f"\\{special}") >= text.replace("**", "").count(special), special
        rows = [line for line in text.splitlines() if line.startswith("|")]
        for row in rows:
            assert row.startswith("| ")
            assert row.endswith(" |")
        assert len(rows) == sum(len(table.rows) + 2 for table in tables)
        cells = [row.replace("\\\\", "").replace("\\|", "").count("|") - 1 for row in rows]
        assert cells == [len(table.columns) for table in tables for _ in range(len(table.rows) + 2)]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_value_in_csv(tmp_path: Path, name: str) -> None:
    for tables in tables_with(name, tmp_path / "a.zpages"):
        for table in tables:
            rows = list(csv.reader(io.StringIO(render("csv", [table]), newline="")))
            assert rows[0] == [column.name for column in table.columns]
            for found, given in zip(rows[1:], table.rows, strict=True):
                assert found == ["" if cell.value is None else str(cell.value) for cell in given]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_value_in_json(tmp_path: Path, name: str) -> None:
    for tables in tables_with(name, tmp_path / "a.zpages"):
        found = json.loads(render("json", tables))
        assert list(found) == [table.title for table in tables]
        for table in tables:
            rows = [
                dict(
                    zip([column.name for column in table.columns], [cell.value for cell in row], strict=True)
                )
                for row in table.rows
            ]
            assert found[table.title] == rows


def test_csv_holds_whole_values_without_units() -> None:
    table = Table(
        "t", [Column("a", "A"), Column("b", "B")], [[Cell(1 / 3, "%"), Cell(None)], [Cell(10**9), Cell("x")]]
    )
    assert render("csv", [table]) == "a,b\n0.3333333333333333,\n1000000000,x\n"


def test_without_a_terminal_there_are_no_escape_codes_and_no_lines() -> None:
    shown = console.render(compare_tables([result("lru"), better()]))
    assert "\x1b" not in shown
    assert shown.isascii()


def test_with_colour_the_best_is_green_and_marked() -> None:
    shown = console.render(compare_tables([result("lru"), better()]), terminal=True, colour=True, width=120)
    line = next(line for line in shown.splitlines() if re.match(r"\W*refaults ", line))
    assert re.search(r"\x1b\[32m +450 \*\x1b", line)
    assert "\x1b" not in console.render(
        [*compare_tables([result("lru"), better()])], terminal=True, width=120
    )


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Cell(None), "-"),
        (Cell(None, "%"), "-"),
        (Cell(1_234_567), "1,234,567"),
        (Cell(999.5), "999.50"),
        (Cell(1234.4), "1,234"),
        (Cell(25.456, behind="from 146 frames"), "25.46, from 146 frames"),
        (Cell(None, behind="from 0 frames"), "-"),
        (Cell(2, "x"), "2.00x"),
        (Cell(0.1234, "%"), "12.3 %"),
        (Cell(3 << 20, "B"), "3.0 MiB"),
        (Cell(1_500, "ns"), "1.50 us"),
        (Cell(0.5, "+%"), "+50.0 %"),
        (Cell(-0.125, "+pp"), "-12.5 pp"),
        (Cell("1,0|<b>"), "1,0|<b>"),
    ],
)
def test_values_are_written_with_their_units(cell: Cell, text: str) -> None:
    assert cell.text == text
