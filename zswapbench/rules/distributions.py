"""What distributions do with memory that they cannot hold, unless somebody changes it: a name in, a set-up out.

| name     | what it ships                       | known from                                                       |
|----------|-------------------------------------|------------------------------------------------------------------|
| debian   | a swap partition; zswap is built,   | CONFIG_ZSWAP_DEFAULT_ON is not set in 6.1, 6.12 and 7.3 of       |
|          | and off                             | Debian 12 and 13, read on 30 Nov. 2026; its wiki, Zswap          |
| ubuntu   | a swap file; zswap is built, and    | "Swapfiles by default in Ubuntu", D. J. Ledkov, 16 Dec. 2016,    |
|          | off                                 | for 17.04 on; off: by what its users are told to set             |
| fedora   | zram as large as RAM, 8 GiB at      | its wiki, Changes/SwapOnZRAM (33) and                            |
|          | most; no other swap                 | Changes/Scale_ZRAM_to_full_memory_size (34), 19 Jan. 2021        |
| arch     | zswap is on, with zstd over         | ArchWiki, Zswap, as of 2025: "all officially supported kernels   |
|          | zsmalloc; swap is up to its user    | have zswap enabled by default"                                   |
| chromeos | zram of 1.5 times RAM; no other     | L. Semenzato to linux-mm in 2013, of release 27                  |
|          | swap                                |                                                                  |
| android  | zram of half of RAM                 | AOSP hardware/google/pixel/mm, 2021: fstab.zram.40p, .50p and    |
|          |                                     | .60p; devices of others have other shares                        |
| kernel   | a swap device; zswap is off         | mm/Kconfig: ZSWAP_DEFAULT_ON is n by default                     |

From memory, not from what is named above: that Fedora leaves zram its kernel's default, lzo-rle; that Android's zram
has lz4. Not found: whether Arch's shrinker is on (it is taken for off), and what ChromeOS does today. max_pool_percent
20 and accept_threshold_percent 90 are the kernel's own defaults. Left out, since nothing was found that says it:
openSUSE, RHEL and its kin, Raspberry Pi OS.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zswapbench.common.errors import UsageError
from zswapbench.common.names import offer
from zswapbench.common.units import format_size

KERNEL = "kernel"
"""Nobody's in particular: what a kernel does as it comes."""

_GIB = 1 << 30
_MIB = 1 << 20
_UNLIKE = ("rhel", "centos")
"""Whoever is like these says that it is like Fedora, too, but has no zram of Fedora's."""


@dataclass(frozen=True)
class Default:
    """``spec``: a SETUP of 'machine'; ``said``: what it is and whose, in half a sentence."""

    spec: str
    said: str


def _disk(said: str) -> Callable[[int], Default]:
    return lambda _: Default("disk", said)


def _zram(said: str, size: Callable[[int], int], codec: str = "") -> Callable[[int], Default]:
    def found(ram: int) -> Default:
        disksize = size(ram) // 4096 * 4096
        spec = f"zram{f',codec={codec}' if codec else ''},disksize={_text(disksize)}"
        return Default(spec, said.format(size=format_size(disksize)))

    return found


_DEFAULTS: dict[str, Callable[[int], Default]] = {
    "debian": _disk("Debian's default: swap on a disk, zswap off"),
    "ubuntu": _disk("Ubuntu's default: a swap file, zswap off"),
    "fedora": _zram(
        "Fedora's default: a zram of {size}, no other swap", lambda ram: min(ram, 8 * _GIB), "lzo-rle"
    ),
    "arch": lambda _: Default(
        "zswap,zstd,max-pool-percent=20", "Arch's default: zswap with zstd, at most 20 % of RAM"
    ),
    "chromeos": _zram(
        "ChromeOS's default of 2013: a zram of {size}, no other swap", lambda ram: ram * 3 // 2
    ),
    "android": _zram("Android's default on a Pixel: a zram of {size}", lambda ram: ram // 2, "lz4"),
    KERNEL: _disk("the kernel's default: swap on a disk, zswap off"),
}

DISTRIBUTIONS = tuple(_DEFAULTS)
"""Names that ``default_of`` knows."""


def default_of(name: str, ram: int) -> Default:
    """The set-up that distribution ``name`` ships, on a machine of ``ram`` bytes.

    Raises UsageError for a name that is not known, saying which are.

    >>> default_of("fedora", 16 << 30).spec
    'zram,codec=lzo-rle,disksize=8192MiB'
    """
    if name not in _DEFAULTS:
        raise UsageError(
            f"--distribution {name}: its default is not known here; {offer(name, DISTRIBUTIONS)}; "
            "--default says a set-up instead"
        )
    return _DEFAULTS[name](ram)


def detect(path: Path = Path("/etc/os-release")) -> str:
    """The distribution that runs here, one of DISTRIBUTIONS; KERNEL where it is none that is known.

    Source: os-release(5), ID and ID_LIKE.
    """
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return KERNEL
    fields = dict(re.findall(r"^(ID|ID_LIKE)=[\"']?([^\"'\n]*)", text, re.MULTILINE))
    names = [fields.get("ID", ""), *fields.get("ID_LIKE", "").split()]
    if any(name in _UNLIKE for name in names):
        return KERNEL
    return next((name for name in names if name in _DEFAULTS), KERNEL)


def _text(size: int) -> str:
    """``size`` as a SETUP has it, without a fraction."""
    return f"{size // _MIB}MiB" if size % _MIB == 0 else f"{size // 1024}KiB"
