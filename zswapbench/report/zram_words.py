"""Results of zram beside those of zswap, in words: what was run, what it held and refused, and what sets them apart."""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.common.units import format_count, format_size
from zswapbench.results.records import Result, corpus_named
from zswapbench.results.spread import middle

UNLIKE_SETUPS = "zram and zswap do not do the same work"
UNLIMITED = "zram has no pool limit: it holds all; zram,mem-limit=SIZE bounds it"


def zram_setting(result: Result) -> str:
    """What was run, in a line."""
    setting, inputs = result.setting, result.inputs
    limit = setting["pool_limit_pages"]
    parts = [
        f"zram of kernel {setting['era']['kernel']}, pool {setting['pool']}, codec {setting['codec_identity']}",
        "no mem_limit" if limit is None else f"mem_limit {_limit(result)} for each device",
        *_writes(result),
    ]
    return (
        f"{', '.join(parts)}; corpus {corpus_named(inputs)}; "
        f"footprint {inputs['footprint_pages']:,} pages, the most swapped out at one time"
    )


def _limit(result: Result) -> str:
    limit = result.setting["pool_limit_pages"]
    return f"of {format_count(limit, 'page frame')} ({format_size(limit * result.setting['page_size'])})"


def _writes(result: Result) -> list[str]:
    """What was written to attributes, that no time has it, and where pages go then."""
    setting = result.setting
    texts, blocks = setting["writes"], setting["backing_dev_pages"]
    if not texts:
        return []
    size = "" if blocks is None else f" of {blocks:,} pages"
    return [
        f"after the trace {', '.join(texts)}, which no time counts",
        f"backing device {setting['device']['name']}{size}",
    ]


def zram_sentences(results: Sequence[Result]) -> list[str]:
    """What each zram wrote, what it held for that, and what it did not take."""
    return [sentence for result in results if result.is_zram for sentence in _of(result)]


def _of(result: Result) -> list[str]:
    label, counters = result.label, result.counters
    written, refused, stores = counters["device_writes"], counters["rejected"], counters["stores"]
    held = (
        f"{middle(result, 'pool_pages_mean') or 0:,.0f} page frames on average and "
        f"{middle(result, 'pool_pages_peak') or 0:,.0f} at most"
    )
    if written:
        first = f"{label}: wrote {format_count(written, 'page')} to its backing device, when told to after the trace"
    else:
        first = f"{label}: wrote nothing to a device"
    taken = "all that it was given" if not refused else "all but what it refused"
    sentences = [f"{first}; it held {taken}, in {held}{_afterwards(result)}."]
    if refused:
        sentences.append(
            f"{label}: mem_limit refused {refused:,} of {format_count(stores, 'store')}; these pages stayed in memory, "
            "which no page frame here counts."
        )
    return sentences


def _afterwards(result: Result) -> str:
    """What was held in the end, where writes to attributes came before that. No draw knows it."""
    if not result.setting["writes"] or result.draws:
        return ""
    return f"; after the writes it held {format_count(result.counters['pool_pages'], 'page frame')}"


def beside_zswap(results: Sequence[Result]) -> list[str]:
    """What is to be known where zram and zswap stand side by side."""
    zrams, others = ([one for one in results if one.is_zram is kind] for kind in (True, False))
    if not (zrams and others):
        return []
    told = [UNLIMITED] if any(one.setting["pool_limit_pages"] is None for one in zrams) else []
    return told + _two_kernels(zrams, others)


def _two_kernels(zrams: Sequence[Result], others: Sequence[Result]) -> list[str]:
    """That zram and zswap are not of one kernel, and so have other pools and codecs, if that is so."""
    ours, theirs = (sorted({one.setting["era"]["name"] for one in some}) for some in (zrams, others))
    if ours == theirs:
        return []
    return [
        f"zram is that of {', '.join(ours)}, zswap that of {', '.join(theirs)}; --kernel 6.12 takes both from one"
    ]
