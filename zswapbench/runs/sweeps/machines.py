"""Cells of machines: a program's references on so much RAM under a set-up, as 'machine' would have it.

Keys of the machine and those of its set-up stand side by side in a cell. ``kernel`` and ``ram`` are the machine's. What
a set-up does not take, or says itself, as in ``zswap,codec=lz4``, makes no difference to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import UsageError
from zswapbench.common.machine import of_running_kernel
from zswapbench.common.progress import silent
from zswapbench.corpus.reading import Corpus
from zswapbench.plugins.registry import CODECS, SETUPS, Choice
from zswapbench.results.machine import MachineResult
from zswapbench.results.sweeps.cells import SAMPLE_RATE
from zswapbench.rules.devices import DEFAULT as DEVICE
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.rules.watermarks import SCALE_FACTOR
from zswapbench.rules.work_costs import DEFAULT as WORK
from zswapbench.runs.choices import cost_asked
from zswapbench.runs.from_refs import Machine
from zswapbench.runs.machine import Point, run_all, staged
from zswapbench.runs.machine_sweep import machine_of
from zswapbench.runs.options import Options
from zswapbench.runs.setups.base import Found
from zswapbench.runs.setups.spec import said_by
from zswapbench.runs.sweeps.axes import Block, refuse_unknown
from zswapbench.runs.sweeps.cells import ImpossibleError, Wanted, blamed_on
from zswapbench.runs.sweeps.sources import Source
from zswapbench.runs.tuning import Tuning
from zswapbench.sim.reclaim.ways import WAYS
from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.importing import open_references, wish_of

DEFAULTS: dict[str, Any] = {
    "ram": "",
    "swap": "",
    "reclaim": "lists",
    "kernel": "6.12",
    "page-cluster": 0,
    "cpus": 2,
    "work": WORK,
    "min-free-kbytes": None,
    "watermark-scale-factor": SCALE_FACTOR,
    "mthp": "",
}
"""Keys of the machine, with what is taken where nobody says."""

_NUMBERS = {
    "page-cluster": 5,
    "cpus": 3,
    "min-free-kbytes": 1 << 30,
    "watermark-scale-factor": 3000,
}
"""Those that are whole numbers, and the largest."""

_CODECS = ("codec", "zram_codec", "recomp_codec")
"""Where a set-up says which codecs it has."""


class MachineCells:
    """Reads cells, over corpora that it keeps open until ``close``. ``costs``: of codecs, as --cost takes it."""

    def __init__(self, costs: str) -> None:
        self._costs = costs
        self._stack = ExitStack()
        self._corpora: dict[str, tuple[Corpus, Found]] = {}
        self._codecs: dict[tuple[str, str], tuple[str, ...]] = {}
        self.close = self._stack.close

    def refuse_idle(self, block: Block) -> None:
        """Raises UsageError for a key that there is not, or that no set-up of ``block`` takes."""
        texts = next((axis.values for axis in block.axes if axis.key == "setup"), ())
        if not texts:
            known = ", ".join(SETUPS.names())
            raise UsageError(
                f"{block.where}: which set-ups are to be run on the references? Give setup, of: {known}"
            )
        leaves = SETUPS.leaves()
        every = ["setup", *DEFAULTS, *dict.fromkeys(key.name for leaf in leaves for key in leaf.keys)]
        named = [leaf for leaf in leaves if leaf.name in {text.partition(",")[0] for text in texts}]
        taken = {"setup", *DEFAULTS, *(key.name for leaf in named for key in leaf.keys)}
        for axis in block.cell_axes:
            if axis.key == SAMPLE_RATE:
                raise UsageError(
                    f"{axis.where}: references are run whole, and traces in samples: leave it out"
                )
            refuse_unknown(axis, every)
            if named and axis.key not in taken:
                takes = "takes" if len(texts) == 1 else "take"
                raise UsageError(f"{axis.where}: {' and '.join(texts)} {takes} no {axis.key}: leave it out")

    def wanted(self, given: Mapping[str, str], source: Source) -> Wanted:
        """The cell with the values ``given`` by key, on the references ``source``.

        Raises ImpossibleError for one that there cannot be.
        """
        spec, cell = _spec_of(given)
        machine = {key: _value(key, given[key]) if key in given else usual for key, usual in DEFAULTS.items()}
        machine["kernel"] = of_running_kernel(machine["kernel"])
        told = {**cell, **{key: value for key, value in machine.items() if value not in ("", None)}}
        payload = {"spec": spec, "machine": machine}
        codecs = self._staged(spec, machine, source)
        costs = self._given(codecs)
        return Wanted(
            cell=told,
            label=",".join([spec, *_unusual(machine)]),
            payload={**payload, "cost": ",".join(dict.fromkeys(costs.values()))},
            codecs=codecs,
            measured=tuple(codec for codec in codecs if codec not in costs),
            decides=tuple(costs.values()),
        )

    def _given(self, codecs: tuple[str, ...]) -> dict[str, str]:
        """By codec: what somebody said that it costs."""
        chosen: dict[str, Choice[Codec]] = {codec: CODECS.choose(codec) for codec in codecs}
        asked = {codec: cost_asked(Options(cost=self._costs), choice) for codec, choice in chosen.items()}
        return {codec: cost for codec, cost in asked.items() if cost}

    def _staged(self, spec: str, machine: Mapping[str, Any], source: Source) -> tuple[str, ...]:
        """The codecs of a set-up that was made ready on the machine, once: so all that cannot be was found."""
        which = source.digest, repr((spec, [*machine.values()]))
        if which not in self._codecs:
            with blamed_on("setup", *machine):
                self._codecs[which] = self._make_ready(spec, machine, source)
        return self._codecs[which]

    def _make_ready(self, spec: str, machine: Mapping[str, Any], source: Source) -> tuple[str, ...]:
        corpus, found = self._opened(source)
        with open_references(source.path, _wish(corpus)) as references:
            point = Point(_machine(machine), {spec: spec})
            (stage,) = staged(references, corpus, [point], _common(machine, self._costs), silent, found)
        setting = stage.running[0].side.setting
        return tuple(dict.fromkeys(setting[name] for name in _CODECS if name in setting))

    def _opened(self, source: Source) -> tuple[Corpus, Found]:
        if source.corpus_digest not in self._corpora:
            corpus = self._stack.enter_context(Corpus(source.corpus))
            self._corpora[source.corpus_digest] = corpus, Found()
        return self._corpora[source.corpus_digest]


def run_machine(path: Any, corpus: Corpus, found: Found, payload: Mapping[str, Any]) -> MachineResult:
    """What the payload of a task asks for, on the references in ``path``; ``found``: what codecs cost."""
    machine = payload["machine"]
    with open_references(path, _wish(corpus)) as references:
        point = Point(_machine(machine), {payload["spec"]: payload["spec"]})
        return run_all(references, corpus, [point], _common(machine, payload["cost"]), silent, found)[0]


def _unusual(machine: Mapping[str, Any]) -> list[str]:
    """What is said of the machine and is not what is taken anyway."""
    return [f"{key}={value}" for key, value in machine.items() if value != DEFAULTS[key]]


def _spec_of(given: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The SPEC of a set-up with all that ``given`` has for it, and the same by key."""
    text = given["setup"]
    with blamed_on("setup"):
        setup, said = said_by(text)
    told = {key.name: value for key, value in said.items()}
    taken = {key.option for key in said if key.option}
    for key in setup.keys:
        if (
            key.name in given
            and key.name not in DEFAULTS
            and key.name not in told
            and key.option not in taken
        ):
            told[key.name] = given[key.name]
    order = [key.name for key in setup.keys]
    cell = {"setup": setup.name, **{name: told[name] for name in sorted(told, key=order.index)}}
    parts = [f"{name}={value}" for name, value in cell.items() if name != "setup"]
    return ",".join([setup.name, *parts]), cell


