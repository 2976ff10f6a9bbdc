"""One task done, in whatever process: a trace replayed, or references run on a machine.

A thread keeps what it opened: traces with their corpora, and the last draw of each. So tasks of one trace, one after
the other, cost no more than their replays.

The payload of a task, beside ``label``, ``cell`` and ``seed``:

``options``     of a replay: Options that were chosen, by name; ``origin``: of its policy's code, or "", see
                zswapbench.runs.sweeps.lookups
``spec``        of a machine: the set-up; ``machine``: the machine, by key; ``cost``: what codecs cost, in text
``identities``  by codec: the identity of the library that it is to be done with
``costs``       by codec: what it takes, see zswapbench.runs.sweeps.costs; without those that the options give, and None
                over an export of a corpus
``drawn``       the seed is another than the trace's own: the trace is drawn anew
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from typing import Any

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import InternalError, MissingError, OwnCodeError, UsageError, ZswapbenchError
from zswapbench.common.progress import silent
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import identity_of
from zswapbench.plugins.registry import CODECS, POLICIES, Choice
from zswapbench.results.sweeps.columns import (
    MACHINE,
    NAMES,
    REPLAY,
    Figure,
    columns_of_replay,
    columns_of_setup,
)
from zswapbench.runs.drawing import drawn_again
from zswapbench.runs.loading import Loaded, load
from zswapbench.runs.options import Options
from zswapbench.runs.replaying import replay_all
from zswapbench.runs.sampling import Samples, estimated, load_samples
from zswapbench.runs.setups.base import Found
from zswapbench.runs.sweeps.contract import Outcome, Place, Task
from zswapbench.runs.sweeps.costs import of_json
from zswapbench.runs.sweeps.machines import run_machine
from zswapbench.runs.zswap import planned
from zswapbench.traces.synth import recipe_told

_KEPT = 2
"""Traces, or references, that a thread keeps open, with their corpora."""

_KEPT_BYTES = 256 << 20
"""Of events that it holds while it opens others: there is a worker for each CPU."""


class _Opened:
    """The inputs of tasks: a trace with the draw of it that was made last, or references; and their corpus."""

    def __init__(self, task: Task, place: Place) -> None:
        self.path, corpus = map(place, task.inputs)
        stack = ExitStack()
        self.corpus = stack.enter_context(Corpus(corpus))
        self.close = stack.close
        self.found = Found()
        self._loaded: Loaded | None = None
        self._samples: tuple[float, Samples] | None = None
        self._seed: int | None = None
        self._draw: Loaded | None = None

    @property
    def loaded(self) -> Loaded:
        """The trace. Raises what ``load`` raises."""
        if self._loaded is None:
            with load(self.path, self.corpus) as loaded:
                self._loaded = loaded
        return self._loaded

    def samples(self, rate: float) -> Samples:
        """Those of the trace. Raises what ``load_samples`` raises."""
        if self._samples is None or self._samples[0] != rate:
            self._samples = None  # those of two rates need not be held
            with load_samples(self.path, self.corpus, rate) as samples:
                self._samples = rate, samples
        return self._samples[1]

    @property
    def held(self) -> int:
        """Bytes of events."""
        traces = (one for one in (self._loaded, self._draw) if one)
        parts = self._samples[1].parts if self._samples else []
        return sum(one.events.nbytes for one in (*traces, *parts))

    def draw(self, seed: int) -> Loaded:
        """The trace of the same recipe and another ``seed``."""
        if self._draw is None or self._seed != seed:
            self._draw = None  # two of them need not be held
            self._draw = drawn_again(self.loaded, replace(recipe_told(self.loaded.trace), seed=seed))
            self._seed = seed
        return self._draw


class _Here(threading.local):
    """What this thread has open."""

    def __init__(self) -> None:
        self.opened: OrderedDict[tuple[str, str], _Opened] = OrderedDict()


_here = _Here()


def do(task: Task, place: Place) -> Outcome:
    """Do ``task``; ``place``: where its inputs are. What is wrong with the task, or fails, is in the outcome."""
    start = time.perf_counter()
    try:
        refuse_other_codecs(task, place)
        columns, result = _DOERS[task.kind](task, place)
        problem, code = "", 0
    except ZswapbenchError as error:
        problem, code = str(error), error.exit_code
    except MemoryError as error:
        problem, code = f"out of memory: {error or 'there is not enough'}", MissingError.exit_code
    except Exception as error:  # noqa: BLE001  one run that meets a bug must not take all others with it
        problem, code = _bug(error), InternalError.exit_code
    seconds = time.perf_counter() - start
    return (
        failed(task, problem, code, seconds)
        if problem
        else Outcome(task.key, columns, result, "", 0, seconds)
    )


def failed(task: Task, problem: str, exit_code: int, seconds: float = 0.0) -> Outcome:
    """The outcome of a ``task`` of which nothing came."""
    return Outcome(task.key, dict.fromkeys(NAMES), "", " ".join(problem.split()), exit_code, seconds)


def _replayed(task: Task, place: Place) -> tuple[dict[str, Figure], str]:
    opened, payload = _opened_for(task, place), task.payload
    options = Options(**payload["options"], label=payload["label"])
    samples = opened.samples(options.sample_rate) if options.sample_rate < 1 else None
    loaded = samples.whole if samples else opened.loaded
    loaded.codec_costs.update({codec: costs and of_json(costs) for codec, costs in payload["costs"].items()})
    if payload["origin"]:
        _refuse_other_code(options.policy, payload["origin"])
    plan = planned(loaded, options, silent)
    if samples:
        result = estimated(samples, [plan], list, silent)[0]
    else:
        over = loaded
        if payload["drawn"]:
            over = opened.draw(payload["seed"])
            plan = plan.over(over, loaded)
        result = replay_all([(over, [plan])], silent)[0][0]
    return columns_of_replay(result), json.dumps(vars(result), separators=(",", ":"))


def _ran(task: Task, place: Place) -> tuple[dict[str, Figure], str]:
    opened, payload = _opened_for(task, place), task.payload
    opened.found.costs.update({codec: of_json(costs) for codec, costs in payload["costs"].items()})
    result = run_machine(opened.path, opened.corpus, opened.found, payload)
    return columns_of_setup(result.setups[0]), json.dumps(asdict(result), separators=(",", ":"))


def _opened_for(task: Task, place: Place) -> _Opened:
    """The inputs of ``task``, opened now or before."""
    kept = _here.opened
    if task.inputs not in kept:
        while len(kept) >= _KEPT or sum(one.held for one in kept.values()) > _KEPT_BYTES:
            kept.popitem(last=False)[1].close()
        kept[task.inputs] = _Opened(task, place)
    kept.move_to_end(task.inputs)
    return kept[task.inputs]


def refuse_other_codecs(task: Task, place: Place) -> None:
    """Raises MissingError if a codec here is not the one that ``task`` was planned with, or is not here."""
    corpus = _opened_for(task, place).corpus
    for name, identity in task.payload["identities"].items():
        try:
            codec: Choice[Codec] = CODECS.choose(name)
            found = identity_of(corpus, codec)
        except UsageError as error:  # of a file of its parameters, which the planner had
            raise MissingError(f"codec {name}: {error}") from None
        if found != identity:
            raise MissingError(f"codec {name} is {found} here, and the sweep is of {identity}: install that")


def _refuse_other_code(policy: str, origin: str) -> None:
    """Raises MissingError if the code of ``policy``, which is the user's own, is not that of ``origin`` any more."""
    try:
        found = getattr(POLICIES.choose(policy).leaf, "origin", "")
    except (UsageError, OwnCodeError) as error:
        raise MissingError(f"{error}; it is tried again the next time") from None
    if found != origin:
        raise MissingError(
            f"policy {policy} has changed since the sweep began; it is tried again the next time"
        )


def _bug(error: Exception) -> str:
    """An error that nobody thought of, in a line, with where it was raised."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f"{last.tb_frame.f_code.co_name}(), line {last.tb_lineno}" if last else "nowhere"
    return f"a bug in zswapbench: {type(error).__name__}: {error}, in {where}"


_DOERS: dict[str, Callable[[Task, Place], tuple[dict[str, Any], str]]] = {REPLAY: _replayed, MACHINE: _ran}
