"""From Options to a plan: one run with everything looked up, so that the replay has nothing left to ask.

What goes wrong with what was asked for goes wrong here, before any replay has begun.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import CorpusError, UsageError
from zswapbench.common.machine import of_running_kernel
from zswapbench.common.progress import Progress
from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.corpus.pages import Kind
from zswapbench.corpus.reading import Corpus
from zswapbench.plugins.registry import Choice
from zswapbench.results.records import SIZE_STEPS
from zswapbench.rules.devices import choose_device
from zswapbench.rules.era_cells import Era, pool_bounds
from zswapbench.rules.overflow import Fate, entry_bytes, never_raw, overflow_of, zswap_fates
from zswapbench.runs.choices import (
    Limit,
    codec_of,
    cost_asked,
    cost_of,
    era_of,
    policy_of,
    pool_limit,
    pool_of,
)
from zswapbench.runs.loading import Loaded
from zswapbench.runs.options import Options
from zswapbench.sim.pools.base import Pool
from zswapbench.sim.replay import Costs, Setting


@dataclass(frozen=True)
class Plan:
    """One run.

    ``stored_sizes``: as the result has them; ``offered_bytes``: see zswapbench.results.counters; ``codec_costs``: None
    over an export that nobody gave costs for.
    """

    options: Options
    events: Any
    setting: Setting
    limit: Limit
    codec: Choice[Codec]
    costs: Costs
    stored_sizes: list[int]
    offered_bytes: int
    codec_costs: CodecCosts | None

    @property
    def ground(self) -> tuple[Any, ...]:
        """All that decides what happens, but for the policy."""
        setting = self.setting
        return setting.era, str(setting.pool), str(self.codec), setting.limit, setting.bounds, setting.device

    def over(self, draw: Loaded, loaded: Loaded) -> Plan:
        """The plan, which is of ``loaded``, with the events of ``draw``, all else as it is."""
        return replace(
            self,
            events=draw.events_with_drops if self.setting.era.exclusive_loads else draw.events,
            offered_bytes=offered_bytes(draw, loaded.sizes[str(self.codec)]),
            options=replace(self.options, verify=False),
        )


def plan_of(loaded: Loaded, options: Options, progress: Progress) -> Plan:
    """What ``options`` ask for, of the trace that was ``loaded``.

    Raises UsageError for what there is not or makes no sense, CorpusError where the pages are wanted and absent,
    and what ``sizes_of`` raises.
    """
    era = era_of(options)
    refuse_unguided(era, loaded.trace.path, guides=bool(loaded.summary.works))
    codec = codec_of(options, era)
    pool: Choice[Pool] = pool_of(options, era)
    page_size = loaded.corpus.page_size
    limit = pool_limit(options, era, loaded.summary.peak, page_size)
    setting = Setting(
        era=era,
        pool=pool,
        policy=policy_of(options, era, pool),
        device=choose_device(options.device),
        limit=limit.frames,
        page_size=page_size,
        bounds=pool_bounds(era, limit.frames, limit.ram),
        header=entry_bytes(overflow_of(era.overflow), pool.leaf.name),
    )
    sizes = loaded.sizes_under(codec, progress)
    given = cost_of(options, codec)
    if options.verify and not loaded.corpus.has_content:
        raise CorpusError(loaded.corpus.path, "is an export without page content: --verify needs the pages")
    return Plan(
        replace(  # so that a replay elsewhere, or of this run alone, is the same
            options, era=of_running_kernel(options.era), cost=cost_asked(options, codec)
        ),
        loaded.events_with_drops if era.exclusive_loads else loaded.events,
        setting,
        limit,
        codec,
        page_costs(loaded.corpus, codec, sizes, setting),
        stored_sizes(loaded, sizes, np.isin(loaded.corpus.kinds, _NOT_COMPRESSED[era.same_filled])),
        offered_bytes(loaded, sizes),
        given or loaded.costs_under(codec, progress),
    )


def refuse_unguided(era: Era, trace: str | os.PathLike[str], *, guides: bool) -> None:
    """Raises UsageError for an era that follows what ``trace`` tells of the kernel's worker, if it does not."""
    if era.guided and not guides:
        raise UsageError(
            f"era {era.name}: guided=1 follows the kernel's worker, of which {os.fspath(trace)} tells nothing: "
            "leave it out, or import the recording again"
        )


def offered_bytes(loaded: Loaded, sizes: NDArray[np.uint32]) -> int:
    """Compressed bytes of all pages that the trace stores, a page at most for each; ``sizes``: of the corpus' pages."""
    return int((np.minimum(sizes, loaded.corpus.page_size) * loaded.times_stored).sum())


def page_costs(corpus: Corpus, codec: Choice[Codec], sizes: NDArray[np.uint32], setting: Setting) -> Costs:
    """What each page costs under the era's rules for pages that do not compress."""
    rules = replace(overflow_of(setting.era.overflow), most_percent=setting.era.max_compression_ratio)
    if not setting.era.writeback:
        rules = never_raw(rules)
    fates = zswap_fates(codec.leaf.kernel_name, sizes, corpus.page_size, rules, setting.pool.leaf.name)
    stored = np.where(fates == int(Fate.RAW), corpus.page_size, sizes).astype(np.uint32)
    return Costs(stored, corpus.kinds, fates)


_NOT_COMPRESSED: dict[str, tuple[Kind, ...]] = {
    "compressed": (),
    "unlisted": (Kind.ZERO, Kind.SAME_FILLED),
    "zeromap": (Kind.ZERO,),
}
"""By what an era does with same-filled pages: those that no codec sees."""


def stored_sizes(loaded: Loaded, sizes: NDArray[np.uint32], without: NDArray[np.bool_]) -> list[int]:
    """The pages that the trace stores, by size, but for those of the corpus that are not compressed, ``without``.

    See zswapbench.results.records.SIZE_STEPS.
    """
    times = np.where(without, 0, loaded.times_stored)
    steps = -(-sizes.astype(np.int64) * SIZE_STEPS // loaded.corpus.page_size)
    found = np.zeros(SIZE_STEPS + 2, np.int64)
    np.add.at(found, np.minimum(steps, SIZE_STEPS + 1), times)
    return [int(count) for count in found]
