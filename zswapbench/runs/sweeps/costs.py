"""What codecs cost, on its way from the planner, which has it measured once, to whoever does a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from zswapbench.corpus.codec_costs import CodecCosts


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
