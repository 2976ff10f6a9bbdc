"""Flush policies, retold slowly: who is flushed next, found by looking at every entry that is held.

A policy is told of each entry that is stored, loaded or removed, and of each page that was read back from the swap
device; it names a victim for a *need*: the place of an object of some class, or page frames. What it remembers of an
entry is a ``Held``. A victim may still be spared once, and another is named then; ``choose`` goes on until one is not.

Source: the first lines of each file in zswapbench/sim/policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import fsum
from typing import Any

from .future import NEVER
from .zsmalloc import Place


class Need(Enum):
    OBJECT = "a place for an object of one class"
    FRAMES = "page frames"


@dataclass
class Held:
    """An entry. Times count stores and loads, from 1. ``next_load``: index of the event that loads it next."""

    entry: int
    class_index: int
    key: int
    place: Place
    stored_at: int
    used_at: int
    next_load: int
    referenced: bool = False
    loads: int = 0


def oldest(entries: Iterable[Held]) -> Held | None:
    """The least recently used of ``entries``."""
    return min(entries, key=lambda held: held.used_at, default=None)


class PolicyModel:
    """Names nobody. ``retries_each``: a stalled store asks for its place after every flush, not after the last.

    ``advice``: keys in the order in which somebody else flushed them, for a choice that rounding decides.
    """

    retries_each = False
    advice: Sequence[int] = ()

    def __init__(self) -> None:
        self.held: dict[int, Held] = {}
        self.uses = 0
        self.spared = 0

    def on_store(self, entry: int, class_index: int, key: int, place: Place, next_load: int = NEVER) -> None:
        self.uses += 1
        self.held[entry] = Held(entry, class_index, key, place, self.uses, self.uses, next_load)

    def on_load(self, entry: int, next_load: int = NEVER) -> None:
        self.uses += 1
        self.held[entry].used_at = self.uses
        self.held[entry].next_load = next_load

    def on_refault(self, key: int) -> None:
        """The page of swap offset ``key`` was read from the swap device."""

    def on_remove(self, entry: int) -> None:
        del self.held[entry]

    def victim(self, need: Need, class_index: int) -> int | None:
        return None

    def spares(self, entry: int) -> bool:
        return False

    def choose(self, need: Need, class_index: int = -1) -> int | None:
        """The entry to flush next, after all that are spared on the way."""
        while (entry := self.victim(need, class_index)) is not None and self.spares(entry):
            self.spared += 1
        return entry

    def order(self) -> list[int]:
        """All entries in the order in which they would go if page frames were asked for without end."""
        rest, order = deepcopy(self), []
        while (entry := rest.choose(Need.FRAMES)) is not None:
            order.append(entry)
            rest.on_remove(entry)
        return order

    def of_class(self, class_index: int) -> list[Held]:
        return [held for held in self.held.values() if held.class_index == class_index]


# ---- by the age of an entry


class Lru(PolicyModel):
    def victim(self, need: Need, class_index: int) -> int | None:
        found = oldest(self.held.values())
        return found.entry if found else None

    def order(self) -> list[int]:
        return sorted(self.held, key=lambda entry: self.held[entry].used_at)


class ClassLru(Lru):
    retries_each = True

    def victim(self, need: Need, class_index: int) -> int | None:
        found = oldest(self.of_class(class_index)) if need is Need.OBJECT else None
        return found.entry if found else super().victim(need, class_index)


class Fifo(PolicyModel):
    def victim(self, need: Need, class_index: int) -> int | None:
        return min(self.held, key=lambda entry: self.held[entry].stored_at, default=None)


class Random(PolicyModel):
    """SplitMix64, a step for each entry that has left. The last of the list takes the place of one that leaves."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__()
        self.entries: list[int] = []
        self.state = seed

    def on_store(self, entry: int, *rest: Any) -> None:
        super().on_store(entry, *rest)
        self.entries.append(entry)

    def on_remove(self, entry: int) -> None:
        super().on_remove(entry)
        place = self.entries.index(entry)
        self.entries[place] = self.entries[-1]
        self.entries.pop()
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64

    def victim(self, need: Need, class_index: int) -> int | None:
        mixed = (self.state ^ self.state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
        mixed ^= mixed >> 31
        return self.entries[(mixed >> 32) * len(self.entries) >> 32] if self.entries else None


# ---- queues that are looked through


class SecondChance(PolicyModel):
    """``queue``: next to be looked at first. Who is found referenced goes to its end, not referenced any more."""

    stored_is_referenced = True

    def __init__(self) -> None:
        super().__init__()
        self.queue: list[int] = []

    def on_store(self, entry: int, *rest: Any) -> None:
        super().on_store(entry, *rest)
        self.queue.append(entry)
        self.held[entry].referenced = self.stored_is_referenced

    def on_remove(self, entry: int) -> None:
        super().on_remove(entry)
        self.queue.remove(entry)

    def victim(self, need: Need, class_index: int) -> int | None:
        return self.queue[0] if self.queue else None

    def spares(self, entry: int) -> bool:
        if not self.held[entry].referenced:
            return False
        self.held[entry].referenced = False
        self.queue.remove(entry)
        self.queue.append(entry)
        return True


class Clock(SecondChance):
    stored_is_referenced = False

    def on_load(self, entry: int, next_load: int = NEVER) -> None:
        super().on_load(entry, next_load)
        self.held[entry].referenced = True


class Sieve(Clock):
    """Nobody is moved in the queue; a hand goes along it. None: it begins with the first."""

    hand: int | None = None

    def victim(self, need: Need, class_index: int) -> int | None:
        return super().victim(need, class_index) if self.hand is None else self.hand

    def spares(self, entry: int) -> bool:
        if not self.held[entry].referenced:
            return False
        self.held[entry].referenced = False
        self.hand = self._behind(entry)
        return True

    def on_remove(self, entry: int) -> None:
        if entry == self.victim(Need.FRAMES, -1):
            self.hand = self._behind(entry)
        super().on_remove(entry)

    def _behind(self, entry: int) -> int | None:
        place = self.queue.index(entry) + 1
        return self.queue[place] if place < len(self.queue) else None


class S3Fifo(PolicyModel):
    """Until the first flush all is in ``small``; then that keeps the tenth that came first, and main has the rest.

    ``ghosts``: keys of what was flushed from the small queue; ``early``: those that were read back since. Neither
    is longer than nine tenths of what is held.
    """

    def __init__(self) -> None:
        super().__init__()
        self.small: list[int] = []
        self.main: list[int] = []
        self.ghosts: list[int] = []
        self.early: list[int] = []
        self.has_flushed = False
        self.demoting = False  # the small queue is being looked through
        self.condemned: int | None = None  # of the small queue: not spared, and flushed next

    def on_store(self, entry: int, class_index: int, key: int, *rest: Any) -> None:
        super().on_store(entry, class_index, key, *rest)
        (self.main if key in self.early else self.small).append(entry)
        self.early = [other for other in self.early if other != key]
        self.ghosts = [other for other in self.ghosts if other != key]

    def on_load(self, entry: int, next_load: int = NEVER) -> None:
        super().on_load(entry, next_load)
        self.held[entry].loads += 1
        if entry == self.condemned:
            self.condemned = None

    def on_refault(self, key: int) -> None:
        if key in self.ghosts:
            self.ghosts.remove(key)
            self.early = self._with(self.early, key)

    def on_remove(self, entry: int) -> None:
        if entry == self.condemned:
            self.ghosts = self._with(self.ghosts, self.held[entry].key)
            self.condemned = None
            self.demoting = False
        super().on_remove(entry)
        (self.small if entry in self.small else self.main).remove(entry)

    def _with(self, keys: list[int], key: int) -> list[int]:
        most = len(self.held) * 9 // 10
        return [*keys, key][-most:] if most else []

    def victim(self, need: Need, class_index: int) -> int | None:
        if not self.held:
            return None
        if not self.has_flushed:
            return self.small[0]
        demotes = self.small and (self.demoting or len(self.small) >= len(self.held) // 10)
        return self.small[0] if demotes else self.main[0]

    def spares(self, entry: int) -> bool:
        if not self.has_flushed:
            self.has_flushed = True
            tenth = len(self.held) // 10
            self.small, self.main = self.small[:tenth], self.small[tenth:]
        held = self.held[entry]
        if entry in self.small:
            if held.loads < 2:
                self.condemned = entry
                return False
            self.demoting = True
            self.small.remove(entry)
            held.loads = 0
        else:
            self.demoting = False
            if held.loads == 0:
                return False
            self.main.remove(entry)
            held.loads = min(held.loads, 3) - 1
        self.main.append(entry)
        return True


# ---- whole zspages


class ByZspage(PolicyModel):
    """``last_use``: by zspage, of any entry that is or was in it. Of equal zspages the lower number goes first."""

    def __init__(self) -> None:
        super().__init__()
        self.last_use: dict[int, int] = {}

    def on_store(self, entry: int, *rest: Any) -> None:
        super().on_store(entry, *rest)
        self.last_use[self.held[entry].place.zspage] = self.uses

    def on_load(self, entry: int, next_load: int = NEVER) -> None:
        super().on_load(entry, next_load)
        self.last_use[self.held[entry].place.zspage] = self.uses

    def victim(self, need: Need, class_index: int) -> int | None:
        members = self.next_zspage()
        return min(members, key=lambda held: held.place.object).entry if members else None

    def next_zspage(self) -> list[Held]:
        """What is in the zspage that goes first; nothing if nothing is held."""
        zspages: dict[int, list[Held]] = {}
        for held in self.held.values():
            zspages.setdefault(held.place.zspage, []).append(held)
        return zspages[self.cheapest(zspages)] if zspages else []

    def cheapest(self, zspages: dict[int, list[Held]]) -> int:
        """The number of the zspage that goes first."""
        return min(zspages, key=lambda number: (self.cost(number, zspages[number]), number))

    def cost(self, number: int, members: list[Held]) -> tuple[Any, ...]:
        """What flushing zspage ``number`` costs; the cheapest goes first."""
        raise NotImplementedError


class FrameLru(ByZspage):
    def on_load(self, entry: int, next_load: int = NEVER) -> None:
        PolicyModel.on_load(self, entry, next_load)

    def cost(self, number: int, members: list[Held]) -> tuple[Any, ...]:
        return (self.last_use[number],)


class EmptiestZspage(ByZspage):
    def cost(self, number: int, members: list[Held]) -> tuple[Any, ...]:
        return len(members), self.last_use[number]


class CostBenefit(ByZspage):
    def cost(self, number: int, members: list[Held]) -> tuple[Any, ...]:
        room, live = members[0].place.room, len(members)
        age = self.uses - self.last_use[number]
        return -Fraction((room - live) * age, room + live), self.last_use[number]


class ClassLruFrames(ByZspage):
    """``half_life`` follows the number of entries now and then: see ``take_measure``.

    An entry in four frames that was used two half-lives after one in a single frame is worth the same for a frame.
    Which goes first depends on how the sums were rounded: then ``advice`` is taken.
    """

    retries_each = True
    rounding = 1e-9

    def __init__(self, percent: int = 200, whole: int = 0) -> None:
        super().__init__()
        self.percent = percent
        self.whole = whole
        self.half_life = percent / 100
        self.measured_at = 0
        self.held_then = 0

    def on_store(self, *what: Any) -> None:
        super().on_store(*what)
        self.take_measure()

    def on_load(self, entry: int, next_load: int = NEVER) -> None:
        super().on_load(entry, next_load)
        self.take_measure()

    def take_measure(self) -> None:
        """After sixteen half-lives, and when more than twice or less than half as many entries are held as then."""
        long_ago = self.uses - self.measured_at > 16 * self.half_life
        if long_ago or not self.held_then <= 2 * len(self.held) <= 4 * self.held_then:
            self.half_life = len(self.held) * self.percent / 100
            self.measured_at = self.uses
            self.held_then = len(self.held)

    def victim(self, need: Need, class_index: int) -> int | None:
        found = oldest(self.of_class(class_index)) if need is Need.OBJECT else None
        if found and not self.is_dearer(found):
            return found.entry
        return super().victim(need, class_index)

    def is_dearer(self, found: Held) -> bool:
        """Are the places of as many entries like ``found`` as the next zspage has room for worth more than that?"""
        members = self.next_zspage()
        places = members[0].place.pages // found.place.pages * found.place.room
        theirs, ours = self.weight(members), places * self.weight([found])
        if len(members) > self.whole or not places:
            return False
        if abs(theirs - ours) <= ours * self.rounding:
            return min(map(self._advised, members)) < self._advised(found)
        return theirs < ours

    def cheapest(self, zspages: dict[int, list[Held]]) -> int:
        worth = {number: self.worth(members) for number, members in zspages.items()}
        least = min(worth.values())
        near = [number for number in zspages if worth[number] <= least * (1 + self.rounding)]
        return min(near, key=lambda number: min(self._advised(held) for held in zspages[number]))

    def worth(self, members: list[Held]) -> float:
        """What a zspage of ``members`` is worth for each of its frames."""
        return self.weight(members) / members[0].place.pages

    def weight(self, members: list[Held]) -> float:
        """What ``members`` are worth together, an entry that is used now being worth 1."""
        return fsum(2 ** ((held.used_at - self.uses) / self.half_life) for held in members)

    def _advised(self, held: Held) -> int:
        return self.advice.index(held.key) if held.key in self.advice else len(self.advice)


# ---- who sees the future


def farthest(entries: Iterable[Held]) -> Held | None:
    """Of ``entries`` the one whose next load is farthest; of equals the least recently used."""
    return min(entries, key=lambda held: (-held.next_load, held.used_at), default=None)


class Min(PolicyModel):
    retries_each = True

    def victim(self, need: Need, class_index: int) -> int | None:
        found = farthest(self.of_class(class_index)) if need is Need.OBJECT else None
        found = found or farthest(self.held.values())
        return found.entry if found else None


class MinFrames(ByZspage):
    retries_each = True

    def victim(self, need: Need, class_index: int) -> int | None:
        if need is Need.FRAMES:
            return super().victim(need, class_index)
        found = farthest(self.of_class(class_index)) or farthest(self.held.values())
        return found.entry if found else None

    def cost(self, number: int, members: list[Held]) -> tuple[Any, ...]:
        return len(members) / members[0].place.pages, -min(held.next_load for held in members)


MODELS: dict[str, type[PolicyModel]] = {
    "class-lru": ClassLru,
    "class-lru-frames": ClassLruFrames,
    "clock": Clock,
    "cost-benefit": CostBenefit,
    "emptiest-zspage": EmptiestZspage,
    "fifo": Fifo,
    "frame-lru": FrameLru,
    "lru": Lru,
    "min": Min,
    "min-frames": MinFrames,
    "random": Random,
    "s3-fifo": S3Fifo,
    "second-chance": SecondChance,
    "sieve": Sieve,
    "zspage-lru": FrameLru,
}
"""By the names of the policies that they retell."""


def make_policy(text: str) -> PolicyModel:
    """The model of the policy that ``text`` (``name[:number]``) asks for. Raises ValueError if there is none."""
    name, *numbers = text.split(":")
    if name not in MODELS:
        raise ValueError(f"policy {name!r}: none of the models, which are {', '.join(MODELS)}")
    return MODELS[name](*map(int, numbers))
