"""A pool to look at: what a policy in plain Python is shown instead of the pool itself.

A pool's own methods trust their callers, which are compiled and know what is held: a wrong number would read memory
that is none, and a call that changes something would make figures that no kernel has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zswapbench.sim.pools.base import Pool


class PoolView:
    """``pool`` with the methods that look, and checks in front of these."""

    __slots__ = ("hidden",)

    def __init__(self, pool: Pool) -> None:
        self.hidden = pool

    @property
    def name(self) -> str:
        """Its name, such as zsmalloc."""
        return self.hidden.name

    @property
    def page_size(self) -> int:
        """Bytes of a page frame."""
        return self.hidden.page_size

    @property
    def capacity(self) -> int:
        """Entries are numbered below it, and zspages."""
        return self.hidden.capacity

    @property
    def classes(self) -> int:
        """Size classes are numbered below it."""
        return self.hidden.classes

    @property
    def frames(self) -> int:
        """Page frames that it holds."""
        return self.hidden.frames

    def place(self, entry: int) -> tuple[int, int]:
        """(zspage, byte offset of the object in it) of the held ``entry``. Raises ValueError if it is not held."""
        if 0 <= entry < self.capacity:
            place = self.hidden.place(entry)
            if place[0] >= 0:
                return place
        raise ValueError(f"entry {entry} is not held")

    def entries_of(self, zspage: int) -> list[int]:
        """The entries in ``zspage``, in the order of their places; none if it is not held."""
        return self.hidden.entries_of(zspage) if 0 <= zspage < self.capacity else []

    def class_for(self, size: int) -> int:
        """The class that an object of ``size`` bytes is placed in; -1 if none takes it."""
        return self.hidden.class_for(size) if 0 < size <= self.page_size else -1

    def describe(self) -> list[dict[str, Any]]:
        """A row for each class, in order: sizes, objects, frames."""
        return self.hidden.describe()
