"""Cells of replays: a trace under zswap, or over zram, as 'compare' would have it by the options of the same names.

Whatever does not hang on the cell as a whole is looked up once, see zswapbench.runs.sweeps.lookups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.common.units import rate_of
from zswapbench.results.records import SETUPS, ZRAM, ZSWAP
from zswapbench.results.sweeps.cells import SAMPLE_RATE
from zswapbench.rules.zram_kernels import DEFAULT
from zswapbench.runs.miniature import refuse_sampled_device, refuse_sampled_pool
from zswapbench.runs.options import LRU, Options
from zswapbench.runs.planning import refuse_unguided
from zswapbench.runs.sweeps.axes import SEED, Block, refuse_unknown
from zswapbench.runs.sweeps.cells import ImpossibleError, Wanted, blamed_on
from zswapbench.runs.sweeps.lookups import OF_ZRAM, Codecs, Lookups
from zswapbench.runs.sweeps.sources import Source

KEYS = {
    "policy": "policy",
    "codec": "codec",
    "pool": "pool",
    "era": "era",
    "limit": "limit",
    "ram": "ram",
    "max-pool-percent": "max_pool_percent",
    "accept-threshold-percent": "accept_threshold_percent",
    "chain-size": "chain_size",
    "what-if": "what_if",
    "device": "device",
    "mem-limit": "mem_limit",
    "backing-dev": "backing_dev",
    "write": "writes",
    SAMPLE_RATE: "sample_rate",
    "setup": "setup",
}
"""By key: the name of Options. Cells are told in this order."""

KERNEL = "kernel"
"""Another word for ``era``, as in commands."""

_NUMBERS = {
    "max-pool-percent": (1, 100),
    "accept-threshold-percent": (1, 200),
    "chain-size": (4, 16),
    "what-if": (0, 1),
}

_TAKEN = {
    ZSWAP: frozenset(KEYS) - {"mem-limit", "backing-dev", "write"},
    ZRAM: frozenset(OF_ZRAM) | {SAMPLE_RATE},
}
"""By set-up: the keys that it takes."""

_BARE = ("policy", "codec", "pool", "era")
"""Keys whose values stand for themselves in a label."""

_DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(Options)}


class ReplayCells:
    """Reads cells. ``costs``: what codecs cost, as --cost takes it."""

    def __init__(self, costs: str) -> None:
        self._found = Lookups(costs)

    def refuse_idle(self, block: Block) -> None:
        """Raises UsageError for a key that there is not, or that no set-up of ``block`` takes."""
        setups = next((axis.values for axis in block.axes if axis.key == "setup"), (ZSWAP,))
        taken = {key for setup in setups for key in _TAKEN.get(setup, KEYS)}
        keys = [axis.key for axis in block.cell_axes]
        if "era" in keys and KERNEL in keys:
            raise UsageError(
                f"{block.place_of([KERNEL])}: {KERNEL} is another word for era: give one of them"
            )
        drawn = any(axis.key == SEED for axis in block.axes)
        for axis in block.cell_axes:
            refuse_unknown(axis, [*KEYS, KERNEL])
            if drawn and axis.key == SAMPLE_RATE:
                raise UsageError(
                    f"{axis.where}: a sampled replay has several samples already, and their range: leave out seed, or "
                    f"{SAMPLE_RATE}"
                )
            if axis.key not in (*taken, KERNEL):
                raise UsageError(f"{axis.where}: {' and '.join(setups)} takes no {axis.key}: leave it out")

    def wanted(self, given: Mapping[str, str], source: Source) -> Wanted:
        """The cell with the values ``given`` by key, on the trace ``source``.

        Those that its set-up does not take make no difference. Raises ImpossibleError for one that there cannot be.
        """
        if KERNEL in given:
            named = {"era" if key == KERNEL else key: value for key, value in given.items()}
            try:
                return self.wanted(named, source)
            except ImpossibleError as error:
                keys = [KERNEL if key == "era" else key for key in error.keys]
                raise ImpossibleError(str(error), keys) from None
        setup = given.get("setup", ZSWAP)
        if setup not in SETUPS:
            raise ImpossibleError(f"{setup!r} is not {' or '.join(SETUPS)}", ["setup"])
        cell: dict[str, Any] = {key: given[key] for key in KEYS if key in given and key in _TAKEN[setup]}
        for key, (low, high) in _NUMBERS.items():
            if key in cell:
                cell[key] = _number(key, cell[key], low, high)
        if not cell.get("what-if"):
            cell.pop("what-if", None)  # as if nobody had said it
        if SAMPLE_RATE in cell and (rate := _rate(cell.pop(SAMPLE_RATE))) < 1:
            cell[SAMPLE_RATE] = rate
        cell["setup"] = setup
        device = self._found.device(cell.get("device", _DEFAULTS["device"]))
        return (self._of_zram if setup == ZRAM else self._of_zswap)(cell, device, source)

    def close(self) -> None:
        """Nothing is held open."""

    def _of_zswap(self, cell: dict[str, Any], device: str, source: Source) -> Wanted:
        percent, accept = cell.get("max-pool-percent"), cell.get("accept-threshold-percent")
        found = self._found.era(cell.get("era", _DEFAULTS["era"]), percent, accept)
        codecs = self._found.codec(cell.get("codec", ""), found.text)
        shape = cell.get("pool", ""), cell.get("chain-size"), bool(cell.get("what-if"))
        _, pool_name = self._found.pool(*shape, found.text)
        policy = cell.get("policy", LRU)
        origin = self._found.policy(policy, *shape, found.text)
        whole = {
            **cell,
            "policy": policy,
            "codec": codecs.name,
            "pool": pool_name,
            "era": found.text,
            "device": device,
        }
        asked = cell.get("limit", ""), cell.get("ram", ""), percent, accept, found.text
        frames = self._found.limit(*asked, source.footprint, source.page_size)
        if SAMPLE_RATE in cell:
            with blamed_on(SAMPLE_RATE, "limit", "ram", "max-pool-percent", "era"):
                refuse_sampled_pool(found.era, frames, cell[SAMPLE_RATE])
        if found.era.guided:
            with blamed_on("era"):
                refuse_unguided(found.era, source.path, guides=source.guides)
        usual = self._found.era(found.text, None, None).era.max_pool_percent
        if "limit" not in cell:
            whole["max-pool-percent"] = usual if percent is None else percent
        return self._made(whole, codecs, origin, usual)

    def _of_zram(self, cell: dict[str, Any], device: str, source: Source) -> Wanted:
        whole = {**cell, "era": cell.get("era", DEFAULT), "device": device}
        kernel, codecs = self._found.zram(*self._zram_arguments(whole), source.page_size, source.slots)
        if SAMPLE_RATE in cell:
            with blamed_on(SAMPLE_RATE, "write"):
                refuse_sampled_device([cell.get("write", "")], source.footprint, cell[SAMPLE_RATE])
        return self._made({**whole, "era": kernel, "codec": codecs.name}, codecs)

    def _made(
        self, cell: dict[str, Any], codecs: Codecs, origin: str = "", percent: int | None = None
    ) -> Wanted:
        """``origin``: of the policy's code; ``percent``: of RAM that the era has anyway."""
        told = {key: cell[key] for key in KEYS if key in cell}
        options = {KEYS[key]: value for key, value in told.items()}
        if options.get("max_pool_percent") == percent:
            options.pop("max_pool_percent", None)
        if "what_if" in options:
            options["what_if"] = bool(options["what_if"])
        return Wanted(
            cell=told,
            label=_label(told),
            payload={"options": {**options, "cost": codecs.cost}, "origin": origin},
            codecs=codecs.texts,
            measured=() if codecs.cost else codecs.texts[:1],
            decides=(*codecs.decides, origin) if origin else codecs.decides,
        )

    def _zram_arguments(self, cell: Mapping[str, Any]) -> tuple[Any, ...]:
        names = ("codec", "chain-size", "mem-limit", "backing-dev", "write", "device")
        return cell["era"], *(cell.get(name, _DEFAULTS[KEYS[name]]) for name in names)


def _number(key: str, text: str, low: int, high: int) -> int:
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ImpossibleError(f"{text!r} is not a number from {low} to {high}", [key])
    return int(text)


def _rate(text: str) -> float:
    with blamed_on(SAMPLE_RATE):
        return rate_of(text, "")


def _label(cell: Mapping[str, Any]) -> str:
    """What tells a cell from others, as a SPEC of 'compare' would, without what is usual."""
    usual = {"setup": ZSWAP, "device": _DEFAULTS["device"]}
    said = [
        str(value) if key in _BARE or key == "setup" else f"{key}={value}"
        for key, value in cell.items()
        if usual.get(key) != value
    ]
    return ",".join(sorted(said, key=lambda one: one != ZRAM))
