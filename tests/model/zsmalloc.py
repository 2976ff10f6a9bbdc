"""zsmalloc, retold slowly: size classes, zspages, placement, free, compaction.

A *zspage* is a group of a few page frames cut into equal objects; all zspages of one object size form a
*class*.  A request goes to the smallest class that holds it, there to the fullest zspage that has room, and
only if none has room are new frames taken.  Frames come back when the last object of a zspage goes, or when
compaction empties a zspage by moving its objects into its neighbours.

Five generations of rules, called after the first kernel that has them:

  "2012"  drivers/staging/zsmalloc of 2012, mm/zsmalloc.c up to 3.18 as zswap's first series met it: objects
          without handle, no merging of classes, no compaction
  "3.19"  mm/zsmalloc.c 3.19 and 4.0: classes of equal geometry are merged
  "4.2"   mm/zsmalloc.c 4.2 .. 6.2 (read in 5.10 and 6.1): every object starts with an 8-byte handle, compaction
  "6.3"   6.3 alone: longer zspages chosen by least waste; groups and compaction of 4.2
  "6.4"   mm/zsmalloc.c 6.4 and later (read in 6.12): as 6.3, fullness in tenths

Retold functions: get_size_class_index, get_pages_per_zspage, calculate_zspage_chain_size, can_merge,
zs_create_pool, get_fullness_group, insert_zspage, find_get_zspage, fix_fullness_group, zs_malloc, zs_free,
obj_malloc, obj_free, zs_can_compact, isolate_zspage (isolate_src_zspage, isolate_dst_zspage),
migrate_zspage, __zs_compact, zs_compact.

Left out: locks, contention, page migration and the freeing it defers, highmem, the memory of handles and
descriptors.  64-bit throughout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

ENOMEM = -12
ENOSPC = -28
NO_CLASS = -1

SMALLEST_OBJECT = 32
PERCENT_RULE_LONGEST_ZSPAGE = 4
DEFAULT_CHAIN = 8

# Fullness groups of "2012" to "6.3".  In "6.4" group 1 holds zspages under 10 % full, group 2 those from 10 %,
# ..., group 10 those from 90 %, group 11 the full ones.  Everywhere: 0 is empty, the last is full, and more
# objects in use never mean a lower group.
EMPTY, ALMOST_EMPTY, ALMOST_FULL, FULL = 0, 1, 2, 3
FULL_TENTHS = 11


@dataclass
class FrameLimiter:
    """Page frames that all pools sharing this counter may hold together; `limit` None: any number.

    used     frames held now
    refused  rises by one each time a frame is asked for and not granted
    """

    limit: int | None = None
    used: int = 0
    refused: int = 0

    def take(self, count: int) -> bool:
        """Ask for `count` frames one after the other; at the first refusal give those already taken back."""
        for taken in range(count):
            if self.limit is not None and self.used >= self.limit:
                self.refused += 1
                self.give_back(taken)
                return False
            self.used += 1
        return True

    def give_back(self, count: int) -> None:
        self.used -= count


@dataclass(eq=False)
class SizeClass:
    """One object size.  `groups[g]` lists the zspages of fullness group g, element 0 being the list's head."""

    index: int
    size: int
    pages_per_zspage: int
    objs_per_zspage: int
    groups: list[list[Zspage]]
    zspages: int = 0  # live ones, whether on a list or taken off it for a moment
    obj_used: int = 0

    @property
    def obj_allocated(self) -> int:
        return self.zspages * self.objs_per_zspage


class Place(NamedTuple):
    """Where an object lies: the number of its zspage, page frames and room for objects there, its own number there."""

    zspage: int
    pages: int
    room: int
    object: int


@dataclass(eq=False)
class Zspage:
    """One zspage.  `free` is a stack of object numbers: the next to be handed out is its last element.

    `serial` counts zspages as they are made.  `number` is used again when the zspage has gone, the last one first.
    """

    serial: int
    number: int
    size_class: SizeClass
    free: list[int]
    owner_of: dict[int, int] = field(default_factory=dict)  # object number -> owner
    group: int = EMPTY

    @property
    def inuse(self) -> int:
        return len(self.owner_of)

    def take_object(self, owner: int) -> int:
        number = self.free.pop()
        self.owner_of[number] = owner
        return number

    def give_object_back(self, number: int) -> None:
        del self.owner_of[number]
        self.free.append(number)


