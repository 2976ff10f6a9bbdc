"""What codecs cost: measured once for all runs of a sweep, on its way to whoever does one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from zswapbench.codecs.base import Codec
from zswapbench.common.progress import Progress
from zswapbench.corpus.codec_costs import CodecCosts, codec_costs
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import sizes_of
from zswapbench.corpus.yardstick import SAME_SPEED, speed_change
from zswapbench.plugins.registry import CODECS, Choice


def measured(
    corpus: Corpus, codecs: Iterable[str], known: Mapping[str, CodecCosts], progress: Progress
) -> dict[str, CodecCosts | None]:
    """What ``codecs`` cost over ``corpus``, by the text that chooses each; those ``known`` stay as they are.

    Where the machine has another speed than it had for others of them, what is not known is measured anew; what the
    speed differs by even then is added to its spread. None over an export, which has no page to measure with.
    """
    choices: dict[str, Choice[Codec]] = {
        codec: CODECS.choose(codec) for codec in codecs if codec not in known
    }

    def measure(*, anew: bool) -> dict[str, CodecCosts | None]:
        found = {}
        for codec, choice in choices.items():
            with progress(f"sizes and time of {codec}", len(corpus), "pages") as told:
                found[codec] = codec_costs(corpus, choice, sizes_of(corpus, choice, told), anew=anew)
        return found

    new = measure(anew=False)
    if _change(known, new) > SAME_SPEED:
        new = measure(anew=True)
    if (change := _change(known, new)) > SAME_SPEED:
        new = {codec: costs and costs.less_sure(change) for codec, costs in new.items()}
    return {**known, **new}


def _change(known: Mapping[str, CodecCosts], new: Mapping[str, CodecCosts | None]) -> float:
    """How much the speed of the machine changed; 0 if nothing is new."""
    several = [*known.values(), *new.values()]
    return speed_change([costs.yardstick for costs in several if costs]) if new else 0.0


def as_json(costs: CodecCosts) -> dict[str, Any]:
    """``costs`` in values that JSON has, without loss."""
    return {
        "compress": costs.compress.tolist(),
        "decompress": costs.decompress.tolist(),
        "means": [*costs.means],
        "spreads": [*costs.spreads],
        "yardstick": costs.yardstick,
        "speed_change": costs.speed_change,
    }


def of_json(said: dict[str, Any]) -> CodecCosts:
    """What ``as_json`` made: measured costs."""
    (compress, decompress), (spread, other) = said["means"], said["spreads"]
    return CodecCosts(
        np.array(said["compress"], np.float64),
        np.array(said["decompress"], np.float64),
        (compress, decompress),
        (spread, other),
        said["yardstick"],
        said["speed_change"],
    )
