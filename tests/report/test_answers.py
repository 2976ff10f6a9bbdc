"""The two answers in words: whatever there is to say, and nothing that is not known."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.report.made import better, result
from zswapbench.report.answers import answers, questions
from zswapbench.results.records import Result

NO_STALLS: dict[str, Any] = {
    "stalled_stores": 0,
    "flushes_per_stalled_store": None,
    "stalled_stores_saved": None,
    "stall_frames_per_100": None,
}
NO_FLUSH: dict[str, Any] = {"flushes_per_frame": None, "frames_given_share": None}

CASES: dict[str, list[Result]] = {
    "one": [result("lru")],
    "two": [result("lru"), better()],
    "three": [
        result("lru"),
        better(),
        better("other", flushes_per_stalled_store=3.0, flushes_per_frame=1.25),
    ],
    "equal": [result("a"), result("b")],
    "nearly equal": [result("a"), result("b", flushes_per_stalled_store=12.5, flushes_per_frame=6.2)],
    "no stalls": [result("lru", **NO_STALLS), better(**NO_STALLS)],
    "one without stalls": [result("lru"), better(**NO_STALLS)],
    "no FLUSH": [result("lru", **NO_FLUSH), better(**NO_FLUSH)],
    "one without FLUSH": [result("lru", **NO_FLUSH), better()],
    "nothing": [result("lru", **NO_STALLS, **NO_FLUSH)],
    "stalls that flushed nothing": [
        result("lru", flushes_per_stalled_store=0.0, stalled_stores_saved=0.0, stall_frames_per_100=None),
        better(),
    ],
    "one stall": [result("lru", stalled_stores=1)],
}


@pytest.mark.parametrize("case", CASES)
def test_the_answers_are_worded_as_they_were(case: str, snapshot: SnapshotAssertion) -> None:
    assert "\n".join(answers(CASES[case])) == snapshot


@pytest.mark.parametrize("case", CASES)
def test_there_is_an_answer_to_each_question_in_one_line(case: str) -> None:
    a, b = answers(CASES[case])
    assert a.startswith("A: ")
    assert b.startswith("B: ")
    for answer in (a, b):
        assert answer.endswith(".")
        assert "None" not in answer
        assert "\n" not in answer


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_verdict_does_not_hang_on_the_order(order: tuple[int, ...]) -> None:
    results = [CASES["three"][number] for number in order]
    a, b = answers(results)
    assert "8.0 times fewer under class-lru" in a
    assert "4.8 times fewer under other" in b


@pytest.mark.parametrize("case", ["equal", "nearly equal", "one", "one without stalls"])
def test_where_nobody_is_better_no_winner_is_named(case: str) -> None:
    assert "times fewer" not in answers(CASES[case])[0]


@pytest.mark.parametrize("setting", [{"pool": "zbud"}, {"codec_identity": "zstd 1"}])
def test_under_another_pool_or_codec_nothing_is_so_many_times_fewer(setting: dict[str, str]) -> None:
    """Other objects, or other frames, are other work: the table has no star there either."""
    other = replace(better(), setting={**better().setting, **setting})
    assert "times fewer" not in answers([result("lru"), other])[0]


def test_who_was_asked_for_other_frames_is_not_so_many_times_cheaper() -> None:
    other = replace(better(), counters={**better().counters, "frames_asked": 500})
    assert "times fewer" in answers([result("lru"), better()])[1]
    assert "times fewer" not in answers([result("lru"), other])[1]


def test_of_many_results_the_long_answers_are_behind_the_short_ones_of_both_questions() -> None:
    a, b = questions(CASES["two"], ["A: to keep a stalled store takes 1.0 flushes under x and 2.0 under y."])
    assert a.answers == ["To keep a stalled store takes 1.0 flushes under x and 2.0 under y."]
    assert b.answers == ["Nothing sets these results apart here that can be said for sure."]
    assert a.more
    assert b.more
    assert not any(question.more for question in questions(CASES["two"]))


def test_of_many_results_long_lists_fold_where_no_short_answer_is_sure() -> None:
    a, b = questions(CASES["two"], [])
    assert a.answers == b.answers == ["Nothing sets these results apart here that can be said for sure."]
    assert a.more
    assert b.more
    idle = [replace(one, metrics={**one.metrics, "stalled_stores": 0}) for one in CASES["two"]]
    assert questions(idle, [])[0].answers[0].startswith("No store found the pool full")
    assert not questions(idle, [])[0].more
