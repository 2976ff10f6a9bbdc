"""Eras: a table that can be asked for by name, with cells changed."""

from __future__ import annotations

from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.eras import DEFAULT, ERAS, Era, choose_era
from zswapbench.errors import UsageError
from zswapbench.registry import CODECS, POOLS

NUMBERS = [field.name for field in fields(Era) if field.type == "int"]


@pytest.mark.parametrize("name", ERAS)
def test_an_era_is_found_by_its_name_and_stands_for_what_there_is(name: str) -> None:
    era = choose_era(name)
    assert era is ERAS[name] or era == ERAS[name]
    assert era.name == name
    assert era.about
    assert str(POOLS.choose(era.pool)).startswith("zsmalloc")
    assert CODECS.choose(era.codec).make().library is None


def test_the_default_is_the_design_under_review() -> None:
    assert DEFAULT == "zswap-2013"
    era = ERAS[DEFAULT]
    assert (era.max_compression_ratio, era.flush_batch, era.tmp_buffers, era.outstanding_writes) == (
        80,
        16,
        16,
        64,
    )


def test_cells_are_changed_and_the_others_stay() -> None:
    era = choose_era("zswap-2013:flush_batch=32:max_compression_ratio=50")
    assert era == replace(ERAS["zswap-2013"], flush_batch=32, max_compression_ratio=50)
    assert ERAS["zswap-2013"].flush_batch == 16


@pytest.mark.parametrize("cell", NUMBERS)
def test_every_number_can_be_changed(cell: str) -> None:
    assert asdict(choose_era(f"zswap-2013:{cell}=7"))[cell] == 7


def test_the_last_of_two_changes_counts() -> None:
    assert choose_era("zswap-2013:flush_batch=1:flush_batch=9").flush_batch == 9


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no era is called ''; there are: zswap-2013"),
        ("zswap", "no era is called 'zswap'"),
        ("linux-6.12", "no era is called"),
        ("zswap-2013:", "has no cell ''"),
        ("zswap-2013:32", "has no cell '32' to set; it has: max_compression_ratio, flush_batch"),
        ("zswap-2013:name=x", "has no cell 'name'"),
        ("zswap-2013:pool=5", "has no cell 'pool'"),
        ("zswap-2013:flush_batch", "flush_batch='' is not a number from 1"),
        ("zswap-2013:flush_batch=0", "is not a number from 1"),
        ("zswap-2013:flush_batch=-1", "is not a number from 1"),
        ("zswap-2013:flush_batch=1.5", "is not a number from 1"),
        ("zswap-2013:flush_batch=1=2", "is not a number from 1"),
        ("zswap-2013:flush_batch=65537", "is not a number from 1 to 65536"),
        ("zswap-2013:flush_batch=" + "9" * 5_000, "is not a number from 1"),
        ("zswap-2013:flush_batch=²", "is not a number from 1"),
        ("zswap-2013:max_compression_ratio=1000000", "is not a number from 1 to"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(text: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        choose_era(text)
    assert words in str(raised.value)


@given(text=st.text(max_size=12), cell=st.sampled_from([*NUMBERS, "name", ""]))
def test_any_other_text_is_a_usage_error(text: str, cell: str) -> None:
    for asked in (text, f"zswap-2013:{text}", f"zswap-2013:{cell}={text}"):
        try:
            era = choose_era(asked)
        except UsageError:
            continue
        assert era == ERAS["zswap-2013"] or 1 <= int(text) <= 1 << 30
