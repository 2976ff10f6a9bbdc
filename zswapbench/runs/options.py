"""What a trace can be run with under zswap, in the words of the command line."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import Any

from zswapbench.common.errors import InputError, UsageError
from zswapbench.plugins.registry import names_file

LRU = "lru"
"""As a policy: the era's own LRU, be it of entries or of page frames, with a second chance or without."""


@dataclass(frozen=True)
class Options:
    """What to run a trace with, in the words of the command line. Empty or None: the era's, or the default."""

    policy: str = LRU
    pool: str = ""
    codec: str = ""
    era: str = "zswap-2013"
    limit: str = ""
    ram: str = ""
    max_pool_percent: int | None = None
    accept_threshold_percent: int | None = None
    chain_size: int | None = None
    what_if: bool = False
    device: str = "ssd"
    verify: bool = False
    label: str = ""

    def asked(self) -> dict[str, Any]:
        """As a result records it: all that decides what happens."""
        return {name: value for name, value in asdict(self).items() if name not in ("verify", "label")}


def recorded(
    asked: dict[str, Any], path: str | os.PathLike[str], *, trust: bool, changes: dict[str, Any] | None = None
) -> Options:
    """What a result in the file ``path`` says that it was run with, but for ``changes``.

    Raises InputError if that names a file of code: who opens a result has not asked to run what it names.
    """
    options = Options(**{**asked, **(changes or {})})
    for name in ("policy", "codec", "pool"):
        text = getattr(options, name)
        if names_file(text) and not trust and name not in (changes or {}):
            raise InputError(
                path,
                f"names the {name} {text}, which is code that would be run: add --trust, if you trust it",
            )
    return options


_SPEC_KEYS = ("pool", "codec", "era", "limit", "device")


def options_of(spec: str, common: Options) -> Options:
    """What ``spec`` asks for: a policy, and what else differs from ``common``, such as ``lru,codec=zstd``.

    Raises UsageError for what is not in that form.
    """
    policy, *others = spec.split(",")
    changes = {"policy": policy, "label": spec}
    for other in others:
        key, equals, value = other.partition("=")
        if not equals or not value or key not in _SPEC_KEYS:
            allowed = ", ".join(f"{key}=..." for key in _SPEC_KEYS)
            raise UsageError(f"{spec!r}: {other!r} is not one of {allowed}")
        changes[key] = value
    return replace(common, **changes)  # type: ignore[arg-type]
