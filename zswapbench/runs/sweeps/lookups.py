"""What cells of replays hang on, looked up once for each combination of values: eras, codecs, pools, policies, limits.

So a hundred thousand cells take seconds. What there cannot be is looked up once, too, and told whenever it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from zswapbench.common.machine import of_running_kernel
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS, Choice
from zswapbench.results.records import ZRAM
from zswapbench.rules.devices import choose_device
from zswapbench.rules.era_cells import Era
from zswapbench.rules.pool_forms import form_of
from zswapbench.rules.zstd_parameters import zswap_form
from zswapbench.runs.choices import codec_of, cost_asked, era_of, policy_of, pool_limit, pool_of
from zswapbench.runs.options import Options
from zswapbench.runs.sweeps.cells import ImpossibleError, blamed_on
from zswapbench.runs.zram_choices import check_indexes, secondary
from zswapbench.runs.zram_planning import zram_asked

OF_ZRAM = ("setup", "era", "codec", "chain-size", "device", "mem-limit", "backing-dev", "write")
"""Keys that a zram takes."""

Found = TypeVar("Found")


class Once(Generic[Found]):
    """``work`` of arguments, done once for each of them, whether it fails or not."""

    def __init__(self, work: Callable[..., Found]) -> None:
        self.work = work
        self.known: dict[tuple[Any, ...], Found | ImpossibleError] = {}

    def __call__(self, *arguments: Any) -> Found:
        if arguments not in self.known:
            try:
                self.known[arguments] = self.work(*arguments)
            except ImpossibleError as error:
                self.known[arguments] = error
        found = self.known[arguments]
        if isinstance(found, ImpossibleError):
            raise ImpossibleError(str(found), found.keys)
        return found


@dataclass(frozen=True)
class Codecs:
    """``texts`` that choose the codecs of a cell, ``name`` of the first and what somebody said that it costs, or "".

    ``decides``: as in Wanted.
    """

    name: str
    texts: tuple[str, ...]
    cost: str
    decides: tuple[str, ...]


@dataclass(frozen=True)
class EraFound:
    """An era, and the text that asks for it without percentages."""

    era: Era
    text: str


class Lookups:
    """Each raises ImpossibleError for what there is not. ``costs``: what codecs cost, as --cost takes it."""

    def __init__(self, costs: str) -> None:
        self._costs = costs
        self.era = Once(self._look_up_era)
        self.codec = Once(self._look_up_codec)
        self.pool = Once(self._look_up_pool)
        self.policy = Once(self._look_up_policy)
        self.device = Once(self._look_up_device)
        self.zram = Once(self._look_up_zram)
        self.limit = Once(self._look_up_limit)

    def _codecs_of(self, choices: list[Choice[Any]], name: str) -> Codecs:
        cost = cost_asked(Options(cost=self._costs), choices[0]) if self._costs else ""
        origins = (getattr(choice.leaf, "origin", "") for choice in choices)
        return Codecs(name, tuple(map(str, choices)), cost, tuple(filter(None, (cost, *origins))))

    def _look_up_era(self, text: str, percent: int | None, accept: int | None) -> EraFound:
        with blamed_on("era", "max-pool-percent", "accept-threshold-percent"):
            running = of_running_kernel(text)
            era = era_of(Options(era=running, max_pool_percent=percent, accept_threshold_percent=accept))
            return EraFound(era, ":".join([era.name, *running.split(":")[1:]]))

    def _look_up_codec(self, text: str, era: str) -> Codecs:
        found = self.era(era, None, None).era
        with blamed_on("codec"):
            CODECS.choose(text or found.codec)
        with blamed_on("codec", "era"):
            choice = codec_of(Options(codec=text), found)
        plain = not choice.place and CODECS.choose(
            choice.leaf.name, lambda name: zswap_form(name, found.version)
        )
        return self._codecs_of([choice], choice.leaf.name if plain == choice else text or found.codec)

    def _look_up_pool(self, text: str, chain: int | None, what_if: bool, era: str) -> tuple[Choice[Any], str]:
        found = self.era(era, None, None).era
        with blamed_on("pool"):
            POOLS.choose(text or found.pool)
        with blamed_on("pool", "chain-size", "era"):
            choice = pool_of(Options(pool=text, chain_size=chain, what_if=what_if), found)
        with_chain = f":chain={chain}" if chain is not None else ""
        plain = POOLS.choose(choice.leaf.name + with_chain, lambda name: form_of(name, found.version))
        return choice, choice.leaf.name if plain == choice else text or found.pool

    def _look_up_policy(self, text: str, pool: str, chain: int | None, what_if: bool, era: str) -> str:
        """Where the code of the policy is from, if it is the user's; else ""."""
        packed, _ = self.pool(pool, chain, what_if, era)
        with blamed_on("policy"):
            POLICIES.choose(text)
        with blamed_on("policy", "pool"):
            choice = policy_of(Options(policy=text), self.era(era, None, None).era, packed)
        return getattr(choice.leaf, "origin", "") or ""

    def _look_up_device(self, text: str) -> str:
        with blamed_on("device"):
            choose_device(text)
        return text

    def _look_up_zram(
        self,
        era: str,
        codec: str,
        chain: int | None,
        mem_limit: str,
        backing_dev: str,
        writes: str,
        device: str,
        page_size: int,
        slots: int,
    ) -> tuple[str, Codecs]:
        """Kernel and codecs. ``slots``: of the trace."""
        with blamed_on(*OF_ZRAM):
            options = Options(
                setup=ZRAM,
                era=of_running_kernel(era).partition(":")[0],
                codec=codec,
                chain_size=chain,
                mem_limit=mem_limit,
                backing_dev=backing_dev,
                writes=writes,
                device=device,
            )
            setting, attributes = zram_asked(options, page_size)
            check_indexes(slots, attributes.writes)
            choices = [
                CODECS.choose(text)
                for text in dict.fromkeys([attributes.codec, *secondary(attributes.writes)])
            ]
        return f"linux-{setting.rules.kernel}", self._codecs_of(choices, codec or choices[0].leaf.name)

    def _look_up_limit(
        self,
        limit: str,
        ram: str,
        percent: int | None,
        accept: int | None,
        era: str,
        footprint: int,
        page_size: int,
    ) -> int:
        """Page frames."""
        asked = Options(limit=limit, ram=ram, max_pool_percent=percent)
        with blamed_on("limit", "ram", "max-pool-percent"):
            return pool_limit(asked, self.era(era, percent, accept).era, footprint, page_size).frames
