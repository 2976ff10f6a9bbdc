"""What a guest program tells on its serial line, read; guest.h has the form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zswapbench.common.errors import MissingError


@dataclass
class Told:
    """``facts``: names with a point are tables in tables; ``blocks``: lines by name, in the order of telling."""

    facts: dict[str, Any] = field(default_factory=dict)
    blocks: dict[str, list[str]] = field(default_factory=dict)


def read_told(text: str, otherwise: str) -> Told:
    """``text`` taken apart.

    Raises MissingError with the guest's own reason if it failed, and with ``otherwise`` if it did not come to its end.
    """
    told = Told()
    lines = iter(text.split("\n")[:-1])  # the last is not whole
    for line in lines:
        word, _, rest = line.partition(" ")
        name, _, value = rest.partition(" ")
        if word == "done":
            return told
        if word == "fail":
            raise MissingError(rest.strip())
        if word == "lines":
            told.blocks[name] = list(iter(lambda: next(lines, "."), "."))
        elif word == "text":
            _put(told.facts, name, value)
        elif word == "number":
            _put(told.facts, name, int(value))
        else:
            break
    raise MissingError(otherwise)


def _put(facts: dict[str, Any], name: str, value: str | int) -> None:
    *tables, last = name.split(".")
    for table in tables:
        facts = facts.setdefault(table, {})
    facts[last] = value
