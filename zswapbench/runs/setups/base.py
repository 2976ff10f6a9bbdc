"""What a set-up says of itself, and what all set-ups of a machine stand on: a corpus, RAM, and what codecs take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.progress import Progress
from zswapbench.corpus.codec_costs import CodecCosts, codec_costs
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import identity_of, sizes_of
from zswapbench.plugins.registry import Choice
from zswapbench.runs.cgroups import Limits
from zswapbench.runs.choices import cost_of
from zswapbench.runs.costing import cost_given
from zswapbench.runs.options import Options
from zswapbench.sim.reclaim.ways import Area, Program


@dataclass(frozen=True)
class Key:
    """What a SPEC can say: ``name``=VALUE. ``option``: where Options keep it; "": only the set-up knows of it.

    ``low``, ``high``: of a number. ``second``: another word for the same is offered instead.
    """

    name: str
    option: str = ""
    low: int = 0
    high: int = 0
    second: bool = False


@dataclass(frozen=True)
class Asked:
    """A set-up as a SPEC asks for it. ``label``: the SPEC; ``own``: text of keys that are no Options, by name."""

    label: str
    options: Options
    own: dict[str, str]


@dataclass(frozen=True)
class Side:
    """``model``: a zswapbench.sim.machine.paid.Paid. ``areas``: of swap. ``setting``: as the result records it.

    ``costs``: of its codecs, those that were not given or measured well apart.
    """

    model: Any
    areas: tuple[Area, ...]
    setting: dict[str, Any]
    costs: tuple[CodecCosts, ...] = ()


@dataclass
class Found:
    """What was found of codecs over a corpus, by codec: compressed bytes of each page, and what it takes for one."""

    sizes: dict[str, NDArray[np.uint32]] = field(default_factory=dict)
    costs: dict[str, CodecCosts] = field(default_factory=dict)


@dataclass
class Ground:
    """What set-ups share: the ``corpus``, bytes and page ``frames`` of RAM, swap ``slots``, and what was ``found``.

    ``program``: the pages of ``corpus`` in order; ``cgroups``: below the root.
    """

    corpus: Corpus
    ram: int
    frames: int
    slots: int
    progress: Progress
    program: Program
    found: Found = field(default_factory=Found)
    cgroups: tuple[Limits, ...] = ()

    def sizes_under(self, codec: Choice[Codec]) -> NDArray[np.uint32]:
        """Compressed bytes of each page, found once. Raises what sizes_of raises."""
        if str(codec) not in self.found.sizes:
            with self.progress(f"sizes under {codec}", len(self.corpus), "pages") as told:
                self.found.sizes[str(codec)] = sizes_of(self.corpus, codec, told)
        return self.found.sizes[str(codec)]

    def costs_under(self, codec: Choice[Codec], options: Options) -> CodecCosts:
        """What a page takes: what ``options`` say, or else measured, once. The corpus has content, and pages."""
        given = cost_of(options, codec)
        if given is not None:
            return given
        if str(codec) not in self.found.costs:
            measured = codec_costs(self.corpus, codec, self.sizes_under(codec))
            assert measured is not None
            self.found.costs[str(codec)] = measured
        return self.found.costs[str(codec)]

    def said_of(self, codec: Choice[Codec], costs: CodecCosts) -> dict[str, Any]:
        """A codec as a result records it."""
        return {
            "codec": str(codec),
            "codec_identity": identity_of(self.corpus, codec),
            "codec_cost": cost_given(costs),
        }


class Setup:
    """A kind of set-up. ``keys``: what a SPEC can say of it. ``enough_ram``: whatever --ram says."""

    name: ClassVar[str]
    help: ClassVar[str]
    keys: ClassVar[tuple[Key, ...]] = ()
    parameters: ClassVar[tuple[()]] = ()
    enough_ram: ClassVar[bool] = False

    def side(self, asked: Asked, ground: Ground) -> Side:
        """What does it. Raises UsageError for what there is not, or what no kernel could have."""
        raise NotImplementedError

    def counters(self, model: Any) -> dict[str, int]:
        """Of COUNTERS in zswapbench.results.machine, those that only this kind has; the others are 0."""
        return {}

    def check(self, model: Any) -> None:
        """Raises InternalError if pages or page frames were lost or made."""