def _value(key: str, text: str) -> Any:
    if key not in _NUMBERS:
        return text
    if not text.isdecimal() or int(text) > _NUMBERS[key]:
        raise ImpossibleError(f"{text!r} is not a number up to {_NUMBERS[key]}", [key])
    return int(text)


def _machine(said: Mapping[str, Any]) -> Machine:
    """The machine that ``said`` by key asks for. Raises UsageError for none that there can be."""
    if not said["ram"]:
        raise UsageError("how much memory the machine has is not known: give ram")
    if said["reclaim"] not in WAYS:
        raise UsageError(f"reclaim is {said['reclaim']!r}, not one of {', '.join(WAYS)}")
    reclaim_rules(said["kernel"])
    tuning = Tuning(
        said["cpus"], said["work"], said["min-free-kbytes"], said["watermark-scale-factor"], said["mthp"]
    )
    return machine_of(
        said["ram"], "", said["swap"], said["reclaim"], said["kernel"], said["page-cluster"], tuning
    )


def _common(machine: Mapping[str, Any], costs: str) -> Options:
    """What set-ups leave open."""
    return Options(era=machine["kernel"], device=DEVICE, cost=costs)


def _wish(corpus: Corpus) -> Wish:
    return wish_of(corpus.page_size, "1ns", "40%", None, ())
