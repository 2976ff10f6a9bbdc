"""A recommendation in a closed loop: references, recorded or made, on one RAM, under all that the kernel offers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from math import prod
from statistics import fmean
from typing import Any

from zswapbench.common.machine import environment
from zswapbench.common.progress import Progress
from zswapbench.results.machine import SetupResult
from zswapbench.results.machine_gained import Gained
from zswapbench.results.recommendation import CLOSED, MEMORY, TIME, WEAR, Candidate, Recommendation
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.runs.recommend.asking import Given
from zswapbench.runs.recommend.cells import DISK, ZRAM, ZSWAP, Cell, cell_of
from zswapbench.runs.recommend.figures import RAM_NEEDED, can_be_drawn, time_figure, writes_figure
from zswapbench.runs.recommend.gaining import ram_gained
from zswapbench.runs.recommend.judging import Contender, Verdict, front, judge, margin_over, refused
from zswapbench.runs.recommend.ram import least_ram
from zswapbench.runs.recommend.ranking import may_be_chosen, time_of, writes_of
from zswapbench.runs.recommend.remarks import beside, untold
from zswapbench.runs.recommend.scene import Closed, Scene, scene_of
from zswapbench.runs.recommend.search import Searched, Wish, search
from zswapbench.runs.recommend.space import usual_codec
from zswapbench.runs.recommend.traffic import USED, said_by_each

_TOLD = 8
"""Set-ups of the front at most."""


def in_closed_loop(given: Given, asked: Closed, progress: Progress) -> Recommendation:
    """What to take for ``given``. Raises UsageError for a machine that there cannot be."""
    scene = scene_of(given, asked)
    own = cell_of(scene.default.spec, scene.machine.ram)
    wish = Wish(asked.goal, asked.offers, (own, Cell(DISK)), len(USED) if scene.made else 1)
    found = search(scene.bench, scene.space.cells, wish, progress)
    if own not in found.whole:
        raise KeyboardInterrupt
    try:
        paid = _paid(scene, found, own, asked)
        contenders = _contenders(scene, found, paid, own, asked, progress)
        verdict = _verdict(scene, found, contenders, own, asked)
        gained = {} if found.interrupted or scene.made else _gained(scene, verdict, paid, progress)
    except KeyboardInterrupt:
        found.interrupted = True
        asked = replace(asked, goal=WEAR if asked.goal == WEAR else TIME)
        contenders = paid = _paid(scene, found, own, asked)
        gained = {}
        verdict = _verdict(scene, found, contenders, own, asked)
    return _told(scene, found, contenders, paid, own, verdict, gained, asked)


def _contenders(
    scene: Scene,
    found: Searched,
    paid: list[Contender],
    own: Cell,
    asked: Closed,
    progress: Progress,
) -> list[Contender]:
    """Those that ``paid``, with the figures that the goal is about."""
    if asked.goal != MEMORY or found.interrupted:
        return paid
    default = found.whole[own]
    if not may_be_chosen(default):
        return []
    as_fast = [one.cell for one in paid if one.eligible and one.paid[0] <= time_of(default)]
    needed = least_ram(scene.bench, own, as_fast, default, asked.seed, progress)
    return [replace(one, figures=(needed[one.cell],)) for one in paid if one.cell in needed]


def _paid(scene: Scene, found: Searched, own: Cell, asked: Closed) -> list[Contender]:
    """All that were tried with all of the work, with time paid, and before it device writes if these are the goal."""
    usual = {family: usual_codec(family, asked.offers) for family in (DISK, ZSWAP, ZRAM)}
    contenders = []
    for cell, outcomes in found.whole.items():
        times = time_figure(outcomes, asked.seed)
        figures = (writes_figure(outcomes, asked.seed), times) if asked.goal == WEAR else (times,)
        changes = 0 if cell == own else cell.changes(own, usual[cell.family])
        frames = fmean(outcome.metrics["pool_pages_mean"] for outcome in outcomes)
        paid = time_of(outcomes), writes_of(outcomes) / len(outcomes), frames
        spec = cell.spec(scene.machine.ram)
        contenders.append(Contender(cell, spec, figures, paid, changes, may_be_chosen(outcomes)))
    return contenders


def _verdict(
    scene: Scene, found: Searched, contenders: Sequence[Contender], own: Cell, asked: Closed
) -> Verdict:
    """Who is to be taken, or why nobody is."""
    if found.interrupted and not {*found.whole} - {own, Cell(DISK)}:
        return refused(
            "interrupted before another set-up was tried than what there is",
            "letting it come to its end",
        )
    foreign = scene.inputs["references_of_others"]
    if foreign > scene.inputs["count"] / 2:
        return refused(
            f"{foreign:,} of {scene.inputs['count']:,} references are of no page in the core: most of the recording is "
            "left out",
            "a core of the same run, taken at its end",
        )
    default = next((one for one in contenders if one.cell == own), None)
    if default is None:
        return refused(
            f"{scene.default.spec} has no time to be met: in so little RAM it runs out of memory, or has less than "
            "the references are for",
            "--goal time, more --ram, or another --default",
        )
    if not any(one.counters["swapped_out"] for one in found.whole[own]):
        return refused("keep what you have: nothing leaves memory in so much RAM", "less --ram")
    # Who ran out of memory has a short course, however long the work is.
    done = [found.whole[one.cell] for one in contenders if one.eligible]
    if done and not can_be_drawn(done[0]):
        return refused("the recording is too short to tell chance from merit", "a longer recording")
    measured = any(figure.spread for one in contenders for figure in one.figures)
    settle = "a longer recording, or another --ram"
    if scene.made:
        settle = "record the program's references (docs/references.md)"
    elif any(one.untold for one in contenders):
        settle = "references with a smaller --least-ram, or another --ram"
    elif measured:
        settle = "a longer recording, another --ram, or codec times with less spread (--cost)"
    verdict = judge(contenders, default, settle)
    if verdict.refused and scene.made and verdict.ties:
        able = [
            (one.spec, found.whole[one.cell]) for one in contenders if one.eligible and one.cell.chain is None
        ]
        said = said_by_each(asked.goal, able)
        return replace(verdict, refused=f"{verdict.refused}; made traffic: {said}")
    return verdict


def _gained(
    scene: Scene, verdict: Verdict, paid: Sequence[Contender], progress: Progress
) -> dict[str, Gained]:
    """By SETUP, of all that the front and the verdict tell of."""
    told = [*front(paid)[:_TOLD], *filter(None, (verdict.chosen, verdict.runner_up, verdict.rebuilt))]
    return ram_gained(scene.bench, [one.spec for one in told if one.cell.kind != DISK], progress)


def _told(
    scene: Scene,
    found: Searched,
    contenders: Sequence[Contender],
    paid: Sequence[Contender],
    own: Cell,
    verdict: Verdict,
    gained: dict[str, Gained],
    asked: Closed,
) -> Recommendation:
    """All of it as a record."""

    def candidate(one: Contender) -> Candidate:
        return _candidate(one, found.whole[one.cell], gained.get(one.spec))

    chosen, runner_up = verdict.chosen, verdict.runner_up
    default = next(one for one in paid if one.cell == own)
    as_figured = next((one for one in contenders if one.cell == own), default)
    over_default = None
    if chosen and chosen.cell != own and as_figured.eligible:
        over_default = margin_over(chosen, as_figured)
    return Recommendation(
        goal=asked.goal,
        loop=CLOSED,
        machine=_machine(scene, asked),
        kernel=asked.offers.kernel,
        distribution=asked.distribution,
        default_said=scene.default.said,
        chosen=candidate(chosen) if chosen else None,
        default=candidate(default),
        runner_up=candidate(runner_up) if runner_up else None,
        over_default=over_default,
        over_runner_up=margin_over(chosen, runner_up) if chosen and runner_up else None,
        rebuilt=candidate(verdict.rebuilt) if verdict.rebuilt else None,
        rebuilt_over_chosen=margin_over(verdict.rebuilt, chosen) if verdict.rebuilt and chosen else None,
        refused=verdict.refused,
        settle=verdict.settle,
        ties=tuple(one.spec for one in verdict.ties),
        front=tuple(candidate(one) for one in front(paid)[:_TOLD]),
        not_considered=scene.space.not_considered,
        traffic=scene.traffic,
        made=scene.made,
        search=found.as_dict(),
        ram_needed=_ram_needed(scene, chosen),
        interrupted=found.interrupted,
        remarks=(*scene.remarks, *untold(contenders), *beside(found, paid, default, chosen)),
        inputs=scene.inputs,
        environment=environment(),
        timings={"recommend_s": time.perf_counter() - asked.began},
    )


def _machine(scene: Scene, asked: Closed) -> dict[str, Any]:
    """The machine as the record has it."""
    marks = scene.machine.tuning.watermarks(scene.machine.ram, scene.bench.corpus.page_size)
    return {
        "ram": scene.machine.ram,
        "ram_pages": scene.machine.ram // scene.bench.corpus.page_size,
        "swap": scene.machine.swap,
        "device": asked.device,
        "reclaim": scene.machine.way,
        "rules": reclaim_rules(scene.machine.kernel).name,
        "page_cluster": scene.machine.page_cluster,
        "page_size": scene.bench.corpus.page_size,
        "kernel_offers": asdict(asked.offers),
        **scene.machine.tuning.as_dict(marks, scene.bench.corpus.page_size),
    }


def _candidate(one: Contender, outcomes: Sequence[SetupResult], gained: Gained | None) -> Candidate:
    slowdowns = [outcome.metrics.get("slowdown") for outcome in outcomes]
    known = [each for each in slowdowns if each is not None]
    out = [outcome.out_of_memory_at for outcome in outcomes if outcome.out_of_memory_at is not None]
    return Candidate(
        spec=one.spec,
        kind=one.cell.kind,
        total_ns=outcomes[0].metrics["total_ns"] if len(outcomes) == 1 else one.paid[0],
        slowdown=prod(known) ** (1 / len(known)) if len(known) == len(slowdowns) else None,
        gained=gained,
        device_writes=round(one.paid[1]),
        page_frames_mean=one.paid[2],
        out_of_memory_at=min(out, default=None),
        needs=one.cell.needs,
        result=outcomes[0],
    )


def _ram_needed(scene: Scene, chosen: Contender | None) -> int | None:
    """Bytes of the whole machine, of which a sample may have had a share."""
    if chosen is None or chosen.figures[0].of != RAM_NEEDED:
        return None
    return int(chosen.figures[0].value * scene.machine.ram / scene.bench.machine.ram)
