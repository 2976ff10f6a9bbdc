"""References -> a trace: the memory of one program, with reclaim, between its touches and the swap device."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import CorpusError, TraceError, UsageError
from zswapbench.common.progress import Told
from zswapbench.common.units import format_count, format_size
from zswapbench.corpus.reading import Corpus
from zswapbench.rules.reclaim import ReclaimRules, reclaim_rules
from zswapbench.runs.cgroups import Limits
from zswapbench.runs.tuning import Tuning
from zswapbench.sim.reclaim.events import Events
from zswapbench.sim.reclaim.slots import ample
from zswapbench.sim.reclaim.ways import WAYS, Area, Program, make_memory
from zswapbench.traces.format import write_trace
from zswapbench.traces.refs import ASSUMED, References
from zswapbench.traces.synth import ASSUMED_CLOCK

MADE_BY = "zswapbench trace from-refs"

_MOST_PAGES = (1 << 31) - 1

_LONGEST_WAIT_US = 10_000_000
"""No swap device takes longer for a page."""


@dataclass(frozen=True)
class Machine:
    """``ram``, ``swap``: bytes (swap None: twice what the program can use). ``way``: one of WAYS.

    ``fault_wait_us``: how long the program waits for a page that is swapped in, ``tuning`` and
    ``cgroups`` are of a machine that finds out by itself.
    """

    ram: int
    swap: int | None = None
    way: str = "lists"
    kernel: str = "6.12"
    page_cluster: int = 0
    fault_wait_us: int = 100
    tuning: Tuning = field(default_factory=Tuning)
    cgroups: tuple[Limits, ...] = ()


def derive(
    references: References, corpus: Corpus, output: str | os.PathLike[str], machine: Machine, told: Told
) -> list[str]:
    """Write the trace ``output`` of what ``references`` cause; what to know of it, in lines.

    Raises TraceError for references that do not fit the corpus, CorpusError for one that has no addresses, UsageError
    for a machine on which nothing is swapped, or that cannot hold the program.
    """
    program = program_for(references, corpus)
    rules = reclaim_rules(machine.kernel)
    frames = pages_in(machine.ram, corpus.page_size, "--ram")
    slots = slots_of(machine, corpus.page_size, len(program.numbers))
    refuse_small(references, frames)
    if references.least_of_cgroups:
        raise UsageError(
            f"{os.fspath(references.path)} lacks touches that each of its programs cannot tell alone (--least-ram), "
            "and here all have one memory: run it by 'machine', with a --cgroup for each"
        )
    if machine.fault_wait_us > _LONGEST_WAIT_US:
        raise UsageError(f"--fault-wait: give {_LONGEST_WAIT_US // 1_000_000}s at most")
    memory = make_memory(
        program,
        machine.way,
        rules,
        frames=frames,
        areas=(Area(slots),),
        page_cluster=machine.page_cluster,
        side=Events(machine.fault_wait_us),
    )
    write_trace(
        output,
        _events(memory, references, told),
        page_size=corpus.page_size,
        corpus_digest=corpus.digest,
        provenance=_provenance(references, machine, rules, frames, slots),
    )
    return [*references.told, *remarks_on(memory)]


def program_for(references: References, corpus: Corpus) -> Program:
    """``program_of``, and raises TraceError if ``references`` have pages of another size."""
    if references.page_size != corpus.page_size:
        raise TraceError(
            references.path, f"has pages of {references.page_size} bytes, its corpus of {corpus.page_size}"
        )
    return program_of(corpus)


def program_of(corpus: Corpus) -> Program:
    """The pages of ``corpus`` in the order of their addresses. Raises CorpusError if it does not have one program's."""
    if not corpus.has_content:
        raise CorpusError(
            corpus.path, "is an export, which has no addresses; give the corpus it was made from"
        )
    numbers = corpus.vaddr >> np.uint64(corpus.page_size.bit_length() - 1)
    order = np.argsort(numbers, kind="stable")
    numbers = np.ascontiguousarray(numbers[order])
    twice = np.flatnonzero(numbers[1:] == numbers[:-1])
    if len(twice):
        address = int(numbers[twice[0]]) * corpus.page_size
        raise CorpusError(
            corpus.path, f"has address {address:#x} twice: it is of several processes; import the core of one"
        )
    vmas = np.zeros(len(numbers), np.uint32)
    for number, segment in enumerate(corpus.manifest.segments):
        vmas[segment.addresses[0] : segment.addresses[1]] = number
    return Program(numbers, np.ascontiguousarray(corpus.index[order]), np.ascontiguousarray(vmas[order]))


