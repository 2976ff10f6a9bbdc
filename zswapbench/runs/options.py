"""What a trace can be run with, under zswap or over zram, in the words of the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

from zswapbench.common.errors import InputError, UsageError
from zswapbench.common.machine import RUNNING, of_running_kernel
from zswapbench.common.names import likeliest
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS, names_file
from zswapbench.results.records import SETUPS, ZRAM, ZSWAP
from zswapbench.rules.devices import DEVICES
from zswapbench.rules.eras import ERAS
from zswapbench.rules.overflow import KERNEL
from zswapbench.rules.zram_kernels import DEFAULT, has_zram

Part = tuple[str, str, str]
"""Of a SPEC: name among the Options, value and text."""

LRU = "lru"
"""As a policy: the era's own LRU, be it of entries or of page frames, with a second chance or without."""


@dataclass(frozen=True)
class Options:
    """What to run a trace with, in the words of the command line. Empty or None: the era's, or the default.

    ``setup``: zswap, or zram, which takes ``era`` for its kernel, ``codec``, ``chain_size``, ``device`` (its backing
    device), ``cost`` and the three from ``mem_limit`` on. ``writes``: to its attributes after the trace, with commas
    between. ``sample_rate``: the share of the slots that is replayed, the same in all runs that are compared.
    """

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
    setup: str = ZSWAP
    mem_limit: str = ""
    backing_dev: str = ""
    writes: str = ""
    sample_rate: float = 1.0

    def asked(self) -> dict[str, Any]:
        """As a result records it: all that decides what happens."""
        names = _RECORDED[self.setup]
        found = {name: value for name, value in asdict(self).items() if name in names}
        return found if self.sample_rate == 1 else {**found, "sample_rate": self.sample_rate}


_SHARED = ("codec", "era", "chain_size", "device", "cost")
_RECORDED = {
    ZSWAP: (
        *_SHARED,
        "policy",
        "pool",
        "limit",
        "ram",
        "max_pool_percent",
        "accept_threshold_percent",
        "what_if",
    ),
    ZRAM: (*_SHARED, "setup", "mem_limit", "backing_dev", "writes"),
}
"""By set-up: which of the Options decide what happens."""


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


SPEC_KEYS = {
    ZSWAP: {
        **{name: name for name in ("policy", "pool", "codec", "era", "limit", "ram", "device")},
        "kernel": "era",
        "setup": "setup",
    },
    ZRAM: {
        "kernel": "era",
        "codec": "codec",
        "chain-size": "chain_size",
        "mem-limit": "mem_limit",
        "backing-dev": "backing_dev",
        "device": "device",
        "write": "writes",
        "era": "era",
        "setup": "setup",
    },
}
"""By set-up: what a SPEC can say, each key with its name among the Options."""

_KEYS = {**SPEC_KEYS[ZSWAP], **SPEC_KEYS[ZRAM]}
_NOT_OFFERED = {ZSWAP: ("kernel", "setup"), ZRAM: ("era", "setup")}
"""By set-up: keys for which there is another word, which messages offer."""


def offered_keys(setup: str) -> list[str]:
    """What a SPEC of ``setup`` can say as KEY=..., one word for each."""
    return [key for key in SPEC_KEYS[setup] if key not in _NOT_OFFERED[setup]]


FAMILIES: dict[str, Callable[[], Iterable[str]]] = {
    "setup": lambda: SETUPS,
    "policy": POLICIES.names,
    "codec": CODECS.names,
    "pool": POOLS.names,
    "era": lambda: (RUNNING, *ERAS),
    "device": lambda: DEVICES,
}
"""Where a bare name of a SPEC is looked for."""


def options_of(spec: str, common: Options) -> Options:
    """What ``spec`` asks for: names of any family and ``key=...``, in any order; ``common`` has the rest.

    ``lru,codec=zstd``, ``zstd``, ``linux-6.12,zbud``, ``limit=10%`` and ``zram,mem-limit=64MiB`` are SPECs. Without a
    policy it is lru. A zram without a kernel has that of ``common`` if that has zram, else the command zram's default.
    Raises UsageError for what is not in that form.
    """
    parts = parts_of(spec)
    changes: dict[str, Any] = {"policy": LRU, "label": spec, "setup": ZSWAP}
    changes |= {name: value for name, value, _ in parts if name != "writes"}
    changes["writes"] = ",".join(value for name, value, _ in parts if name == "writes")
    if changes["setup"] == ZRAM:
        changes |= _of_zram(spec, changes, common)
    return replace(common, **changes)


