"""What a kernel was built with of all that concerns zswap and zram: a configuration in, what it offers out.

A version says what a kernel can have; its configuration says what it has. Where that is not at hand, it is taken from
the rows below, which are Debian's, or, for the kernels of others, everything that the version can be built with.

| Debian's kernel   | package                                        | read on      |
|-------------------|------------------------------------------------|--------------|
| 6.1.0-50-amd64    | linux-image-6.1.0-50-amd64 6.1.176-1           | 30 Nov. 2026 |
| 6.12.117+deb13    | linux-image-6.12.117+deb13-amd64 6.12.117-1    | 30 Nov. 2026 |
| 7.3.4+deb13       | linux-base-7.3.4+deb13-amd64 7.3.4-1~bpo13+1   | 30 Nov. 2026 |

A kernel between two rows is taken for the older one's. None of the three can recompress (CONFIG_ZRAM_MULTI_COMP is
not set), and from 6.12 on their zram has no lzo. Debian's kernels for clouds are others: that of 6.12.117 has no zswap.

What the symbols mean: drivers/block/zram/Kconfig, drivers/block/zram/zcomp.c, mm/Kconfig, crypto/Kconfig. zram had the
crypto API's compressors up to 6.11, and has its own since. CONFIG_CRYPTO_LZO brings lzo-rle, too, since 5.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from zswapbench.common.machine import RUNNING
from zswapbench.common.running_kernel import Running, running_kernel
from zswapbench.rules.era_cells import SHRINKER_SINCE
from zswapbench.rules.overflow import POOLS, kernel_version
from zswapbench.rules.zram_kernels import SINCE, has_zram

Version = tuple[int, int]
Config = Mapping[str, str]
"""Symbols without CONFIG_ -> y, m, a number or a word. What is not set is not there."""

DEBIAN: dict[Version, str] = {
    (6, 1): (
        "ZSWAP=y ZSWAP_COMPRESSOR_DEFAULT=lzo ZSWAP_ZPOOL_DEFAULT=zbud ZBUD=y Z3FOLD=m ZSMALLOC=m ZRAM=m "
        "ZRAM_DEF_COMP=lzo-rle ZRAM_WRITEBACK=y ZRAM_MEMORY_TRACKING=y CRYPTO_DEFLATE=y CRYPTO_LZO=y CRYPTO_LZ4=m "
        "CRYPTO_LZ4HC=m CRYPTO_ZSTD=m"
    ),
    (6, 12): (
        "ZSWAP=y ZSWAP_COMPRESSOR_DEFAULT=lzo ZSWAP_ZPOOL_DEFAULT=zsmalloc ZBUD=y ZSMALLOC=y ZSMALLOC_CHAIN_SIZE=8 "
        "ZRAM=m ZRAM_BACKEND_LZ4=y ZRAM_BACKEND_LZ4HC=y ZRAM_BACKEND_ZSTD=y ZRAM_BACKEND_DEFLATE=y ZRAM_DEF_COMP=lz4 "
        "ZRAM_WRITEBACK=y ZRAM_TRACK_ENTRY_ACTIME=y ZRAM_MEMORY_TRACKING=y CRYPTO_DEFLATE=m CRYPTO_LZO=y "
        "CRYPTO_LZ4=m CRYPTO_LZ4HC=m CRYPTO_ZSTD=m"
    ),
    (7, 3): (
        "ZSWAP=y ZSWAP_COMPRESSOR_DEFAULT=lzo ZSMALLOC=y ZSMALLOC_CHAIN_SIZE=8 ZRAM=m ZRAM_BACKEND_LZ4=y "
        "ZRAM_BACKEND_LZ4HC=y ZRAM_BACKEND_ZSTD=y ZRAM_BACKEND_DEFLATE=y ZRAM_DEF_COMP=lz4 ZRAM_WRITEBACK=y "
        "ZRAM_TRACK_ENTRY_ACTIME=y ZRAM_MEMORY_TRACKING=y CRYPTO_DEFLATE=m CRYPTO_LZO=y CRYPTO_LZ4=y CRYPTO_LZ4HC=m "
        "CRYPTO_ZSTD=m"
    ),
}
"""By the first kernel that a row is for: the symbols that are looked at here, without CONFIG_."""

_CODECS = {
    "842": ("842",),
    "DEFLATE": ("deflate",),
    "LZ4": ("lz4",),
    "LZ4HC": ("lz4hc",),
    "LZO": ("lzo", "lzo-rle"),
    "ZSTD": ("zstd",),
}
"""What a symbol CRYPTO_ or ZRAM_BACKEND_ brings."""

_OWN_BACKENDS = (6, 12)
_NOT_LISTED = ("deflate",)
"""What the crypto API has and zram, which had its compressors from there, did not list."""

_CHAIN_SIZE = (6, 3)
_USUAL_CHAIN_SIZE = 8
_Z3FOLD_DEPRECATED = (6, 12)
"""From then on mm/Kconfig has it as Z3FOLD_DEPRECATED, off unless somebody asks for it."""

_SYMBOL = re.compile(r'^CONFIG_(\w+)=(?:"([^"\n]*)"|(\S+))$', re.MULTILINE)


@dataclass(frozen=True)
class Offers:
    """What there is to choose from. ``kernel``: its version, ``6.12``; ``how``: how that is known, in words.

    ``codecs_zswap``, ``codecs_zram``: names of codecs; ``modules``: those of zswap's that are no part of the kernel's
    image. ``pools_zswap``: names of pools. ``chain_size``: most page frames of a zspage, None before 6.3, when there
    was nothing to choose. ``zram_multi_comp``: it can recompress; ``zram_writeback``: to a backing device;
    ``zram_ages``: a slot can be idle by its age in seconds. ``zram_codec``: what zram uses unless told otherwise, ""
    if that is not known.
    """

    kernel: str
    how: str
    zswap: bool
    codecs_zswap: tuple[str, ...]
    pools_zswap: tuple[str, ...]
    modules: tuple[str, ...]
    shrinker: bool
    zram: bool
    codecs_zram: tuple[str, ...]
    zram_codec: str
    zram_multi_comp: bool
    zram_writeback: bool
    zram_ages: bool
    chain_size: int | None


def offers(kernel: str, distribution: str = "debian", root: Path = Path("/")) -> Offers:
    """What ``kernel`` offers: a version such as ``6.12``, or ``running``, the one that runs here.

    ``distribution``: whose kernel it is; a row is known of Debian's alone. ``root``: where the files of the running
    system are. Raises UsageError for what is no kernel.
    """
    if kernel.partition(":")[0] != RUNNING:
        return _by_version(kernel, distribution)
    found = running_kernel(root)
    version = "{}.{}".format(*kernel_version(found.release))
    if found.config is None:
        nothing = "no configuration can be read here"
        known = _by_version(version, distribution, f"{nothing} (tried {', '.join(found.tried)}), so taken ")
        return _with_sysfs(known, found)
    known = offers_of(config_of(found.config), version, f"the running kernel's, read in {found.config_path}")
    return _with_sysfs(known, found)


def config_of(text: str) -> dict[str, str]:
    """The symbols of a configuration as a kernel has it: ``CONFIG_ZSWAP=y``, line by line."""
    return {name: word or plain for name, word, plain in _SYMBOL.findall(text)}


def offers_of(config: Config, kernel: str, how: str) -> Offers:
    """What a kernel of this ``config`` and version offers. Raises UsageError for what is no version."""
    version = kernel_version(kernel)
    zswap = config.get("ZSWAP") == "y"
    zram = bool(config.get("ZRAM")) and has_zram(kernel)
    crypto = _codecs("CRYPTO_", config)
    if version >= _OWN_BACKENDS:
        of_zram = _codecs("ZRAM_BACKEND_", config)
    else:
        of_zram = tuple(codec for codec in crypto if codec not in _NOT_LISTED)
    chain = int(config.get("ZSMALLOC_CHAIN_SIZE", _USUAL_CHAIN_SIZE)) if version >= _CHAIN_SIZE else None
    ages = version < _OWN_BACKENDS and "ZRAM_MEMORY_TRACKING" in config
    return Offers(
        kernel=f"{version[0]}.{version[1]}",
        how=how,
        zswap=zswap,
        codecs_zswap=crypto if zswap else (),
        pools_zswap=_pools(config, version) if zswap else (),
        modules=tuple(codec for codec in crypto if zswap and _is_module(codec, config)),
        shrinker=zswap and version >= SHRINKER_SINCE,
        zram=zram,
        codecs_zram=of_zram if zram else (),
        zram_codec=config.get("ZRAM_DEF_COMP", "") if zram else "",
        zram_multi_comp=zram and config.get("ZRAM_MULTI_COMP") == "y" and version >= SINCE["recompress"],
        zram_writeback=zram and config.get("ZRAM_WRITEBACK") == "y" and version >= SINCE["writeback"],
        zram_ages=zram and version >= SINCE["idle=SECONDS"] and (ages or "ZRAM_TRACK_ENTRY_ACTIME" in config),
        chain_size=chain,
    )


def _by_version(kernel: str, distribution: str, before: str = "") -> Offers:
    """Of a kernel whose configuration nobody has: Debian's row, or all that it can have."""
    version = kernel_version(kernel)
    name = f"{version[0]}.{version[1]}"
    rows = [row for row in DEBIAN if row <= version]
    if distribution != "debian" or not rows:
        config, apart = _everything(), ""
        if version >= _Z3FOLD_DEPRECATED:
            del config["Z3FOLD"]
            apart = " (z3fold apart, which is deprecated)"
        how = f"{before}as a kernel of {name} can be built{apart}; whether {distribution}'s is, nobody here knows"
        return offers_of(config, name, how)
    config = dict(one.split("=") for one in DEBIAN[rows[-1]].split())
    row = "{}.{}".format(*rows[-1])
    as_in = "" if row == name else f", by the configuration of its {row}"
    return offers_of(config, name, f"{before}as Debian builds {name}{as_in}")


