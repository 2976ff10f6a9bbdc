"""What is to be said of results: read, held against a baseline, and told in any form."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from zswapbench.api.given import PathLike, kind_of, output_of, path_of, taken, texts_of
from zswapbench.api.records import Judgement, MachineResult, MachineSweep, Results, ZramResult
from zswapbench.common.errors import InputError, UsageError
from zswapbench.common.names import offer
from zswapbench.common.outputs import write_text
from zswapbench.report import junit
from zswapbench.report.forms import FORMATS, form_of, text_of
from zswapbench.report.machine_sweep_tables import machine_sweep_tables
from zswapbench.report.machine_tables import machine_tables
from zswapbench.report.table import Table
from zswapbench.report.tables import compare_tables, run_tables
from zswapbench.report.verdict_tables import verdict_tables
from zswapbench.report.zram_tables import zram_tables
from zswapbench.results import gate, machine, machine_sweep, records, whole, zram
from zswapbench.results.by_trace import by_trace
from zswapbench.results.gate import check_named, difference, judge
from zswapbench.results.labels import told_apart
from zswapbench.results.thresholds import GROUPS, Thresholds, thresholds_of
from zswapbench.results.whole import WHOLES, Whole, judge_whole

ResultsLike = PathLike | records.Result | Iterable[records.Result] | Whole
"""A file of results, one result, or several; or what ``zram`` or ``machine`` gave."""

Read = list[records.Result] | Whole
"""What results come to, once they are read."""

Told = ResultsLike | gate.Judgement
"""What can be told."""


def read_results(path: PathLike) -> Results | ZramResult | MachineResult | MachineSweep:
    """The results in the file ``path``, one or several: JSON of ``make_report``, or of ``run`` and ``compare``.

    What ``zram`` wrote is one ZramResult, what ``machine`` wrote a MachineResult or a MachineSweep, and no list. Files
    of earlier versions are read, too; what they did not know is absent. Raises InputError for what is no result, is
    damaged, or is of a newer zswapbench.

    >>> import tempfile, pathlib, zswapbench
    >>> from zswapbench import shipped
    >>> file = pathlib.Path(tempfile.mkdtemp(), "base.json")
    >>> result = zswapbench.replay(shipped.demo_trace())
    >>> _ = zswapbench.make_report(result, file)
    >>> zswapbench.read_results(file) == [result]
    True
    """
    found = _read(path_of(path, "results"))
    if isinstance(found, zram.ZramResult):
        return ZramResult(**vars(found))
    if isinstance(found, machine.MachineResult):
        return MachineResult(**vars(found))
    return MachineSweep(**vars(found)) if isinstance(found, machine_sweep.MachineSweep) else Results(found)


def check(result: ResultsLike, baseline: ResultsLike, *, fail_on: Iterable[str] = ()) -> Judgement:
    """Is ``result`` worse than ``baseline``, and by more than may be? As ``zswapbench check`` judges; nothing ends.

    Either is a file of results, one result, or several. One is held against one, whatever they are called; several are
    matched by their labels. What ``zram`` gave is held against the same of another run, step by step. ``fail_on``:
    figures that can fail and how much worse each may get, such as ``["refaults:2%", "headline"]``; without any, no
    counter may get worse at all, and no ratio of the headline by more than 1 or 2 %. ``passed`` of the judgement says
    whether nothing failed, ``failing`` what did, ``verdicts`` what became of each figure.

    To replay what a baseline was made of: ``replay(trace, **baseline.asked)``. Raises UsageError for thresholds that
    are none or whose figure no result has, InputError for results of another trace or corpus, and what
    ``read_results`` does.

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> lru = zswapbench.replay(shipped.demo_trace())
    >>> clock = zswapbench.replay(shipped.demo_trace(), **{**lru.asked, "policy": "clock"})
    >>> zswapbench.check(clock, lru).passed
    False
    >>> [verdict.name for verdict in zswapbench.check(clock, lru, fail_on=["refaults:0"]).failing]
    ['refaults']
    """
    limits = texts_of(fail_on, "fail_on", "one of fail_on", "['refaults:2%']")
    thresholds = thresholds_of(limits)
    if limits and (timings := [name for name in GROUPS["timings"] if name in thresholds]):
        raise UsageError(f"fail_on names {timings[0]}, which only 'zswapbench check --timings' measures")
    judgement = _judged(_results_of(baseline, "baseline"), _results_of(result, "result"), thresholds)
    if isinstance(judgement, str):
        raise InputError(
            _name(result, "result"), f"cannot be compared with {_name(baseline, 'the baseline')}: {judgement}"
        )
    check_named(limits, judgement)
    return Judgement(**vars(judgement))


def _judged(old: Read, new: Read, thresholds: Thresholds) -> gate.Judgement | str:
    """The judgement, or why there can be none."""
    if isinstance(old, WHOLES) or isinstance(new, WHOLES):
        if what := whole.difference(old, new):
            return what
        assert isinstance(old, WHOLES)
        assert isinstance(new, WHOLES)
        return judge_whole(old, new, thresholds)
    if len(old) == len(new) == 1:
        new = [replace(new[0], label=old[0].label)]
    return difference(old, new) or judge(old, new, thresholds)


def make_report(results: Told, output: PathLike | None = None, *, form: str = "") -> str:
    """The text of a report in ``form``, which is also written to the file ``output``, if there is one.

    ``results``: what ``replay``, ``compare``, ``zram``, ``machine`` or ``check`` gave, or a file of results. ``form``:
    ``"table"``, ``"json"``, ``"csv"`` or ``"markdown"``; of results also ``"html"``, the page of the command
    ``report``; of a judgement also ``"junit"``. If it is left out, the name of ``output`` says it, as for ``-o`` of the
    commands: .json, .csv, .md, .html, .xml; any other is a table. Results in JSON are read back by ``read_results``.
    Where labels are equal, what differs stands behind each: ``"lru,limit=10%"``.

    Raises UsageError for a form that there is not and for a file that cannot be written, and what ``read_results``
    raises.

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> results = zswapbench.compare(shipped.demo_trace(), ["lru", "class-lru"])
    >>> print(zswapbench.make_report(results, form="csv"))  # doctest: +ELLIPSIS
    metric,lru,class-lru,class-lru change
    device_writes,42827,42924,0.0022...
    """
    tables, own = _forms_of(results)
    forms = [*dict.fromkeys([*FORMATS, *own])]
    target = None if output is None else output_of(output)
    wanted = taken("form", form, "str") or (form_of(target, forms) if target else "table")
    if wanted not in forms:
        raise UsageError(f"no form is called {wanted!r}; {offer(wanted, forms)}")
    text = text_of(wanted, tables, own)
    if target:
        write_text(target, text)
    return text


def _forms_of(results: Told) -> tuple[Callable[[], list[Table]], dict[str, Callable[[], str]]]:
    """What tables are made of ``results``, and which forms they have besides."""
    if isinstance(results, gate.Judgement):
        return lambda: verdict_tables(results), {
            "json": lambda: gate.to_json(results),
            "junit": lambda: junit.render(results),
        }
    told = _results_of(results, "results")
    if isinstance(told, WHOLES):
        return lambda: _tables_of(told), {
            "json": lambda: whole.to_json(told),
            "html": lambda: _page([], [told]),
        }
    return lambda: _tables(told), {"json": lambda: records.to_json(told), "html": lambda: _page(told)}


def _tables_of(one: Whole) -> list[Table]:
    if isinstance(one, zram.ZramResult):
        return zram_tables(one)
    return machine_tables(one) if isinstance(one, machine.MachineResult) else machine_sweep_tables(one)


def _page(results: list[records.Result], wholes: Sequence[Whole] = ()) -> str:
    """The page of ``results``. What it is made with takes a while to load, and a replay needs none of it."""
    from zswapbench.report.html import page, render

    return render([], wholes) if wholes else page(results)


def _read(path: str) -> Read:
    """What the file ``path`` holds. What its schema is checked with takes a while to load, too."""
    from zswapbench.results.files import read_any

    return read_any(path)


def _tables(results: list[records.Result]) -> list[Table]:
    """Side by side what was run with one trace; one result by itself."""
    groups = by_trace(results)
    return [
        table for some in groups for table in (compare_tables(some) if len(some) > 1 else run_tables(some[0]))
    ]


def _results_of(given: Any, what: str) -> Read:
    """The results that ``given`` stands for, told apart. ``what``: how messages call it."""
    if isinstance(given, WHOLES):
        return given
    if isinstance(given, records.Result):
        return [given]
    if isinstance(given, Iterable) and not isinstance(given, (str, bytes)):
        several = list(given)
        if wrong := [one for one in several if not isinstance(one, records.Result)]:
            raise UsageError(f"{what} has one that is {kind_of(wrong[0])}, not a Result")
        if not several:
            raise UsageError(f"{what} is empty; give one or more results")
        return told_apart(several)
    found = _read(path_of(given, what, "a Result or a list of these"))
    return found if isinstance(found, WHOLES) else told_apart(found)


def _name(given: Any, what: str) -> str:
    """How messages call what was given: a file by its name."""
    return os.fspath(given) if isinstance(given, (str, os.PathLike)) else what
