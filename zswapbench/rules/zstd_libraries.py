"""Which libzstd a kernel holds, and how far off another one is that stands in for it.

A kernel's zstd gives the sizes of one version of the library, page for page; another finds other matches in many
pages, and the differences nearly even out in the total.

Measured: every page that kernels 6.1, 6.12 and 7.3 stored, 7,509 of four programs, against 1.4.8, 1.5.2 and 1.5.7; 6.18
and 7.3 store the same. (6.1's is 1.4.10 by name; its sizes are those of 1.4.8.) ``_OFF``: the largest difference of the
totals, under zswap's parameters and zram's, of these four sets of pages and of the four shipped samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from zswapbench.rules.overflow import KERNEL
from zswapbench.rules.zstd_parameters import zram_form, zswap_form

_MEASURED = {(6, 1): "1.4.8", (6, 12): "1.5.2", (6, 18): "1.5.7", (7, 3): "1.5.7"}
"""Kernels, each with the version whose sizes it gives."""

_FIRST = (4, 15)
"""The kernel that first has zstd."""

_OFF = {("1.5.7", "1.5.2"): "0.05 %", ("1.5.7", "1.4.8"): "0.23 %"}
"""By the version used and the one that it stands in for, at level 3: how far totals may be off."""


def library_of(version: tuple[int, int]) -> str:
    """The version of libzstd whose sizes kernel ``version`` gives; "" if that was not measured.

    >>> library_of((6, 12)), library_of((7, 1)), library_of((6, 6))
    ('1.5.2', '1.5.7', '')
    """
    before = [library for kernel, library in _MEASURED.items() if kernel <= version][-1:]
    after = [library for kernel, library in _MEASURED.items() if kernel >= version][:1]
    return before[0] if before == after and before else ""


def stand_ins(used: Iterable[tuple[str, str]]) -> list[str]:
    """A sentence for each libzstd that stands in for a kernel's, each once.

    ``used``: kernels, such as ``6.12``, ``6.1:lzo=safe`` or ``linux-6.12``, each with the identity of a codec. Of other
    codecs than zstd, and of kernels without it, there is nothing to say.
    """
    said = (_stand_in(kernel, identity) for kernel, identity in used)
    return [*filter(None, dict.fromkeys(said))]


def _stand_in(kernel: str, identity: str) -> str:
    named = KERNEL.fullmatch(kernel.partition(":")[0])
    codec = re.fullmatch(r"zstd (.*) libzstd ([0-9.]+)", identity)
    if not named or not codec:
        return ""
    version = int(named[1]), int(named[2])
    parameters, library = dict(part.split("=", 1) for part in codec[1].split() if "=" in part), codec[2]
    shown = f"kernel {version[0]}.{version[1]}"
    if version < _FIRST:
        return f"{shown} has no zstd, which came with {_FIRST[0]}.{_FIRST[1]}: its sizes are a what-if"
    own = {zswap_form("zstd", version)["rules"], zram_form("zstd", version)["rules"]}
    if parameters.get("rules") not in own:
        return f"zstd under rules={parameters.get('rules')} is not that of {shown}: its sizes are a what-if"
    wanted = library_of(version)
    if library == wanted:
        return ""
    if not wanted:
        return f"libzstd {library} stands in for that of {shown}, which was not measured"
    level = parameters.get("level", "3")
    off = _OFF.get((library, wanted)) if level == "3" else None
    asked = "zstd" if level == "3" else f"zstd:{level}"
    how_far = f"totals within {off}" if off else "how far totals are off was not measured"
    return (
        f"libzstd {library} stands in for {wanted} of {shown}: {how_far}; {asked}:libzstd={wanted} gives the kernel's "
        "sizes"
    )
