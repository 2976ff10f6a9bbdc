"""The gate for results of 'zram': column by column, after each step of each device."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.report.test_zram_tables import made
from zswapbench.results.gate import CHANGED, MISSING, NEW, SAME, WORSE, Judgement
from zswapbench.results.thresholds import thresholds_of
from zswapbench.results.zram import ZramResult
from zswapbench.results.zram_gate import figures_of, judge_zram


def judged(found: ZramResult, *limits: str, base: ZramResult | None = None) -> Judgement:
    return judge_zram(base or made(), found, thresholds_of(limits))


def with_columns(file: str, **columns: int) -> ZramResult:
    """``made``, whose first device has other figures after the trace."""
    first, *others = made().steps
    device, *rest = first.devices
    changes: dict[str, Any] = {file: {**getattr(device, file), **columns}}
    changed = replace(device, **changes)
    return replace(made(), steps=(replace(first, devices=(changed, *rest)), *others))


def words(judgement: Judgement) -> dict[tuple[str, str], str]:
    return {(one.label, one.name): one.word for one in judgement.verdicts if one.word != SAME}


def test_the_same_is_the_same() -> None:
    judgement = judged(made())
    assert (words(judgement), judgement.failing, judgement.notes) == ({}, [], ())
    # 16 columns for each of two steps and devices; seven events for each device.
    assert len(judgement.verdicts) == 2 * 2 * 16 + 2 * 7


def test_more_memory_or_writes_are_worse_and_fail() -> None:
    for file, name in (("mm_stat", "mem_used_max"), ("bd_stat", "bd_writes"), ("io_stat", "failed_writes")):
        judgement = judged(with_columns(file, **{name: 1 << 40}))
        assert words(judgement) == {("zram0 after trace", name): WORSE}
        assert [one.name for one in judgement.failing] == [name]


def test_a_column_that_is_neither_good_nor_bad_only_changes() -> None:
    judgement = judged(with_columns("mm_stat", pages_compacted=7))
    assert words(judgement) == {("zram0 after trace", "pages_compacted"): CHANGED}
    assert not judgement.failing


def test_a_threshold_names_a_column_and_knows_its_unit() -> None:
    more = with_columns("mm_stat", compr_data_size=7_654_321 + 70_000)
    assert not judged(more, "compr_data_size:1%").failing
    assert not judged(more, "compr_data_size:100KiB").failing
    assert judged(more, "compr_data_size:64KiB").failing
    assert judged(more, "zram:0").failing


def test_a_step_that_is_missing_fails_and_a_new_one_does_not() -> None:
    short = replace(made(), steps=made().steps[:1])
    assert words(judged(short)) == {(f"{name} after writeback=huge", "result"): MISSING for name in NAMES}
    assert len(judged(short).failing) == 2
    assert words(judged(made(), base=short)) == dict.fromkeys(words(judged(short)), NEW)


NAMES = ("zram0", "zram3")


def test_a_write_that_comes_again_has_a_number() -> None:
    twice = replace(made(), steps=(*made().steps, made().steps[1]))
    assert [label for label in figures_of(twice) if label.startswith("zram0")] == [
        "zram0 after trace",
        "zram0 after writeback=huge",
        "zram0 after writeback=huge (2)",
        "zram0",
    ]


def test_what_was_chosen_otherwise_is_told() -> None:
    changes: dict[str, Any] = {"kernel": "6.18", "writes": [], "recomp_algorithms": []}
    found = replace(made(), setting={**made().setting, **changes, "rules": {"huge_from": 3000}})
    assert set(judged(found).notes) == {
        "kernel: 6.12 -> 6.18",
        "recomp algorithms: 1: zstd level=3 libzstd 1.5.7 -> none",
        "writes: writeback=huge -> none",
        "rules: huge from: 3625 -> 3000",
    }


def test_without_a_baseline_all_is_new() -> None:
    judgement = judge_zram(None, made(), thresholds_of([]))
    assert {one.word for one in judgement.verdicts} == {NEW}
    assert not judgement.failing
