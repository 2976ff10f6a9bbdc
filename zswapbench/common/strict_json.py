"""JSON from a file that anybody may have written: what it says, it says once, and its numbers are numbers.

Python's reader takes the last of two equal names in an object where others take the first, and knows words for numbers
that JSON does not have.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any, NoReturn

_MOST_SHOWN = 40


def loads(text: str | bytes) -> Any:
    """What ``text`` says. Raises ValueError if it is no JSON, or is not strict as above; RecursionError if too deep."""
    return json.loads(text, object_pairs_hook=_object, parse_constant=_refused, parse_float=_number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"an object has {_short(repr(twice))} twice")
    return found


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number in JSON")


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{_short(text)} is too large a number")
    return number


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
