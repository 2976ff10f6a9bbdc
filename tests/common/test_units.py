"""Quantities as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.common.errors import UsageError
from zswapbench.common.units import (
    format_count,
    format_duration,
    format_size,
    parse_duration,
    parse_percent,
    parse_size,
    plain_quantity,
)


def test_a_count_of_one_has_no_s() -> None:
    assert [format_count(count, "file") for count in (0, 1, 2, 1000)] == [
        "0 files",
        "1 file",
        "2 files",
        "1,000 files",
    ]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("4K", 4096),
        ("4k", 4096),
        ("4KB", 4096),
        ("4KiB", 4096),
        ("4 kib", 4096),
        (" 64K ", 65536),
        ("1.5GiB", 3 << 29),
        ("0.5K", 512),
        ("2T", 2 << 40),
        ("12B", 12),
        ("9007199254740993", (1 << 53) + 1),
        ("18446744073709551615", (1 << 64) - 1),
    ],
)
def test_a_size_is_read_to_the_byte(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "K", "-1", "+1", "1e3", "4X", "4KK", "1.K", ".5K", "1,5K", "0x10", "nan", "inf", "4K 4K", "1_000"],
)
def test_what_is_no_size_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="write it like 4096, 64K or") as raised:
        parse_size(text)
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize("text", ["1.5", "0.3K", "1.0000001M"])
def test_a_size_that_is_no_whole_number_of_bytes_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a whole number of bytes; write it in a smaller unit"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0s", 0),
        ("500ns", 500),
        ("1.5us", 1500),
        ("20 us", 20_000),
        ("1.5ms", 1_500_000),
        ("2s", 2 * 10**9),
        ("1.5min", 90 * 10**9),
        ("2h", 7200 * 10**9),
    ],
)
def test_a_duration_is_read_to_the_nanosecond(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "20", "us", "-1us", "1m", "1 minute", "inf s", "1e3us", "20US"])
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="write it like 500ns, 20us"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "fraction"), [("0%", 0), ("20%", 0.2), ("12.5 %", 0.125), (" 100% ", 1), ("250%", 2.5)]
)
def test_a_percentage_is_read_as_a_fraction(text: str, fraction: float) -> None:
    assert parse_percent(text) == fraction


@pytest.mark.parametrize("text", ["", "%", "20", "0.2", "20%%", "-1%", "nan%", "inf%", "1e999%", "a%"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a percentage"):
        parse_percent(text)


@pytest.mark.parametrize("parse", [parse_size, parse_duration, parse_percent])
@pytest.mark.parametrize("unit", ["", "K", "T", "s", "ns", "%"])
def test_absurdly_long_numbers_do_no_worse_than_a_refusal(parse: type, unit: str) -> None:
    for text in ("9" * 400 + unit, "9" * 5000 + unit, "0." + "1" * 5000 + unit):
        try:
            parse(text)
        except UsageError:
            continue


@given(st.text(max_size=20))
def test_any_text_is_a_quantity_or_a_usage_error(text: str) -> None:
    for parse in (parse_size, parse_duration, parse_percent):
        try:
            number = parse(text)
        except UsageError:
            continue
        assert number >= 0


@given(number=st.integers(0, 1 << 40), unit=st.sampled_from(["", "K", "M", "G", "T"]))
def test_whole_numbers_of_a_unit_are_exact(number: int, unit: str) -> None:
    assert parse_size(f"{number}{unit}") == number << 10 * " KMGT".index(unit or " ")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (3 << 20, "3.0 MiB"),
        (5 << 30, "5.0 GiB"),
        (7 << 40, "7.0 TiB"),
        (1 << 60, "1048576.0 TiB"),
    ],
)
def test_a_size_is_shown_in_the_largest_unit_that_keeps_it_at_one(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0, "0 ns"), (999, "999 ns"), (1500, "1.50 us"), (20_000_000, "20.00 ms"), (90 * 10**9, "90.00 s")],
)
def test_a_duration_is_shown_in_the_largest_unit_that_keeps_it_at_one(nanoseconds: int, text: str) -> None:
    assert format_duration(nanoseconds) == text


@given(st.integers(0, 1 << 50))
def test_what_is_shown_reads_as_nearly_the_same(number: int) -> None:
    assert abs(parse_duration(format_duration(number)) - number) <= number * 0.006
    size, unit = format_size(number).split()
    power = ["B", "KiB", "MiB", "GiB", "TiB"].index(unit)
    assert abs(float(size) * 1024**power - number) <= number * 0.06


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("4MiB", "4MiB"),
        ("4096 K", "4MiB"),
        ("4194304", "4MiB"),
        ("1.25g", "1280MiB"),
        ("1023KiB", "1023KiB"),
        ("2304KiB", "2304KiB"),
        ("1536M", "1.5GiB"),
        ("1001", "1001"),
        ("0", "0"),
        ("10.50%", "10.5%"),
        ("100 %", "100%"),
        ("4096p", "4096p"),
        ("auto", "auto"),
        ("1.5", "1.5"),
    ],
)
def test_a_quantity_has_one_plain_spelling(text: str, plain: str) -> None:
    assert plain_quantity(text) == plain
    assert plain_quantity(plain) == plain
