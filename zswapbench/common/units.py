"""Quantities as people write them: ``4K``, ``256MiB``, ``20%``, ``1.5us``; parsed and formatted.

Sizes are binary: K, KB and KiB all mean 1024 bytes, as in the kernel's own messages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction

from zswapbench.common.errors import UsageError

_NUMBER = r"(\d{1,20}(?:\.\d{1,20})?)"
_SIZE = re.compile(_NUMBER + r"\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_SHARE = re.compile(_NUMBER + r"\s*%")
_TIME = re.compile(_NUMBER + r"\s*(ns|us|ms|s|min|h)")
_POWER = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "min": 60_000_000_000,
    "h": 3_600_000_000_000,
}


def parse_size(text: str, option: str = "") -> int:
    """Bytes meant by ``text``, such as ``4096``, ``4K``, ``1.5GiB``.

    Raises UsageError, naming the ``option``, if it is no size, or not a whole number of bytes.

    >>> parse_size("64KiB")
    65536
    """
    where = f"{option}: " if option else ""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise UsageError(f"{where}{text!r} is not a size; write it like 4096, 64K or 1.5GiB")
    number = Fraction(match[1]) * 1024 ** _POWER[match[2].upper()]
    if number.denominator != 1:
        raise UsageError(f"{where}{text!r} is not a whole number of bytes; write it in a smaller unit")
    return int(number)


def format_size(size: float) -> str:
    """``size`` bytes in the largest unit that keeps it at 1 or more.

    >>> format_size(3 << 20), format_size(-(3 << 20))
    ('3.0 MiB', '-3.0 MiB')
    """
    if size < 0:
        return f"-{format_size(-size)}"
    if size < 1024:
        return f"{size:.0f} B"
    for unit in ("KiB", "MiB", "GiB"):
        size /= 1024
        if size < 1024:
            return f"{size:.1f} {unit}"
    return f"{size / 1024:.1f} TiB"


def plain_quantity(text: str) -> str:
    """A size or a percentage in the shortest words that mean just this; another text as it is.

    >>> plain_quantity("1536M"), plain_quantity("4194304"), plain_quantity("10.0%"), plain_quantity("4096p")
    ('1.5GiB', '4MiB', '10%', '4096p')
    """
    if share := _SHARE.fullmatch(text):
        return f"{_decimal(Fraction(share[1]))}%"
    try:
        size = parse_size(text)
    except UsageError:
        return text
    told = [str(size)]
    for unit in ("K", "M", "G", "T"):
        number = Fraction(size, 1024 ** _POWER[unit])
        if number >= 1 and 100 % number.denominator == 0:
            told.append(f"{_decimal(number)}{unit}iB")
    return min(told[1:] or told, key=lambda one: (len(one), "." in one))


def _decimal(number: Fraction) -> str:
    """All of a ``number`` whose decimals end."""
    whole, part = divmod(number, 1)
    digits = ""
    while part:
        digit, part = divmod(part * 10, 1)
        digits += str(digit)
    return f"{whole}.{digits}" if digits else str(whole)


def format_count(count: int, what: str) -> str:
    """``count`` of ``what``, which takes an s where it is not one.

    >>> format_count(1, "file"), format_count(1200, "file")
    ('1 file', '1,200 files')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def parse_duration(text: str) -> int:
    """Nanoseconds meant by ``text``, such as ``20us`` or ``1.5ms``.

    Raises UsageError if it is no duration.

    >>> parse_duration("1.5us")
    1500
    """
    return round(_nanoseconds(text))


def parse_picoseconds(text: str) -> int:
    """The same in picoseconds, for what takes less than a nanosecond.

    >>> parse_picoseconds("0.35ns")
    350
    """
    return round(_nanoseconds(text) * 1000)


def _nanoseconds(text: str) -> Fraction:
    match = _TIME.fullmatch(text.strip())
    if not match:
        raise UsageError(f"{text!r} is not a duration; write it like 500ns, 20us, 1.5ms, 2s or 3min")
    return Fraction(match[1]) * _NANOSECONDS[match[2]]


def format_duration(nanoseconds: float) -> str:
    """``nanoseconds`` in the largest unit that keeps it at 1 or more.

    >>> format_duration(1500)
    '1.50 us'
    """
    for unit in ("s", "ms", "us"):
        if nanoseconds >= _NANOSECONDS[unit]:
            return f"{nanoseconds / _NANOSECONDS[unit]:.2f} {unit}"
    return f"{nanoseconds:.0f} ns"


def parse_percent(text: str) -> float:
    """The fraction meant by ``text``: ``20%`` is 0.2.

    Raises UsageError if it is no percentage.

    >>> parse_percent("20%")
    0.2
    """
    number = text.strip().removesuffix("%")
    try:
        if not text.strip().endswith("%"):
            raise ValueError
        fraction = float(number) / 100
    except ValueError:
        raise UsageError(f"{text!r} is not a percentage; write it like 20%") from None
    if not 0 <= fraction < float("inf"):
        raise UsageError(f"{text!r} is not a percentage of 0 % or more")
    return fraction


def joined(parts: Sequence[str]) -> str:
    """``parts`` in a sentence.

    >>> joined(["lru", "fifo", "clock"])
    'lru, fifo and clock'
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def rate_of(given: str | float, option: str = "--sample-rate ") -> float:
    """A sample rate. Raises UsageError, which begins with ``option``, if it is not above 0 and up to 1."""
    with suppress(ValueError, TypeError):
        if 0 < float(given) <= 1:
            return float(given)
    raise UsageError(
        f"{option}{str(given)!r} is not a share above 0 and up to 1; for a tenth of the slots give 0.1"
    )
