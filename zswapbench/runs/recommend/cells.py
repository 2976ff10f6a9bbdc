"""A cell of the space: one set-up with all its settings, apart from how much RAM there is.

A disksize is a share of RAM, as administrators and zram-generator have it, so that a cell means the same on a machine
with less of it. ``spec`` puts a cell into the words of ``machine``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from zswapbench.common.units import parse_size

DISK, ZSWAP, ZRAM, ZRAM_AND_DISK, ZSWAP_OVER_ZRAM = KINDS = (
    "disk",
    "zswap",
    "zram",
    "zram+disk",
    "zswap+zram",
)
"""Of set-ups, in the words of ``machine``."""

USUAL_PERCENT, USUAL_THRESHOLD, USUAL_DISKSIZE = 20, 90, 50
"""What kernels, and zram-generator, take where nobody says: percent."""

_SIZES = re.compile(r"\b(disksize|mem-limit)=([^,]+)")


@dataclass(frozen=True)
class Cell:
    """``codec``: of the cache that pages come to first; ``behind``: of a zram behind a zswap.

    ``pool``: of zswap; ``percent``, ``threshold``: max_pool_percent, accept_threshold_percent. ``disksize``: percent of
    RAM. ``upkeep``: further KEY=VALUE of a zram that is looked after. ``chain``: of zsmalloc, None as the kernel was
    built. ``text``: a SETUP in words for ``text_ram`` bytes, which says all; the rest but ``kind`` says nothing then.
    """

    kind: str
    codec: str = ""
    percent: int = USUAL_PERCENT
    threshold: int = USUAL_THRESHOLD
    shrinker: bool = False
    pool: str = ""
    disksize: int = USUAL_DISKSIZE
    behind: str = ""
    upkeep: tuple[str, ...] = ()
    chain: int | None = None
    text: str = ""
    text_ram: int = 0

    def spec(self, ram: int, *, by_name: bool = False) -> str:
        """The SETUP of 'machine' on a machine with ``ram`` bytes.

        ``by_name``: with a key before each word, which spares who reads it looking for what it is the name of.

        >>> Cell("zswap", "zstd", percent=35).spec(1 << 30)
        'zswap,zstd,max-pool-percent=35'
        >>> Cell("zram", "lz4", disksize=150).spec(1 << 30)
        'zram,lz4,disksize=1536MiB'
        """
        if self.text:
            return _SIZES.sub(lambda found: _scaled(found, ram, self.text_ram), self.text)
        codec, pool = ("codec=", "pool=") if by_name else ("", "")
        words = [self.kind, *([codec + self.codec] if self.codec else [])]
        if self.has_zswap:
            words += [f"max-pool-percent={self.percent}"] if self.percent != USUAL_PERCENT else []
            words += (
                [f"accept-threshold-percent={self.threshold}"] if self.threshold != USUAL_THRESHOLD else []
            )
            words += ["shrinker=1"] * self.shrinker
            words += [pool + self.pool] if self.pool else []
        if self.behind:
            words.append(f"zram-codec={self.behind}")
        if self.has_zram:
            words.append(f"disksize={_in_words(ram * self.disksize // 100)}")
        words += self.upkeep
        words += [f"chain-size={self.chain}"] if self.chain is not None else []
        return ",".join(words)

    @property
    def has_zswap(self) -> bool:
        """Is there a pool in front of the swap device?"""
        return self.kind in (ZSWAP, ZSWAP_OVER_ZRAM)

    @property
    def has_zram(self) -> bool:
        """Is some of swap compressed RAM?"""
        return self.kind in (ZRAM, ZRAM_AND_DISK, ZSWAP_OVER_ZRAM)

    @property
    def family(self) -> str:
        """What takes a page first: disk, zswap or zram."""
        return self.kind.partition("+")[0]

    @property
    def needs(self) -> tuple[str, ...]:
        """What it takes beside settings."""
        rebuilt = [f"a kernel built with CONFIG_ZSMALLOC_CHAIN_SIZE={self.chain}"] if self.chain else []
        timer = [word.partition("=")[2] for word in self.upkeep if word.startswith("every=")]
        return (*rebuilt, *(f"a timer that writes to zram's attributes every {every}" for every in timer))

    @property
    def modest(self) -> tuple[int, int, int]:
        """Of cells that do the same the least is the one to name: it may take least RAM, and is the most usual."""
        return self.percent, self.disksize, abs(self.threshold - USUAL_THRESHOLD)

    def changes(self, default: Cell, codec: str) -> int:
        """How many settings differ from ``default``, or where that is of another kind, from what a kernel takes.

        ``codec``: the one that the kernel takes. A kernel to be built counts more than all settings together.
        """
        of_kind = default.kind == self.kind
        own = default if of_kind and not default.text else Cell(self.kind, codec)
        pairs = (
            (self.codec, own.codec),
            (self.percent, own.percent),
            (self.threshold, own.threshold),
            (self.shrinker, own.shrinker),
            (self.pool, own.pool),
            (self.disksize, own.disksize),
            (self.behind, own.behind or codec),
        )
        kinds = len(_parts(self.kind) ^ _parts(default.kind))
        told = sum(one != other for one, other in pairs[: 6 + bool(self.behind)])
        return kinds + told + len(self.upkeep) + 100 * (self.chain is not None)


def _parts(kind: str) -> set[str]:
    """What of disk, zswap and zram a kind of set-up consists of."""
    return {ZSWAP, DISK} if kind == ZSWAP else set(kind.split("+"))


def cell_of(spec: str, ram: int) -> Cell:
    """The cell of a SETUP in words on a machine with ``ram`` bytes."""
    kind = spec.partition(",")[0]
    return Cell(DISK) if spec == DISK else Cell(kind, text=spec, text_ram=ram)


def _scaled(found: re.Match[str], ram: int, of: int) -> str:
    """A size in words, for a machine with ``ram`` bytes in place of ``of``."""
    return found[0] if ram == of else f"{found[1]}={_in_words(parse_size(found[2]) * ram // of)}"


def _in_words(size: int) -> str:
    """``size`` in bytes, rounded down to whole KiB, or MiB where that is exact."""
    return f"{size >> 20}MiB" if size % (1 << 20) == 0 else f"{size >> 10}KiB"
