"""What 'scale' found: how much CPUs get done together under each lock design, and how long they wait for which lock.

Nanoseconds are those of the simulation: what steps cost was measured or given (``costs``), the rest follows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

SCHEMA_VERSION = 1
"""Of the JSON form. 1: the first."""

FULL = 0.9
"""A lock is saturated where one of its instances is held, or on its way, for so much of the time or more."""

PERCENTILES = (50, 90, 99, 99.9)


@dataclass(frozen=True)
class LockFigures:
    """All locks of one name (``lock``), with the columns of /proc/lock_stat; ``waittime`` and ``holdtime``: ns.

    ``busiest``: the share of the time that the busiest of them was held or on its way to the next holder. ``around``:
    it is none of zswap, but of the way through the kernel that leads there. ``grows``: with more CPUs
    there would be more of them in use, so that no number of CPUs is too large for them.
    """

    lock: str
    kind: str
    instances: int
    around: bool
    grows: bool
    acquisitions: int
    acq_bounces: int
    contentions: int
    waittime_total: int
    waittime_max: int
    waittime_avg: float
    holdtime_total: int
    holdtime_max: int
    busiest: float


@dataclass(frozen=True)
class Point:
    """So many CPUs. ``took_ns``: until the last of them was done; ``each_s``: operations a second.

    ``running``, ``waiting``, ``moving``, ``idle``: shares of all CPUs' time: in steps, waiting for locks, moving cache
    lines of locks, and with nothing left to do. ``latencies``: nanoseconds by "store" and "load", then by percentile.
    """

    cpus: int
    took_ns: int
    each_s: float
    speedup: float
    running: float
    waiting: float
    moving: float
    idle: float
    locks: tuple[LockFigures, ...]
    latencies: dict[str, dict[str, float]]

    @property
    def busiest(self) -> LockFigures | None:
        """The lock that is held for most of the time, of those that CPUs share; None if they share none."""
        return max((one for one in self.locks if not one.grows), key=lambda one: one.busiest, default=None)

    def share_of_waiting(self, lock: str) -> float:
        """The part of all time that is waited for locks that is waited for ``lock``."""
        total = sum(one.waittime_total for one in self.locks)
        return sum(one.waittime_total for one in self.locks if one.lock == lock) / total if total else 0.0


@dataclass(frozen=True)
class Curve:
    """One design with one codec. ``points``: by rising number of CPUs, of which the first is 1.

    ``codec``: as it was asked for; ``codec_form``: as the design's kernel has it. ``around``: the name of what is done
    before and after each operation; "" for nothing. ``operations``: how many there are by kind.
    """

    design: str
    era: str
    codec: str
    codec_form: str
    around: str
    operations: dict[str, int]
    points: tuple[Point, ...]

    def at(self, cpus: int) -> Point | None:
        """The point of ``cpus`` CPUs, if there is one."""
        return next((one for one in self.points if one.cpus == cpus), None)

    @property
    def full(self) -> tuple[int, str] | None:
        """The first number of CPUs at which a lock is saturated, and its name; None if none is."""
        for point in self.points:
            busiest = point.busiest
            if point.cpus > 1 and busiest and busiest.busiest >= FULL:
                return point.cpus, busiest.lock
        return None

    @property
    def bound(self) -> float | None:
        """How many times what one CPU does is the most that the busiest lock lets through.

        From what one CPU holds it for: hand-overs come on top, so that less than this is reached.
        """
        busiest = self.points[0].busiest
        return 1 / busiest.busiest if busiest and busiest.busiest else None


@dataclass(frozen=True)
class Contended:
    """All curves over one trace. ``costs``: ns by name; ``setting``: how operations were dealt, CPUs to a socket."""

    inputs: dict[str, Any]
    setting: dict[str, Any]
    costs: dict[str, Any]
    environment: dict[str, str]
    curves: tuple[Curve, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def codecs(self) -> list[str]:
        """Each once, in order."""
        return [*dict.fromkeys(one.codec for one in self.curves)]

    def of(self, codec: str, *, around: bool) -> Sequence[Curve]:
        """The curves with ``codec``, with what lies around zswap or without it."""
        return [one for one in self.curves if one.codec == codec and bool(one.around) == around]


def to_json(found: Contended) -> str:
    """The JSON form."""
    return json.dumps(asdict(found), indent=1) + "\n"
