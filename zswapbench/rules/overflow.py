"""What becomes of a page that does not compress: kept as it is, or refused, and under which counter.

zswap gives the compressor room for one page, zram for two. A compressor fails when its output gets longer than
that. (Some look ahead and want room for more than they are about to write, but never for more than the end
of every stream takes, so that they fail no earlier.) The old lzo does not look: it writes on, and its result is
then too long for the pool. How zswap counts that has changed, what the pools take has too, and kernel 6.18
began to keep the raw page:

| since  | zswap                                                                                      |
|--------|--------------------------------------------------------------------------------------------|
| series | above 80 % of a page: reject_compress_poor. zcache2: above 7/8 (there compress_poor)        |
| 3.11   | compressor failed: no counter. Too long for zbud or z3fold: reject_compress_poor; for      |
|        | zsmalloc (only lzo can be): reject_alloc_fail                                              |
| 6.5    | zbud and z3fold take 8 bytes more                                                          |
| 6.8    | compressor failed: reject_compress_fail; output too long (842, lzo): reject_compress_poor  |
| 6.15   | lzo is the safe one, which fails as the others do. Stable kernels of 2025 have it too      |
| 6.18   | the raw page is stored, one page frame, unless the cgroup forbids writeback: then           |
|        | reject_compress_fail, or reject_compress_poor where the compressor said that space was why |

zram keeps the raw page from zsmalloc's huge class size on, before 4.17 from above three quarters of a page.

Same-filled pages are not looked at here: where they matter, nothing compresses them.

Source: mm/zswap.c zswap_store(), zswap_compress(); crypto/scompress.c; mm/zbud.c; mm/z3fold.c;
drivers/block/zram/zram_drv.c. Measured on 6.1.192 and 6.12.117, which are 3.11 and 6.8 with the safe lzo.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError

LZO_FORMS = ("unbounded", "safe")
POOLS = {"zsmalloc": ((3, 17), (99, 0)), "zbud": ((3, 11), (6, 15)), "z3fold": ((4, 8), (6, 15))}
"""zswap's pools, each with the kernel that first had it there and the one that had it no more."""


KERNEL = re.compile(
    r"(?:linux-|v)?(0|[1-9][0-9]?)\.(0|[1-9][0-9]?)(?:\.[0-9]+)*(?:[-+~][0-9A-Za-z.+~_-]*)?", re.ASCII
)
"""How kernels are called: in words, as a tag, as ``uname -r`` has it."""

NEWEST = (7, 3)
"""The last kernel whose rules are known here."""

_LAST_MINOR = {3: 19, 4: 20, 5: 19, 6: 19}
"""The last kernel of each major version."""


class Fate(IntEnum):
    """What becomes of a page."""

    COMPRESSED = 0
    RAW = 1
    REJECT_COMPRESS_POOR = 2
    REJECT_COMPRESS_FAIL = 3
    REJECT_ALLOC_FAIL = 4
    REJECT_UNCOUNTED = 5


@dataclass(frozen=True, slots=True)
class Overflow:
    """One kernel's rules. ``version``: (major, minor), of KERNELS the first that has them.

    ``most_percent``, ``most_eighths``: of a page, that a compressed one may have; 0: no such limit. ``lzo``:
    which form. ``failed``: fate of a page whose compressor failed; ``no_space``: if it said that space was the
    reason, or that its output is too long. ``pool_refused``: of one that is too long for zsmalloc.
    ``entry_bytes``: in front of an object, where the pool can evict.
    """

    name: str
    version: tuple[int, int]
    most_percent: int
    lzo: str
    failed: Fate
    no_space: Fate
    pool_refused: Fate
    entry_bytes: int
    most_eighths: int = 0


