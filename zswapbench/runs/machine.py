"""The story of 'machine': the same references on the same RAM, under each set-up, side by side.

The references are gone through once, a piece at a time. Each piece happens to all set-ups, each in a thread of its own,
before the next is read: so a pipe will do, and memory does not grow with their number.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zswapbench.common.errors import TraceError, UsageError
from zswapbench.common.machine import environment
from zswapbench.common.progress import Progress, Told, silent
from zswapbench.common.room import need_threads
from zswapbench.corpus.reading import Corpus
from zswapbench.plugins.registry import CODECS
from zswapbench.results.machine import MachineResult
from zswapbench.rules.cgroup_files import MAX
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.rules.watermarks import Watermarks
from zswapbench.runs.cgroups import frames_of, refuse_reduced, refuse_unknown, told_by
from zswapbench.runs.choices import cost_asked, refuse_idle_costs
from zswapbench.runs.course import Course
from zswapbench.runs.folios import as_mapped, refuse_before_folios
from zswapbench.runs.from_refs import (
    Machine,
    pages_in,
    program_for,
    refuse_foreign,
    refuse_small,
    remarks_on,
    slots_of,
)
from zswapbench.runs.machine_outcome import Running, outcome_of
from zswapbench.runs.options import Options
from zswapbench.runs.setups.base import Found, Ground, Setup, Side
from zswapbench.runs.setups.spec import setup_of
from zswapbench.runs.setups.zswap import refuse_without_passes
from zswapbench.sim.reclaim.ways import Cgroup, Program, make_memory
from zswapbench.traces.refs import References


@dataclass(frozen=True)
class Point:
    """A machine, and what runs on it: ``specs`` of set-ups by label. Swap and mTHP are the same at all points."""

    machine: Machine
    specs: Mapping[str, str]


@dataclass(frozen=True)
class Stage:
    """A point, ready: what its set-ups share, and the set-ups."""

    machine: Machine
    ground: Ground
    marks: Watermarks
    running: list[Running]


def run(
    references: References,
    corpus: Corpus,
    specs: Sequence[str],
    machine: Machine,
    common: Options,
    progress: Progress = silent,
) -> MachineResult:
    """Run ``references`` on ``machine`` under each of ``specs``; ``common``: what these leave open.

    Raises UsageError for a set-up or a machine that there cannot be, TraceError and CorpusError for inputs that are
    damaged or do not fit together.
    """
    refuse_twins(specs)
    point = Point(machine, {spec: spec for spec in specs})
    return run_all(references, corpus, [point], common, progress)[0]


def run_all(
    references: References,
    corpus: Corpus,
    points: Sequence[Point],
    common: Options,
    progress: Progress = silent,
    found: Found | None = None,
) -> list[MachineResult]:
    """The same at each of ``points``, one at least, in one pass; what is the same at several runs once.

    ``found``: sizes and costs of codecs over ``corpus`` that are known already; others are put there. Whoever has them
    knows whether each cost that is given is of a codec of some pass.
    """
    stages = staged(references, corpus, points, common, progress, found)
    limits, pages = points[0].machine.cgroups, len(stages[0].ground.program.numbers)
    running = [*{id(one): one for stage in stages for one in stage.running}.values()]
    if found is None:
        _refuse_idle_costs(common, running)
    start = time.perf_counter()
    with progress("machine", references.count * len(running), "references") as told:
        touched = _let_happen(references, running, told)
    refuse_foreign(running[0].memory, references)
    refuse_unknown(limits, running[0].memory.ids(), references)
    timings = {"run_s": time.perf_counter() - start}
    too_few = {id(one): _too_few(one, references) for one in running}
    return [
        MachineResult(
            setting=_setting(stage.machine, stage.ground, stage.marks),
            inputs=_inputs(references, touched, corpus, pages),
            remarks=[
                *references.told,
                *(line for one in stage.running for line in too_few[id(one)]),
                remarks_on(_longest(running))[0],
            ],
            setups=tuple(
                outcome_of(one, corpus.page_size, too_few_pages=bool(too_few[id(one)]))
                for one in stage.running
            ),
            environment=environment(),
            timings=timings,
        )
        for stage in stages
    ]


def staged(
    references: References,
    corpus: Corpus,
    points: Sequence[Point],
    common: Options,
    progress: Progress = silent,
    found: Found | None = None,
) -> list[Stage]:
    """All set-ups of ``points``, ready to run, before any reference was read. Raises what ``run`` does."""
    program = as_mapped(program_for(references, corpus), corpus, points[0].machine)
    slots = slots_of(points[0].machine, corpus.page_size, len(program.numbers))
    limits = points[0].machine.cgroups
    shared = Ground(corpus, 0, 0, slots, progress, program, found or Found(), cgroups=limits)
    known: dict[tuple[int, str], Running] = {}
    refuse_unknown(limits, told_by(references), references)
    refuse_reduced(references, limits, corpus.page_size)
    for one in limits:
        if one.max is not None:
            refuse_small(references, frames_of(one, corpus.page_size), f"--cgroup {one.id}: {MAX}")
    stages = [_stage(point, shared, program, common, references.count, known) for point in points]
    for stage in stages:
        refuse_small(references, stage.ground.frames - stage.marks.high)
    return stages


def _too_few(one: Running, references: References) -> list[str]:
    """Where ``one`` had fewer pages in memory than the references are for, in all or in a cgroup, in lines."""
    memory, samples = one.memory, max(one.memory.samples, 1)
    means = [("", memory.resident_sum / samples, references.least_frames)]
    means += [
        (f", cgroup {number}", memory.told_of(place)["resident_sum"] / samples, least)
        for place in range(1, len(memory.cgroups))
        for number, least in references.least_of_cgroups.items()
        if memory.id_of(place) == number
    ]
    return [
        f"{one.asked.label}{where}: {mean:,.0f} pages in memory on average, fewer than the {least:,} that the "
        "references are for: its faults are off"
        for where, mean, least in means
        if mean < least
    ]


def _stage(
    point: Point,
    shared: Ground,
    program: Program,
    common: Options,
    count: int,
    known: dict[tuple[int, str], Running],
) -> Stage:
    """``point``, whose set-ups are taken from ``known`` or put there; ``count``: of references, or 0."""
    machine, page_size = point.machine, shared.corpus.page_size
    frames = pages_in(machine.ram, page_size, "--ram")
    marks = machine.tuning.watermarks(machine.ram, page_size)
    ground = replace(shared, ram=machine.ram, frames=frames)
    asked = [(label, spec, setup_of(spec, common)) for label, spec in point.specs.items()]
    for label, spec, (setup, wanted) in asked:
        if (machine.ram, spec) not in known:
            side = setup.side(wanted, ground)
            if program.folio > 1:
                refuse_before_folios(label, side.setting)
            refuse_without_passes(label, side.setting, machine.way)
            side.model.settle(machine.tuning.cpus, machine.tuning.costs.by_kind)
            memory = _memory(setup, side, program, machine, ground, marks)
            course = Course(memory, side.model, count)
            known[machine.ram, spec] = Running(setup, replace(wanted, label=label), side, memory, course)
    return Stage(machine, ground, marks, [known[machine.ram, spec] for _, spec, _ in asked])


def _setting(machine: Machine, ground: Ground, marks: Watermarks) -> dict[str, Any]:
    """What all set-ups have in common, as the result records it."""
    return {
        "ram": machine.ram,
        "ram_pages": ground.frames,
        "swap_slots": ground.slots,
        "reclaim": machine.way,
        "kernel": machine.kernel,
        "rules": reclaim_rules(machine.kernel).name,
        "page_cluster": machine.page_cluster,
        "page_size": ground.corpus.page_size,
        **machine.tuning.as_dict(marks, ground.corpus.page_size),
        "cgroups": [one.as_dict() for one in machine.cgroups],
    }


def _inputs(references: References, count: int, corpus: Corpus, pages: int) -> dict[str, Any]:
    """Of which references the result is, ``count`` of them, and of a program of how many ``pages``."""
    return {
        "references": Path(references.path).name,
        "provenance": references.provenance,
        "count": count,
        "corpus": corpus.path.name,
        "corpus_digest": corpus.digest,
        "pages": pages,
    }


def refuse_twins(labels: Sequence[str]) -> None:
    """Raises UsageError if two of ``labels`` are the same."""
    for label in labels:
        if labels.count(label) > 1:
            raise UsageError(f"{label!r} is given twice; its result would be the same")


def _refuse_idle_costs(common: Options, running: Sequence[Running]) -> None:
    codecs = [
        CODECS.choose(value)
        for one in running
        for name, value in one.side.setting.items()
        if name in ("codec", "zram_codec", "recomp_codec")
    ]
    refuse_idle_costs([common], [cost_asked(common, codec) for codec in codecs], codecs)


def _memory(
    setup: Setup, side: Side, program: Program, machine: Machine, ground: Ground, marks: Watermarks
) -> Any:
    """RAM and reclaim of one set-up. ``none`` has a page frame for each page, whatever RAM and limits there are."""
    frames, page_size = ground.frames, ground.corpus.page_size
    enough = len(program.numbers) + marks.high + 1
    return make_memory(
        program,
        machine.way,
        reclaim_rules(machine.kernel),
        frames=max(frames, enough) if setup.enough_ram else frames,
        areas=side.areas,
        page_cluster=machine.page_cluster,
        side=side.model,
        watermarks=marks,
        cgroups=[
            Cgroup(one.id, -1 if setup.enough_ram else frames_of(one, page_size)) for one in machine.cgroups
        ],
    )


def _let_happen(references: References, running: Sequence[Running], told: Told) -> int:
    """All of ``references`` to all; how many there were."""
    total = 0
    count = min(len(running), os.cpu_count() or 1)
    need_threads(count)
    with ThreadPoolExecutor(count) as threads:
        for some in references.batches:
            list(threads.map(lambda one: one.course.feed(some), running))  # noqa: B023  done before the next
            total += len(some)
            told(len(some) * len(running))
    for one in running:
        one.course.end()
    if not total:
        raise TraceError(references.path, "has no reference")
    return total


def _longest(running: Sequence[Running]) -> Any:
    """The memory that came farthest before it was stuck."""
    return max((one.memory for one in running), key=lambda memory: memory.touches)
