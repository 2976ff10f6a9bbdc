"""Cells of replays: a trace under zswap, or over zram, as 'compare' would have it by the options of the same names.

Whatever does not hang on the trace is looked up once for each combination of the values that it hangs on: an era with
its percentages, a codec in an era, a pool, a policy over a pool. So a hundred thousand cells take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from zswapbench.common.errors import UsageError
from zswapbench.common.machine import of_running_kernel
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS, Choice
from zswapbench.results.records import SETUPS, ZRAM, ZSWAP
from zswapbench.rules.devices import choose_device
from zswapbench.rules.era_cells import Era
from zswapbench.rules.pool_forms import form_of
from zswapbench.rules.zram_kernels import DEFAULT
from zswapbench.rules.zstd_parameters import zswap_form
from zswapbench.runs.choices import codec_of, cost_asked, era_of, policy_of, pool_limit, pool_of
from zswapbench.runs.options import LRU, Options
from zswapbench.runs.planning import refuse_unguided
from zswapbench.runs.sweeps.axes import Block, refuse_unknown
from zswapbench.runs.sweeps.cells import ImpossibleError, Wanted, blamed_on
from zswapbench.runs.sweeps.sources import Source
from zswapbench.runs.zram_choices import check_indexes, secondary
from zswapbench.runs.zram_planning import zram_asked

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

_OF_ZRAM = ("setup", "era", "codec", "chain-size", "device", "mem-limit", "backing-dev", "write")
_TAKEN = {
    ZSWAP: frozenset(KEYS) - {"mem-limit", "backing-dev", "write"},
    ZRAM: frozenset(_OF_ZRAM),
}
"""By set-up: the keys that it takes."""

_BARE = ("policy", "codec", "pool", "era")
"""Keys whose values stand for themselves in a label."""

_DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(Options)}

Found = TypeVar("Found")


class _Once(Generic[Found]):
    """``work`` of arguments, done once for each of them, whether it fails or not."""

    def __init__(self, work: Callable[..., Found]) -> None:
        self.work = work
        self.known: dict[tuple[Any, ...], Found | ImpossibleError] = {}

    def __call__(self, *arguments: Any) -> Found:
        if arguments not in self.known:
            try:
                self.known[arguments] = self.work(*arguments)
            except ImpossibleError as error:
                self.known[arguments] = error
        found = self.known[arguments]
        if isinstance(found, ImpossibleError):
            raise ImpossibleError(str(found), found.keys)
        return found


@dataclass(frozen=True)
class _Codecs:
    """``texts`` that choose the codecs of a cell, ``name`` of the first and what somebody said that it costs, or "".

    ``decides``: as in Wanted.
    """

    name: str
    texts: tuple[str, ...]
    cost: str
    decides: tuple[str, ...]


@dataclass(frozen=True)
class _Era:
    """An era, and the text that asks for it without percentages."""

    era: Era
    text: str


class ReplayCells:
    """Reads cells. ``costs``: what codecs cost, as --cost takes it."""

    def __init__(self, costs: str) -> None:
        self._costs = costs
        self._era = _Once(self._look_up_era)
        self._codec = _Once(self._look_up_codec)
        self._pool = _Once(self._look_up_pool)
        self._policy = _Once(self._look_up_policy)
        self._device = _Once(self._look_up_device)
        self._zram = _Once(self._look_up_zram)
        self._limit = _Once(self._look_up_limit)

    def refuse_idle(self, block: Block) -> None:
        """Raises UsageError for a key that there is not, or that no set-up of ``block`` takes."""
        setups = next((axis.values for axis in block.axes if axis.key == "setup"), (ZSWAP,))
        taken = {key for setup in setups for key in _TAKEN.get(setup, KEYS)}
        keys = [axis.key for axis in block.cell_axes]
        if "era" in keys and KERNEL in keys:
            raise UsageError(
                f"{block.place_of([KERNEL])}: {KERNEL} is another word for era: give one of them"
            )
        for axis in block.cell_axes:
            refuse_unknown(axis, [*KEYS, KERNEL])
            if axis.key not in (*taken, KERNEL):
                raise UsageError(f"{axis.where}: {' and '.join(setups)} takes no {axis.key}: leave it out")

    def wanted(self, given: Mapping[str, str], source: Source) -> Wanted:
        """The cell with the values ``given`` by key, on the trace ``source``.

        Those that its set-up does not take make no difference. Raises ImpossibleError for one that there cannot be.
        """
        setup = given.get("setup", ZSWAP)
        if setup not in SETUPS:
            raise ImpossibleError(f"{setup!r} is not {' or '.join(SETUPS)}", ["setup"])
        if KERNEL in given:
            given = {**given, "era": given[KERNEL]}
        cell: dict[str, Any] = {key: given[key] for key in KEYS if key in given and key in _TAKEN[setup]}
        for key, (low, high) in _NUMBERS.items():
            if key in cell:
                cell[key] = _number(key, cell[key], low, high)
        if not cell.get("what-if"):
            cell.pop("what-if", None)  # as if nobody had said it
        cell["setup"] = setup
        device = self._device(cell.get("device", _DEFAULTS["device"]))
        return (self._of_zram if setup == ZRAM else self._of_zswap)(cell, device, source)

    def close(self) -> None:
        """Nothing is held open."""

    def _of_zswap(self, cell: dict[str, Any], device: str, source: Source) -> Wanted:
        percent, accept = cell.get("max-pool-percent"), cell.get("accept-threshold-percent")
        found = self._era(cell.get("era", _DEFAULTS["era"]), percent, accept)
        codecs = self._codec(cell.get("codec", ""), found.text)
        shape = cell.get("pool", ""), cell.get("chain-size"), bool(cell.get("what-if"))
        _, pool_name = self._pool(*shape, found.text)
        policy = cell.get("policy", LRU)
        origin = self._policy(policy, *shape, found.text)
        whole = {
            **cell,
            "policy": policy,
            "codec": codecs.name,
            "pool": pool_name,
            "era": found.text,
            "device": device,
        }
        asked = cell.get("limit", ""), cell.get("ram", ""), percent, accept, found.text
        self._limit(*asked, source.footprint, source.page_size)
        if found.era.guided:
            with blamed_on("era"):
                refuse_unguided(found.era, source.path, guides=source.guides)
        usual = self._era(found.text, None, None).era.max_pool_percent
        if "limit" not in cell:
            whole["max-pool-percent"] = usual if percent is None else percent
        return self._made(whole, codecs, origin, usual)

    def _of_zram(self, cell: dict[str, Any], device: str, source: Source) -> Wanted:
        whole = {**cell, "era": cell.get("era", DEFAULT), "device": device}
        kernel, codecs = self._zram(*self._zram_arguments(whole), source.page_size, source.slots)
        return self._made({**whole, "era": kernel, "codec": codecs.name}, codecs)

    def _made(
        self, cell: dict[str, Any], codecs: _Codecs, origin: str = "", percent: int | None = None
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
            payload={"options": {**options, "cost": codecs.cost}},
            codecs=codecs.texts,
            measured=() if codecs.cost else codecs.texts[:1],
            decides=(*codecs.decides, origin) if origin else codecs.decides,
        )

    def _codecs_of(self, choices: list[Choice[Any]], name: str) -> _Codecs:
        cost = cost_asked(Options(cost=self._costs), choices[0]) if self._costs else ""
        origins = (getattr(choice.leaf, "origin", "") for choice in choices)
        return _Codecs(name, tuple(map(str, choices)), cost, tuple(filter(None, (cost, *origins))))

    def _look_up_era(self, text: str, percent: int | None, accept: int | None) -> _Era:
        with blamed_on("era", "max-pool-percent", "accept-threshold-percent"):
            running = of_running_kernel(text)
            era = era_of(Options(era=running, max_pool_percent=percent, accept_threshold_percent=accept))
            return _Era(era, ":".join([era.name, *running.split(":")[1:]]))

    def _look_up_codec(self, text: str, era: str) -> _Codecs:
        found = self._era(era, None, None).era
        with blamed_on("codec"):
            CODECS.choose(text or found.codec)
        with blamed_on("codec", "era"):
            choice = codec_of(Options(codec=text), found)
        plain = not choice.place and CODECS.choose(
            choice.leaf.name, lambda name: zswap_form(name, found.version)
        )
        return self._codecs_of([choice], choice.leaf.name if plain == choice else text or found.codec)

    def _look_up_pool(self, text: str, chain: int | None, what_if: bool, era: str) -> tuple[Choice[Any], str]:
        found = self._era(era, None, None).era
        with blamed_on("pool"):
            POOLS.choose(text or found.pool)
        with blamed_on("pool", "chain-size", "era"):
            choice = pool_of(Options(pool=text, chain_size=chain, what_if=what_if), found)
        with_chain = f":chain={chain}" if chain is not None else ""
        plain = POOLS.choose(choice.leaf.name + with_chain, lambda name: form_of(name, found.version))
        return choice, choice.leaf.name if plain == choice else text or found.pool

    def _look_up_policy(self, text: str, pool: str, chain: int | None, what_if: bool, era: str) -> str:
        """Where the code of the policy is from, if it is the user's; else ""."""
        packed, _ = self._pool(pool, chain, what_if, era)
        with blamed_on("policy"):
            POLICIES.choose(text)
        with blamed_on("policy", "pool"):
            choice = policy_of(Options(policy=text), self._era(era, None, None).era, packed)
        return getattr(choice.leaf, "origin", "") or ""

    def _look_up_device(self, text: str) -> str:
        with blamed_on("device"):
            choose_device(text)
        return text

    def _zram_arguments(self, cell: Mapping[str, Any]) -> tuple[Any, ...]:
        names = ("codec", "chain-size", "mem-limit", "backing-dev", "write", "device")
        return cell["era"], *(cell.get(name, _DEFAULTS[KEYS[name]]) for name in names)

    def _look_up_zram(
        self,
        era: str,
        codec: str,
        chain: int | None,
        mem_limit: str,
        backing_dev: str,
        writes: str,
        device: str,
        page_size: int,
        slots: int,
    ) -> tuple[str, _Codecs]:
        """Kernel and codecs. ``slots``: of the trace."""
        with blamed_on(*_OF_ZRAM):
            options = Options(
                setup=ZRAM,
                era=of_running_kernel(era).partition(":")[0],
                codec=codec,
                chain_size=chain,
                mem_limit=mem_limit,
                backing_dev=backing_dev,
                writes=writes,
                device=device,
            )
            setting, attributes = zram_asked(options, page_size)
            check_indexes(slots, attributes.writes)
            choices = [
                CODECS.choose(text)
                for text in dict.fromkeys([attributes.codec, *secondary(attributes.writes)])
            ]
        return f"linux-{setting.rules.kernel}", self._codecs_of(choices, codec or choices[0].leaf.name)

    def _look_up_limit(
        self,
        limit: str,
        ram: str,
        percent: int | None,
        accept: int | None,
        era: str,
        footprint: int,
        page_size: int,
    ) -> None:
        asked = Options(limit=limit, ram=ram, max_pool_percent=percent)
        with blamed_on("limit", "ram", "max-pool-percent"):
            pool_limit(asked, self._era(era, percent, accept).era, footprint, page_size)


def _number(key: str, text: str, low: int, high: int) -> int:
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ImpossibleError(f"{text!r} is not a number from {low} to {high}", [key])
    return int(text)


def _label(cell: Mapping[str, Any]) -> str:
    """What tells a cell from others, as a SPEC of 'compare' would, without what is usual."""
    usual = {"setup": ZSWAP, "device": _DEFAULTS["device"]}
    said = [
        str(value) if key in _BARE or key == "setup" else f"{key}={value}"
        for key, value in cell.items()
        if usual.get(key) != value
    ]
    return ",".join(sorted(said, key=lambda one: one != ZRAM))
