"""Cells of a sweep in words: named by what differs, and what several have in common said once."""

from __future__ import annotations

import pytest

from zswapbench.report.sweep_words import Words, shared_note
from zswapbench.results.sweeps.cells import Chosen
from zswapbench.results.sweeps.looking import Looked

AXES = {"codec": ["lz4", "zstd"], "limit": ["10%", "20%"], "policy": ["fifo", "lru"], "setup": ["zswap"]}


def cell(codec: str, limit: str, policy: str = "lru") -> Chosen:
    return (("codec", codec), ("limit", limit), ("policy", policy), ("setup", "zswap"))


@pytest.fixture
def words() -> Words:
    return Words(Looked({}, AXES))


def test_a_cell_is_named_by_what_differs(words: Words) -> None:
    assert words.chosen(cell("zstd", "20%")) == "zstd, lru, limit=20%"


def test_what_several_cells_have_in_common_is_said_once(words: Words) -> None:
    some = [cell("zstd", "10%"), cell("zstd", "20%")]
    shared = words.shared(some)
    assert [words.chosen(one, shared) for one in some] == ["limit=10%", "limit=20%"]
    assert shared_note(shared, words) == ["the same in all rows: zstd, lru"]


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [cell("zstd", "20%")],
        [cell("zstd", "20%"), cell("zstd", "20%")],
        [cell("zstd", "20%", "lru"), cell("lz4", "10%", "fifo")],
        [cell("zstd", "20%"), (("codec", "zstd"), ("setup", "zswap"))],
    ],
    ids=["none", "one", "the same twice", "nothing in common", "one that would have no name left"],
)
def test_names_stay_whole_where_nothing_is_to_be_left_out(words: Words, cells: list[Chosen]) -> None:
    assert words.shared(cells) == ()
    assert shared_note((), words) == []
