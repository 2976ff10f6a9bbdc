"""How results were made: when, by which command, on which machine, over which trace, by the rules of which kernel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone

from zswapbench.common.units import format_size
from zswapbench.report.sureness import origin_of
from zswapbench.report.tables import era_shown, pool_shown
from zswapbench.results.records import Result, corpus_named

_YEAR_10000 = 253_402_300_800
"""Seconds since 1970: no calendar here goes further."""

Facts = list[tuple[str, str]]
"""Names with what there is to say of each."""


def provenance(results: Sequence[Result]) -> Facts:
    """What is known of how ``results``, which are of one trace, were made."""
    inputs, settings = results[0].inputs, [result.setting for result in results]
    facts = [
        ("made", _each(map(_made, results))),
        ("machine", _each(map(_machine, results))),
        ("zswapbench", _each(result.environment.get("zswapbench", "") for result in results)),
        ("trace", f"{inputs['trace']}, {inputs['events']:,} events"),
        ("where the trace is from", origin_of(results)),
        ("corpus", corpus_named(inputs)),
        ("kernel era", _each(era_shown(one["era"]) for one in settings)),
        ("pool", _each(pool_shown(one) for one in settings)),
        ("pool limit", _each(map(_limit, results))),
        ("codec", _each(one["codec_identity"] for one in settings)),
        ("swap device", _each(one["device"]["name"] for one in settings)),
    ]
    return [(name, value) for name, value in facts if value]


def in_short(results: Sequence[Result]) -> str:
    """The facts without which no figure says anything, in one line."""
    known = dict(provenance(results))
    origin = known.get("where the trace is from", "")
    return "; ".join(
        filter(
            None,
            [
                known.get("made"),
                f"{results[0].inputs['events']:,} events",
                origin,
                f"era {known['kernel era']}",
                f"pool limit {known['pool limit']}",
            ],
        )
    )


def _made(result: Result) -> str:
    """The minute in UTC; "" of a result that does not know, or names no moment that there is."""
    when = result.timings.get("made_unix_s", 0)
    return (
        f"{datetime.fromtimestamp(when, timezone.utc):%Y-%m-%d %H:%M} UTC" if 0 < when < _YEAR_10000 else ""
    )


def _machine(result: Result) -> str:
    known = result.environment
    kernel = f"Linux {known['kernel']}" if known.get("kernel") else ""
    return ", ".join(filter(None, [known.get("processor"), known.get("machine"), kernel]))


def _limit(result: Result) -> str:
    setting = result.setting
    frames = setting["pool_limit_pages"]
    if frames is None:
        return "none for zram"
    size = format_size(frames * setting["page_size"])
    return f"{setting['pool_limit']} = {frames:,} page frames ({size})"


def _each(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(word for word in words if word))
