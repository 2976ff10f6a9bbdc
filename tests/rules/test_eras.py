"""Eras: a table that can be asked for by name, with cells changed."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS
from zswapbench.rules.era_cells import WORDS, Era, pool_bounds
from zswapbench.rules.era_choice import choose_era
from zswapbench.rules.eras import DEFAULT, ERAS
from zswapbench.rules.overflow import check_pool, overflow_of

FIXED = ("pool_per_type", "walks_without_cgroups")
NUMBERS = [field.name for field in fields(Era) if field.type == "int" and field.name not in FIXED]
SWITCHES = [
    *(
        "band_evicts",
        "rechecks",
        "guided",
        "writeback",
        "exclusive_loads",
        "cached_total",
        "protects",
        "compacts",
    ),
]
OF_WORKERS = ("retries", "walk", "cursor", "worker_delay_ns", "guided")
OF_2013 = ("flush_batch", "tmp_buffers")
SETTABLE = (
    "max_pool_percent, accept_threshold_percent, band_evicts, rechecks, retries, walk, cursor, worker_delay_ns, "
    "guided, writeback, exclusive_loads, cached_total, protects, compacts, max_compression_ratio, mean_eighths, "
    "flush_batch, tmp_buffers, flush_hold_ns, outstanding_writes, cgroups, replaces, same_filled"
)
VERSIONS = (
    *("3.11", "3.17", "4.3", "4.8", "4.11", "4.16", "4.18", "5.7", "6.2", "6.3", "6.4", "6.5", "6.6", "6.8"),
    *("6.9", "6.10", "6.11", "6.12", "6.18", "7.2", "7.3"),
)

CHOICES: dict[str, set[str]] = {
    "full": {"provider", "over", "reached"},
    "evictor": {"store", "worker", "request"},
    "evicts": {"batch", "frame", "threshold"},
    **{cell: set(words) for cell, words in WORDS.items()},
}


def changed(name: str, **cells: Any) -> Era:
    """The era of that name with some cells otherwise."""
    return replace(ERAS[name], **cells)


def test_there_is_a_row_for_each_set_of_rules_oldest_first() -> None:
    assert list(ERAS) == [
        "zswap-2013",
        "zcache2-2012",
        *(f"linux-{version}" for version in VERSIONS),
    ]


@pytest.mark.parametrize("name", ERAS)
def test_an_era_is_found_by_its_name_and_stands_for_what_there_is(name: str) -> None:
    era = choose_era(name)
    assert era == ERAS[name]
    assert era.name == name
    assert era.row == name
    assert era.about and era.source and era.checked
    assert "memory" not in era.source + era.checked
    assert POLICIES.choose(era.lru).leaf.name == era.lru
    assert CODECS.choose(era.codec).make().library is None
    check_pool(overflow_of(era.overflow), POOLS.choose(era.pool).leaf.name)


@pytest.mark.parametrize("name", ERAS)
def test_the_cells_of_an_era_hold_what_they_may(name: str) -> None:
    cells = asdict(ERAS[name])
    assert all(cells[cell] in words for cell, words in CHOICES.items())
    assert all(cells[cell] in (0, 1) for cell in SWITCHES)
    assert all(cells[cell] >= 0 for cell in NUMBERS)
    known = {leaf.name for leaf in POOLS.leaves()}
    assert set(cells["unshrinkable"]) <= known


@pytest.mark.parametrize("name", ERAS)
def test_the_overflow_rules_are_those_of_the_kernel_that_the_era_is_named_after(name: str) -> None:
    assert f"linux-{ERAS[name].overflow}" == name or ERAS[name].overflow == name


def test_no_two_eras_are_alike_but_for_their_names() -> None:
    rows = [asdict(era) for era in ERAS.values()]
    for cells in rows:
        for told in ("name", "row", "about", "source", "checked"):
            del cells[told]
    assert all(cells not in rows[:index] for index, cells in enumerate(rows))


def test_the_default_is_the_design_under_review() -> None:
    assert DEFAULT == "zswap-2013"
    era = ERAS[DEFAULT]
    limits = (era.max_compression_ratio, era.flush_batch, era.tmp_buffers, era.outstanding_writes)
    assert limits == (80, 16, 16, 64)
    assert (era.full, era.evictor, era.evicts) == ("provider", "store", "batch")


def test_cells_are_changed_and_the_others_stay() -> None:
    era = choose_era("zswap-2013:flush_batch=32:max_compression_ratio=50")
    assert era == replace(ERAS["zswap-2013"], flush_batch=32, max_compression_ratio=50)
    assert ERAS["zswap-2013"].flush_batch == 16


@pytest.mark.parametrize("cell", [cell for cell in NUMBERS if cell not in SWITCHES])
@pytest.mark.parametrize("name", ["zswap-2013", "linux-6.12"])
def test_every_number_can_be_changed(name: str, cell: str) -> None:
    if cell == "accept_threshold_percent" and not ERAS[name].accept_threshold_percent:
        return
    if cell in (OF_2013 if name == "linux-6.12" else OF_WORKERS):
        return
    value = 1 if cell == "cursor" else 7
    assert choose_era(f"{name}:{cell}={value}") == changed(name, **{cell: value})


@pytest.mark.parametrize("cell", [cell for cell in SWITCHES if cell != "rechecks"])
def test_a_switch_is_off_or_on(cell: str) -> None:
    for value in (0, 1):
        assert choose_era(f"linux-6.8:{cell}={value}") == changed("linux-6.8", **{cell: value})
    for wrong in ("2", "7", "on", "-1"):
        with pytest.raises(UsageError, match=f"{cell}='{wrong}' is not a number from 0 to 1"):
            choose_era(f"linux-6.8:{cell}={wrong}")


@pytest.mark.parametrize(("cell", "word"), [(cell, word) for cell, words in WORDS.items() for word in words])
def test_a_cell_of_words_takes_each_of_its_words(cell: str, word: str) -> None:
    assert choose_era(f"linux-6.8:{cell}={word}") == changed("linux-6.8", **{cell: word})


@pytest.mark.parametrize("cell", WORDS)
@pytest.mark.parametrize("word", ["", "never", "1", "After"])
def test_a_cell_of_words_takes_no_other(cell: str, word: str) -> None:
    with pytest.raises(UsageError) as raised:
        choose_era(f"linux-6.8:{cell}={word}")
    assert str(raised.value) == f"era 'linux-6.8': {cell}={word!r} is not {' or '.join(WORDS[cell])}"


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        ("max_pool_percent", 1, 100),
        ("accept_threshold_percent", 1, 200),
        ("max_compression_ratio", 0, 100),
        ("retries", 1, 65536),
        ("flush_hold_ns", 0, 1 << 30),
    ],
)
def test_a_number_has_bounds_and_both_are_allowed(cell: str, low: int, high: int) -> None:
    for value in (low, high):
        assert asdict(choose_era(f"linux-6.8:{cell}={value}"))[cell] == value
    for wrong in (low - 1, high + 1):
        with pytest.raises(UsageError, match=f"{cell}='{wrong}' is not a number from {low} to {high}"):
            choose_era(f"linux-6.8:{cell}={wrong}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", f"no era is called ''; there are: {', '.join(ERAS)}"),
        (
            "zswap",
            "no era is called 'zswap'; did you mean zswap-2013? There are: zswap-2013, zcache2-2012, linux-3.11",
        ),
        ("linux-six", "no era is called 'linux-six'"),
        ("linux-6.x", "no era is called 'linux-6.x'"),
        ("6.²", "no era is called '6.²'"),
        (
            "3.10",
            "kernel 3.10 has no zswap, which came with 3.11; for the patches before it write zswap-2013",
        ),
        ("2.6", "kernel 2.6 has no zswap"),
        ("4.21", "there is no kernel 4.21; the last 4.x was 4.20"),
        ("linux-7.4", "kernel 7.4 is newer than what is known here, which is up to 7.3"),
        ("99.0", "kernel 99.0 is newer than what is known here"),
        ("4.18:guided=1", "era linux-4.18: guided changes nothing there: no worker evicts"),
        (
            "linux-6.12:retries=3:guided=1",
            "era linux-6.12: retries changes nothing with guided=1: the trace says what was done",
        ),
        (
            "linux-6.5:cgroups=off",
            "era linux-6.5: cgroups is about memory cgroups, which zswap heeds from 6.8 on",
        ),
        (
            "6.1:writeback=0",
            "era linux-6.1: writeback is about memory cgroups, which zswap heeds from 6.8 on",
        ),
        ("7.3:cgroups=off:writeback=0", "era 'linux-7.3': without cgroups nothing forbids writeback"),
        ("zswap-2013:", "era 'zswap-2013' has no cell ''"),
        ("linux-6.5:32", f"era 'linux-6.5' has no cell '32' to set; there are: {SETTABLE}"),
        ("zswap-2013:name=x", "has no cell 'name'"),
        ("zswap-2013:pool=5", "has no cell 'pool'"),
        ("linux-6.12:lru=lru", "has no cell 'lru'"),
        ("linux-6.12:full=over", "has no cell 'full'"),
        ("linux-6.12:evictor=store", "has no cell 'evictor'"),
        ("linux-6.12:evicts=frame", "has no cell 'evicts'"),
        ("linux-6.12:unshrinkable=zbud", "has no cell 'unshrinkable'"),
        ("zswap-2013:flush_batch", "era 'zswap-2013': flush_batch='' is not a number from 0 to 65536"),
        ("zswap-2013:flush_batch=1.5", "flush_batch='1.5' is not a number from 0"),
        ("zswap-2013:flush_batch=1=2", "flush_batch='1=2' is not a number from 0"),
        ("zswap-2013:flush_batch=" + "9" * 5_000, "is not a number from 0"),
        ("zswap-2013:flush_batch=²", "is not a number from 0"),
        ("linux-5.7:same_filled", "same_filled='' is not compressed or unlisted or zeromap"),
        ("linux-5.7:replaces=after=first", "replaces='after=first' is not after or frontswap or first"),
        ("linux-5.7:rounds=fail", "has no cell 'rounds' to set"),
        ("linux-5.7:pool_per_type=1", "has no cell 'pool_per_type' to set"),
        ("linux-7.3:walks_without_cgroups=0", "has no cell 'walks_without_cgroups' to set"),
        ("linux-6.5:retries=8:retries=9", "retries is given twice"),
        ("3.11:worker_delay_ns=5", "era linux-3.11: worker_delay_ns changes nothing there: no worker evicts"),
        ("6.1:walk=32", "era linux-6.1: walk changes nothing there: no worker evicts down to a threshold"),
        ("6.12:flush_batch=3", "era linux-6.12: flush_batch changes nothing there: no store flushes a batch"),
        ("6.12:rechecks=1", "era linux-6.12: rechecks changes nothing there"),
        ("6.12:cursor=2", "era 'linux-6.12': with cgroups=root the cursor is at most 1"),
        ("6.12:cgroups=off:cursor=1", "era 'linux-6.12': with cgroups=off the cursor is at most 0"),
        ("zswap-2013:accept_threshold_percent=90", "era zswap-2013 has no accept threshold"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(text: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        choose_era(text)
    assert words in str(raised.value)


@given(text=st.text(max_size=12), cell=st.sampled_from([*NUMBERS, *WORDS, "name", ""]))
def test_any_other_text_is_a_usage_error(text: str, cell: str) -> None:
    for asked in (text, f"zswap-2013:{text}", f"zswap-2013:{cell}={text}"):
        try:
            era = choose_era(asked)
        except UsageError:
            continue
        assert era.row in ERAS or text in WORDS.get(cell, ()) or 0 <= int(text) <= 1 << 30


@pytest.mark.parametrize(
    ("kernel", "row", "pool"),
    [
        ("3.16", "linux-3.11", "zbud"),
        ("3.18", "linux-3.17", "zbud"),
        ("4.10", "linux-4.8", "z3fold:rules=4.8"),
        ("4.15", "linux-4.11", "z3fold:rules=4.11"),
        ("5.0", "linux-4.18", "z3fold:rules=4.11"),
        ("6.1", "linux-5.7", "zbud"),
        ("6.7", "linux-6.6", "zsmalloc:rules=6.4:pools=32"),
        ("6.11", "linux-6.11", "zsmalloc:rules=6.4"),
        ("6.16", "linux-6.12", "zsmalloc:rules=6.4"),
        ("7.0", "linux-6.18", "zsmalloc:rules=6.4"),
        ("7.1", "linux-6.18", "zsmalloc:rules=6.4"),
    ],
)
def test_any_kernel_is_an_era_with_the_cells_of_the_row_before_it(kernel: str, row: str, pool: str) -> None:
    era = choose_era(kernel)
    assert choose_era(f"linux-{kernel}") == choose_era(f"v{kernel}.17-rc1") == era
    assert (era.name, era.row, era.overflow, era.pool) == (f"linux-{kernel}", row, kernel, pool)
    assert choose_era(f"{kernel}:compacts=0") == replace(era, compacts=0)
    assert era == replace(ERAS[row], name=era.name, overflow=kernel, pool=pool)


def test_all_kernels_from_3_11_to_7_3_are_eras() -> None:
    last = {3: 19, 4: 20, 5: 19, 6: 19, 7: 3}
    for major, minor in last.items():
        for one in range(11 if major == 3 else 0, minor + 1):
            assert choose_era(f"{major}.{one}").row in ERAS


# ---- limit and threshold in page frames, in the kernel's three roundings

RAM = 125_698
"""Page frames of the machine that was measured, and one percent of it."""
LIMIT = RAM // 100


@pytest.mark.parametrize("name", [name for name, era in ERAS.items() if not era.accept_threshold_percent])
def test_without_a_threshold_a_pool_takes_pages_as_soon_as_it_is_not_full(name: str) -> None:
    assert pool_bounds(ERAS[name], LIMIT, RAM) == pool_bounds(ERAS[name], LIMIT, None) == (1256, 1256)


@pytest.mark.parametrize("name", ["linux-5.7", "linux-6.2", "linux-6.5", "linux-6.8", "linux-6.9"])
@pytest.mark.parametrize(("threshold", "upto"), [(90, 1130), (101, 1268)])
def test_until_6_9_the_threshold_is_a_share_of_ram_and_has_to_be_stayed_below(
    name: str, threshold: int, upto: int
) -> None:
    """125698 * 90 // 100 * 1 // 100 is 1131, * 101 is 1269."""
    era = choose_era(f"{name}:max_pool_percent=1:accept_threshold_percent={threshold}")
    assert pool_bounds(era, LIMIT, RAM) == (1256, upto)


