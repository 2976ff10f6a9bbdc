"""What a codec costs, and the times of a result that are made with it."""

from __future__ import annotations

import time

from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.results.times import total_spread


def timings_of(
    seconds: float, events: int, times: dict[str, float], costs: CodecCosts | None
) -> dict[str, float]:
    """``timings`` of a result that was made just now: ``events`` were replayed in ``seconds``. ``times``: of TIMES."""
    return {
        "made_unix_s": int(time.time()),
        "replay_s": seconds,
        "events_per_s": events / seconds,
        **_measured(times, costs),
    }


def _measured(times: dict[str, float], costs: CodecCosts | None) -> dict[str, float]:
    """``times``, with what they were made of, where what the codec costs was measured here."""
    if costs is None or costs.given:
        return {}
    compress, decompress = costs.means
    return {
        "compress_ns": compress,
        "decompress_ns": decompress,
        "compress_spread": costs.spreads[0],
        "decompress_spread": costs.spreads[1],
        "total_spread_ns": total_spread(times, costs),
        **({"speed_change": costs.speed_change} if costs.speed_change else {}),
        **times,
    }


def cost_given(costs: CodecCosts | None) -> dict[str, float] | None:
    """Nanoseconds for a page, as a result records them; None if they were measured, or are not known."""
    if costs is None or not costs.given:
        return None
    return dict(zip(("compress_ns", "decompress_ns"), costs.means, strict=True))
