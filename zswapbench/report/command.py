"""Results -> the command that makes them again, as it can be pasted into a shell.

It is worked out from what the results were asked for, not from what was typed: the same result says the same command
wherever it was written to.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from zswapbench.common.errors import UsageError, ZswapbenchError
from zswapbench.corpus.shipped import demo_trace
from zswapbench.results.records import ZRAM, ZSWAP, Result
from zswapbench.runs.choices import every_policy
from zswapbench.runs.options import SPEC_KEYS, Options, options_of, parts_of

_OPTIONS = {
    "pool": "--pool",
    "codec": "--codec",
    "what_if": "--what-if",
    "era": "--era",
    "limit": "--pool-limit",
    "ram": "--ram",
    "max_pool_percent": "--max-pool-percent",
    "accept_threshold_percent": "--accept-threshold-percent",
    "chain_size": "--chain-size",
    "device": "--device",
    "cost": "--cost",
}
"""By the name of Options: the option of the command line, in the order of its help."""


_OF_ZRAM = ("codec", "chain_size", "device", "cost")
"""Of these, what a zram takes, too, but for its kernel, which its SPEC always says."""

_IN_SPEC = [name for name in SPEC_KEYS[ZSWAP] if name in _OPTIONS]


def commands_of(results: Sequence[Result]) -> list[str]:
    """One ``compare`` for ``results`` of one trace, or a ``run`` for each where no SPECs tell them apart.

    The trace stands there by its name: the command belongs into its folder. Nothing of results that do not know what
    was asked for.
    """
    known = [result for result in results if result.asked]
    common = _common(known)
    specs = _specs(known, common)
    told_apart = all(name in common or name in _IN_SPEC for name in _OPTIONS)
    viewed = [result for result in known if not result.is_zram] or known  # zram has no bounds
    if len(specs) > 1 and told_apart and _same_view(viewed):
        name = known[0].inputs["trace"]
        trace = [] if name == demo_trace().name else ["--trace", name]
        view = _view(viewed[0])
        if "--bounds" in view and (others := _beside_all(known, common)) is not None:
            specs = ["--all", *_specs(others, common)]
            view.remove("--bounds")  # which --all implies
        return [_line(["compare", *specs, *trace, *_flags(common), *view])]
    return list(dict.fromkeys(_run(result) for result in known))


def _asked(result: Result) -> dict[str, Any]:
    """All of it: results of earlier releases lack what these did not have."""
    return {**Options(setup=result.setting["setup"]).asked(), **result.asked}


def _common(results: Sequence[Result]) -> dict[str, Any]:
    """What all that take an option were asked for alike; the default where none takes it."""
    found = Options().asked()
    for name in _OPTIONS:
        values = {_asked(result)[name] for result in results if not result.is_zram or name in _OF_ZRAM}
        if len(values) > 1:
            del found[name]
        elif values:
            found[name] = values.pop()
    costs = {(result.setting["codec"], _asked(result)["cost"]) for result in results}
    if len({codec for codec, _ in costs}) == len(costs):  # each is recorded with what it used
        found["cost"] = ",".join(dict.fromkeys(cost for _, cost in sorted(costs) if cost))
    return found


def _run(result: Result) -> str:
    asked = _asked(result)
    if result.is_zram:
        parts = (part.partition("=") for part in _zram_parts(asked))
        return _line(
            [
                "zram",
                result.inputs["trace"],
                *(word for key, _, value in parts for word in (f"--{key}", value)),
            ]
        )
    policy = [] if asked["policy"] == Options().policy else ["--policy", asked["policy"]]
    return _line(["run", result.inputs["trace"], *policy, *_flags(asked), *_view(result)])


def _specs(results: Sequence[Result], common: dict[str, Any]) -> list[str]:
    """SPECs that make ``results``: the words that these were called, where such a word says it all."""
    specs = []
    for result in results:
        asked = _asked(result)
        specs.append(result.label if _said_by(result.label, common) == asked else _spec(asked, common))
    return list(dict.fromkeys(specs))


def _said_by(label: str, common: dict[str, Any]) -> dict[str, Any] | None:
    """What the bare word ``label`` asks for as a SPEC beside the options ``common``; None for another label."""
    if "," in label or "=" in label:
        return None
    try:
        return options_of(label, Options(**common)).asked()
    except UsageError:
        return None


def _beside_all(results: Sequence[Result], common: dict[str, Any]) -> list[Result] | None:
    """Those of ``results`` that --all does not make; None if it makes others, too."""
    try:
        every = [one.asked() for one in every_policy(Options(**common))[0]]
    except ZswapbenchError:  # no such pool here, or one that does not work
        return None
    asked = [_asked(result) for result in results]
    if any(one not in asked for one in every):
        return None
    return [result for result in results if _asked(result) not in every]


def _spec(asked: dict[str, Any], common: dict[str, Any]) -> str:
    """What is special about a run, in the form of a SPEC."""
    if asked.get("setup") == ZRAM:
        own = {
            name: "" if name in common and name in ("codec", "chain_size") else asked[name] for name in asked
        }
        device = [f"device={asked['device']}"] if "device" not in common else []
        return ",".join([ZRAM, *_zram_parts(own), *device])
    default = Options().asked()
    special = [
        f"{name}={asked[name]}"
        for name in _IN_SPEC
        if name != "policy" and name not in common and asked[name] != default[name]
    ]
    return ",".join([_policy(asked["policy"]), *special])


def _zram_parts(asked: dict[str, Any]) -> list[str]:
    """What a zram was asked for, as SPECs and the options of 'zram' call it."""
    named = {
        "kernel": asked["era"],
        "codec": asked["codec"],
        "chain-size": asked["chain_size"],
        "mem-limit": asked["mem_limit"],
        "backing-dev": asked["backing_dev"],
    }
    writes = filter(None, asked["writes"].split(","))
    return [*(f"{key}={value}" for key, value in named.items() if value), *(f"write={one}" for one in writes)]


def _policy(name: str) -> str:
    """The policy by its bare name, if no other family has it too."""
    try:
        return name if [key for key, _, _ in parts_of(name)] == ["policy"] else f"policy={name}"
    except UsageError:
        return f"policy={name}"


def _flags(asked: dict[str, Any]) -> list[str]:
    """Options with their values, but for those that are the default anyway."""
    default = Options().asked()
    flags = []
    for name, option in _OPTIONS.items():
        value = asked.get(name, default[name])
        if value != default[name]:
            flags += [option] if value is True else [option, str(value)]
    return flags


def _view(result: Result) -> list[str]:
    """What else was wished for, that a result does not count among what was asked."""
    return [
        *(["--verify"] if result.verified_pages is not None else []),
        *_drawn(result),
        *(["--bounds"] if result.bounds else []),
    ]


def _drawn(result: Result) -> list[str]:
    if "sample" in result.inputs:
        return ["--sample-rate", f"{result.inputs['sample']['rate']:g}"]
    return ["--seeds", str(result.draws["count"])] if result.draws else []


def _same_view(results: Sequence[Result]) -> bool:
    return all(_view(result) == _view(results[0]) for result in results)


def _line(words: Sequence[str]) -> str:
    return shlex.join(["zswapbench", *words])
