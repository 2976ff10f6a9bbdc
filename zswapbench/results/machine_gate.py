"""The gate for results of 'machine': the figures of each set-up against a baseline's, at each value of a sweep.

A label is that of the set-up, in a sweep with the value behind it. Rules, words and thresholds are those of
zswapbench.results.gate. A set-up that ran out of memory has no figures, and its time is not met.
"""

from __future__ import annotations

from typing import Any

from zswapbench.common.units import format_size
from zswapbench.results.gate import MISSING, NEW, NOT_MET, WHOLE, Judgement, Verdict, verdict_on
from zswapbench.results.machine import METRICS, MachineResult, SetupResult
from zswapbench.results.machine_sweep import MachineSweep
from zswapbench.results.thresholds import Thresholds

Machines = MachineResult | MachineSweep

_PAID = ("total_ns", "slowdown")


def judge_machine(base: Machines | None, found: Machines, thresholds: Thresholds) -> Judgement:
    """Hold ``found`` against ``base``; without one all is new."""
    before, after = setups_of(base) if base else {}, setups_of(found)
    verdicts: list[Verdict] = []
    for label in dict.fromkeys([*before, *after]):
        if label not in after:
            verdicts.append(Verdict(label, WHOLE, "", None, None, MISSING, fails=True))
        elif label not in before:
            verdicts.append(Verdict(label, WHOLE, "", None, None, NEW))
        else:
            old, new = _figures(before[label]), _figures(after[label])
            verdicts += [
                verdict_on(label, METRICS[name], old.get(name), new.get(name), thresholds)
                for name in METRICS
                if name in old or name in new
            ]
    changed = _changed(before, after, base, found) if base else []
    return Judgement(tuple(verdicts), (*changed, *_measured(after)))


def setups_of(result: Machines) -> dict[str, SetupResult]:
    """The set-ups by label."""
    if isinstance(result, MachineResult):
        return {one.label: one for one in result.setups}
    return {
        f"{one.label} at {result.key} {format_size(value) if result.unit else value}": one
        for value, point in zip(result.values, result.results, strict=True)
        for one in point.setups
    }


def other_references(old: Machines, new: Machines) -> str:
    """Which of the inputs is another one; "" if none is."""
    before, after = _point(old).inputs, _point(new).inputs
    if before["corpus_digest"] != after["corpus_digest"]:
        return f"corpus {_corpus(after)}, the baseline's {_corpus(before)}"
    if before["count"] != after["count"]:
        return f"{_counted(after)}, the baseline's {_counted(before)}"
    return ""


def _point(result: Machines) -> MachineResult:
    """One of its machines: their inputs are the same."""
    return result if isinstance(result, MachineResult) else result.results[0]


def _corpus(inputs: dict[str, Any]) -> str:
    return f"{inputs['corpus']} ({inputs['corpus_digest'][:12]})"


def _counted(inputs: dict[str, Any]) -> str:
    return f"{inputs['references']} ({inputs['count']:,} references)"


def _figures(one: SetupResult) -> dict[str, float]:
    if one.out_of_memory_at is not None:
        return dict.fromkeys(_PAID, NOT_MET)
    return {**one.metrics, **one.counters}


def _measured(setups: dict[str, SetupResult]) -> list[str]:
    """That what codecs take was measured, if it was: then no two runs are quite alike."""
    codecs = [one.setting["codec"] for one in setups.values() if not one.setting.get("codec_cost", True)]
    return [
        f"what {codec} takes was measured, and all times move with it: give --cost, to baseline and result"
        for codec in dict.fromkeys(codecs)
    ]


def _changed(
    before: dict[str, SetupResult], after: dict[str, SetupResult], base: Machines, found: Machines
) -> list[str]:
    """What differs in how the two were made."""
    pairs = [("", _settings(base), _settings(found))]
    pairs += [
        (f"{label}: ", before[label].setting, after[label].setting) for label in before if label in after
    ]
    return [
        f"{whose}{name.replace('_', ' ')}: {old[name]} -> {new[name]}"
        for whose, old, new in pairs
        for name in old
        if name in new and old[name] != new[name]
    ]


def _settings(result: Machines) -> dict[str, Any]:
    point = _point(result)
    return {"zswapbench": point.environment.get("zswapbench"), **point.setting}