_SERIES = Overflow(
    "zswap-2013",
    (0, 0),
    most_percent=80,
    lzo="unbounded",
    failed=Fate.REJECT_UNCOUNTED,
    no_space=Fate.REJECT_UNCOUNTED,
    pool_refused=Fate.REJECT_ALLOC_FAIL,
    entry_bytes=0,
)
_ZCACHE2 = replace(
    _SERIES,
    name="zcache2-2012",
    most_percent=0,
    most_eighths=7,
    pool_refused=Fate.REJECT_COMPRESS_POOR,
)
_ZBUD = replace(_SERIES, name="3.11", version=(3, 11), most_percent=0, entry_bytes=8)
_OWN_LRU = replace(_ZBUD, name="6.5", version=(6, 5), entry_bytes=0)
_COUNTED = replace(
    _OWN_LRU,
    name="6.8",
    version=(6, 8),
    failed=Fate.REJECT_COMPRESS_FAIL,
    no_space=Fate.REJECT_COMPRESS_POOR,
    pool_refused=Fate.REJECT_COMPRESS_POOR,
)
_SAFE_LZO = replace(_COUNTED, name="6.15", version=(6, 15), lzo="safe")
_RAW = replace(_SAFE_LZO, name="6.18", version=(6, 18), failed=Fate.RAW, no_space=Fate.RAW)

KERNELS = (_SERIES, _ZBUD, _OWN_LRU, _COUNTED, _SAFE_LZO, _RAW)
"""Oldest first; each is in force until the next."""

UNRELEASED = {rules.name: rules for rules in (_SERIES, _ZCACHE2)}
"""What no kernel's version names."""


def overflow_of(text: str) -> Overflow:
    """The rules of the kernel that ``text`` names: ``6.12``, ``linux-6.12``, ``6.1:lzo=safe``, or ``zswap-2013``.

    Raises UsageError for what is no version of a kernel with zswap.
    """
    if text in UNRELEASED:
        return UNRELEASED[text]
    name, colon, form = text.partition(":")
    version = kernel_version(name)
    name = f"{version[0]}.{version[1]}"
    if version < _ZBUD.version:
        raise UsageError(
            f"kernel {name} has no zswap, which came with 3.11; for the patches before it write zswap-2013"
        )
    rules = [rules for rules in KERNELS if rules.version <= version][-1]
    if not colon:
        return replace(rules, name=name, version=version)
    key, _, value = form.partition("=")
    if key != "lzo" or value not in LZO_FORMS:
        raise UsageError(f"kernel {name!r}: {form!r} is not lzo=unbounded or lzo=safe")
    return replace(rules, name=f"{name}:{form}", version=version, lzo=value)


def never_raw(rules: Overflow) -> Overflow:
    """The same rules in a cgroup that forbids writeback: there zswap keeps no page as it is, but rejects it.

    Source: mm/zswap.c zswap_compress(), 6.18 to 7.3.
    """
    if rules.no_space != Fate.RAW:
        return rules
    return replace(rules, failed=Fate.REJECT_COMPRESS_FAIL, no_space=Fate.REJECT_COMPRESS_POOR)


def check_pool(rules: Overflow, pool: str) -> None:
    """Raises UsageError if the kernel of ``rules`` had no such pool below zswap."""
    known = _pools(rules)
    if pool not in known:
        raise UsageError(f"zswap has no {pool} in kernel {rules.name}; it has: {', '.join(known)}")


def lacks(kernel: str, pool: str) -> bool:
    """Is ``pool`` a kernel's, but not one of zswap's in ``kernel``, as Era.overflow has it? What was never released
    lacks none: nobody can say what it would have had.
    """
    of_kernels = pool in (*POOLS, "zcache-zbud")
    return kernel not in UNRELEASED and of_kernels and pool not in _pools(overflow_of(kernel))


def _pools(rules: Overflow) -> list[str]:
    """The pools that zswap has under ``rules``."""
    if rules.name in UNRELEASED:
        return ["zsmalloc" if rules is _SERIES else "zcache-zbud"]
    return [name for name, (since, until) in POOLS.items() if since <= rules.version < until]


