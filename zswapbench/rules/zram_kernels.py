"""zram by kernel: a version in, a row of rules out.

| since | zram                                                                                       |
|-------|--------------------------------------------------------------------------------------------|
| 3.14  | in the kernel proper; lzo; zero pages take no object; raw from above 3/4 page              |
| 3.18  | mem_limit                                                                                  |
| 4.2   | zsmalloc with handles and merged classes; ``compact``                                      |
| 4.3   | a shrinker compacts the pool when memory is wanted                                         |
| 4.12  | any page of equal machine words takes no object                                            |
| 4.17  | raw from zsmalloc's huge class size on                                                     |
| 5.0   | ``idle``, ``writeback`` = idle or huge, ``writeback_limit``                                |
| 5.1   | lzo-rle by default                                                                         |
| 5.12  | ``writeback`` = page_index                                                                 |
| 5.15  | ``idle`` = an age in seconds                                                               |
| 5.19  | ``writeback`` = huge_idle                                                                  |
| 6.2   | ``recomp_algorithm``, ``recompress``; ``writeback`` = incompressible                       |
| 6.3   | zsmalloc with least waste and a chain to set                                               |
| 6.13  | writeback and recompression take the largest first; recompression tries one algorithm only |

The rules were read in 6.1, 6.12 and 7.3. Of the releases that brought them, nearly all are from memory; that of
``writeback`` is not: commit a939888ec38b of 28 December 2018, which took the writing of huge pages at once, as
4.14 to 4.20 did with a backing device, out again. 4.1 had the handles and ``compact`` before 4.2; here it has
the rules of before.

Source: drivers/block/zram/zram_drv.c __zram_bvec_write() (6.1), zram_write_page(), recompress_store(),
writeback_store() (6.12, 7.3); mm/zsmalloc.c zs_huge_class_size().
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from zswapbench.common.errors import UsageError
from zswapbench.rules.overflow import kernel_version
from zswapbench.rules.size_classes import generation, huge_class_size

Version = tuple[int, int]

DEFAULT = "6.12"

_FIRST = (3, 14)
_MEM_LIMIT = (3, 18)
_SHRINKER = (4, 3)
_SAME_WORDS = (4, 12)
_HUGE_CLASS = (4, 17)
_LZO_RLE = (5, 1)
_LARGEST_FIRST = (6, 13)

SINCE: dict[str, Version] = {
    "compact": (4, 2),
    "idle": (5, 0),
    "idle=SECONDS": (5, 15),
    "writeback": (5, 0),
    "writeback=huge": (5, 0),
    "writeback=idle": (5, 0),
    "writeback=huge_idle": (5, 19),
    "writeback=incompressible": (6, 2),
    "writeback=page_index": (5, 12),
    "writeback_limit": (5, 0),
    "recompress": (6, 2),
    "recomp_algorithm": (6, 2),
}
"""Attributes in sysfs, and values of them, each with the kernel that first had it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """One kernel's zram, for pages of one size.

    ``zsmalloc``: the pool, as the registry names it. ``codec``: used unless another is asked for.
    ``same_filled``: which pages take no object, "zero" or "word". ``huge_from``: least compressed size, in bytes,
    that is kept raw. ``shrinker``: whether the pool is compacted when memory is wanted. ``order``: in which
    writeback and recompression take slots, "index" or "size". ``recompress_tries``: "all" algorithms in
    turn, or "one" for a call.
    """

    kernel: str
    version: Version
    zsmalloc: str
    codec: str
    same_filled: str
    huge_from: int
    shrinker: bool
    mem_limit: bool
    order: str
    recompress_tries: str

    def has(self, attribute: str) -> bool:
        """Whether this kernel has the attribute, or value of one: a key of SINCE."""
        return self.version >= SINCE[attribute]


def rules_of(kernel: str, page_size: int, chain: int | None = None) -> Rules:
    """The rules of ``kernel``, such as ``6.12``; ``chain``: most page frames of a zspage, None for its default.

    Raises UsageError for what is no version, for one without zram, and for a chain where there is none to set.
    """
    try:
        version = kernel_version(kernel)
    except UsageError:
        raise UsageError(f"{kernel!r} is not a kernel; write a version such as {DEFAULT}") from None
    if version < _FIRST:
        raise UsageError(f"kernel {kernel} has no zram, which came with 3.14")
    zsmalloc = generation(version)
    name = zsmalloc.name
    if chain is not None:
        if not zsmalloc.least_waste:
            raise UsageError(f"kernel {kernel} has no chain size to set; it came with 6.3")
        zsmalloc = replace(zsmalloc, pages_max=chain)
    largest_first = version >= _LARGEST_FIRST
    return Rules(
        kernel=kernel,
        version=version,
        zsmalloc=f"zsmalloc:rules={name}" + (f":chain={chain}" if chain is not None else ""),
        codec="lzo-rle" if version >= _LZO_RLE else "lzo",
        same_filled="word" if version >= _SAME_WORDS else "zero",
        huge_from=(
            huge_class_size(zsmalloc, page_size) if version >= _HUGE_CLASS else page_size * 3 // 4 + 1
        ),
        shrinker=version >= _SHRINKER,
        mem_limit=version >= _MEM_LIMIT,
        order="size" if largest_first else "index",
        recompress_tries="one" if largest_first else "all",
    )
