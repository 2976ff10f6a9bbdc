"""A survey in tables: figures at their places, the Pareto front, nothing drawn where nothing was measured."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zswapbench.report import console, markdown
from zswapbench.report.codec_tables import pareto_front, survey_plot, survey_tables
from zswapbench.report.plot import Point, scatter
from zswapbench.report.table import Table
from zswapbench.rules.overflow import Fate
from zswapbench.runs.codec_speed import Rounds, Speed
from zswapbench.runs.codecs import Figures, SizeClass, Survey

NO_FATE = {fate.name.lower(): 0 for fate in Fate}
MACHINE: dict[str, str | int] = {
    "processor": "Example CPU",
    "architecture": "x86_64",
    "cpus": 2,
    "memory_kib": 8 << 20,
    "kernel": "6.1.0",
    "python": "3.11.7",
}


def speed(compress: float, decompress: float) -> Speed:
    """Of so many nanoseconds a page, half of that on all threads."""
    there, back = (Rounds((ns, ns * 1.2, ns * 0.8), (ns / 2,) * 3) for ns in (compress, decompress))
    return Speed(there, back, pages=100)


def figures(codec: str, ratio: float, ns: tuple[float, float] | None, **fates: int) -> Figures:
    """A codec of this ratio and these times to compress and decompress."""
    return Figures(
        codec=codec,
        identity=f"{codec} level=1 lib 1.0",
        library="lib 1.0",
        source="lib/x.c",
        ratio=ratio + 1,
        ratio_distinct=ratio,
        by_corpus=(ratio, ratio / 2),
        pool_ratio=ratio - 0.5,
        quartiles=(500, 1000, 2000),
        by_class=(0, 30, 10),
        by_sixteenth=(0, 20, *(0,) * 14, 10),
        zswap={**NO_FATE, "compressed": 40 - sum(fates.values()), **fates},
        zram_raw=4,
        speed=speed(*ns) if ns else None,
    )


CODECS = (
    figures("quick", 2.0, (5_000, 1_000), reject_compress_fail=2),
    figures("small", 4.0, (50_000, 20_000)),
    figures("both", 3.0, (20_000, 500), reject_compress_poor=1),
    figures("beaten", 2.5, (30_000, 2_000), reject_uncounted=1),
)
SURVEY = Survey(
    corpora=("a.zpages", "b.zpages"),
    page_size=4096,
    pages=50,
    same_filled=10,
    kernel="6.12",
    zpool="zsmalloc",
    zsmalloc="6.4",
    classes=(SizeClass(32, 1, 128), SizeClass(2048, 1, 2), SizeClass(4096, 1, 1)),
    codecs=CODECS,
    threads=2,
    unmeasured=(),
    machine=MACHINE,
)


def column(table: Table, name: str) -> list[object]:
    """The values below the heading of a program's name."""
    place = [one.name for one in table.columns].index(name)
    return [row[place].value for row in table.rows]


def titled(title: str, survey: Survey = SURVEY, *, classes: bool = False) -> Table:
    """The table whose title begins so."""
    (table,) = [one for one in survey_tables(survey, classes=classes) if one.title.startswith(title)]
    return table


def test_each_codec_has_its_ratios_and_its_share_of_incompressible_pages() -> None:
    table = titled("Codecs on a.zpages, b.zpages")
    assert column(table, "codec") == ["quick", "small", "both", "beaten"]
    assert column(table, "mark") == ["a", "b", "c", "d"]
    assert column(table, "ratio_distinct") == [2.0, 4.0, 3.0, 2.5]
    assert column(table, "zswap_incompressible") == [2 / 40, 0, 1 / 40, 1 / 40]
    assert column(table, "zram_incompressible") == [0.1] * 4
    notes = "\n".join(table.notes)
    assert "50 pages of 4096 bytes; 10 are same-filled" in notes
    assert "zswap counts the pages that it rejects as reject_compress_fail under quick" in notes
    assert "zswap counts the pages that it rejects as reject_compress_poor under both" in notes
    assert "zswap does not count the pages that it rejects under beaten" in notes


def test_where_zswap_keeps_pages_the_heading_says_so() -> None:
    keeps = replace(SURVEY, codecs=(figures("quick", 2.0, None, raw=3),))
    assert "zswap keeps raw" in [one.title for one in titled("Codecs", keeps).columns]
    assert "zswap rejects" in [one.title for one in titled("Codecs").columns]


def test_the_distribution_is_bars_for_people_and_counts_for_programs() -> None:
    table = titled("Compressed pages by size")
    bars = table.rows[0][1]
    assert bars.value == " ".join(map(str, CODECS[0].by_sixteenth))
    assert bars.text == "·█" + "·" * 14 + "▄"
    assert column(table, "median") == [1000] * 4
    assert column(table, "classes") == [2] * 4


def test_size_classes_are_shown_on_request() -> None:
    assert not [one for one in survey_tables(SURVEY) if one.title.startswith("Classes")]
    table = titled("Classes of zsmalloc:6.4", classes=True)
    assert column(table, "size") == [32, 2048, 4096]
    assert column(table, "quick") == [0, 30, 10]


def test_ratios_stand_by_corpus_where_there_are_several() -> None:
    assert column(titled("Ratio without same-filled, by corpus"), "b.zpages") == [1.0, 2.0, 1.5, 1.25]
    alone = replace(SURVEY, corpora=("a.zpages",))
    assert not [one for one in survey_tables(alone) if one.title.startswith("Ratio")]


