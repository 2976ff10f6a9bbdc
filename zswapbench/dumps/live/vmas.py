"""The memory that a process has: /proc/PID/smaps, and /proc/PID/maps, which tells less and is read faster.

Source: fs/proc/task_mmu.c show_map_vma(), __show_smap() and show_smap_vma_flags(), Linux 6.18.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from zswapbench.dumps.mappings import printable

_HEADER = re.compile(
    rb"^([0-9a-f]+)-([0-9a-f]+) ([r-][w-][x-])[ps] ([0-9a-f]+) [0-9a-f]+:[0-9a-f]+ \d+(?: +([^\n]*))?$",
    re.MULTILINE,
)
_FIELD = {
    name: re.compile(rb"^%s: +(\d+) kB$" % name, re.MULTILINE)
    for name in (b"Rss", b"Anonymous", b"Swap", b"Private_Hugetlb")
}
_FLAGS = re.compile(rb"^VmFlags:([^\n]*)$", re.MULTILINE)
_NEWLINE = re.compile(rb"\\012")


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
    # Of all bytes of a name, the kernel escapes the newline alone.
    text = printable(_NEWLINE.sub(b"\n", name or b""))
    return Vma(int(start, 16), int(end, 16), permissions.decode(), int(offset, 16), text)


def _measured(vma: Vma, fields: bytes) -> Vma:
    size = {
        name: int(found[1]) << 10 if (found := field.search(fields)) else 0 for name, field in _FIELD.items()
    }
    flags = _FLAGS.search(fields)
    return vma._replace(
        resident=size[b"Rss"] + size[b"Private_Hugetlb"],
        anonymous=size[b"Anonymous"] + size[b"Swap"],
        swapped=size[b"Swap"],
        flags=frozenset(flags[1].decode().split()) if flags else frozenset(),
    )