def default_pool(rules: Overflow) -> str:
    """The pool that is looked at where none is named: zsmalloc, where zswap can use it."""
    if rules is _ZCACHE2:
        return "zcache-zbud"
    return "zbud" if (3, 11) <= rules.version < (3, 17) else "zsmalloc"


def entry_bytes(rules: Overflow, pool: str) -> int:
    """Bytes of zswap's own record in front of an object: what write-back by the pool needs to find the entry.

    Source: struct zswap_header, 3.11 to 6.4; the pools that can evict had it, zsmalloc from 6.2.
    """
    if pool == "zsmalloc" and rules.version < (6, 2):
        return 0
    return rules.entry_bytes if pool in POOLS else 0


def kernel_version(text: str) -> tuple[int, int]:
    """Major and minor number of a kernel's name: ``6.12``, ``linux-6.12``, ``v6.12.95``, ``6.12.0-1-amd64``.

    What follows these is left out: rules are those of a release. Raises UsageError if it is no version, or one that
    there is not, or that is newer than the newest known here.

    >>> kernel_version("6.12"), kernel_version("linux-6.12.95")
    ((6, 12), (6, 12))
    """
    found = KERNEL.fullmatch(text)
    if not found:
        raise UsageError(f"{text!r} is not a kernel; write a version such as 6.12, or zswap-2013")
    version = int(found[1]), int(found[2])
    name = f"{version[0]}.{version[1]}"
    if version > NEWEST:
        raise UsageError(
            f"kernel {name} is newer than what is known here, which is up to {NEWEST[0]}.{NEWEST[1]}"
        )
    if version[1] > _LAST_MINOR.get(version[0], version[1]):
        raise UsageError(
            f"there is no kernel {name}; the last {version[0]}.x was {version[0]}.{_LAST_MINOR[version[0]]}"
        )
    return version


def zswap_fates(
    kernel_name: str,
    sizes: NDArray[np.uint32],
    page_size: int,
    rules: Overflow,
    pool: str = "zsmalloc",
) -> NDArray[np.uint8]:
    """The Fate of each page in zswap: uint8[n].

    ``kernel_name``: of the codec; ``sizes`` uint32[n]: what the pages compress to. ``pool``: one of POOLS.
    """
    unbounded = kernel_name.startswith("lzo") and rules.lzo == "unbounded"
    fates = np.full(len(sizes), Fate.COMPRESSED, np.uint8)
    # zbud keeps 1/64 page for itself and needs another for its own record.
    takes = (page_size - page_size // 32 if pool == "zbud" else page_size) - entry_bytes(rules, pool)
    if pool == "zsmalloc":
        fates[sizes > takes] = rules.pool_refused
    else:
        fates[sizes > takes] = Fate.REJECT_COMPRESS_POOR
    if rules.most_eighths:
        fates[sizes.astype(np.int64) * 8 > rules.most_eighths * page_size] = Fate.REJECT_COMPRESS_POOR
    if rules.most_percent:
        fates[sizes.astype(np.int64) * 100 // page_size > rules.most_percent] = Fate.REJECT_COMPRESS_POOR
    says_no_space = kernel_name in (("842",) if rules.version < _RAW.version else ("842", "deflate"))
    if rules.version >= _RAW.version:
        fates[sizes >= page_size] = rules.failed
    if not unbounded:
        fates[sizes > page_size] = rules.no_space if says_no_space else rules.failed
    return fates


def zram_fates(
    sizes: NDArray[np.uint32], version: tuple[int, int], huge_class_size: int, page_size: int
) -> NDArray[np.uint8]:
    """The Fate of each page in zram: uint8[n]. ``huge_class_size``: zsmalloc's, in that kernel."""
    least = huge_class_size if version >= (4, 17) else page_size * 3 // 4 + 1
    return np.where(sizes >= least, Fate.RAW, Fate.COMPRESSED).astype(np.uint8)
