"""zram by kernel: a version in, a row of rules out.

| since | zram                                                                                       |
|-------|--------------------------------------------------------------------------------------------|
| 3.14  | in the kernel proper; lzo; zero pages take no object; raw from above 3/4 page              |
| 3.18  | mem_limit                                                                                  |
| 3.19  | zsmalloc merges classes                                                                    |
| 4.1   | zsmalloc with handles; ``compact``                                                         |
| 4.3   | a shrinker compacts the pool when memory is wanted                                         |
| 4.11  | any page of equal machine words takes no object                                            |
| 4.17  | raw from zsmalloc's huge class size on                                                     |
| 5.0   | ``idle``, ``writeback`` = idle or huge, ``writeback_limit``                                |
| 5.1   | lzo-rle by default                                                                         |
| 5.12  | ``writeback`` = page_index                                                                 |
| 5.16  | ``idle`` = an age in seconds                                                               |
| 5.19  | ``writeback`` = huge_idle                                                                  |
| 6.2   | ``recomp_algorithm``, ``recompress``; ``writeback`` = incompressible                       |
| 6.3   | zsmalloc with least waste and a chain to set                                               |
| 6.4   | zsmalloc groups zspages by tenths of fullness                                              |
| 6.12  | compressors of its own, no longer the crypto API's; ``algorithm_params``                   |
| 6.13  | writeback and recompression take the largest first; recompression goes up to the number of |
|       | algorithms, and also a form that is too long for ``threshold`` was tried in vain           |
| 6.16  | ``writeback`` = several words: type=, page_index=, page_indexes=; ``deflate.winbits``      |
| 6.19  | ``writeback_batch_size``                                                                   |
| 7.0   | an age counts whole seconds; ``compressed_writeback``                                      |
| 7.1   | recompression tries one algorithm; a slot that was written back keeps its flags and size;  |
|       | block 0 of the backing device is used                                                      |
| 7.2   | recompression compares classes with zsmalloc's handle counted                              |
| 7.3   | an age above the uptime has no effect; a level or a dictionary is refused where there is   |
|       | none; choosing an algorithm resets its parameters                                          |

The rules were read in 6.1, 6.12, 6.18, 7.1, 7.2 and 7.3, and measured on 6.1, 6.12, 6.18, 7.2 and 7.3. What came
with a release between these is dated by mails and commit lists; what came before 5.10, and ``deflate.winbits``,
mostly from memory. ``writeback`` is not: commit a939888ec38b of 28 December 2018, which took the writing of huge
pages at once, as 4.14 to 4.20 did with a backing device, out again.

Fixes that went into stable kernels too hold for every version here: idle marks are neither set on same-filled and
written-back slots nor left where an age does not set them (commits b967fa1ba72b and d37da422edb0, October 2024), and
recompression takes the mark from each slot that it looks at. 4.1's first form of compaction is taken for that of
4.2.

Source: drivers/block/zram/zram_drv.c __zram_bvec_write() (6.1), zram_write_page(), recompress_store(),
writeback_store() (6.12 to 7.3); mm/zsmalloc.c zs_huge_class_size(), zs_lookup_class_index().
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import CODECS, Choice
from zswapbench.rules.overflow import KERNEL, kernel_version
from zswapbench.rules.size_classes import generation, huge_class_size
from zswapbench.rules.zstd_parameters import zram_form

Version = tuple[int, int]

DEFAULT = "6.12"
"""The kernel of a zram for which none is named, by itself and beside zswap."""

_FIRST = (3, 14)
_MEM_LIMIT = (3, 18)
_SHRINKER = (4, 3)
_SAME_WORDS = (4, 11)
_HUGE_CLASS = (4, 17)
_LZO_RLE = (5, 1)
_LARGEST_FIRST = (6, 13)
_KEPT = (7, 1)
_WITH_HANDLE = (7, 2)
_LEVEL_CHECKED = (7, 3)
_PARAMS_RESET = (7, 3)
_RECOMPRESS = {"all": (0, 0), "bounded": (6, 13), "one": (7, 1)}
_IDLE = {"exact": (0, 0), "seconds": (7, 0), "capped": (7, 3)}

SINCE: dict[str, Version] = {
    "compact": (4, 1),
    "idle": (5, 0),
    "idle=SECONDS": (5, 16),
    "writeback": (5, 0),
    "writeback=huge": (5, 0),
    "writeback=idle": (5, 0),
    "writeback=huge_idle": (5, 19),
    "writeback=incompressible": (6, 2),
    "writeback=page_index": (5, 12),
    "writeback=WORDS": (6, 16),
    "writeback_limit": (5, 0),
    "writeback_batch_size": (6, 19),
    "compressed_writeback": (7, 0),
    "recompress": (6, 2),
    "recomp_algorithm": (6, 2),
    "algorithm_params": (6, 12),
    "algorithm_params=deflate.winbits": (6, 16),
}
"""Attributes in sysfs, and values of them, each with the kernel that first had it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """One kernel's zram, for pages of one size.

    ``zsmalloc``: the pool, as the registry names it. ``codec``: used unless another is asked for. ``same_filled``:
    which pages take no object, "zero" or "word". ``huge_from``: least compressed size, in bytes, that is kept raw.
    ``shrinker``: whether the pool is compacted when memory is wanted. ``order``: in which writeback and
    recompression take slots, "index" or "size". ``recompress``: which algorithms a call tries: "all" in turn, in turn
    up to the number of them ("bounded"), or "one". ``with_handle``: whether recompression counts zsmalloc's handle when
    it compares classes. ``idle``: how an age is counted: "exact", in "seconds", or in seconds and "capped" at the
    uptime. ``keeps_written``: whether a slot on the backing device keeps its flags and size. ``first_block``: of the
    backing device. ``level_checked``: whether a level or a dictionary is refused for a codec that has none.
    ``params_reset``: whether parameters that were set before their algorithm was chosen are forgotten then.
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
    recompress: str
    with_handle: bool
    idle: str
    keeps_written: bool
    first_block: int
    level_checked: bool
    params_reset: bool

    def has(self, attribute: str) -> bool:
        """Whether this kernel has the attribute, or value of one: a key of SINCE."""
        return self.version >= SINCE[attribute]

    def want(self, key: str, what: str) -> None:
        """Raises UsageError if this kernel has not ``key`` of SINCE, called ``what`` in the message."""
        if not self.has(key):
            since = "{}.{}".format(*SINCE[key])
            raise UsageError(f"zram of kernel {self.kernel} has no {what}, which came with {since}")

    def choose(self, codec: str) -> Choice[Any]:
        """What ``codec`` asks for; zstd is under this kernel's rules, unless asked for with others.

        Raises what CODECS.choose raises.
        """
        return CODECS.choose(codec, lambda name: zram_form(name, self.version))


def rules_of(kernel: str, page_size: int, chain: int | None = None) -> Rules:
    """The rules of ``kernel``, ``6.12`` or ``linux-6.12``; ``chain``: most page frames of a
    zspage, None for its default.

    Raises UsageError for what is no version, for one without zram, and for a chain where there is none to set.
    """
    if not KERNEL.fullmatch(kernel):
        raise UsageError(f"{kernel!r} is not a kernel; write a version such as {DEFAULT}")
    version = kernel_version(kernel)
    kernel = f"{version[0]}.{version[1]}"
    if version < _FIRST:
        raise UsageError(f"kernel {kernel} has no zram, which came with 3.14")
    zsmalloc = generation(version)
    if chain is not None:
        if not zsmalloc.least_waste:
            raise UsageError(f"kernel {kernel} has no chain size to set; it came with 6.3")
        zsmalloc = replace(zsmalloc, pages_max=chain)
    return Rules(
        kernel=kernel,
        version=version,
        zsmalloc=f"zsmalloc:rules={zsmalloc.name}" + (f":chain={chain}" if chain is not None else ""),
        codec="lzo-rle" if version >= _LZO_RLE else "lzo",
        same_filled="word" if version >= _SAME_WORDS else "zero",
        huge_from=(
            huge_class_size(zsmalloc, page_size) if version >= _HUGE_CLASS else page_size * 3 // 4 + 1
        ),
        shrinker=version >= _SHRINKER,
        mem_limit=version >= _MEM_LIMIT,
        order="size" if version >= _LARGEST_FIRST else "index",
        recompress=_newest(_RECOMPRESS, version),
        with_handle=version >= _WITH_HANDLE,
        idle=_newest(_IDLE, version),
        keeps_written=version >= _KEPT,
        first_block=0 if version >= _KEPT else 1,
        level_checked=version >= _LEVEL_CHECKED,
        params_reset=version >= _PARAMS_RESET,
    )


def has_zram(kernel: str) -> bool:
    """Whether ``kernel`` is a version, as ``rules_of`` takes it, and has zram."""
    return bool(KERNEL.fullmatch(kernel)) and kernel_version(kernel) >= _FIRST


def _newest(since: dict[str, Version], version: Version) -> str:
    """The last of ``since``, oldest first, that ``version`` has."""
    return [name for name, first in since.items() if version >= first][-1]