def _everything() -> dict[str, str]:
    """A configuration with all that there is."""
    symbols = ["ZSWAP", "ZRAM", *(name.upper() for name in POOLS), "ZRAM_WRITEBACK", "ZRAM_MULTI_COMP"]
    symbols += ["ZRAM_MEMORY_TRACKING", "ZRAM_TRACK_ENTRY_ACTIME"]
    symbols += [f"{kind}_{name}" for kind in ("CRYPTO", "ZRAM_BACKEND") for name in _CODECS]
    return dict.fromkeys(symbols, "y")


def _with_sysfs(known: Offers, found: Running) -> Offers:
    """``known``, corrected by what a device of zram lists, and with that said."""
    if not found.comp_algorithm:
        return known
    listed = tuple(word.strip("[]") for word in found.comp_algorithm.split())
    return replace(
        known,
        codecs_zram=tuple(one for some in _CODECS.values() for one in some if one in listed),
        zram=True,
        zram_multi_comp=found.recompresses,
        how=f"{known.how}; zram's compressors as {found.comp_algorithm_path} lists them",
    )


def _codecs(kind: str, config: Config) -> tuple[str, ...]:
    return tuple(codec for name, some in _CODECS.items() if config.get(kind + name) for codec in some)


def _is_module(codec: str, config: Config) -> bool:
    name = next(name for name, some in _CODECS.items() if codec in some)
    return config.get(f"CRYPTO_{name}") == "m"


def _pools(config: Config, version: Version) -> tuple[str, ...]:
    """Pools that are built, and that zswap of that version can use."""
    return tuple(
        name
        for name, (since, until) in POOLS.items()
        if since <= version < until and config.get(name.upper())
    )
