"""The gate for results of 'zram': the kernel's columns after each step, device by device, against a baseline's.

A label is a device and the step after which it was looked at, ``zram0 after compact=1``; what the trace and the writes
did in the end stands under the device alone. Rules, words and thresholds are those of zswapbench.results.gate.
"""

from __future__ import annotations

from collections import Counter

from zswapbench.results.gate import MISSING, NEW, WHOLE, Judgement, Verdict, verdict_on
from zswapbench.results.records import corpus_named
from zswapbench.results.thresholds import Thresholds
from zswapbench.results.zram import FIGURES, ZramResult


def judge_zram(base: ZramResult | None, found: ZramResult, thresholds: Thresholds) -> Judgement:
    """Hold ``found`` against ``base``; without one all is new."""
    before, after = figures_of(base) if base else {}, figures_of(found)
    verdicts: list[Verdict] = []
    for label in dict.fromkeys([*before, *after]):
        if label not in after:
            verdicts.append(Verdict(label, WHOLE, "", None, None, MISSING, fails=True))
        elif label not in before:
            verdicts.append(Verdict(label, WHOLE, "", None, None, NEW))
        else:
            old, new = before[label], after[label]
            names = [name for name in FIGURES if name in old or name in new]
            verdicts += [
                verdict_on(label, FIGURES[name], old.get(name), new.get(name), thresholds) for name in names
            ]
    export = [f"corpus {corpus_named(found.inputs)}"] if found.inputs.get("corpus_is_export") else []
    return Judgement(tuple(verdicts), (*(_changed(base, found) if base else []), *export))


def figures_of(result: ZramResult) -> dict[str, dict[str, int]]:
    """By label, the figures under their names. A step that comes again has a number."""
    found = {}
    seen: Counter[str] = Counter()
    for step in result.steps:
        seen[step.after] += 1
        again = f" ({seen[step.after]})" if seen[step.after] > 1 else ""
        for state in step.devices:
            label = f"{state.device} after {step.after}{again}"
            found[label] = {**state.mm_stat, **state.io_stat, **state.bd_stat}
    return found | {device.device: device.events for device in result.devices}


def _changed(base: ZramResult, found: ZramResult) -> list[str]:
    """What differs in how the two were made."""
    before, after = _settings(base), _settings(found)
    return [
        f"{name}: {before[name]} -> {after[name]}"
        for name in before
        if name in after and before[name] != after[name]
    ]


def _settings(result: ZramResult) -> dict[str, object]:
    """All that was chosen, under the words for it."""
    setting = {name: value for name, value in result.setting.items() if name != "rules"}
    rules = {f"rules: {name}": value for name, value in result.setting["rules"].items() if name != "version"}
    listed = {
        "recomp_algorithms": [
            f"{one['priority']}: {one['identity']}" for one in setting["recomp_algorithms"]
        ],
        "writes": setting["writes"],
    }
    shown = {name: ", ".join(texts) or "none" for name, texts in listed.items()}
    names = {name.replace("_", " "): value for name, value in {**setting, **shown, **rules}.items()}
    return {"zswapbench": result.environment.get("zswapbench"), **names}
