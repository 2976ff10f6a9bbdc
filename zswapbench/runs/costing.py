"""What a codec costs, and the times of a result that are made with it."""

from __future__ import annotations

from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.results.times import total_spread


def measured_times(times: dict[str, float], costs: CodecCosts | None) -> dict[str, float]:
    """``times`` among the timings, with what they were made of, where what the codec costs was measured here."""
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
