"""The memory that a process has: /proc/PID/smaps, and /proc/PID/maps, which tells less and is read faster.

Source: fs/proc/task_mmu.c show_map_vma(), __show_smap() and show_smap_vma_flags(), Linux 6.18.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from zswapbench.dumps.mappings import printable

_HEADER = re.compile(
    rb"^([0-9a-f]+)-([0-9a-f]+) ([r-][w-][x-])[ps] ([0-9a-f]+) [0-9a-f]+:[0-9a-f]+ \d+(?: +([^\n]*))?$",
    re.MULTILINE,
)
_FIELDS = re.compile(rb"^(Rss|Anonymous|Swap|Private_Hugetlb|VmFlags): *(.*)$", re.MULTILINE)


class Vma(NamedTuple):
    """One mapping of a process, [start, end), as the kernel has it (struct vm_area_struct)."""

    start: int
    end: int
    permissions: str
    """As in maps, without the last letter: "rw-"."""
    offset: int
    """Of ``start`` in the mapped file, bytes."""
    name: str
    """As in maps: a path, "[heap]", "[anon:...]", or "" for none."""
    resident: int = 0
    """Bytes in memory. 0 from maps, as are all that follow."""
    anonymous: int = 0
    """Bytes of private memory that were written, those swapped out included; of shared memory, those swapped out."""
    swapped: int = 0
    """Bytes that are swapped out."""
    flags: frozenset[str] = frozenset()
    """VmFlags: two letters each, such as "dd" for VM_DONTDUMP."""

    @property
    def shared(self) -> bool:
        """VM_SHARED: what is written goes to what is mapped, where others see it."""
        return "sh" in self.flags


def read_smaps(text: bytes) -> list[Vma]:
    """The mappings in the text of smaps, ascending."""
    return [_measured(vma, fields) for vma, fields in _mappings(text)]


def read_maps(text: bytes) -> list[Vma]:
    """The mappings in the text of maps, ascending."""
    return [vma for vma, _ in _mappings(text)]


def _mappings(text: bytes) -> Iterator[tuple[Vma, bytes]]:
    """Each mapping, and what follows its line up to the next one."""
    last = None
    for found in _HEADER.finditer(text):
        if last is not None:
            yield _vma(last), text[last.end() : found.start()]
        last = found
    if last is not None:
        yield _vma(last), text[last.end() :]


def _vma(header: re.Match[bytes]) -> Vma:
    start, end, permissions, offset, name = header.groups()
    return Vma(int(start, 16), int(end, 16), permissions.decode(), int(offset, 16), _name(name))


@lru_cache(1 << 12)
def _name(name: bytes | None) -> str:
    # Of all bytes of a name, the kernel escapes the newline alone.
    return printable((name or b"").replace(rb"\012", b"\n"))


def _measured(vma: Vma, text: bytes) -> Vma:
    fields = dict(_FIELDS.findall(text))
    resident, anonymous, swapped, huge = (
        int(fields.get(name, b"0 kB")[:-3]) << 10
        for name in (b"Rss", b"Anonymous", b"Swap", b"Private_Hugetlb")
    )
    flags = _flags(fields.get(b"VmFlags", b""))
    return Vma(*vma[:5], resident + huge, anonymous + swapped, swapped, flags)


@lru_cache(1 << 10)
def _flags(text: bytes) -> frozenset[str]:
    return frozenset(text.decode().split())