def _of_zram(spec: str, changes: dict[str, Any], common: Options) -> dict[str, Any]:
    """What follows from ``changes`` for a zram: its kernel, and its chain in a number."""
    kernel = of_running_kernel(changes.get("era", common.era))
    if "era" not in changes:
        own = kernel.partition(":")[0]
        kernel = own if has_zram(own) else DEFAULT
    found: dict[str, Any] = {"era": kernel}
    chain = changes.get("chain_size")
    if chain is not None:
        if not re.fullmatch(r"[4-9]|1[0-6]", chain):
            raise UsageError(f"{spec!r}: chain-size={chain} is not a number from 4 to 16")
        found["chain_size"] = int(chain)
    return found


def grid(specs: Sequence[str], several: Mapping[str, Sequence[str]], common: Options) -> list[Options]:
    """Each of ``specs`` under each combination of ``several``: values by the name of Options.

    Of those, what a SPEC says itself is left alone. Labels say what differs, and are SPECs again. Without ``specs``
    only the combinations are made; without ``several``, only what the SPECs ask for.
    """
    asked: list[Options] = []
    for spec in specs or ([""] if several else []):
        parts = parts_of(spec) if spec else []
        own = {name for name, _, _ in parts}
        axes = [
            [f"{name}={value}" for value in values]
            for name, values in several.items()
            if name not in own and name in SPEC_KEYS[_setup(parts)]
        ]
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
    if _setup(parts) == ZRAM:
        return ",".join(kept)
    policy = changes.get("policy") or ("" if kept else LRU)
    return ",".join([policy, *kept] if policy else kept)


def parts_of(spec: str) -> list[Part]:
    """The parts of ``spec``: name among the Options, value and text. Raises UsageError for what is no SPEC."""
    parts: list[Part] = []
    for text in spec.split(","):
        key, equals, value = text.partition("=")
        if not equals or key not in _KEYS:
            key, value = family_of(spec, text), text
        if not value:
            raise UsageError(f"{spec!r}: {text!r} has no value")
        name = _KEYS[key]
        if name != "writes" and name in [name for name, _, _ in parts]:
            raise UsageError(f"{spec!r}: {text!r} is a second {key}; give one")
        if name == "setup" and value not in SETUPS:
            raise UsageError(f"{spec!r}: {value!r} is not {' or '.join(SETUPS)}")
        parts.append((name, value, text))
    _check_setup(spec, parts)
    return parts


def _setup(parts: Sequence[Part]) -> str:
    """Which of SETUPS a SPEC of these ``parts`` is of."""
    return next((value for name, value, _ in parts if name == "setup"), ZSWAP)


def _check_setup(spec: str, parts: Sequence[Part]) -> None:
    """Raises UsageError for a part that means nothing in the SPEC's set-up."""
    setup = _setup(parts)
    for name, _, text in parts:
        if name in SPEC_KEYS[setup].values():
            continue
        if setup == ZSWAP:
            raise UsageError(f"{spec!r}: {text!r} is for zram; begin the SPEC with zram, or leave it out")
        what = {"limit": "pool limit", "ram": "limit that depends on RAM", "pool": "pool but zsmalloc"}
        ways = ", ".join(f"{key}=..." for key in offered_keys(ZRAM))
        raise UsageError(f"{spec!r}: zram has no {what.get(name, name)}: leave out {text!r}; it takes {ways}")


def family_of(spec: str, text: str) -> str:
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
            keys = offered_keys(ZRAM if ZRAM in spec.split(",") else ZSWAP)
            ways = ", ".join(f"{known}=..." for known in keys)
            problem = f"{spec!r}: {text!r} is not one of {ways}"
            raise UsageError("; ".join(filter(None, [problem, likeliest(key, keys)])))
        names = [one for names_of in FAMILIES.values() for one in names_of()]
        hint = " ".join(filter(None, [likeliest(name, names), "'zswapbench list' shows all"]))
        raise UsageError(f"{spec!r}: no policy, codec, pool, era or device is called {name!r}; {hint}")
    return found[0]
