"""What a trace can be run with under zswap, in the words of the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

from zswapbench.common.errors import InputError, UsageError
from zswapbench.common.machine import RUNNING
from zswapbench.common.names import likeliest
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS, names_file
from zswapbench.rules.devices import DEVICES
from zswapbench.rules.eras import ERAS
from zswapbench.rules.overflow import KERNEL

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
    cost: str = ""
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


SPEC_KEYS = ("policy", "pool", "codec", "era", "limit", "ram", "device")
"""What a SPEC can say, in the names of Options."""

FAMILIES: dict[str, Callable[[], Iterable[str]]] = {
    "policy": POLICIES.names,
    "codec": CODECS.names,
    "pool": POOLS.names,
    "era": lambda: (RUNNING, *ERAS),
    "device": lambda: DEVICES,
}
"""Where a bare name of a SPEC is looked for."""


def options_of(spec: str, common: Options) -> Options:
    """What ``spec`` asks for: names of any family and ``key=...``, in any order; ``common`` has the rest.

    ``lru,codec=zstd``, ``zstd``, ``linux-6.12,zbud`` and ``limit=10%`` are SPECs. Without a policy it is lru. Raises
    UsageError for what is not in that form.
    """
    changes: dict[str, Any] = {"policy": LRU, "label": spec}
    changes |= {key: value for key, value, _ in parts_of(spec)}
    return replace(common, **changes)


def grid(specs: Sequence[str], several: Mapping[str, Sequence[str]], common: Options) -> list[Options]:
    """Each of ``specs`` under each combination of ``several``: values by the name of Options.

    Of those, what a SPEC says itself is left alone. Labels say what differs, and are SPECs again. Without ``specs``
    only the combinations are made; without ``several``, only what the SPECs ask for.
    """
    asked: list[Options] = []
    for spec in specs or ([""] if several else []):
        own = {key for key, _, _ in parts_of(spec)} if spec else set()
        axes = [[f"{key}={value}" for value in values] for key, values in several.items() if key not in own]
        texts = ([*([spec] if spec else []), *combination] for combination in product(*axes))
        asked += [options_of(",".join(text), common) for text in texts]
    return asked


def relabelled(label: str, changes: Mapping[str, Any]) -> str:
    """The ``label`` of a result that was replayed with ``changes``: these take the place of what it says.

    A label that is no SPEC stays as it is.
    """
    try:
        parts = parts_of(label)
    except UsageError:
        return label
    kept = [text for key, _, text in parts if key not in changes]
    policy = changes.get("policy") or ("" if kept else LRU)
    return ",".join([policy, *kept] if policy else kept)


def parts_of(spec: str) -> list[tuple[str, str, str]]:
    """The parts of ``spec``: key, value and text. Raises UsageError for what is no SPEC."""
    parts: list[tuple[str, str, str]] = []
    for text in spec.split(","):
        key, equals, value = text.partition("=")
        if not equals or key not in SPEC_KEYS:
            key, value = _family(spec, text), text
        if not value:
            raise UsageError(f"{spec!r}: {text!r} has no value")
        if key in [key for key, _, _ in parts]:
            raise UsageError(f"{spec!r}: {text!r} is a second {key}; give one")
        parts.append((key, value, text))
    return parts


def _family(spec: str, text: str) -> str:
    """What the bare name ``text`` is the name of; parameters may follow it. A file has a policy of the user's."""
    name = text.partition(":")[0]
    if names_file(text):
        return "policy"
    found = [family for family, names in FAMILIES.items() if name in names()]
    if KERNEL.fullmatch(name) and "era" not in found:
        found.append("era")
    if len(found) > 1:
        ways = " or ".join(f"{family}={text}" for family in found)
        raise UsageError(f"{spec!r}: {name} is the name of a {' and of a '.join(found)}; write {ways}")
    if not found:
        key, equals, _ = text.partition("=")
        if equals and ":" not in key:
            ways = ", ".join(f"{known}=..." for known in SPEC_KEYS)
            raise UsageError(
                " ".join([f"{spec!r}: {text!r} is not one of {ways};", likeliest(key, SPEC_KEYS)]).rstrip(
                    " ;"
                )
            )
        names = [one for names_of in FAMILIES.values() for one in names_of()]
        hint = " ".join(filter(None, [likeliest(name, names), "'zswapbench list' shows all"]))
        raise UsageError(f"{spec!r}: no policy, codec, pool, era or device is called {name!r}; {hint}")
    return found[0]
