"""References of several programs -> one stream, and one corpus: programs that ran by themselves, on one machine.

Each program has a memory cgroup of its own, numbered from 1 in the order that the programs are given in. Addresses of
two programs may be the same. So those of the second begin at 2^56, of the third at twice that, and so on: above all
that user space has on any of the kernel's machines, so the addresses of one program keep their distances.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import CorpusError, TraceError, UsageError
from zswapbench.common.progress import Progress, Told
from zswapbench.common.units import joined
from zswapbench.corpus.merging import merge_corpora
from zswapbench.corpus.reading import Corpus
from zswapbench.runs.shaping import about
from zswapbench.traces.refs import References, is_refs, opened, read_refs, write_refs
from zswapbench.traces.timed import Clock, merged, untimed

MADE_BY = "zswapbench trace merge-refs"

_USER_SPACE = 1 << 56
"""Addresses that a program can have: five levels of page tables."""

_MOST = 255
"""Programs. The part of the address space behind the last is for references that are of no page of any program."""

_AS_SEEN = ("observed", "of the text")
"""What a provenance says of what nobody made up."""


@dataclass(frozen=True)
class Merged:
    """``count``: of the references. ``remarks``: what is to be known of them, in lines."""

    count: int
    remarks: list[str]


def merge_refs(
    paths: Sequence[str | os.PathLike[str]],
    corpora: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    corpus_out: str | os.PathLike[str],
    progress: Progress,
) -> Merged:
    """Write the references of ``paths``, programs that begin together, to ``output``, and all their pages to
    ``corpus_out``. ``corpora``: that of each program, in the order of ``paths``.

    References are in the order of their times; of equal moments, that of the program named first goes first. Raises
    UsageError for what does not add up, TraceError and CorpusError for what cannot be read, or does not go together.
    """
    if len(corpora) != len(paths):
        raise UsageError(
            f"--corpus: give one for each of the {len(paths)} programs, in their order, not {len(corpora)}"
        )
    if len(paths) > _MOST:
        raise UsageError(f"{len(paths)} programs are given; {_MOST} have room in one address space")
    with ExitStack() as stack:
        programs = [_references(stack.enter_context(opened(path))) for path in paths]
        contents = [stack.enter_context(Corpus(path)) for path in corpora]
        for program, corpus in zip(programs, contents, strict=True):
            _check(program, corpus)
        merge_corpora(contents, corpus_out, [number * _USER_SPACE for number in range(len(contents))])
        clock = Clock()
        with progress("merge", sum(program.count for program in programs), "references") as told:
            streams = [_moved(program, number, told) for number, program in enumerate(programs)]
            whole = References(
                output, programs[0].page_size, _provenance(programs), untimed(merged(streams), clock), []
            )
            count = write_refs(output, whole)
    return Merged(count, [*_remarks(programs), *about(clock)])


def _references(source: Any) -> References:
    """Those of ``source``. Raises TraceError for text, too: what it leaves open is another question for each."""
    if not is_refs(source):
        raise TraceError(source.path, "is no file of references; make one by 'trace import-refs'")
    return read_refs(source)


def _check(program: References, corpus: Corpus) -> None:
    """Raises TraceError or CorpusError if ``corpus`` is not of one program, or has pages of another size."""
    if program.page_size != corpus.page_size:
        raise TraceError(
            program.path, f"has pages of {program.page_size} bytes, {corpus.path} of {corpus.page_size}"
        )
    corpus.verify()
    if len(corpus.vaddr) and (highest := int(corpus.vaddr.max())) >= _USER_SPACE:
        raise CorpusError(
            corpus.path,
            f"has address {highest:#x}, above all of a program; merge all programs at once, each with its corpus",
        )


def _moved(
    program: References, number: int, told: Told
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.void]]]:
    """The references of ``program``, the ``number``-th from 0 on, with their moments, in its part of all addresses."""
    pages = np.uint64(_USER_SPACE // program.page_size)
    now = 0
    for some in program.batches:
        moments = now + np.cumsum(some["delta_us"], dtype=np.int64)
        now = int(moments[-1])
        moved = some.copy()
        moved["cgroup"] = number + 1
        # What is of no program, such as the kernel's own, must not become a page of another.
        own = np.where(some["page"] < pages, np.uint64(number), np.uint64(_MOST))
        moved["page"] = some["page"] % pages + own * pages
        yield moments, moved
        told(len(some))


def _provenance(programs: Sequence[References]) -> dict[str, Any]:
    """What all have in common, and what each says itself."""
    forms = [str(program.provenance.get("form", "unknown")) for program in programs]
    return {
        "made_by": MADE_BY,
        "form": joined(list(dict.fromkeys(forms))),
        **{name: _of_all(programs, name) for name in ("touches", "clock", "writes")},
        "programs": [
            {**program.provenance, "cgroup": number, "references": Path(program.path).name}
            for number, program in enumerate(programs, 1)
        ],
    }


def _of_all(programs: Sequence[References], name: str) -> str:
    """What the provenances say under ``name``; where they differ, who says so, what was made up first."""
    said: dict[str, list[str]] = {}
    for program in programs:
        said.setdefault(str(program.provenance.get(name, "unknown")), []).append(Path(program.path).name)
    if len(said) == 1:
        return next(iter(said))
    made_up_first = sorted(said, key=lambda value: value.startswith(_AS_SEEN))
    return "; ".join(f"{value} ({joined(said[value])})" for value in made_up_first)


def _remarks(programs: Sequence[References]) -> Iterator[str]:
    for number, program in enumerate(programs, 1):
        where = f", addresses from {(number - 1) * _USER_SPACE:#x} on" if number > 1 else ""
        yield f"{program.path}: cgroup {number}{where}{_lacking(program, number)}"


def _lacking(program: References, number: int) -> str:
    """What a program needs that was reduced by itself."""
    if not program.least_frames:
        return ""
    return (
        f"; lacks touches that it cannot tell alone in {program.least_frames:,} page frames: run it with --cgroup "
        f"{number}, and so much memory"
    )
