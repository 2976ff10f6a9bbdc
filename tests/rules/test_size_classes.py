"""Size classes against the tables of the specification and the figures of the kernel's documentation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from zswapbench.rules.size_classes import RULES, Rules, SizeClass, class_slots, generation
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.pools.zsmalloc import Zsmalloc

SPECIFICATION = Path(__file__).parents[1] / "golden" / "spec"
PAGE_SIZE = 4096

# Documentation/mm/zsmalloc.rst by chain length, from 4 up. Its counts were made with the percent rule.
DOCUMENTED_COUNTS = [69, 86, 93, 112, 123, 140, 143, 159, 164, 180, 183, 188, 191]


def distinct(rules: Rules, page_size: int = PAGE_SIZE) -> list[SizeClass]:
    return [row for index, row in enumerate(class_slots(rules, page_size)) if row.index == index]


@pytest.mark.parametrize(
    ("rules", "file"),
    [("2012", "classes_2012_nomerge.json"), ("4.2", "classes_chain4.json"), ("6.4", "classes_chain8.json")],
)
def test_class_table_equals_the_specification(rules: str, file: str) -> None:
    table = json.loads((SPECIFICATION / file).read_text())
    columns = ("index", "size", "pages_per_zspage", "objs_per_zspage")
    wanted = [tuple(row[column] for column in columns) for row in table["classes"]]
    pool = Zsmalloc(1, FrameLimiter(), PAGE_SIZE, rules)
    rows = pool.describe()
    assert [tuple(getattr(row, column) for column in columns) for row in distinct(RULES[rules])] == wanted
    assert [(row["class"], *(row[column] for column in columns[1:])) for row in rows] == wanted
    size_of = {row["class"]: row["size"] for row in rows}
    requests = {int(request): size for request, size in table["request_to_class_size"].items()}
    assert list(requests) == list(range(1, PAGE_SIZE + 1))
    assert {request: size_of[pool.class_for(request)] for request in requests} == requests


@pytest.mark.parametrize(("chain", "count"), list(enumerate(DOCUMENTED_COUNTS, start=4)))
def test_percent_rule_gives_the_documented_count_for_every_chain(chain: int, count: int) -> None:
    assert len(distinct(replace(RULES["4.2"], pages_max=chain))) == count


@pytest.mark.parametrize(("chain", "count", "watermark"), [(4, 69, 3257), (8, 119, 3625), (16, 192, 3833)])
def test_longer_chains_give_more_classes_and_a_higher_huge_watermark(
    chain: int, count: int, watermark: int
) -> None:
    pool = Zsmalloc(1, FrameLimiter(), PAGE_SIZE, "6.4", chain)
    assert len(pool.describe()) == count
    assert pool.class_for(watermark - 1) < pool.class_for(watermark) == pool.class_for(PAGE_SIZE) == 254


def test_3_19_has_the_merged_classes_without_the_handle() -> None:
    assert class_slots(RULES["3.19"], PAGE_SIZE) == class_slots(RULES["4.2"], PAGE_SIZE)
    pools = [Zsmalloc(1, FrameLimiter(), PAGE_SIZE, rules) for rules in ("3.19", "4.2")]
    assert [pool.class_for(32) for pool in pools] == [0, 1]
    assert all(pools[0].class_for(size) == pools[1].class_for(size - 8) for size in range(9, PAGE_SIZE))


def test_a_kernel_has_the_rules_that_came_last() -> None:
    kernels = ((3, 11), (3, 18), (3, 19), (4, 0), (4, 1), (6, 2), (6, 3), (6, 4), (7, 3))
    wanted = ["2012", "2012", "3.19", "3.19", "4.2", "4.2", "6.3", "6.4", "6.4"]
    assert [generation(version).name for version in kernels] == wanted


def test_every_step_is_a_class_of_its_own_in_2012() -> None:
    rows = distinct(RULES["2012"])
    assert [row.size for row in rows] == list(range(32, PAGE_SIZE + 1, 16))


@pytest.mark.parametrize(("page_size", "last_of_2012"), [(16384, 16352), (65536, 65312)])
def test_only_newer_rules_have_a_class_for_a_whole_large_page(page_size: int, last_of_2012: int) -> None:
    old, new = class_slots(RULES["2012"], page_size), class_slots(RULES["4.2"], page_size)
    assert (len(old), old[-1].size) == (256, last_of_2012)
    assert (len(new), new[-1].size) == (257, page_size)


@pytest.mark.parametrize("page_size", [4096, 16384, 65536])
@pytest.mark.parametrize("rules", RULES)
def test_objects_of_a_class_fill_its_zspage_and_larger_slots_hold_larger_objects(
    rules: str, page_size: int
) -> None:
    slots = class_slots(RULES[rules], page_size)
    for index, row in enumerate(slots):
        assert row.index >= index
        spare = row.pages_per_zspage * page_size - row.objs_per_zspage * row.size
        assert 0 <= spare < row.size
    assert [row.size for row in slots] == sorted(row.size for row in slots)
