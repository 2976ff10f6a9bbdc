"""The story of 'machine --sweep': all set-ups at each value of one thing, in one pass through the references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress, silent
from zswapbench.common.units import parse_size
from zswapbench.corpus.reading import Corpus
from zswapbench.results.machine_sweep import RAM, MachineSweep
from zswapbench.runs.cgroups import limits_of
from zswapbench.runs.from_refs import Machine
from zswapbench.runs.machine import Point, refuse_twins, run_all
from zswapbench.runs.options import Options
from zswapbench.runs.setups.spec import setup_of
from zswapbench.runs.tuning import Tuning
from zswapbench.traces.refs import References

VALUES = 8
"""Of a range, if nothing else is said."""

_MOST_VALUES = 64


def machine_of(
    ram: str,
    swept: str,
    swap: str,
    way: str,
    kernel: str,
    page_cluster: int,
    tuning: Tuning,
    cgroups: Iterable[str] = (),
) -> Machine:
    """The machine that is asked for in words; ``swept``: the key of a sweep, or "". RAM that is swept is 0 in it.

    Raises UsageError if nobody says how much RAM there is, or if both do.
    """
    if swept == RAM and ram:
        raise UsageError("--ram and --sweep ram: give one of them")
    if swept != RAM and not ram:
        raise UsageError("how much memory the machine has is not known: give --ram, or --sweep ram=A..B")
    swap_bytes = parse_size(swap, "--swap") if swap else None
    return Machine(
        parse_size(ram or "0", "--ram"),
        swap_bytes,
        way,
        kernel,
        page_cluster,
        tuning=tuning,
        cgroups=limits_of(cgroups),
    )


@dataclass(frozen=True)
class Swept:
    """``key``, and the values that it takes, rising. ``unit``: "B" or ""."""

    key: str
    unit: str
    values: tuple[int, ...]


def swept_of(text: str) -> Swept:
    """What ``text`` asks for: ``KEY=A..B``, ``KEY=A..B:N`` for N values, or ``KEY=A,B,C``.

    Raises UsageError for anything else.

    >>> swept_of("ram=1GiB..8GiB:3").values == (1 << 30, 9 << 29, 8 << 30)
    True
    >>> swept_of("max-pool-percent=10..14").values
    (10, 11, 12, 13, 14)
    """
    key, _, words = text.partition("=")
    ends, dots, more = words.partition("..")
    last, colon, count = more.partition(":")
    listed = [ends, last] if dots else ends.split(",")
    if not key or not all(listed) or (colon and not re.fullmatch(r"\d{1,9}", count)):
        raise UsageError(
            f"--sweep {text}: write it like ram=1GiB..8GiB, ram=1GiB..8GiB:15 for 15 values, or "
            "max-pool-percent=10,20,50"
        )
    values = [parse_size(one, "--sweep") for one in listed]
    unit = "B" if key == RAM or not all(re.fullmatch(r"\d+", one) for one in listed) else ""
    if values != sorted(set(values)):
        raise UsageError(f"--sweep {text}: give values that rise")
    if dots:
        wanted = int(count) if colon else VALUES
        values = _between(values[0], values[1], min(wanted, _MOST_VALUES + 1))
    if not 2 <= len(values) <= _MOST_VALUES:
        raise UsageError(f"--sweep {text}: give 2 to {_MOST_VALUES} values")
    return Swept(key, unit, tuple(values))


def _between(low: int, high: int, count: int) -> list[int]:
    """``count`` whole numbers from ``low`` to ``high``, equally far apart; fewer if there are no more."""
    steps = max(count - 1, 1)
    return sorted({low + (high - low) * step // steps for step in range(count)})


def sweep(
    references: References,
    corpus: Corpus,
    specs: Sequence[str],
    machine: Machine,
    swept: Swept,
    common: Options,
    progress: Progress = silent,
) -> MachineSweep:
    """Run ``specs`` at all values of ``swept``. Set-ups that do not take its key, or have it, are the same at each.

    Raises what zswapbench.runs.machine.run does, and UsageError if no set-up takes the key.
    """
    refuse_twins(specs)
    points = [_point(specs, machine, swept, value, common) for value in swept.values]
    results = run_all(references, corpus, points, common, progress)
    return MachineSweep(swept.key, swept.unit, swept.values, tuple(results))


def _point(specs: Sequence[str], machine: Machine, swept: Swept, value: int, common: Options) -> Point:
    if swept.key == RAM:
        return Point(replace(machine, ram=value), {spec: spec for spec in specs})
    takes = [
        spec
        for spec in specs
        if swept.key in {key.name for key in setup_of(spec, common)[0].keys}
        and not any(part.startswith(f"{swept.key}=") for part in spec.split(","))
    ]
    if not takes:
        raise UsageError(
            f"--sweep {swept.key}: no set-up takes it, or all say what it is; sweep ram, or a key that "
            "'zswapbench list set-ups' names"
        )
    return Point(machine, {spec: f"{spec},{swept.key}={value}" if spec in takes else spec for spec in specs})
