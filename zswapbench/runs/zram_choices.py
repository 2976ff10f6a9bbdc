"""From words to things, for zram: its limit, its backing device, its pages, and what is written to its attributes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress
from zswapbench.common.units import parse_size
from zswapbench.corpus.pages import Kind
from zswapbench.corpus.reading import Corpus
from zswapbench.plugins.registry import CODECS
from zswapbench.rules.zram_actions import Plan, RecompAlgorithm, Write, Writeback
from zswapbench.rules.zram_kernels import Rules
from zswapbench.runs.loading import Loaded

Sizes = dict[str, NDArray[np.uint32]]
"""By codec, as ``str()`` of the choice gives it: compressed bytes of each corpus page."""


def limit_pages(text: str, rules: Rules, page_size: int) -> int:
    """mem_limit in page frames, rounded up as the kernel does; 0: none."""
    pages = -(-parse_size(text) // page_size)
    if pages and not rules.mem_limit:
        raise UsageError(f"zram of kernel {rules.kernel} has no mem_limit, which came with 3.18")
    if pages >= 1 << 52:
        raise UsageError(f"a mem_limit of {text} is more than any machine can have")
    return pages


def bd_pages(text: str, rules: Rules, page_size: int, option: str = "--backing-dev") -> int:
    """The backing device in pages, rounded down; -1: as many as are wanted. ``option``: what says so."""
    if not text:
        return -1
    if not rules.has("writeback"):
        raise UsageError(f"zram of kernel {rules.kernel} has no writeback, which came with 5.0")
    pages = parse_size(text) // page_size
    if pages <= rules.first_block:
        least = rules.first_block + 1
        raise UsageError(
            f"{option} {text}: the smallest device that kernel {rules.kernel} can write to has {least} "
            f"page{'s' if least > 1 else ''}, {least * page_size} bytes; give that or more"
        )
    return pages


def check_indexes(slots: int, writes: Sequence[Write]) -> None:
    """Raises UsageError for a page_index that no device of so many ``slots`` has: the kernel's -ERANGE, or -EINVAL."""
    last = slots - 1
    for write in writes:
        ranges = write.action.ranges if isinstance(write.action, Writeback) else ()
        if any(high > last for _, high in ranges):
            raise UsageError(f"{write.text}: the last slot of the trace is {last}")


def same_pages(corpus: Corpus, rules: Rules) -> NDArray[np.uint8]:
    """Which pages take no object: uint8[n], 1 for those."""
    least = Kind.ZERO if rules.same_filled == "zero" else Kind.SAME_FILLED
    return (corpus.kinds >= least).astype(np.uint8)


def secondary(writes: Sequence[Write]) -> list[str]:
    """The codecs that are registered for recompression."""
    return [write.action.algo for write in writes if isinstance(write.action, RecompAlgorithm)]


def sizes_for(loaded: Loaded, plan: Plan, progress: Progress) -> Sizes:
    """Of each codec of ``plan``, once."""
    codecs = dict.fromkeys([plan.codec, *secondary(plan.writes)])
    return {codec: loaded.sizes_under(CODECS.choose(codec), progress) for codec in codecs}
