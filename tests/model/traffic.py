"""The traffic of a trace, told slowly: every figure from lists of all touches, uses and freeings.

A retelling of zswapbench.traces.traffic for comparison; the words are explained there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from zswapbench.traces.event import Op

Row = tuple[int, int, int, int, int, int]
Slot = tuple[int, int]


@dataclass
class Use:
    """One use of a slot; ``after``: stores of any slot up to its end. No ``end``: it lasts to the end of the trace."""

    begin: int
    loads: list[int] = field(default_factory=list)
    end: int | None = None
    freed: bool = False
    after: int = 0


@dataclass
class Told:
    """All that happened. ``touches``: time, slot, is it a store; ``held``: time, slots stored from then on."""

    clock: str
    span: int
    touches: list[tuple[int, Slot, bool]]
    uses: dict[Slot, list[Use]]
    before: dict[int, int]
    held: list[tuple[int, int]]
    pages: set[int]
    events: list[tuple[int, int]]

    def all_uses(self) -> list[Use]:
        return [use for uses in self.uses.values() for use in uses]

    def distances(self, *, of_stores: bool) -> list[int]:
        found = []
        for place, (_, slot, is_store) in enumerate(self.touches):
            since: set[Slot] = set()
            for _, other, _ in reversed(self.touches[:place]):
                if other == slot:
                    found += [len(since)] if is_store == of_stores else []
                    break
                since.add(other)
        return found

    def store_to_load(self) -> list[int]:
        return [use.loads[0] - use.begin for use in self.all_uses() if use.loads]

    def pauses(self) -> list[tuple[int, int]]:
        """From a freeing to the next store of the slot: time, and stores of any slot."""
        return [
            (after.begin - before.end, self.before[id(after)] - before.after)
            for uses in self.uses.values()
            for before, after in pairwise(uses)
            if before.freed and before.end is not None
        ]

    def working_set(self, window: int) -> Fraction:
        """Each slot is in the set for ``window`` from each touch on, but no longer than the trace lasts."""
        times: defaultdict[Slot, list[int]] = defaultdict(list)
        for time, slot, _ in self.touches:
            times[slot].append(time)
        inside = 0
        for some in times.values():
            covered = 0
            for time in some:
                until = min(time + window, self.span)
                inside += max(0, until - max(time, covered))
                covered = max(covered, until)
        return Fraction(inside, max(self.span, 1))

    def slice_of(self, time: int, slices: int) -> int:
        return min(time * slices // self.span, slices - 1) if self.span else slices - 1

    def live(self, slices: int) -> list[int]:
        found = [0] * slices
        for time, count in self.held:
            for place in range(self.slice_of(time, slices), slices):
                found[place] = count
        return found

    def touched(self, slices: int) -> list[int]:
        each = {(self.slice_of(time, slices), slot) for time, slot, _ in self.touches}
        counts = Counter(place for place, _ in each)
        return [counts[place] for place in range(slices)]

    def ops(self, slices: int) -> list[list[int]]:
        counts = Counter((self.slice_of(time, slices), op) for time, op in self.events)
        return [[counts[place, op] for op in range(7)] for place in range(slices)]


def tell(rows: list[Row]) -> Told:
    """What happens in ``rows``, all of which can be."""
    by_events = not sum(row[0] for row in rows)
    told = Told("events" if by_events else "us", 0, [], defaultdict(list), {}, [], set(), [])
    stored: dict[Slot, Use] = {}
    stores = 0

    def end(slot: Slot, *, freed: bool) -> None:
        use = stored.pop(slot)
        use.end, use.freed, use.after = told.span, freed, stores

    for delta_us, op, swap_type, _, offset, page in rows:
        told.span += 1 if by_events else delta_us
        told.events.append((told.span, op))
        slot = (swap_type, offset)
        if op in {Op.STORE, Op.LOAD}:
            told.touches.append((told.span, slot, op == Op.STORE))
        match op:
            case Op.STORE:
                if slot in stored:
                    end(slot, freed=False)
                stored[slot] = Use(told.span)
                told.uses[slot].append(stored[slot])
                told.before[id(stored[slot])] = stores
                told.pages.add(page)
                stores += 1
            case Op.LOAD:
                if slot in stored:
                    stored[slot].loads.append(told.span)
            case Op.INVALIDATE:
                if slot in stored:
                    end(slot, freed=True)
            case Op.INVALIDATE_AREA:
                for one in [one for one in stored if one[0] == swap_type]:
                    end(one, freed=True)
        told.held.append((told.span, len(stored)))
    return told
