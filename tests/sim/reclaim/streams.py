"""Streams of references for the tests, and a compiled memory that they go through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.model import swap_slots
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.sim.reclaim.ways import Area, Program, make_memory, whole_blocks
from zswapbench.traces.refs import REFERENCE

FIRST = 0x7F1234500
"""Number of the first page of the program."""


@dataclass(frozen=True)
class Setting:
    """What a stream goes through. Slots: 0 for twice the pages; they are one area where ``areas`` says nothing."""

    way: str
    kernel: str = "6.12"
    pages: int = 400
    frames: int = 200
    slots: int = 0
    page_cluster: int = 0
    areas: tuple[Area, ...] = ()
    folio: int = 1

    @property
    def swap_slots(self) -> int:
        return self.slots or 2 * self.pages

    @property
    def swap_areas(self) -> tuple[Area, ...]:
        return self.areas or (Area(self.swap_slots),)


def program(setting: Setting) -> Program:
    """Pages in two VMAs with a gap between them; each holds a corpus page of its own."""
    numbers = FIRST + np.arange(setting.pages, dtype=np.uint64)
    numbers[setting.pages // 2 :] += np.uint64(1000)
    vmas = (np.arange(setting.pages) >= setting.pages // 2).astype(np.uint32)
    blocks = whole_blocks(numbers, vmas, setting.folio) if setting.folio > 1 else None
    contents = np.arange(setting.pages, dtype=np.uint32) + np.uint32(7)
    return Program(numbers, contents, vmas, setting.folio, blocks)


def memory(setting: Setting) -> Any:
    """The compiled one."""
    return make_memory(
        program(setting),
        setting.way,
        reclaim_rules(setting.kernel),
        frames=setting.frames,
        areas=setting.swap_areas,
        page_cluster=setting.page_cluster,
    )


def plain_slots(setting: Setting) -> swap_slots.Slots:
    """The slow retelling's."""
    rules = reclaim_rules(setting.kernel)
    return swap_slots.Slots(
        *(swap_slots.Area(area.slots, synchronous=area.synchronous) for area in setting.swap_areas),
        holes_first=rules.holes_first,
        batch=64 if rules.slot_cache else 1,
        keeps_found=rules.keeps_found,
        run=setting.folio,
    )


def references(places: NDArray[np.int64], writes: NDArray[np.bool_], setting: Setting) -> NDArray[np.void]:
    """Touches of the pages at ``places`` of the program, 1 us apart."""
    found = np.zeros(len(places), REFERENCE)
    found["page"] = program(setting).numbers[places]
    found["write"] = writes
    found["delta_us"] = 1
    return found


def stream(seed: int, count: int, setting: Setting) -> NDArray[np.void]:
    """Some pages are used far more often than others; at times pages are used one after another."""
    random = np.random.default_rng(seed)
    hot = (setting.pages * random.random(count) ** 3).astype(np.int64)
    runs = np.arange(count) % setting.pages
    places = np.where(np.sin(np.arange(count) / 150) > random.uniform(-0.5, 1), runs, hot)
    return references(places, random.random(count) < random.uniform(0, 0.6), setting)
