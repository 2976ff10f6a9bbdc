"""From Options to a plan of a replay over zram: as zswapbench.runs.planning does for zswap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress
from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.corpus.cost_groups import cost_groups
from zswapbench.plugins.registry import CODECS, POOLS, Choice
from zswapbench.rules.devices import choose_device
from zswapbench.rules.zram_actions import Plan as Attributes
from zswapbench.rules.zram_attributes import parse_writes
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.runs.choices import cost_asked, cost_of
from zswapbench.runs.loading import Loaded
from zswapbench.runs.options import Options
from zswapbench.runs.planning import offered_bytes, stored_sizes
from zswapbench.runs.zram_choices import (
    Sizes,
    bd_pages,
    check_indexes,
    limit_pages,
    same_pages,
    sizes_for,
)
from zswapbench.sim.zram.replay import Pages, ZramSetting


@dataclass(frozen=True)
class ZramPlan:
    """One run. ``attributes``: the codec with its parameters, and what is written after the trace.

    ``sizes``: of all its codecs. The rest is as in zswapbench.runs.planning.Plan.
    """

    options: Options
    events: Any
    setting: ZramSetting
    attributes: Attributes
    codec: Choice[Codec]
    sizes: Sizes
    pages: Pages
    stored_sizes: list[int]
    offered_bytes: int
    codec_costs: CodecCosts | None

    def over(self, draw: Loaded, loaded: Loaded) -> ZramPlan:
        """The plan, which is of ``loaded``, with the events of ``draw``, all else as it is."""
        offered = offered_bytes(draw, loaded.sizes[str(self.codec)])
        return replace(self, events=draw.events, offered_bytes=offered)


def zram_plan_of(loaded: Loaded, options: Options, progress: Progress) -> ZramPlan:
    """What ``options`` ask for, of the trace that was ``loaded``.

    Raises UsageError for what there is not or makes no sense, and what ``sizes_of`` raises.
    """
    if options.verify:
        raise UsageError("--verify carries the bytes of zswap's pools only: leave it out, or zram")
    corpus = loaded.corpus
    setting, attributes = zram_asked(options, corpus.page_size)
    check_indexes(loaded.summary.slots, attributes.writes)
    rules = setting.rules
    sizes = sizes_for(loaded, attributes, progress)
    codec = CODECS.choose(attributes.codec)
    own, same = sizes[attributes.codec], same_pages(corpus, rules)
    return ZramPlan(
        replace(options, cost=cost_asked(options, codec)),
        loaded.events,
        setting,
        attributes,
        codec,
        sizes,
        Pages(own, same, cost_groups(own, corpus.kinds, corpus.page_size)),
        stored_sizes(loaded, own, same != 0),
        offered_bytes(loaded, own),
        cost_of(options, codec) or loaded.costs_under(codec, progress),
    )


def zram_asked(options: Options, page_size: int) -> tuple[ZramSetting, Attributes]:
    """What ``options`` ask for, whatever the trace. Raises UsageError for what there is not or makes no sense."""
    rules = rules_of(options.era, page_size, options.chain_size)
    attributes = parse_writes(filter(None, options.writes.split(",")), rules, options.codec)
    setting = ZramSetting(
        rules,
        POOLS.choose(rules.zsmalloc),
        choose_device(options.device),
        limit_pages(options.mem_limit or "0", rules, page_size),
        bd_pages(options.backing_dev, rules, page_size),
        page_size,
    )
    return setting, attributes
