"""Result files, read back: JSON of any schema version, held against the published schema of the newest.

``result.schema.json`` beside this file is that schema, for whoever reads results without zswapbench;
scripts/make-schema writes it. A file of an earlier version is first brought up to date: what it does not have is
empty, and figures that its version did not know are absent from ``counters`` and ``metrics``, since no number would
be true.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from zswapbench.common import strict_json
from zswapbench.common.errors import InputError
from zswapbench.common.files import open_input
from zswapbench.results.machine_files import is_machine, machine_of
from zswapbench.results.records import SCHEMA_VERSION, ZSWAP, Result
from zswapbench.results.schema_faults import fault_in
from zswapbench.results.whole import WHOLES, Whole, command_of
from zswapbench.results.zram_files import is_zram, zram_of

MOST_BYTES = 1 << 30
"""No comparison that a person could read comes near this."""

_DEEPEST = 50
"""Levels of lists and objects; a result has not ten."""


def read_results(path: str | os.PathLike[str]) -> list[Result]:
    """The results in the file ``path``, one or several; ``-`` is standard input.

    Raises InputError for what is no result, is damaged, or was written by a zswapbench that is newer than this one.
    """
    found = read_any(path)
    if isinstance(found, WHOLES):
        raise InputError(path, f"is a result of '{command_of(found)}', not of 'run' or 'compare'")
    return found


def read_any(path: str | os.PathLike[str]) -> list[Result] | Whole:
    """The same, or the result of 'zram' or 'machine' that the file holds."""
    document = _read(path)
    if _depth(document) > _DEEPEST:
        raise InputError(path, f"is not a result: it is nested more than {_DEEPEST} deep")
    if is_zram(document):
        return zram_of(path, document)
    if is_machine(document):
        return machine_of(path, document)
    several = document if isinstance(document, list) else [document]
    if not several:
        raise InputError(path, "holds no result: it is an empty list")
    results = [result_of(path, f"result {number}", one) for number, one in enumerate(several)]
    _check_labels(path, results)
    return results


def _check_labels(path: str | os.PathLike[str], results: list[Result]) -> None:
    """Raises InputError if two ``results`` have one label and are not the same: it would not say which is meant."""
    known: dict[str, Result] = {}
    for result in results:
        first = known.setdefault(result.label, result)
        if (first.counters, first.metrics, first.setting) != (
            result.counters,
            result.metrics,
            result.setting,
        ):
            raise InputError(
                path,
                f"has two different results with the label {result.label!r}; give each a label of its own",
            )


def schema() -> dict[str, Any]:
    """The JSON Schema of a result file, as published."""
    found: dict[str, Any] = json.loads(files(__package__).joinpath("result.schema.json").read_text())
    return found


def _read(path: str | os.PathLike[str]) -> Any:
    try:
        text = bytearray()
        with open_input(path, InputError) as file:
            while some := file.read(1 << 20):
                text += some
                if len(text) > MOST_BYTES:
                    raise InputError(path, "is not a result: it is larger than any could be")
        return strict_json.loads(text.decode())
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise InputError(path, "is not JSON: it is not text", offset=error.start) from None
    except json.JSONDecodeError as error:
        raise InputError(
            path, f"is not JSON, or was cut: line {error.lineno}: {error.msg}; write one with --format json"
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(path, f"is not JSON that a result can be: {error}") from None


def _depth(document: Any) -> int:
    """Levels of lists and objects in ``document``."""
    depth, level = 0, [document]
    while level:
        parts = [one for one in level if isinstance(one, (dict, list))]
        level = [part for one in parts for part in (one.values() if isinstance(one, dict) else one)]
        depth += bool(parts)
    return depth


def result_of(path: str | os.PathLike[str], what: str, document: Any) -> Result:
    """A result of the file, told as ``what``. Raises InputError with what is not as the schema has it."""
    current = _brought_up_to_date(path, document)
    if fault := fault_in(current, _validator(), what):
        raise InputError(path, f"is damaged: {fault}")
    counters, metrics = current["counters"], current["metrics"]
    for name in counters.keys() & metrics.keys():
        if counters[name] != metrics[name]:
            problem = f"{name} is {counters[name]} among its counters and {metrics[name]} among its metrics"
            raise InputError(path, f"is damaged: {what}: {problem}")
    if len({len(values) for values in current["series"].values()}) > 1:
        raise InputError(path, f"is damaged: {what}.series: its lists are not of one length")
    draws = current["draws"]
    columns = [*draws.get("metrics", {}).values(), *draws.get("timings", {}).values()]
    if any(len(figures) != draws["count"] for figures in columns):
        raise InputError(path, f"is damaged: {what}.draws: its lists are not of the length 'count'")
    return Result(**current)


def _brought_up_to_date(path: str | os.PathLike[str], document: Any) -> dict[str, Any]:
    version = document.get("schema_version") if isinstance(document, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InputError(path, "is not a result of 'run' or 'compare': write one with --format json")
    if version > SCHEMA_VERSION:
        raise InputError(
            path,
            f"has schema version {version}, of a newer zswapbench; this one reads up to {SCHEMA_VERSION}: update it",
        )
    current = {**document, "schema_version": SCHEMA_VERSION}
    try:
        for step in range(version, SCHEMA_VERSION):
            _UPDATES[step](current)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(
            path, f"is damaged: it is not what a result of schema version {version} is"
        ) from None
    return current


def _from_1(result: dict[str, Any]) -> None:
    result["setting"] = {"ram_pages": None, **result["setting"]}
    era = result["setting"]["era"]
    result["setting"]["era"] = {**era, "counters": dict(era.get("counters", []))}


def _from_2(result: dict[str, Any]) -> None:
    policy = result["setting"]["policy"]
    result["setting"] = {
        "policy_foresees": False,  # there was no policy that does
        "policy_is_own": policy == result["setting"]["era"].get("lru", "lru"),
        **result["setting"],
    }
    result["series"] = {}
    result["bounds"] = {}


def _from_3(result: dict[str, Any]) -> None:
    result["inputs"] = {"trace_digest": None, **result["inputs"]}
    result |= {"asked": {}, "class_sizes": [], "barren_runs": [], "stored_sizes": []}


def _from_4(result: dict[str, Any]) -> None:
    names = {"policy_is_own": "policy_is_era_default"}
    result["setting"] = {names.get(name, name): value for name, value in result["setting"].items()}


def _from_5(result: dict[str, Any]) -> None:
    setting, asked = result["setting"], result["asked"]
    pool = setting["pool"].replace("rules=6.3", "rules=6.4")
    era = {"row": setting["era"]["name"], **setting["era"]}
    result["setting"] = {"codec_cost": None, **setting, "pool": pool, "era": era}
    result["work"] = {}
    result["draws"] = {}
    if asked.get("pool"):  # what it meant then, and was asked for in any era
        result["asked"] = {**asked, "pool": pool, "chain_size": None, "what_if": True}


def _from_6(result: dict[str, Any]) -> None:
    if result["draws"]:
        result["draws"] = {**result["draws"], "timings": {}}


def _from_7(result: dict[str, Any]) -> None:
    result["setting"] = {"setup": ZSWAP, **result["setting"]}  # there was no other


_UPDATES: dict[int, Callable[[dict[str, Any]], None]] = {
    1: _from_1,
    2: _from_2,
    3: _from_3,
    4: _from_4,
    5: _from_5,
    6: _from_6,
    7: _from_7,
}
"""By version: what makes the next one of it, in place."""


@cache
def _validator() -> Draft202012Validator:
    whole = schema()
    return Draft202012Validator({**whole["$defs"]["result"], "$defs": whole["$defs"]})
