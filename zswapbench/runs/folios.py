"""Large folios (mTHP) for a program: which of its pages can be in one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from zswapbench.common.errors import UsageError
from zswapbench.corpus.manifest import SegmentRecord
from zswapbench.corpus.pages import Kind
from zswapbench.corpus.reading import Corpus
from zswapbench.rules.large_folios import SINCE, folio_pages
from zswapbench.rules.overflow import kernel_version
from zswapbench.runs.from_refs import Machine
from zswapbench.sim.reclaim.mglru import MultiGenLRU
from zswapbench.sim.reclaim.ways import Program, whole_blocks


def as_mapped(program: Program, corpus: Corpus, machine: Machine) -> Program:
    """``program``, the pages of ``corpus``, as ``machine`` maps them: with its large folios, if it has any.

    Raises UsageError for what is not modelled beside them, and what ``with_folios`` raises.
    """
    folio = folio_pages(machine.tuning.mthp, corpus.page_size)
    if folio == 1:
        return program
    if machine.cgroups:
        raise UsageError(
            "--mthp and --cgroup do not go together: what a cgroup is charged then is not modelled"
        )
    if machine.way == MultiGenLRU.name:
        raise UsageError("--mthp is not modelled for --reclaim mglru; take lists, or lru")
    return with_folios(program, corpus, folio)


def with_folios(program: Program, corpus: Corpus, folio: int) -> Program:
    """``program``, the pages of ``corpus``, with large folios of ``folio`` pages.

    They are of anonymous VMAs, that is of segments without a file, where these have all pages of an aligned block. A
    page of such a block that the core has not was never written to: it holds zeros, and comes with the others. For that
    the corpus must have a page of zeros; without one the block stays one of small pages. Raises UsageError where no
    block is left.
    """
    zeros = np.flatnonzero(corpus.kinds == int(Kind.ZERO))
    eligible = np.zeros(len(program.numbers), np.bool_)
    lacking = [np.empty(0, np.uint64)]
    vmas = [np.empty(0, np.uint32)]
    for number, segment in enumerate(corpus.manifest.segments):
        if not _anonymous(segment):
            continue
        low, high = segment.start // corpus.page_size, segment.end // corpus.page_size
        first, stop = np.searchsorted(program.numbers, (low, high))
        eligible[first:stop] = True
        here = program.numbers[first:stop]
        blocks = np.unique(here // np.uint64(folio)) * np.uint64(folio)
        blocks = blocks[(blocks >= low) & (blocks + np.uint64(folio) <= high)]
        pages = (blocks[:, None] + np.arange(folio, dtype=np.uint64)).reshape(-1)
        lacking.append(np.setdiff1d(pages, here, assume_unique=True) if len(zeros) else lacking[0])
        vmas.append(np.full(len(lacking[-1]), number, np.uint32))
    more = np.concatenate(lacking)
    contents = np.full(len(more), zeros[0] if len(zeros) else 0, np.uint32)
    numbers = np.concatenate([program.numbers, more])
    order = np.argsort(numbers, kind="stable")
    found = Program(
        numbers[order],
        np.concatenate([program.contents, contents])[order],
        np.concatenate([program.vmas, *vmas])[order],
        folio,
    )
    may = np.concatenate([eligible, np.ones(len(more), np.bool_)])[order]
    found = replace(found, blocks=whole_blocks(found.numbers, found.vmas, folio) & may)
    if found.blocks is None or not found.blocks.any():
        raise UsageError(
            f"--mthp: no anonymous VMA of {corpus.path.name} has {folio} pages side by side from a multiple of "
            f"{folio} on; give a smaller size"
        )
    return found


def refuse_before_folios(label: str, setting: dict[str, Any]) -> None:
    """Raises UsageError for a set-up, as its result records it, that has no large folios."""
    if "zram_codec" in setting:
        raise UsageError(f"{label!r}: --mthp is not modelled for zswap over a zram; take zswap, or zram")
    kernel = setting["kernel"] if "kernel" in setting else setting.get("era", {}).get("overflow", "")
    if kernel and (not kernel[0].isdigit() or kernel_version(kernel) < SINCE):
        raise UsageError(f"{label!r}: {kernel} has no --mthp, which came with 6.8; leave it out, or take 6.8")


def _anonymous(segment: SegmentRecord) -> bool:
    return not segment.name or segment.name.startswith("[")
