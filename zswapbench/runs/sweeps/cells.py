"""What cells of both kinds come to, and how one that cannot be is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from zswapbench.common.errors import UsageError


@dataclass(frozen=True)
class Wanted:
    """A cell that can be, as all its runs have it.

    ``cell``: all that was chosen, defaults too, by key; ``label``: the same in a word. ``payload``: what its tasks need
    beside ``label``, ``cell``, ``seed``, and what codecs are and cost. ``codecs``: that take part, as text that chooses
    each; ``measured``: those of them whose costs nobody gave. ``decides``: what else its results hang on, such as costs
    that were given, and code of the user's own.
    """

    cell: dict[str, Any]
    label: str
    payload: dict[str, Any]
    codecs: tuple[str, ...]
    measured: tuple[str, ...]
    decides: tuple[str, ...]


class ImpossibleError(UsageError):
    """A cell that cannot be. ``keys``: those whose values do not go together."""

    def __init__(self, problem: str, keys: Iterable[str]) -> None:
        super().__init__(problem)
        self.keys = tuple(keys)


@contextmanager
def blamed_on(*keys: str) -> Iterator[None]:
    """A UsageError that is raised in the block is of values of ``keys``."""
    try:
        yield
    except ImpossibleError:
        raise
    except UsageError as error:
        raise ImpossibleError(str(error), keys) from None