def test_speed_is_in_megabytes_and_nanoseconds_with_its_spread() -> None:
    table = titled("Speed, to compress")
    assert column(table, "mb_per_s") == [819, 81.92, 205, 137]
    assert column(table, "ns_per_page") == [5_000, 50_000, 20_000, 30_000]
    assert column(table, "mb_per_s_all")[0] == 1638
    assert column(table, "spread") == [pytest.approx(0.1)] * 4
    last = survey_tables(SURVEY)[-1]
    assert "medians of 3 rounds" in last.notes[0]
    assert last.notes[1].startswith("Example CPU (x86_64), 2 CPUs available, 8.0 GiB, Linux 6.1.0")


def test_the_front_is_of_those_that_none_beats_in_both() -> None:
    assert pareto_front(SURVEY, "compress") == {"quick", "small", "both"}
    assert pareto_front(SURVEY, "decompress") == {"small", "both"}
    assert column(titled("Speed, to compress"), "front") == ["*", "*", "*", ""]
    twins = replace(SURVEY, codecs=(CODECS[0], replace(CODECS[0], codec="twin")))
    assert pareto_front(twins, "compress") == {"quick", "twin"}


def test_the_plot_has_every_mark_once_and_the_front_in_capitals() -> None:
    plot = survey_plot(SURVEY, "compress", 60)
    inside = " ".join(re.findall("[│┤](.*)│", plot))
    assert sorted(inside.split()) == ["A", "B", "C", "d"]
    assert max(map(len, plot.splitlines())) <= 60


def test_without_speed_there_is_neither_plot_nor_speed_table() -> None:
    sizes_only = replace(SURVEY, codecs=tuple(replace(one, speed=None) for one in CODECS))
    assert survey_plot(sizes_only, "compress", 80) == ""
    assert not [one for one in survey_tables(sizes_only) if one.title.startswith("Speed")]


def test_a_codec_without_ratio_has_no_place_in_the_plot() -> None:
    empty = replace(SURVEY, codecs=(replace(CODECS[0], ratio_distinct=None), CODECS[1]))
    assert "a" not in survey_plot(empty, "compress", 60).lower().split()
    assert column(titled("Speed, to compress", empty), "front") == ["", "*"]


def test_hostile_names_are_shown_as_text() -> None:
    name = "<script>|\x1b[31m[bold]x\n.zpages"
    tables = survey_tables(replace(SURVEY, corpora=(name, "b.zpages")), classes=True)
    for text in (console.render(tables), markdown.render(tables)):
        assert "\x1b" not in text
    assert "<script>" not in markdown.render(tables).replace("\\<", "")
    assert "[bold]" in console.render(tables)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_points_at_the_same_place_stand_side_by_side(width: int) -> None:
    plot = scatter([Point("a", 10, 1), Point("b", 10, 1), Point("c", 1000, 2)], "x", "y", width)
    assert "ab" in plot
    assert "c" in plot
    assert max(map(len, plot.splitlines())) <= width


@given(places=st.lists(st.tuples(st.floats(1, 1e5), st.floats(1, 9)), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_mark_covers_another(places: list[tuple[float, float]]) -> None:
    marks = [chr(ord("a") + number) for number in range(len(places))]
    plot = scatter([Point(mark, *place) for mark, place in zip(marks, places, strict=True)], "", "")
    inside = "".join(re.findall("[│┤](.*)│", plot))
    assert sorted(inside.replace(" ", "")) == marks


@pytest.mark.parametrize("points", [[(1e-3, 1e-3)], [(5, 0)], [(1e6, 80), (1e-3, 1)], [(7, 3)] * 5])
def test_any_points_above_zero_are_drawn(points: list[tuple[float, float]]) -> None:
    plot = scatter([Point("q", x, y) for x, y in points], "x", "y")
    assert plot.count("q") == len(points)


def test_speeds_that_lie_close_together_are_not_drawn_far_apart_and_have_numbers_below() -> None:
    plot = scatter([Point("a", 1124, 2), Point("b", 1125, 3)], "x", "y")
    columns = [line.index(mark) for mark in "ab" for line in plot.splitlines() if mark in line]
    assert abs(columns[0] - columns[1]) <= 1
    assert len(re.findall(r"\d+", plot.splitlines()[-2])) >= 2


def test_where_there_is_no_room_there_is_no_plot() -> None:
    assert survey_plot(SURVEY, "compress", 39) == ""
    assert survey_plot(SURVEY, "compress", 40)


def test_more_codecs_than_letters_have_two() -> None:
    many = replace(SURVEY, codecs=tuple(replace(CODECS[0], codec=f"lz4:{n}") for n in range(60)))
    marks = column(titled("Codecs", many), "mark")
    assert (marks[0], marks[25], marks[26], marks[59]) == ("a", "z", "aa", "bh")
    assert len(set(marks)) == 60


def test_a_single_round_has_no_spread() -> None:
    once = Speed(Rounds((5_000,), (2_500,)), Rounds((1_000,), (500,)), 100)
    alone = replace(SURVEY, codecs=(replace(CODECS[0], speed=once),))
    assert column(titled("Speed, to compress", alone), "spread") == [None]
    assert "medians of 1 round;" in survey_tables(alone)[-1].notes[0]


def test_corpora_without_pages_to_try_are_named() -> None:
    notes = titled("Codecs", replace(SURVEY, unmeasured=("b.zpages",))).notes
    assert "speed: not measured on b.zpages: no page content there" in notes
    assert not [note for note in titled("Codecs").notes if note.startswith("speed")]
