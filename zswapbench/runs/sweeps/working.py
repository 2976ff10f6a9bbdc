"""One task done, in whatever process: a trace replayed, or references run on a machine.

A process keeps what it opened: traces with their corpora, and the last draw of each. So tasks of one trace, one after
the other, cost no more than their replays.

The payload of a task, beside ``label``, ``cell`` and ``seed``:

``options``     all Options that are not the default, by name
``identities``  by codec: the identity of the library that it is to be done with
``costs``       by codec: what it takes, see zswapbench.runs.sweeps.costs; without those that the options give, and None
                over an export of a corpus
``drawn``       the seed is another than the trace's own: the trace is drawn anew
``machine``     of a machine: what the machine is, see zswapbench.runs.sweeps.machines
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import InternalError, MissingError, ZswapbenchError
from zswapbench.common.progress import silent
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import identity_of
from zswapbench.plugins.registry import CODECS, Choice
from zswapbench.results.sweeps.columns import NAMES, Figure, columns_of_replay
from zswapbench.runs.drawing import drawn_again
from zswapbench.runs.loading import Loaded, load
from zswapbench.runs.options import Options
from zswapbench.runs.replaying import replay_all
from zswapbench.runs.sweeps.contract import REPLAY, Outcome, Place, Task
from zswapbench.runs.sweeps.costs import of_json
from zswapbench.runs.zswap import planned
from zswapbench.traces.synth import recipe_told

_KEPT = 2
"""Traces that a process keeps open."""

_opened: OrderedDict[tuple[str, ...], _Opened] = OrderedDict()


class _Opened:
    """A trace with its corpus, and the draw of it that was made last."""

    def __init__(self, task: Task, place: Place) -> None:
        trace, corpus = task.inputs
        with ExitStack() as stack:
            opened = stack.enter_context(Corpus(place(corpus)))
            self.loaded = stack.enter_context(load(place(trace), opened))
            self.close = stack.pop_all().close
        self._seed: int | None = None
        self._draw: Loaded | None = None

    def draw(self, seed: int) -> Loaded:
        """The trace of the same recipe and another ``seed``."""
        if self._draw is None or self._seed != seed:
            self._draw, self._seed = None, None  # two of them need not be held
            self._draw = drawn_again(self.loaded, replace(recipe_told(self.loaded.trace), seed=seed))
            self._seed = seed
        return self._draw


def do(task: Task, place: Place) -> Outcome:
    """Do ``task``; ``place``: where its inputs are. What is wrong with the task, or fails, is in the outcome."""
    start = time.perf_counter()
    try:
        columns, result = _DOERS[task.kind](task, place)
        problem, code = "", 0
    except ZswapbenchError as error:
        problem, code = str(error), error.exit_code
    except MemoryError as error:
        problem, code = f"out of memory: {error or 'there is not enough'}", MissingError.exit_code
    except Exception as error:  # noqa: BLE001  one run that meets a bug must not take all others with it
        problem, code = _bug(error), InternalError.exit_code
    if problem:
        columns, result = dict.fromkeys(NAMES), ""
    seconds = time.perf_counter() - start
    return Outcome(task.key, columns, result, " ".join(problem.split()), code, seconds)


def _replayed(task: Task, place: Place) -> tuple[dict[str, Figure], str]:
    opened = _opened_for(task, place)
    loaded, payload = opened.loaded, task.payload
    _refuse_other_codecs(loaded.corpus, payload["identities"])
    loaded.codec_costs.update({codec: costs and of_json(costs) for codec, costs in payload["costs"].items()})
    plan = planned(loaded, Options(**payload["options"], label=payload["label"]), silent)
    over = loaded
    if payload["drawn"]:
        over = opened.draw(payload["seed"])
        plan = plan.over(over, loaded)
    result = replay_all([(over, [plan])], silent)[0][0]
    return columns_of_replay(result), json.dumps(vars(result), separators=(",", ":"))


def _opened_for(task: Task, place: Place) -> _Opened:
    """The inputs of ``task``, opened now or before."""
    if task.inputs not in _opened:
        while len(_opened) >= _KEPT:
            _opened.popitem(last=False)[1].close()
        _opened[task.inputs] = _Opened(task, place)
    _opened.move_to_end(task.inputs)
    return _opened[task.inputs]


def _refuse_other_codecs(corpus: Corpus, identities: dict[str, str]) -> None:
    """Raises MissingError if a codec here is not the one that the sweep is planned with."""
    for name, identity in identities.items():
        codec: Choice[Codec] = CODECS.choose(name)
        if (found := identity_of(corpus, codec)) != identity:
            raise MissingError(f"codec {name} is {found} here, and the sweep is of {identity}: install that")


def _bug(error: Exception) -> str:
    """An error that nobody thought of, in a line, with where it was raised."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f"{last.tb_frame.f_code.co_name}(), line {last.tb_lineno}" if last else "nowhere"
    return f"a bug in zswapbench: {type(error).__name__}: {error}, in {where}"


_DOERS: dict[str, Callable[[Task, Place], tuple[dict[str, Any], str]]] = {REPLAY: _replayed}
