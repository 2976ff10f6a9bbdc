"""What set-ups are tried in: the machine, the work, the space, and what there is by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zswapbench.common.units import format_count, format_size, parse_size
from zswapbench.plugins.registry import CODECS
from zswapbench.rules.distributions import Default, default_of
from zswapbench.rules.kernel_config import Offers
from zswapbench.rules.overflow import kernel_version
from zswapbench.rules.reclaim import ROWS
from zswapbench.runs.choices import cost_asked, refuse_idle_costs
from zswapbench.runs.from_refs import Machine, pages_in
from zswapbench.runs.options import Options
from zswapbench.runs.recommend.asking import Given
from zswapbench.runs.recommend.sampling import smaller
from zswapbench.runs.recommend.space import Space, space
from zswapbench.runs.recommend.traffic import lasting_s, made_works, said_of
from zswapbench.runs.recommend.trials import Bench

MOST_MADE = 1 << 13
"""Pages of a program whose traffic is made: of more a sample is taken, on a machine that is as much smaller."""


@dataclass(frozen=True)
class Closed:
    """What is asked for: words of the command line, but ``kinds`` of set-ups, and what the kernel ``offers``.

    ``began``: when, by time.perf_counter.
    """

    goal: str
    ram: str
    swap: str
    device: str
    cost: str
    kinds: tuple[str, ...]
    offers: Offers
    distribution: str
    default: str
    seed: int
    began: float


@dataclass(frozen=True)
class Scene:
    """What set-ups are tried in. ``traffic``: where it came from, in a sentence."""

    bench: Bench
    machine: Machine
    default: Default
    space: Space
    traffic: str
    made: bool
    remarks: tuple[str, ...]
    inputs: dict[str, Any]


def scene_of(given: Given, asked: Closed) -> Scene:
    """All of it for ``given``. Raises UsageError for what there cannot be."""
    corpus = given.corpus
    assert corpus is not None
    pages = given.survey.touched if given.survey else len(corpus.index)
    remarks = list(given.remarks)
    ram = parse_size(asked.ram, "--ram") if asked.ram else -(-pages // 2) * corpus.page_size
    if not asked.ram:
        used = "the program touches" if given.survey else "the program has"
        remarks.append(f"RAM is {format_size(ram)}, half of what {used}, since --ram does not say")
    version = kernel_version(asked.offers.kernel)
    reclaim = asked.offers.kernel
    if version < ROWS[0].version:
        reclaim = ROWS[0].name
        remarks.append(
            f"reclaim is that of {reclaim}, the oldest that is known; zswap and zram are those of {asked.offers.kernel}"
        )
    machine = Machine(ram, parse_size(asked.swap, "--swap") if asked.swap else None, kernel=reclaim)
    pages_in(ram, corpus.page_size, "--ram")
    made = given.work is None
    tried_on, tried = (corpus, machine)
    if made and pages > MOST_MADE:
        tried_on, tried = smaller(MOST_MADE / pages, corpus, machine)
        remarks.append(
            f"a sample of {len(tried_on.index):,} of {pages:,} pages, on a machine with {format_size(tried.ram)}"
        )
    works = made_works(tried_on, asked.seed) if given.work is None else [given.work]
    lasts_s = given.survey.lasts_s if given.survey else lasting_s(works[0])
    offered = space(asked.offers, asked.kinds, lasts_s)
    common = Options(era=asked.offers.kernel, device=asked.device, cost=asked.cost)
    _refuse_costs(common, asked.offers)
    return Scene(
        Bench(tried_on, tried, ram, common, works),
        machine,
        Default(asked.default, "what there is, as --default says")
        if asked.default
        else default_of(asked.distribution, ram),
        offered,
        said_of(len(works), asked.seed) if made else _recorded(given),
        made,
        tuple(remarks),
        {
            "references": works[0].name if not made else "made",
            "count": sum(work.count for work in works),
            "corpus": corpus.path.name,
            "corpus_digest": corpus.digest,
            "references_of_others": given.survey.foreign if given.survey else 0,
            "pages": pages,
            "lasts_s": lasts_s,
        },
    )


def _recorded(given: Given) -> str:
    assert given.work is not None
    assert given.survey is not None
    touched = format_count(given.survey.touched, "page")
    with given.work.again() as references:
        said = references.provenance
    clock = str(said.get("clock", ""))
    drawn = str(said.get("touches", "observed"))
    how = "recorded" if drawn.startswith("observed") else f"recorded, {drawn}"
    return (
        f"{how}: {given.work.name}, {format_count(given.work.count, 'reference')} of {touched} in "
        f"{given.survey.lasts_s:,.3g} s" + (f"; its clock is {clock}" if clock else "")
    )


def _refuse_costs(common: Options, offered: Offers) -> None:
    """Raises UsageError for a cost of a codec that no set-up has."""
    codecs = [CODECS.choose(name) for name in dict.fromkeys((*offered.codecs_zswap, *offered.codecs_zram))]
    refuse_idle_costs([common], [cost_asked(common, codec) for codec in codecs], codecs)
