"""Recommendations for the tests, without a search."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.report.made import result
from tests.results.machines import machine, setup
from zswapbench.results.machine_gained import Gained
from zswapbench.results.recommendation import Candidate, Margin, Recommendation
from zswapbench.runs.options import Options, options_of

RAM = 2 << 30
BEST = "zswap,zstd,max-pool-percent=40"
NEXT = "zram,lz4,disksize=1GiB"
DEFAULT = "disk"


def candidate(spec: str, seconds: float = 1.0, writes: int = 7, **changes: Any) -> Candidate:
    """A set-up that paid so much."""
    done = setup(spec, seconds * 1e9, kind=spec.partition(",")[0])
    one = Candidate(spec, done.kind, seconds * 1e9, 1 + seconds, None, writes, 40.4, None, (), done)
    return replace(one, **changes)


def replayed(spec: str) -> Candidate:
    """A SPEC of 'compare' that was replayed."""
    done = replace(result(spec), asked=options_of(spec, Options()).asked())
    return candidate(spec, kind="zswap", result=done)


def recommendation(**changes: Any) -> Recommendation:
    """One that recommends BEST before NEXT, on a machine that has DEFAULT."""
    best, following, default = candidate(BEST, 1.0, 7), candidate(NEXT, 1.1, 0), candidate(DEFAULT, 2.3, 900)
    best = replace(best, gained=Gained(BEST, "disk", RAM, RAM, RAM + (1 << 20), 9))
    one = Recommendation(
        goal="time",
        loop="closed",
        machine={**machine(setup(), ram=RAM).setting, "watermark_scale_factor": 10},
        kernel="6.12",
        distribution="debian",
        default_said="Debian's default: swap on a disk, zswap off",
        chosen=best,
        default=default,
        runner_up=following,
        over_default=Margin(DEFAULT, 2.31, 2.2, 2.4, 20, "time paid"),
        over_runner_up=Margin(NEXT, 1.12, 1.08, 1.17, 20, "time paid"),
        rebuilt=None,
        rebuilt_over_chosen=None,
        refused="",
        settle="",
        ties=(),
        front=(best, following),
        not_considered=("z3fold below zswap: the kernel has none there",),
        traffic="recorded: app.refs, 1,000 references",
        made=False,
        search={"cells": 465, "ran": 20, "whole": 24, "rungs": [], "references": 9, "seconds": 31.4},
        ram_needed=None,
        interrupted=False,
        remarks=("a remark",),
        inputs={"references": "app.refs", "corpus": "app.zpages"},
        environment={},
        timings={},
    )
    return replace(one, **changes)
