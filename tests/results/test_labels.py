"""Labels: no two results are called alike once they are told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report.made import result
from zswapbench.results.labels import numbered, told_apart


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (["lru", "fifo"], ["lru", "fifo"]),
        (["lru", "lru", "lru"], ["lru", "lru #2", "lru #3"]),
        (["lru", "lru", "lru #2"], ["lru", "lru #3", "lru #2"]),
        ([], []),
    ],
)
def test_equal_labels_get_numbers_that_no_other_has(labels: list[str], told: list[str]) -> None:
    assert numbered(labels) == told


def test_what_is_asked_for_differently_stands_behind_equal_labels_only() -> None:
    other = replace(result("lru"), asked={"limit": "10%"})
    alone = replace(result("fifo"), asked={"limit": "30%"})
    plain = replace(result("lru"), asked={"limit": ""})
    labels = [told.label for told in told_apart([plain, other, alone])]
    assert labels == ["lru", "lru,limit=10%", "fifo"]


def test_results_that_do_not_say_what_was_asked_get_numbers() -> None:
    old = replace(result("lru"), asked={})
    assert [told.label for told in told_apart([old, old])] == ["lru", "lru #2"]