@pytest.mark.parametrize("name", ["linux-6.10", "linux-6.11", "linux-6.12", "linux-6.18", "linux-7.3"])
@pytest.mark.parametrize(("threshold", "upto"), [(90, 1130), (101, 1268)])
@pytest.mark.parametrize("ram", [RAM, None])
def test_from_6_10_on_it_is_a_share_of_the_limit_and_may_be_reached_but_the_limit_not(
    name: str, threshold: int, upto: int, ram: int | None
) -> None:
    """1256 * 90 // 100 is 1130, * 101 is 1268."""
    era = choose_era(f"{name}:max_pool_percent=1:accept_threshold_percent={threshold}")
    assert pool_bounds(era, LIMIT, ram) == (1255, upto)


def test_a_limit_without_ram_is_taken_for_the_whole() -> None:
    """1256 * 90 // 100 is 1130, which has to be stayed below."""
    era = choose_era("linux-5.7:max_pool_percent=1")
    assert pool_bounds(era, LIMIT, None) == (1256, 1129)
    assert pool_bounds(choose_era("linux-5.7"), 100, None) == (100, 89)


def test_ram_is_rounded_before_the_share_is_taken() -> None:
    """19 * 90 // 100 is 17, and 17 * 47 // 100 is 7; rounded once it were 8, of 8.04."""
    assert pool_bounds(choose_era("linux-5.7:max_pool_percent=47"), 8, 19) == (8, 6)
    assert pool_bounds(choose_era("linux-6.12:max_pool_percent=47"), 8, 19) == (7, 7)
