"""The words that zram's attributes are written in: numbers, ``key=value`` pairs, priorities.

All raise UsageError, saying what is allowed.
"""

from __future__ import annotations

import re

from zswapbench.common.errors import UsageError
from zswapbench.rules.zram_actions import HIGHEST_PRIORITY

_MOST = (1 << 53) - 1
"""More pages, seconds and bytes than there are; a JSON number holds it."""


def fields_of(attribute: str, value: str, allowed: tuple[str, ...]) -> dict[str, str]:
    """``key=value`` words by key."""
    found: dict[str, str] = {}
    for word in value.split():
        key, _, given = word.partition("=")
        if key not in allowed or not given:
            raise UsageError(
                f"{attribute}: {word!r} is not one of {', '.join(f'{key}=' for key in allowed)} with a value"
            )
        if key in found:
            raise UsageError(f"{attribute}: {key} is given twice")
        found[key] = given
    return found


def priority_of(attribute: str, text: str, lowest: int = 1) -> int:
    """The priority of an algorithm, from ``lowest`` on."""
    allowed = f"a number from {lowest} to {HIGHEST_PRIORITY}"
    number = number_of(f"{attribute}: priority={text}", text, allowed)
    if not lowest <= number <= HIGHEST_PRIORITY:
        raise UsageError(f"{attribute}: priority={text} is not {allowed}")
    return number


def number_of(what: str, text: str, allowed: str, most: int = _MOST) -> int:
    """The number that ``text`` is; ``what`` begins the message, ``allowed`` ends it."""
    if not re.fullmatch("[0-9]{1,16}", text) or int(text) > most:
        raise UsageError(f"{what} is not {allowed}")
    return int(text)
