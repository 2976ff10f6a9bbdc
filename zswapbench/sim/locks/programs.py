"""Lock designs in numbers: what a CPU does for each kind of operation, as instructions for the compiled core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import InternalError
from zswapbench.rules.lock_steps import Lock, Operation, Step, Under, locks_of

INSTRUCTION = np.dtype([("code", "<i4"), ("lock", "<i4"), ("ns", "<i8")])
"""As ``Instruction`` in contention.pxd."""

RUN, COMPRESS, DECOMPRESS, COPY, TAKE, TAKE_SHARED, GIVE, GIVE_SHARED, END = range(9)

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
        """What each of ``operations`` takes where there is one CPU: int64[n]. ``page_ns``: as Contention has it."""
        found = np.zeros(len(operations), np.int64)
        for kind, begin in enumerate(self.begins.tolist()):
            if begin < 0:
                continue
            which = np.flatnonzero(operations["kind"] == kind)
            pages = operations["page"][which]
            for code, _, ns in _until_end(self.instructions, begin):
                if code in (COMPRESS, DECOMPRESS, COPY):
                    found[which] += page_ns[code - COMPRESS, pages]
                else:
                    found[which] += ns if code == RUN else atomic_ns * (code != GIVE)
        return found


def written(programs: Mapping[Operation, Sequence[Step]], costs: Mapping[str, float]) -> Programs:
    """``programs`` of a lock design as numbers. ``costs``: nanoseconds by the names of works that are not of a page."""
    locks = tuple(dict.fromkeys(lock for steps in programs.values() for lock in locks_of(tuple(steps))))
    if len(locks) > _MOST_LOCKS:
        raise InternalError(f"a design has {len(locks)} locks, more than {_MOST_LOCKS}")
    found: list[tuple[int, int, int]] = []
    begins = np.full(len(Operation), -1, np.int32)
    for operation, steps in programs.items():
        begins[operation] = len(found)
        found += _joined([*_instructions(steps, costs, locks, 0), (END, 0, 0)])
    return Programs(np.array(found, INSTRUCTION), begins, locks)


def _instructions(
    steps: Sequence[Step], costs: Mapping[str, float], locks: tuple[Lock, ...], depth: int
) -> Iterator[tuple[int, int, int]]:
    if depth > _MOST_DEPTH:
        raise InternalError(f"a design takes more than {_MOST_DEPTH} locks, one under the other")
    for step in steps:
        if isinstance(step, Under):
            number = locks.index(step.lock)
            yield (TAKE_SHARED if step.shared else TAKE, number, 0)
            yield from _instructions(step.steps, costs, locks, depth + 1)
            yield (GIVE_SHARED if step.shared else GIVE, number, 0)
        elif step in _OF_PAGES:
            yield (_OF_PAGES[step], 0, 0)
        else:
            yield (RUN, 0, round(costs[step]))


def _joined(instructions: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Stretches of time that follow each other are one."""
    found: list[tuple[int, int, int]] = []
    for code, lock, ns in instructions:
        if code == RUN and found and found[-1][0] == RUN:
            found[-1] = (RUN, 0, found[-1][2] + ns)
        else:
            found.append((code, lock, ns))
    return found


def _until_end(instructions: NDArray[np.void], begin: int) -> Iterator[tuple[int, int, int]]:
    for row in instructions[begin:].tolist():
        if row[0] == END:
            return
        yield row