def pages_in(size: int, page_size: int, option: str) -> int:
    """The whole pages in ``size`` bytes. Raises UsageError, naming ``option``, for too few or too many."""
    pages = size // page_size
    if not 1 <= pages <= _MOST_PAGES:
        raise UsageError(
            f"{option}: {size} bytes are {pages} pages of {page_size}; give 1 to {_MOST_PAGES} pages"
        )
    return pages


def slots_of(machine: Machine, page_size: int, pages: int) -> int:
    """Swap slots of ``machine`` for a program of so many pages. Raises UsageError for too few or too many."""
    return ample(pages) if machine.swap is None else pages_in(machine.swap, page_size, "--swap")


def refuse_small(references: References, frames: int, option: str = "--ram") -> None:
    """Raises UsageError if ``references`` lack touches that a memory of ``frames`` page frames could tell."""
    if frames < references.least_frames:
        raise UsageError(
            f"{option}: {frames:,} page frames are fewer than the {references.least_frames:,} that "
            f"{os.fspath(references.path)} is for: touches were left out (--least-ram); give more"
        )


def _events(memory: Any, references: References, told: Told) -> Iterator[NDArray[np.void]]:
    total = 0
    for some in references.batches:
        events = memory.feed(some)
        if memory.stuck:
            raise _stuck(memory)
        told(len(some))
        total += len(events)
        yield events
    refuse_foreign(memory, references)
    if not total:
        raise UsageError(
            f"nothing is swapped: the memory holds {memory.frames:,} pages, and {memory.first_touches:,} are used; "
            "lower --ram"
        )


def refuse_foreign(memory: Any, references: References) -> None:
    """Raises TraceError if none of ``references``, which ``memory`` was fed, was of a page of its."""
    if not memory.touches:
        raise TraceError(
            references.path,
            f"none of its {memory.absent:,} references is of a page in the core: take the core at the end of the "
            "same run",
        )


def _stuck(memory: Any) -> UsageError:
    slots = memory.shared.slots
    return UsageError(
        f"out of memory after {memory.touches:,} touches: no page can leave, with {memory.frames:,} page frames and "
        f"{slots.usable:,} swap slots, of which {slots.used:,} are taken; raise --ram or --swap"
    )


def _provenance(
    references: References, machine: Machine, rules: ReclaimRules, frames: int, slots: int
) -> dict[str, Any]:
    said = references.provenance
    observed = str(said.get("touches", "observed")).startswith("observed")
    reduced = "reduced " if references.least_frames else ""
    form = f"{reduced}{'' if observed else 'drawn '}{said.get('form', 'unknown')} references"
    ram = format_size(machine.ram).replace(".0 ", " ")
    readahead = f", page-cluster {machine.page_cluster}" if machine.page_cluster else ""
    clock = f", {ASSUMED_CLOCK}" if str(said.get("clock")).startswith(ASSUMED) else ""
    return {
        "made_by": MADE_BY,
        "derived": f"{form}, {WAYS[machine.way].words}, {machine.kernel}, RAM {ram}{readahead}{clock}",
        "reclaim": machine.way,
        "kernel": machine.kernel,
        "rules": rules.name,
        "page_frames": frames,
        "swap_slots": slots,
        "page_cluster": machine.page_cluster,
        "fault_wait_us": machine.fault_wait_us,
        **{
            f"references_{name}": value
            for name, value in said.items()
            if isinstance(value, str | int | float)
        },
    }


def remarks_on(memory: Any) -> list[str]:
    """What took part, and what it used, in lines."""
    total = memory.touches + memory.absent
    took_part = (
        f"{format_count(total, 'reference')}: {memory.touches:,} of pages in the core; {memory.absent:,} "
        f"({memory.absent / total:.1%}) of others, such as pages of files, which take no part"
    )
    used = f"{format_count(memory.first_touches, 'page')} used; {memory.faults:,} swapped in when touched, "
    return [took_part, f"{used}{memory.read_ahead:,} read ahead"]
