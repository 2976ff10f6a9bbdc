"""Lock designs in numbers: what a CPU does for each kind of operation, as instructions for the compiled core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import InternalError
from zswapbench.rules.lock_steps import Lock, Operation, Step, Under, locks_of

INSTRUCTION = np.dtype([("code", "<i4"), ("lock", "<i4"), ("ns", "<i8")])
"""As ``Instruction`` in contention.pxd."""

RUN, COMPRESS, DECOMPRESS, COPY, TAKE, TAKE_SHARED, GIVE, GIVE_SHARED, END, EVERY = range(10)

_OF_PAGES = {"compress": COMPRESS, "decompress": DECOMPRESS, "copy": COPY}
_MOST_LOCKS, _MOST_DEPTH = 32, 8


@dataclass(frozen=True)
class Programs:
    """``instructions``: of INSTRUCTION. ``begins``: where each kind of operation begins, int32[kinds]; -1: nowhere.

    ``locks``: in the order of their numbers.
    """

    instructions: NDArray[np.void]
    begins: NDArray[np.int32]
    locks: tuple[Lock, ...]

    def alone_ns(
        self, operations: NDArray[np.void], page_ns: NDArray[np.uint32], atomic_ns: int
    ) -> NDArray[np.int64]:
        """What each of ``operations`` takes where there is one CPU: int64[n]. ``page_ns``: as Contention has it.

        What is done once in many times has its part in each.
        """
        found = np.zeros(len(operations))
        for kind, begin in enumerate(self.begins.tolist()):
            if begin < 0:
                continue
            which = np.flatnonzero(operations["kind"] == kind)
            pages = operations["page"][which]
            for part, code, ns in _parts(self.instructions, begin):
                if code in (COMPRESS, DECOMPRESS, COPY):
                    found[which] += page_ns[code - COMPRESS, pages] * part
                else:
                    found[which] += (ns if code == RUN else atomic_ns * (code != GIVE)) * part
        return np.round(found).astype(np.int64)


def written(programs: Mapping[Operation, Sequence[Step]], costs: Mapping[str, float]) -> Programs:
    """``programs`` of a lock design as numbers. ``costs``: nanoseconds by the names of works that are not of a page."""
    locks = tuple(dict.fromkeys(lock for steps in programs.values() for lock in locks_of(tuple(steps))))
    if len(locks) > _MOST_LOCKS:
        raise InternalError(f"a design has {len(locks)} locks, more than {_MOST_LOCKS}")
    found: list[tuple[int, int, int]] = []
    begins = np.full(len(Operation), -1, np.int32)
    for operation, steps in programs.items():
        begins[operation] = len(found)
        found += _joined([*_instructions(steps, costs, locks), (END, 0, 0)])
    return Programs(np.array(found, INSTRUCTION), begins, locks)


def _instructions(
    steps: Sequence[Step], costs: Mapping[str, float], locks: tuple[Lock, ...], depth: int = 0, times: int = 1
) -> Iterator[tuple[int, int, int]]:
    if depth > _MOST_DEPTH:
        raise InternalError(f"a design takes more than {_MOST_DEPTH} locks, one under the other")
    for step in steps:
        if isinstance(step, Under):
            yield from _under(step, costs, locks, depth, times)
        elif step in _OF_PAGES:
            yield (_OF_PAGES[step], 0, 0)
        else:
            yield (RUN, 0, round(costs[step] * times))


def _under(
    step: Under, costs: Mapping[str, float], locks: tuple[Lock, ...], depth: int, times: int
) -> Iterator[tuple[int, int, int]]:
    """Steps under a lock; of a batch, what all of them take together, once in so many times."""
    number = locks.index(step.lock)
    inner = _joined([*_instructions(step.steps, costs, locks, depth + 1, times * step.batch)])
    if step.batch > 1:
        yield (EVERY, len(inner) + 2, step.batch)
    yield (TAKE_SHARED if step.shared else TAKE, number, 0)
    yield from inner
    yield (GIVE_SHARED if step.shared else GIVE, number, 0)


def _joined(instructions: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Stretches of time that follow each other are one."""
    found: list[tuple[int, int, int]] = []
    for code, lock, ns in instructions:
        if code == RUN and found and found[-1][0] == RUN:
            found[-1] = (RUN, 0, found[-1][2] + ns)
        else:
            found.append((code, lock, ns))
    return found


def _parts(instructions: NDArray[np.void], begin: int) -> Iterator[tuple[float, int, int]]:
    """Code and nanoseconds of each instruction from ``begin`` to the end, and in which part of all times it is done."""
    batches: list[
        tuple[int, int]
    ] = []  # where each ends that the instruction is in, and how many times it is of
    for place, (code, lock, ns) in enumerate(instructions[begin:].tolist()):
        if code == END:
            return
        batches = [one for one in batches if one[0] > place]
        if code == EVERY:
            batches.append((place + 1 + lock, ns))
        else:
            yield 1 / prod(times for _, times in batches), code, ns
