"""Results that a recording guides: what it gives is no choice of a policy, and is not called the best."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.report.made import result
from zswapbench.report.headline import GIVEN, cards
from zswapbench.report.ranking import ranking_tables
from zswapbench.report.recommendation import recommendation
from zswapbench.report.sureness import guides
from zswapbench.report.tables import compare_tables, run_tables
from zswapbench.results.counters import Metric
from zswapbench.results.marks import stars
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import Result

WRITES: Metric = next(metric for metric in METRICS if metric.name == "device_writes")
SAID = "guided: written-back and rejected pages of all are as many as in the recording, whatever the policy"


def guided(label: str, era: str = "linux-7.3", kernel: str = "7.3.4", **figures: Any) -> Result:
    """A result under ``era`` with guided=1, of a trace that was recorded on ``kernel``."""
    one = result(label, **figures)
    return replace(
        one,
        setting={**one.setting, "era": {**one.setting["era"], "name": era, "row": era, "guided": 1}},
        inputs={**one.inputs, "origin": f"recorded: kernel {kernel}, ftrace text, 9 lines"},
    )


def test_nobody_has_the_best_of_what_the_recording_gives() -> None:
    results = [guided("lru", device_writes=900), guided("class-lru", device_writes=300)]
    plain = [result("lru", device_writes=900), result("class-lru", device_writes=300)]
    assert (stars(results, WRITES), stars(plain, WRITES)) == (set(), {1})
    assert stars([results[0], plain[1]], WRITES) == set()
    (card,) = [card for card in cards(results) if card.metric is WRITES]
    assert (card.winners, card.why) == ([], GIVEN)


def test_equal_runs_are_not_called_equal_in_what_was_given() -> None:
    said = recommendation([guided("lru"), guided("class-lru")])
    assert f"device writes: {GIVEN}" in said
    assert "device writes, refaults" not in said
    assert "leave out guided=1 to compare device writes" in said
    assert "guided" not in recommendation([result("lru"), result("class-lru")])


def test_what_was_given_is_no_price_of_a_run_that_wins_something_else() -> None:
    results = [
        guided("lru", device_writes=300, refaults=900),
        guided("fifo", device_writes=900, refaults=300),
    ]
    said = recommendation(results)
    assert "fewer refaults" in said
    assert "more device writes" not in said
    assert "leave out guided=1" in said


def test_each_report_says_what_was_given() -> None:
    pair = [guided("lru"), guided("class-lru")]
    assert SAID in run_tables(pair[0])[0].notes
    assert SAID in compare_tables(pair)[0].notes
    assert SAID in ranking_tables(pair)[1].notes
    assert guides([result("lru")]) == []
    assert "pages of lru are" in guides([guided("lru"), result("lru,by itself")])[0]


@pytest.mark.parametrize(
    ("era", "kernel", "other"),
    [
        ("linux-7.3", "7.3.4", False),
        ("linux-6.12", "6.12.117", False),
        ("linux-6.12", "6.13", False),  # a kernel between two rows
        ("linux-7.3", "6.1.192", True),
        ("linux-7.3", "2.6.32", True),
    ],
)
def test_a_recording_of_another_kernel_is_told(era: str, kernel: str, other: bool) -> None:
    said = guides([guided("lru", era, kernel)])[1:]
    assert len(said) == other
    assert all(
        f"{era} is told when the pool of kernel {kernel.rpartition('.')[0]} was full" in one for one in said
    )
