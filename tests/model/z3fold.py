"""z3fold, retold slowly: frames of three slots, placement by room, the worker that moves and merges.

Three generations of rules, called after the first kernel that has them:

  "4.8"   as posted: header of one chunk of 64 bytes; a free moves a middle object that is left alone; the last
          chunk of a gap behind a middle object is not seen
  "4.11"  as 4.8, and that chunk is seen
  "5.10"  held against 6.1 and 6.12: header of 88 bytes; a free asks a worker to merge or to close gaps

Left out: lists per CPU, headless frames' handles, locks, mapped frames.  64-bit throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.model.zsmalloc import ENOMEM, ENOSPC, FrameLimiter

FIRST, MIDDLE, LAST = "first", "middle", "last"
CHUNKS = 64
SMALLEST_GAP_CLOSED = 3
HEADER_BYTES = {"4.8": 64, "4.11": 64, "5.10": 88}


@dataclass
class Held:
    """One object: who owns it, where it begins and ends (in chunks), whether it came from another frame."""

    owner: int
    start: int
    chunks: int
    foreign: bool = False

    @property
    def end(self) -> int:
        return self.start + self.chunks


@dataclass(eq=False)
class FrameModel:
    """One page frame. `whole`: its only object has it to itself."""

    serial: int
    held: dict[str, Held] = field(default_factory=dict)
    whole: bool = False
    waits: bool = False
    claimed: bool = False


class Z3foldModel:
    """One pool.  `newest_first` are the frames with room, whatever their room, the last listed first."""

    def __init__(
        self,
        rules: str = "5.10",
        page_size: int = 4096,
        limit: FrameLimiter | int | None = None,
        *,
        defer: bool = False,
    ) -> None:
        self.rules = rules
        self.chunk = page_size // CHUNKS
        self.header = -(-HEADER_BYTES[rules] // self.chunk)
        self.page_size = page_size
        self.limiter = limit if isinstance(limit, FrameLimiter) else FrameLimiter(limit)
        self.defer = defer
        self.newest_first: list[FrameModel] = []
        self.waiting: list[FrameModel] = []
        self.by_age: list[FrameModel] = []
        self._place_of: dict[int, tuple[FrameModel, str]] = {}
        self._next_serial = 0

    @property
    def frames(self) -> int:
        return len(self.by_age)

    def location(self, owner: int) -> tuple[int, int]:
        frame, slot = self._place_of[owner]
        return frame.serial, frame.held[slot].start * self.chunk

    # ---- allocation

    def alloc(self, owner: int, size: int) -> int:
        if not 1 <= size <= self.page_size:
            return ENOSPC
        chunks = -(-size // self.chunk)
        whole = chunks >= CHUNKS - self.header
        frame = None if whole else self._take_fitting(chunks)
        if frame is None:
            if not self.limiter.take(1):
                return ENOMEM
            frame = FrameModel(self._next_serial, whole=whole)
            self._next_serial += 1
        else:
            self.by_age.remove(frame)
        self.by_age.append(frame)
        if whole:
            frame.held[FIRST] = Held(owner, 0, CHUNKS)
            self._place_of[owner] = frame, FIRST
        else:
            self._put(frame, owner, chunks)
        return 0

    def _take_fitting(self, chunks: int) -> FrameModel | None:
        """The frame with the least room that is enough, off the list; those met that wait go off it, too."""
        while True:
            fitting = [frame for frame in self.newest_first if self._room(frame) >= chunks]
            if not fitting:
                return None
            frame = min(fitting, key=self._room)
            self.newest_first.remove(frame)
            if not frame.waits:
                return frame

    def _room(self, frame: FrameModel) -> int:
        return max(end - start for start, end in self._gaps(frame).values())

    def _gaps(self, frame: FrameModel) -> dict[str, tuple[int, int]]:
        """What could be placed where: by free slot, from which chunk to which."""
        begin = frame.held[FIRST].end if FIRST in frame.held else self.header
        end = frame.held[LAST].start if LAST in frame.held else CHUNKS
        if MIDDLE not in frame.held:
            free = next(slot for slot in (FIRST, LAST, MIDDLE) if slot not in frame.held)
            return {free: (begin, end)}
        gaps = {MIDDLE: (0, 0)}
        if FIRST not in frame.held:
            gaps[FIRST] = (begin, frame.held[MIDDLE].start)
        if LAST not in frame.held:
            gaps[LAST] = (frame.held[MIDDLE].end + (self.rules == "4.8"), end)
        return gaps

    def _put(self, frame: FrameModel, owner: int, chunks: int, *, foreign: bool = False) -> None:
        gaps = self._gaps(frame)
        slot = next(
            slot for slot in (FIRST, LAST, MIDDLE) if slot in gaps and gaps[slot][1] - gaps[slot][0] >= chunks
        )
        start = gaps[slot][1] - chunks if slot == LAST else gaps[slot][0]
        frame.held[slot] = Held(owner, start, chunks, foreign)
        self._place_of[owner] = frame, slot
        self._list(frame)

    def _list(self, frame: FrameModel) -> None:
        if len(frame.held) < 3 and not frame.whole:
            self.newest_first.insert(0, frame)

    # ---- free, and the worker

    def free(self, owner: int) -> None:
        frame, slot = self._place_of.pop(owner)
        del frame.held[slot]
        if frame.waits:
            return
        if not frame.held:
            self._give_back(frame)
        elif not frame.claimed:
            frame.waits = True
            self.waiting.append(frame)
            if not self.defer or frame not in self.newest_first:
                self._tidy(frame)

    def compact(self) -> int:
        before = self.frames
        while self.waiting:
            self._tidy(self.waiting[0])
        return before - self.frames

    def _tidy(self, frame: FrameModel) -> None:
        self.waiting.remove(frame)
        frame.waits = False
        if not frame.held:
            self._give_back(frame)
        elif not frame.claimed:
            self._unlist(frame)
            if not self._merge(frame):
                self._close_gaps(frame)
                self._list(frame)

    def _merge(self, frame: FrameModel) -> bool:
        held = list(frame.held.values())
        if self.rules != "5.10" or len(held) > 1 or held[0].foreign:
            return False
        other = self._take_fitting(held[0].chunks)
        if other is None:
            return False
        self._put(other, held[0].owner, held[0].chunks, foreign=True)
        self._give_back(frame)
        return True

    def _close_gaps(self, frame: FrameModel) -> None:
        if MIDDLE not in frame.held:
            return
        middle = frame.held[MIDDLE]
        if len(frame.held) == 1:
            del frame.held[MIDDLE]
            middle.start = self.header
            frame.held[FIRST] = middle
            self._place_of[middle.owner] = frame, FIRST
        elif self.rules == "5.10":
            close = frame.held[FIRST].end if FIRST in frame.held else frame.held[LAST].start - middle.chunks
            if abs(close - middle.start) >= SMALLEST_GAP_CLOSED:
                middle.start = close

    def _unlist(self, frame: FrameModel) -> None:
        if frame in self.newest_first:
            self.newest_first.remove(frame)

    def _give_back(self, frame: FrameModel) -> None:
        self._unlist(frame)
        self.by_age.remove(frame)
        self.limiter.give_back(1)

    # ---- reclaim

    def oldest(self) -> FrameModel | None:
        able = (f for f in self.by_age if f.held and not any(held.foreign for held in f.held.values()))
        return next(able, None)

    def reclaim_order(self, frame: FrameModel) -> list[int]:
        return [frame.held[slot].owner for slot in (MIDDLE, FIRST, LAST) if slot in frame.held]

    def begin_reclaim(self, frame: FrameModel) -> None:
        self._unlist(frame)
        frame.claimed = True

    def end_reclaim(self, frame: FrameModel) -> None:
        frame.claimed = False
        self.by_age.remove(frame)
        self.by_age.append(frame)
        self._unlist(frame)
        self._list(frame)
