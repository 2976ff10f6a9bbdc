# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""What a flush policy is to the rules that ask it: it says which entry is flushed next.

A policy is told of every entry that comes (``on_store``), is used (``on_load``) and goes (``on_remove``,
for whatever reason, its own victims included), and answers ``victim(need, amount)`` with an entry that
is held, or -1 when it knows of none. Asking changes nothing: a victim is gone only when ``on_remove``
says so. Before a victim is flushed the policy may still spare it (``spares``), once between two uses of the
entry, and then names another. The need tells what the flush is for:

* ``OBJECT``: a store is stalled for want of an object of class ``amount``;
* ``FRAMES``: memory is wanted elsewhere, ``amount`` page frames of it;
* ``ENTRIES``: ``amount`` entries are to go, whatever they free.

A leaf subclasses ``FlushPolicy``, fills the four methods and sets the class attributes ``name``, ``help`` and
``where``, under which eras and pools it makes sense. If ``retries_each`` is set the stalled store tries its
allocation again after every flush, not only after the last. A leaf with ``foresees`` is an offline bound: it
is given the future, ``next_loads``, and no kernel could run it. ``packed_in`` names the groups of frames that a
pool must have to be served, if any: "zspages" or "page frames".

Leaves are compiled. For a policy written in plain Python there is zswapbench/policy.py.
"""

from __future__ import annotations

from typing import Any

import cython

from zswapbench.plugins.pool_view import PoolView


@cython.cclass
class FlushPolicy:
    """Base of all policies. ``capacity`` bounds the entry numbers, ``pool`` is where their objects lie.

    ``event``: index of the event that is happening. ``failed``: the policy broke its contract, ``failure`` says
    how; the replay ends. ``is_python``: it runs with the GIL held. ``patience_s``: seconds that one call may take;
    None where nobody looks.
    """

    foresees = False
    packed_in = ""
    where = ""
    patience_s = None
    views_pool = False

    def __cinit__(self, capacity: cython.int, pool: Any, **parameters: Any) -> None:
        self.capacity = capacity
        self.pool = pool.hidden if isinstance(pool, PoolView) else pool
        self.failure = None
        self.next_loads = None

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        """``entry`` is new, its object is of class ``klass``.

        ``key`` numbers its swap offset: what is stored there again, after a flush, has the same.
        """

    def on_load(self, entry: cython.int) -> cython.void:
        """``entry`` was read and stays."""

    def on_refault(self, key: cython.longlong) -> cython.void:
        """The page that was last stored at ``key`` was read from the swap device: flushed before, or rejected."""

    def on_remove(self, entry: cython.int) -> cython.void:
        """``entry`` is about to leave; its object is still in its place."""

    def turn_to(self, cgroup: cython.int) -> cython.void:
        """What comes next is about the list of ``cgroup``. Where there is one list, it does not matter."""

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        """The entry to flush next for ``need``; -1 for none."""
        return -1

    def spares(self, entry: cython.int) -> cython.bint:
        """Is the victim ``entry`` spared this time? To be asked once; the answer True is noted."""
        return False

    def blame(self, failure: object) -> None:
        """The policy broke its contract: ``failure`` is an exception, or says how. The first counts."""
        if not self.failed:
            self.failed = True
            self.failure = failure

    def foresee(self, next_loads: Any) -> None:
        """``next_loads``: see zswapbench.traces.future. To be told before the first event."""
        self.next_loads = next_loads

    def next_load(self) -> cython.uint:
        """Index of the event that loads next what the event under way is about; 2**32 - 1 for none."""
        return self.next_loads[self.event] if self.next_loads is not None else 0xFFFFFFFF

    def count_calls(self, calls: Any) -> None:
        """Have calls into Python counted in ``calls``, see plugins/watchdog.py; a compiled policy makes none."""

    def ask(self, need: int, amount: int) -> int:
        """``victim`` for callers in Python; ``need`` is 0 for OBJECT, 1 for FRAMES, 2 for ENTRIES."""
        return self.victim(need, amount)

    def prefetch(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        """Have the CPU fetch the records of ``count`` held entries that will leave, or be used. A hint."""

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        """Have the CPU fetch what these records, which were fetched before, point at. A hint; may do nothing."""

    def order(self) -> list[int]:
        """Held entries in the order in which FRAMES would flush them, for tests and listings."""
        return []
