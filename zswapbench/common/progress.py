"""How long work tells how far it is: to whoever shows it, or to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Told = Callable[[int], None]
"""Called with a count, each time that much more is done, which may be nothing; from any thread.

It raises KeyboardInterrupt if nobody waits for the work any more.
"""


class Progress(Protocol):
    """Wraps a piece of work: ``what`` it is, how much in all, and of what: "B", "pages", "events"."""

    def __call__(self, what: str, total: int, unit: str) -> AbstractContextManager[Told]:
        """A context manager that gives the function to tell."""


def nobody(count: int) -> None:
    """Told of progress, does nothing."""


@contextmanager
def silent(what: str, total: int, unit: str) -> Iterator[Told]:
    """The Progress that shows nothing."""
    yield nobody
