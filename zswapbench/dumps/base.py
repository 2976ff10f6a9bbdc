"""What every dump is to the rest of zswapbench: segments, and runs of the bytes that they held.

The formats (core.py, raw.py) only find the segments. How a segment becomes runs, page by page, around holes
and up to a premature end, is the same for all of them and lives here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple

from zswapbench.dumps.source import BLOCK, Source

_SHARED_NAMES = ("/dev/", "/memfd:", "/SYSV", "[anon_shmem:")


class Segment(NamedTuple):
    """Memory of one kind, [start, end): unsigned addresses, ``end`` at most 2**64."""

    start: int
    end: int
    permissions: str
    """As in /proc/PID/maps: "rw-"; "---" throughout when the dump knows none."""
    name: str
    """A mapped file's path, "[heap]", "[stack]", "[vsyscall]", or "": anonymous, or unknown."""
    dumped: int
    """Bytes from ``start`` that the dump says it holds; the rest was left out on purpose."""
    offset: int
    """Offset of these bytes in the (unpacked) dump file."""

    @property
    def writable(self) -> bool:
        return "w" in self.permissions

    @property
    def shared(self) -> bool:
        """Whether its name is one of shared memory or of a device.

        What is behind it, more finely, is for zswapbench.dumps.backing to say.
        """
        return self.name.startswith(_SHARED_NAMES)


class Run(NamedTuple):
    """Bytes that follow one another in one segment.

    It starts and ends at multiples of the page size, except where the dumped part of the segment itself
    starts or ends elsewhere.
    """

    segment: int
    """Index into Dump.segments."""
    vaddr: int
    length: int
    """Bytes; at most 4 MiB with data, unlimited without."""
    data: memoryview | None
    """The bytes, valid until the next run is asked for. None: whole pages that were never written."""


@dataclass(slots=True)
class Dump:
    """An open dump: a context manager, whose end closes the file.

    The last three fields are counted while the runs are read, over the wanted segments: what a truncated file
    lacks of what it says it holds.
    """

    source: Source
    format: str
    """One of "elf-core", "lime", "raw", "process"."""
    producer: str
    """Who wrote it: "kernel", "gcore", "qemu", "lime", "raw", "zswapbench" or "unknown"."""
    segments: tuple[Segment, ...]
    bits: int = 0
    """32 or 64; 0 when the format does not say."""
    byte_order: str = ""
    """One of "little", "big"; "" when the format does not say."""
    machine: str = ""
    """The processor as ``uname -m`` names it, or "" when the format does not say."""
    files_known: bool = True
    """Whether a segment without a name is known to be of no file."""
    written: frozenset[int] | None = None
    """Indexes of the segments in which private pages were written; None where nothing tells."""
    remarks: tuple[str, ...] = ()
    """What its reader should be told of it, in lines."""
    particulars: dict[str, str | int | float] = field(default_factory=dict)
    """What else to record of where it came from."""
    partial_segments: int = field(default=0, init=False)
    """Segments of which the file holds only a first part."""
    lost_segments: int = field(default=0, init=False)
    """Segments of which it holds not one page."""
    lost_bytes: int = field(default=0, init=False)
    """Bytes missing from both."""

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def permissions_known(self) -> bool:
        return any(segment.permissions != "---" for segment in self.segments)

    @property
    def packing(self) -> str:
        """How the file is packed: "zst", "lz4", "gz", "xz", "bz2", or "" for not at all."""
        return self.source.packing

    def __enter__(self) -> Dump:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.source.close()

    def park(self) -> None:
        """Close the file until it is read again: whoever has many dumps cannot have as many open files."""
        self.source.park()

    def runs(self, wanted: Collection[int], page_size: int) -> Iterator[Run]:
        """What the ``wanted`` segments (indexes) held, in the order of the file.

        ``page_size``: bytes, a power of two up to 4 MiB. The data of a run lies in a buffer that the next run
        overwrites: use it, or copy it, before going on. Raises DumpError if the file cannot be read or is
        damaged; a file that merely ends early is counted in the three fields above.
        """
        self.partial_segments = self.lost_segments = self.lost_bytes = 0
        # File order: one pass, forwards, is all that a packed file can do cheaply.
        for index in sorted(set(wanted), key=lambda index: self.segments[index].offset):
            if whole := self._whole(index, page_size):
                yield whole
            else:
                yield from self._runs_of(index, page_size)

    def _whole(self, index: int, page_size: int) -> Run | None:
        """A small segment in one run, if it is there without a hole: there may be a hundred thousand of these."""
        segment = self.segments[index]
        if not 0 < segment.dumped <= BLOCK - page_size:
            return None
        first, written_to = self.source.extent(segment.offset)
        if first > segment.offset or written_to < segment.offset + segment.dumped:
            return None
        data = self.source.read_at(segment.offset, segment.dumped)
        return Run(index, segment.start, segment.dumped, data) if len(data) == segment.dumped else None

    def _runs_of(self, index: int, page_size: int) -> Iterator[Run]:
        """The runs of one segment, from its start to where the dump or the file ends."""
        segment = self.segments[index]
        shift = segment.offset - segment.start  # file offset of an address, less the address
        stop = segment.start + segment.dumped
        at = segment.start
        while at < stop:
            page = at // page_size * page_size
            first, end = self.source.extent(at + shift)
            first -= shift
            hole_end = min(first, stop) // page_size * page_size
            if at == page and hole_end > at:
                run = Run(index, at, hole_end - at, None)
            else:
                # A page with any written byte is data, and so is one of which the segment has only a part.
                until = page + page_size
                if first < until:
                    until = -(-(end - shift) // page_size) * page_size
                until = min(until, page + BLOCK, stop)
                run = self._read(index, at, until - at, page_size)
                if run.length < until - at:
                    stop = at + run.length
                    self._count_loss(segment, stop)
            if run.length:
                yield run
            at += run.length

    def _read(self, index: int, vaddr: int, length: int, page_size: int) -> Run:
        """The run of data at ``vaddr``; if the file ends before it does, the whole pages that are there."""
        segment = self.segments[index]
        data = self.source.read_at(segment.offset + vaddr - segment.start, length)
        if len(data) < length:
            length = max((vaddr + len(data)) // page_size * page_size - vaddr, 0)
        return Run(index, vaddr, length, data[:length])

    def _count_loss(self, segment: Segment, kept_until: int) -> None:
        """The file ends where ``segment`` has more to say; whole pages are there up to ``kept_until``."""
        if kept_until > segment.start:
            self.partial_segments += 1
        else:
            self.lost_segments += 1
        self.lost_bytes += segment.start + segment.dumped - kept_until