def pages_by_percent(size: int, page_size: int) -> int:
    """The number of pages, at most 4, of which objects use the largest whole percentage (2012 .. 6.2)."""
    best_percent, best_pages = 0, 1
    for pages in range(1, PERCENT_RULE_LONGEST_ZSPAGE + 1):
        total = pages * page_size
        percent = (total - total % size) * 100 // total
        if percent > best_percent:
            best_percent, best_pages = percent, pages
    return best_pages


def pages_by_waste(size: int, page_size: int, chain: int) -> int:
    """The least number of pages, at most `chain`, with the fewest bytes left over (6.3+)."""
    is_power_of_two = size & (size - 1) == 0
    if is_power_of_two:  # the kernel's short cut: one page leaves no byte over
        return 1
    # min() takes the first of equals.
    return min(range(1, chain + 1), key=lambda pages: (pages * page_size) % size)


class ZsmallocModel:
    """One pool.  Owners are any integers the caller likes; an owner holds at most one object at a time."""

    def __init__(
        self,
        rules: str,
        page_size: int = 4096,
        chain: int | None = None,
        limit: FrameLimiter | int | None = None,
    ) -> None:
        if rules not in ("2012", "3.19", "4.2", "6.3", "6.4"):
            raise ValueError(f"rules {rules!r}: must be '2012', '3.19', '4.2', '6.3' or '6.4'")
        if chain is not None and rules in ("2012", "3.19", "4.2"):
            raise ValueError(f"chain {chain}: rules {rules!r} have no choice of chain length")
        self.rules = rules
        self.page_size = page_size
        self.chain = DEFAULT_CHAIN if chain is None else chain
        if not 4 <= self.chain <= 16:
            raise ValueError(f"chain {self.chain}: must be 4..16")
        self.limiter = limit if isinstance(limit, FrameLimiter) else FrameLimiter(limit)
        self.handle_size = 0 if rules in ("2012", "3.19") else 8
        self.step = page_size // 256
        self.full_group = FULL_TENTHS if rules == "6.4" else FULL
        self.slots = self._make_classes()
        self.frames = 0  # page frames of live zspages
        self._next_serial = 0
        self._numbers = 0
        self._unused_numbers: list[int] = []
        self._place_of: dict[int, tuple[Zspage, int]] = {}  # owner -> zspage, object number

    # ---- classes

    def _number_of_slots(self) -> int:
        span = self.page_size - SMALLEST_OBJECT
        whole_steps = span // self.step
        if self.rules != "2012" and span % self.step != 0:
            whole_steps += 1
        return whole_steps + 1

    def _make_classes(self) -> list[SizeClass]:
        """From the largest size down; a class just like the one made before it becomes another name for that."""
        slots: list[SizeClass] = []
        larger: SizeClass | None = None
        for index in reversed(range(self._number_of_slots())):
            size = min(SMALLEST_OBJECT + index * self.step, self.page_size)
            if self.rules in ("6.3", "6.4"):
                pages = pages_by_waste(size, self.page_size, self.chain)
            else:
                pages = pages_by_percent(size, self.page_size)
            objects = pages * self.page_size // size
            merges = (
                self.rules != "2012"
                and larger is not None
                and (larger.pages_per_zspage, larger.objs_per_zspage) == (pages, objects)
            )
            if larger is None or not merges:
                groups: list[list[Zspage]] = [[] for _ in range(self.full_group + 1)]
                larger = SizeClass(index, size, pages, objects, groups)
            slots.append(larger)
        slots.reverse()
        return slots

    def _distinct_classes(self) -> list[SizeClass]:
        return [found for slot, found in enumerate(self.slots) if found.index == slot]

    def _class_for(self, size: int) -> SizeClass | None:
        if size < 1 or size > self.page_size:
            return None
        want = size + self.handle_size
        index = 0 if want <= SMALLEST_OBJECT else -(-(want - SMALLEST_OBJECT) // self.step)
        if self.handle_size:
            index = min(index, len(self.slots) - 1)
        return self.slots[index] if index < len(self.slots) else None

    # ---- fullness groups

    def _group_for(self, zspage: Zspage) -> int:
        inuse, most = zspage.inuse, zspage.size_class.objs_per_zspage
        if inuse == 0:
            return EMPTY
        if inuse == most:
            return self.full_group
        if self.rules == "6.4":
            return (100 * inuse // most) // 10 + 1
        if self.rules in ("4.2", "6.3"):
            return ALMOST_EMPTY if inuse <= 3 * most // 4 else ALMOST_FULL
        return ALMOST_EMPTY if inuse <= most // 4 else ALMOST_FULL

    def _insert(self, zspage: Zspage) -> None:
        """Put a zspage that is on no list on that of its group.

        2012 keeps full zspages on no list.  Nobody ever looks for a full one, so a list of them does no harm.
        """
        zspage.group = self._group_for(zspage)
        members = zspage.size_class.groups[zspage.group]
        behind_the_head = self.rules in ("4.2", "6.3") and members and members[0].inuse > zspage.inuse
        members.insert(1 if behind_the_head else 0, zspage)

    def _remove(self, zspage: Zspage) -> None:
        zspage.size_class.groups[zspage.group].remove(zspage)

    def _settle(self, zspage: Zspage) -> None:
        """After a change of its use: move the zspage if its group changed, and only then."""
        if self._group_for(zspage) != zspage.group:
            self._remove(zspage)
            self._insert(zspage)

    def _first_of(self, size_class: SizeClass, groups: Iterable[int]) -> Zspage | None:
        for group in groups:
            if size_class.groups[group]:
                return size_class.groups[group][0]
        return None

    def _partly_used_fullest_first(self) -> list[int]:
        return list(range(self.full_group - 1, EMPTY, -1))

    def _partly_used_emptiest_first(self) -> list[int]:
        return list(range(EMPTY + 1, self.full_group))

    # ---- alloc and free

    def alloc(self, owner: int, size: int) -> int:
        """0; ENOSPC when no class holds `size` bytes; ENOMEM when the limiter refuses the frames for it."""
        if owner in self._place_of:
            raise ValueError(f"owner {owner} holds an object already")
        size_class = self._class_for(size)
        if size_class is None:
            return ENOSPC
        zspage = self._first_of(size_class, self._partly_used_fullest_first())
        if zspage is not None:
            number = zspage.take_object(owner)
            self._settle(zspage)
        else:
            zspage = self._new_zspage(size_class)
            if zspage is None:
                return ENOMEM
            number = zspage.take_object(owner)
            self._insert(zspage)
        size_class.obj_used += 1
        self._place_of[owner] = zspage, number
        return 0

    def _new_zspage(self, size_class: SizeClass) -> Zspage | None:
        if not self.limiter.take(size_class.pages_per_zspage):
            return None
        self.frames += size_class.pages_per_zspage
        size_class.zspages += 1
        free = list(reversed(range(size_class.objs_per_zspage)))
        if not self._unused_numbers:
            self._unused_numbers.append(self._numbers)
            self._numbers += 1
        number = self._unused_numbers.pop()
        zspage = Zspage(self._next_serial, number, size_class, free)
        self._next_serial += 1
        return zspage

    def free(self, owner: int) -> None:
        zspage, number = self._place_of.pop(owner)
        zspage.give_object_back(number)
        zspage.size_class.obj_used -= 1
        if zspage.inuse == 0:
            self._remove(zspage)
            self._return_frames(zspage)
        else:
            self._settle(zspage)

    def _return_frames(self, zspage: Zspage) -> None:
        pages = zspage.size_class.pages_per_zspage
        self.frames -= pages
        zspage.size_class.zspages -= 1
        self._unused_numbers.append(zspage.number)
        self.limiter.give_back(pages)

    # ---- compaction

    def compact(self) -> int:
        """Squeeze every class, the largest first; page frames freed.  There is none without handles."""
        frames_before = self.frames
        for size_class in reversed(self._distinct_classes()):
            if self.rules in ("4.2", "6.3"):
                self._compact_source_by_source(size_class)
            elif self.rules == "6.4":
                self._compact_destination_by_destination(size_class)
        return frames_before - self.frames

    def _can_compact(self, size_class: SizeClass) -> int:
        """Page frames that compaction can free at most."""
        if not self.handle_size:
            return 0
        unused = size_class.obj_allocated - size_class.obj_used
        return unused // size_class.objs_per_zspage * size_class.pages_per_zspage

    def _isolate(self, size_class: SizeClass, groups: list[int]) -> Zspage | None:
        zspage = self._first_of(size_class, groups)
        if zspage is not None:
            self._remove(zspage)
        return zspage

    def _put_back(self, zspage: Zspage) -> None:
        if zspage.inuse == 0:
            self._return_frames(zspage)
        else:
            self._insert(zspage)

    def _move_objects(self, source: Zspage, destination: Zspage) -> None:
        """Lowest object first, until the source is empty or the destination is full."""
        for number in sorted(source.owner_of):
            if not destination.free:
                break
            owner = source.owner_of[number]
            self._place_of[owner] = destination, destination.take_object(owner)
            source.give_object_back(number)

    def _compact_source_by_source(self, size_class: SizeClass) -> None:
        """4.2 .. 6.3: empty one zspage at a time into as many others as it takes.

        The source is taken off its list before the question whether compaction is worth it.  When it is not,
        going back may cost the source its place at the head.
        """
        while True:
            source = self._isolate(size_class, self._partly_used_emptiest_first())
            if source is None:
                return
            if self._can_compact(size_class):
                self._drain(source)
            drained = source.inuse == 0
            self._put_back(source)
            if not drained:
                return

    def _drain(self, source: Zspage) -> None:
        while source.inuse > 0:
            destination = self._isolate(source.size_class, self._partly_used_fullest_first())
            if destination is None:
                return
            self._move_objects(source, destination)
            self._put_back(destination)

    def _compact_destination_by_destination(self, size_class: SizeClass) -> None:
        """6.4 and later: fill one zspage at a time from as many others as it takes."""
        destination: Zspage | None = None
        while self._can_compact(size_class):
            if destination is None:
                destination = self._isolate(size_class, self._partly_used_fullest_first())
                if destination is None:
                    return
            source = self._isolate(size_class, self._partly_used_emptiest_first())
            if source is None:
                break
            self._move_objects(source, destination)
            self._put_back(source)
            if not destination.free:
                self._put_back(destination)
                destination = None
        if destination is not None:
            self._put_back(destination)

    # ---- what others may look at

    def class_of(self, size: int) -> int:
        """Index of the class for a request of `size` bytes: of the largest member of a merged class; or NO_CLASS."""
        size_class = self._class_for(size)
        return NO_CLASS if size_class is None else size_class.index

    def classes(self) -> list[tuple[int, int, int, int]]:
        """The distinct classes, ascending: index, object size in bytes, pages per zspage, objects per zspage."""
        return [(c.index, c.size, c.pages_per_zspage, c.objs_per_zspage) for c in self._distinct_classes()]

    def location(self, owner: int) -> tuple[int, int]:
        """Serial number of the zspage (in order of creation, from 0) and byte offset of the object in it."""
        zspage, number = self._place_of[owner]
        return zspage.serial, number * zspage.size_class.size

    def place(self, owner: int) -> Place:
        """The same with the number of the zspage, and what the zspage is."""
        zspage, number = self._place_of[owner]
        of = zspage.size_class
        return Place(zspage.number, of.pages_per_zspage, of.objs_per_zspage, number)

    def occupancy(self) -> dict[int, tuple[int, int, int]]:
        """Index of each distinct class, also of those without zspages: zspages, objects they hold room for, objects."""
        return {c.index: (c.zspages, c.obj_allocated, c.obj_used) for c in self._distinct_classes()}

    def fullness(self) -> dict[int, list[int]]:
        """Index of each distinct class: its number of zspages in each fullness group, from empty to full."""
        return {c.index: [len(group) for group in c.groups] for c in self._distinct_classes()}

    def debugfs_rows(self) -> list[list[int]]:
        """The columns of debugfs zsmalloc/POOL/classes, where almost_full comes before almost_empty."""
        groups = range(1, self.full_group + 1) if self.rules == "6.4" else (ALMOST_FULL, ALMOST_EMPTY)
        return [
            [
                c.index,
                c.size,
                *([len(c.groups[group]) for group in groups] if c.zspages else [0] * len(groups)),
                c.obj_allocated,
                c.obj_used,
                c.zspages * c.pages_per_zspage,
                c.pages_per_zspage,
                self._can_compact(c),
            ]
            for c in self._distinct_classes()
        ]
