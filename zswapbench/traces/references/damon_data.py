"""damon-data: what ``damo record`` writes, damon.data: JSON, packed with zlib.

It is a list of records, one for each target that DAMON followed. A record has ``target_id`` and ``snapshots``: each
with ``start_time`` and ``end_time`` in ns, and ``regions`` of ``start``, ``end`` and ``samples``, which is nr_accesses.
Numbers may be strings with commas. damo writes JSON with one member on each line, and in this order, so it is read
line by line, and a record of any length takes the same memory. JSON without line ends is refused.
Source: _damo_records.py write_json_compressed(), write_json(), damo 3.4.3 (``to_kvpairs`` of record and snapshot).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.regions import Regions

_ZLIB = (b"x\x01", b"x^", b"x\x9c", b"x\xda")
"""How zlib's streams begin, at each of its levels."""

_PIECE = 1 << 16
_MEMBER = re.compile(
    rb'^ *"(kdamond_idx|target_id|start_time|end_time|start|end|samples)": "?([\d,]{1,27}|null)"?,?\r?$'
)


class DamonData(Regions):
    """A record is complete with the list's end, a ``]`` at the beginning of a line."""

    name = "damon-data"
    help = "damo record (damon.data)"

    def __init__(self, wish: Wish) -> None:
        super().__init__(wish)
        self.members: dict[bytes, int] = {}
        self.regions: list[tuple[int, int, int]] = []
        self.ended = False

    @staticmethod
    def recognises(start: bytes) -> bool:
        if start.startswith(_ZLIB):
            try:
                start = zlib.decompressobj().decompress(start, _PIECE)
            except zlib.error:
                return False
        return start.startswith(b"[") and b'"kdamond_idx"' in start

    @staticmethod
    def unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
        first = next(pieces)
        if first.startswith(b"["):
            yield first
            yield from pieces
            return
        packing, data = zlib.decompressobj(), first
        while not packing.eof:
            try:
                text = packing.decompress(data, _PIECE)
            except zlib.error as error:
                raise ValueError(f"is packed with zlib but damaged: {error}") from None
            yield text
            data = packing.unconsumed_tail
            if not data and len(text) < _PIECE and not packing.eof and not (data := next(pieces, b"")):
                raise ValueError("is packed with zlib and ends before its packing does; copy it again")
        if packing.unused_data or next(pieces, b""):
            raise ValueError("goes on behind the end of its packing: something was added")

    def parse(self, text: bytes) -> bool:
        if member := _MEMBER.match(text):
            if member[2] != b"null":
                self._take_member(member[1], int(member[2].replace(b",", b"")))
        elif text.rstrip() == b"]":
            self._end()
            self.ended = True
        return True

    def finish(self) -> NDArray[np.void]:
        found = super().finish()
        if not self.ended:
            raise ValueError(f"ends within its list of records, after line {self.lines}")
        return found

    def _take_member(self, name: bytes, value: int) -> None:
        if name in (b"kdamond_idx", b"start_time"):
            self._end()
        self.members[name] = value
        if name == b"kdamond_idx":
            self.members = {}
        elif name == b"samples":
            try:
                self.regions.append((self.members.pop(b"start"), self.members.pop(b"end"), value))
            except KeyError:
                raise ValueError(f"line {self.lines}: a region lacks its start or its end") from None

    def _end(self) -> None:
        """All of a snapshot was read, if there was one."""
        if self.regions and self.is_wanted(self.members.get(b"target_id", 0)):
            start, stop = self.members.get(b"start_time", 0), self.members.get(b"end_time", 0)
            self.snapshot(start, max(start, stop), np.array(self.regions, np.uint64))
        self.regions = []
