"""Memory cgroups in words, ``2:memory.max=64MiB,memory.zswap.max=16MiB``, and what is wrong with them.

The word before the colon is the id that references carry. Without a colon the cgroup has no limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.common.units import joined, parse_size
from zswapbench.rules.cgroup_files import MAX, MOST_ID, NOT_MODELLED, SINCE, ZSWAP_MAX, ZSWAP_WRITEBACK
from zswapbench.sim.reclaim.ways import MOST_CGROUPS
from zswapbench.traces.refs import References


@dataclass(frozen=True)
class Limits:
    """A memory cgroup: ``id`` of its references; memory.max and memory.zswap.max in bytes, None for ``max``."""

    id: int
    max: int | None = None
    zswap_max: int | None = None
    zswap_writeback: bool = True

    @property
    def files(self) -> tuple[str, ...]:
        """What is set to something else than a new cgroup has."""
        said = {
            MAX: self.max is not None,
            ZSWAP_MAX: self.zswap_max is not None,
            ZSWAP_WRITEBACK: not self.zswap_writeback,
        }
        return tuple(name for name, there in said.items() if there)

    def as_dict(self) -> dict[str, Any]:
        """As a result records it."""
        return {
            "id": self.id,
            MAX: self.max,
            ZSWAP_MAX: self.zswap_max,
            ZSWAP_WRITEBACK: self.zswap_writeback,
        }


def limits_of(texts: Iterable[str]) -> tuple[Limits, ...]:
    """The cgroups that ``texts`` ask for. Raises UsageError for what is none, or is asked for twice.

    >>> limits_of(["1:memory.max=1MiB"])[0].max
    1048576
    """
    found = tuple(_limits(text) for text in texts)
    for one in found:
        if sum(one.id == other.id for other in found) > 1:
            raise UsageError(f"--cgroup {one.id}: is given twice; give all of a cgroup at once")
    if len(found) >= MOST_CGROUPS:
        raise UsageError(f"--cgroup: {len(found)} cgroups are given; {MOST_CGROUPS - 1} are the most")
    return found


def _limits(text: str) -> Limits:
    number, colon, rest = text.partition(":")
    if not re.fullmatch(r"\d{1,5}", number) or int(number) > MOST_ID or (colon and not rest):
        raise UsageError(
            f"--cgroup {text}: write it like 1:memory.max=64MiB, with the cgroup's number in the references, 0 to "
            f"{MOST_ID}"
        )
    values: dict[str, str] = {}
    for part in rest.split(",") if rest else ():
        name, _, value = part.partition("=")
        if name in NOT_MODELLED:
            raise UsageError(f"--cgroup {text}: {name} is not modelled; {joined([*SINCE])} are")
        if name not in SINCE or not value:
            raise UsageError(
                f"--cgroup {text}: {part!r} is none of {', '.join(f'{one}=...' for one in SINCE)}"
            )
        if name in values:
            raise UsageError(f"--cgroup {text}: {name} is given twice; give one")
        values[name] = value
    return Limits(
        int(number),
        _bytes(text, values.get(MAX, "max")),
        _bytes(text, values.get(ZSWAP_MAX, "max")),
        zswap_writeback=_flag(text, values.get(ZSWAP_WRITEBACK, "1")),
    )


def _bytes(text: str, value: str) -> int | None:
    if value == "max":
        return None
    try:
        return parse_size(value)
    except UsageError as error:
        raise UsageError(f"--cgroup {text}: {error}, or max") from None


def _flag(text: str, value: str) -> bool:
    if value not in ("0", "1"):
        raise UsageError(
            f"--cgroup {text}: the kernel refuses {ZSWAP_WRITEBACK}={value} (Invalid argument); give 0 or 1"
        )
    return value == "1"


def frames_of(limits: Limits, page_size: int) -> int:
    """memory.max in page frames, -1 for none. Raises UsageError for less than one."""
    if limits.max is None:
        return -1
    if limits.max < page_size:
        raise UsageError(
            f"--cgroup {limits.id}: the kernel takes {MAX}={limits.max} down to 0, in which nothing can run; give "
            f"{page_size} bytes or more"
        )
    return limits.max // page_size


def refuse_unknown(limits: Sequence[Limits], there: Iterable[int], references: References) -> None:
    """Raises UsageError for a cgroup that ``references`` do not have; ``there``: the ids of those that they have."""
    known = sorted(set(there))
    for one in limits:
        if known and one.id not in known:
            have = joined([str(number) for number in known[:8]]) + (", and more" if len(known) > 8 else "")
            raise UsageError(f"--cgroup {one.id}: {references.path} has no reference of it; it has {have}")


def refuse_reduced(references: References, limits: Sequence[Limits], page_size: int) -> None:
    """Raises UsageError if a program lacks touches and has no cgroup of its own among ``limits``, or one too small."""
    asked = {one.id: one for one in limits}
    for number, least in references.least_of_cgroups.items():
        if number not in asked:
            raise UsageError(
                f"{references.path} lacks touches of cgroup {number} that its program alone cannot tell (--least-ram), "
                f"and on lists that it shares with others it can: give --cgroup {number}"
            )
        frames = frames_of(asked[number], page_size)
        if 0 <= frames < least:
            raise UsageError(
                f"--cgroup {number}: {MAX}: {frames:,} page frames are fewer than the {least:,} that its program's "
                "references are for: touches were left out (--least-ram); give more"
            )


def told_by(references: References) -> list[int]:
    """Ids of the cgroups that a file of several programs says that it has; none where it says nothing."""
    programs = references.provenance.get("programs", [])
    said = (
        [one.get("cgroup") for one in programs if isinstance(one, dict)] if isinstance(programs, list) else []
    )
    return [number for number in said if isinstance(number, int)]
