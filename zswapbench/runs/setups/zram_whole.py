"""zram,order=N: large folios stored as one object, which no kernel does; what they take, and what cannot be beside."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import InternalError, UsageError
from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.corpus.pages import PAGE_SIZES, Kind
from zswapbench.plugins.registry import Choice
from zswapbench.runs.setups.base import Asked, Ground
from zswapbench.runs.setups.zram_upkeep import KEYS

_AT_ONCE = 256
"""Blocks that are in memory together."""


class Packed(Protocol):
    """A zram's ``codec``, the group of each corpus page under it, and what a page of each group takes."""

    @property
    def codec(self) -> Choice[Codec]: ...
    @property
    def groups(self) -> NDArray[np.uint8]: ...
    @property
    def costs(self) -> CodecCosts: ...


def order_of(asked: Asked, ground: Ground) -> int:
    """The order of folios that are stored as one object; 0 for none. Raises UsageError for what is not modelled."""
    text = asked.own.get("order", "0")
    folio = ground.program.folio
    if text == "0":
        return 0
    if text != str(folio.bit_length() - 1):
        here = f"that of --mthp is order={folio.bit_length() - 1}" if folio > 1 else "there is no --mthp"
        raise UsageError(f"{asked.label!r}: order={text} is for large folios of 2^{text} pages, and {here}")
    if ground.corpus.page_size * folio > PAGE_SIZES[-1]:
        raise UsageError(f"{asked.label!r}: order={text}: codecs are for {PAGE_SIZES[-1] >> 10} KiB at most")
    beside = [key.name for key in KEYS if key.name in asked.own]
    beside += ["mem-limit"] if asked.options.mem_limit else []
    if beside:
        raise UsageError(f"{asked.label!r}: order and {beside[0]} do not go together; give one of them")
    return folio.bit_length() - 1


def whole_parts(
    ground: Ground, made: Packed
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """By page of the program, of those that are first in a block: frames and times of the whole block."""
    program, corpus = ground.program, ground.corpus
    assert program.blocks is not None
    firsts = np.flatnonzero(program.blocks)[:: program.folio]
    pages = program.contents[firsts[:, None] + np.arange(program.folio)]
    blocks, places = np.unique(pages, axis=0, return_inverse=True)
    with ground.progress(f"blocks under {made.codec}", len(blocks), "blocks") as told:
        sizes = []
        for first in range(0, len(blocks), _AT_ONCE):
            some = blocks[first : first + _AT_ONCE]
            numbers, here = np.unique(some, return_inverse=True)
            content = corpus.pages_at(numbers.astype(np.int64))[here.reshape(some.shape)]
            sizes.append(made.codec.make().sizes(content.reshape(len(some), -1)))
            told(len(some))
    lengths = np.concatenate(sizes).astype(np.int64)
    frames = np.minimum(-(-lengths // corpus.page_size), program.folio)
    frames[(corpus.kinds[blocks] == int(Kind.ZERO)).all(axis=1)] = 0
    groups = made.groups[blocks]
    return (
        _spread(frames, firsts, places, len(program.numbers), np.uint32),
        *(
            _spread(np.rint(ns)[groups].sum(axis=1), firsts, places, len(program.numbers), np.int64)
            for ns in (made.costs.compress, made.costs.decompress)
        ),
    )


def _spread(values: Any, firsts: Any, places: Any, count: int, kind: Any) -> Any:
    found = np.zeros(count, kind)
    found[firsts] = np.asarray(values)[places.reshape(-1)]
    return found


def whole_counters(model: Any) -> dict[str, int]:
    """What a ZramWhole counts."""
    return {
        "whole_stores": model.whole_stores,
        "whole_loads": model.whole_loads,
    }


def check_whole(model: Any) -> None:
    """Raises InternalError if a ZramWhole has lost count."""
    if model.recount() != model.whole_frames:
        raise InternalError(
            f"zram has lost count of whole folios: {model.whole_frames}, found {model.recount()}"
        )
    if model.zram.pool.frames + model.whole_frames > model.limiter.frames:
        raise InternalError(f"only {model.limiter.frames} page frames are out, and zram has more")
