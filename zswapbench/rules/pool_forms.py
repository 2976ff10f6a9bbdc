"""The form in which a kernel has each pool: what ``zsmalloc`` or ``z3fold`` means under its rules.

| kernels       | zsmalloc                        | z3fold |
|---------------|---------------------------------|--------|
| up to 4.10    | generation of the kernel        | 4.8    |
| 4.11 to 5.6   | generation of the kernel        | 4.11   |
| 5.7 and later | generation of the kernel        | 5.10   |
| 6.6 to 6.10   | 6.4, entries spread over 32     | 5.10   |

zsmalloc's generations are in zswapbench.rules.size_classes. z3fold was read in 5.10 and 6.1, and as it was first
posted, with the mending of its gaps that came in 4.11; what lies between has the rules of the nearest. The 32
pools were read in 6.6 and 6.9. 6.10 had them when its fifth candidate was made; the patch for one pool, of 25
June 2024, came in time for 6.11. In these kernels the other pools came in 32s as well, which is not modelled.

Source: mm/z3fold.c num_free_chunks(), as posted for 4.8, and "z3fold: fix header size related issues" of December
2016; mm/zswap.c zswap_find_zpool(), 6.6.
"""

from __future__ import annotations

from typing import Any

from zswapbench.rules.size_classes import generation

Version = tuple[int, int]

_Z3FOLD = {(4, 8): "4.8", (4, 11): "4.11", (5, 7): "5.10"}
_SPREAD = ((6, 6), (6, 11))


def remark_on(pool: str, version: Version) -> str:
    """What is not as in the kernel, of a pool that is asked for by its name in the registry; "" if all is."""
    if pool in ("zbud", "z3fold") and _SPREAD[0] <= version < _SPREAD[1]:
        return "of which the kernel has 32"
    return ""


def form_of(pool: str, version: Version) -> dict[str, Any]:
    """Parameters of ``pool``, by its name in the registry, as the kernel of ``version`` has it; empty: it has none.

    >>> form_of("zsmalloc", (6, 8))
    {'rules': '6.4', 'pools': 32}
    """
    if pool == "zsmalloc":
        form: dict[str, Any] = {"rules": generation(version).name}
        if _SPREAD[0] <= version < _SPREAD[1]:
            form["pools"] = 32
        return form
    if pool == "z3fold" and version > (0, 0):
        known = [name for since, name in _Z3FOLD.items() if since <= version]
        return {"rules": known[-1] if known else min(_Z3FOLD.items())[1]}
    return {}
