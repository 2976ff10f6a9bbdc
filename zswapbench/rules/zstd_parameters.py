"""Which of zstd's parameters a kernel uses, where nobody asks for others.

| since | zswap, and zram up to 6.11 | zram      |
|-------|----------------------------|-----------|
| 4.15  | 4.15                       | the same  |
| 5.16  | 5.16                       | the same  |
| 6.12  |                            | zram-6.12 |
| 6.17  | 6.17                       |           |

zswapbench.codecs.zstd says what the names mean. zswap asks the crypto API for zstd, as zram did until it got code of
its own in 6.12. A kernel before 4.15 has no zstd: there the codec's own default stands.

Source: crypto/zstd.c, read in 6.1, 6.12.8, 6.12.95, 6.18.15 and 7.3; that 6.17 brought the change is from the date of
the patch. drivers/block/zram/backend_zstd.c, read in 6.12, 6.18, 7.1, 7.2 and 7.3.
"""

from __future__ import annotations

Version = tuple[int, int]

_CRYPTO = {"4.15": (4, 15), "5.16": (5, 16), "6.17": (6, 17)}
"""The crypto API's rules, oldest first, each with the kernel that first has them."""

_ZRAM = {"zram-6.12": (6, 12)}


def zswap_form(codec: str, version: Version) -> dict[str, str]:
    """Parameters of ``codec``, by its name in the registry, as zswap of kernel ``version`` has it; empty: none.

    >>> zswap_form("zstd", (6, 12)), zswap_form("zstd", (6, 18))
    ({'rules': '5.16'}, {'rules': '6.17'})
    """
    return _form(codec, _CRYPTO, version)


def zram_form(codec: str, version: Version) -> dict[str, str]:
    """The same of zram.

    >>> zram_form("zstd", (6, 11)), zram_form("zstd", (6, 12))
    ({'rules': '5.16'}, {'rules': 'zram-6.12'})
    """
    return _form(codec, _ZRAM, version) or _form(codec, _CRYPTO, version)


def _form(codec: str, rules: dict[str, Version], version: Version) -> dict[str, str]:
    known = [name for name, since in rules.items() if since <= version] if codec == "zstd" else []
    return {"rules": known[-1]} if known else {}
