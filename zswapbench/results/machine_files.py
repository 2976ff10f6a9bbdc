"""Results of 'machine', read back: JSON of one machine, or of a sweep, which has one for each value."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import Any

from jsonschema import Draft202012Validator

from zswapbench.common.errors import InputError
from zswapbench.results.machine import SCHEMA_VERSION, MachineResult, SetupResult
from zswapbench.results.machine_cgroups import CgroupResult
from zswapbench.results.machine_gained import Gained
from zswapbench.results.machine_series import SERIES
from zswapbench.results.machine_sweep import MachineSweep
from zswapbench.results.schema_faults import fault_in
from zswapbench.rules.work_costs import WorkCosts

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": (1 << 63) - 1}
_MAYBE_COUNT = {**_COUNT, "type": ["integer", "null"]}
_FIGURE = {"type": "number", "minimum": 0}
_MAYBE = {"type": ["number", "null"], "minimum": 0}


_WORK = [field.name for field in fields(WorkCosts) if field.name != "name"]


def _object(of: dict[str, Any], may: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An object that must have all properties ``of``, and ``may`` have others."""
    return {"type": "object", "properties": {**of, **(may or {})}, "required": [*of], **more}


def _list(of: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": of, **more}


def _by_name(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


_SERIES = _object({figure.name: _list(_MAYBE) for figure in SERIES}, additionalProperties=False)
_SETUP = _object(
    {
        "label": _TEXT,
        "kind": _TEXT,
        "setting": {"type": "object"},
        "out_of_memory_at": _MAYBE_COUNT,
        "counters": _by_name(_COUNT),
        "metrics": {**_by_name(_FIGURE), "required": ["total_ns"]},
        "fault_waits": _list(_COUNT),
        "spread_ns": _MAYBE,
        "series": _SERIES,
    },
    {
        "out_of_memory_in": _MAYBE_COUNT,
        "too_few_pages": {"type": "boolean"},
        "cgroups": _list(
            _object({"id": _MAYBE_COUNT, "figures": _by_name(_FIGURE)}, additionalProperties=False)
        ),
    },
    additionalProperties=False,
)
_SETTING = _object(
    {
        **dict.fromkeys(("ram", "ram_pages", "swap_slots", "page_cluster", "cpus"), _COUNT),
        **dict.fromkeys(("min_free_kbytes", "watermark_scale_factor"), _COUNT),
        "watermarks": _object(dict.fromkeys(("min", "low", "high"), _COUNT)),
        "work": _object({"name": _TEXT, **dict.fromkeys(_WORK, _COUNT)}),
        **dict.fromkeys(("reclaim", "kernel", "rules"), _TEXT),
        "page_size": {"enum": [4096, 16384, 65536]},
    }
)
_INPUTS = _object(
    {
        **dict.fromkeys(("references", "corpus", "corpus_digest"), _TEXT),
        **dict.fromkeys(("count", "pages"), _COUNT),
        "provenance": {"type": "object"},
    }
)
_GAINED = _object(
    {
        **dict.fromkeys(("label", "disk"), _TEXT),
        **dict.fromkeys(("ram", "as_fast", "runs"), _COUNT),
        "slower": _MAYBE_COUNT,
    },
    additionalProperties=False,
)
_MACHINE = _object(
    {
        "setting": _SETTING,
        "inputs": _INPUTS,
        "remarks": _list(_TEXT),
        "setups": _list(_SETUP, minItems=1),
        "environment": _by_name(_TEXT),
        "timings": _by_name(_FIGURE),
        "gained": _list(_GAINED),
        "schema_version": {"const": SCHEMA_VERSION},
    },
    additionalProperties=False,
)
_SWEEP = _object(
    {
        "key": _TEXT,
        "unit": {"enum": ["", "B"]},
        "values": _list(_COUNT, minItems=1),
        "results": _list(_MACHINE, minItems=1),
        "schema_version": {"const": SCHEMA_VERSION},
    },
    additionalProperties=False,
)


def is_machine(document: Any) -> bool:
    """Was ``document`` written by 'machine', whatever has become of it since?"""
    return isinstance(document, dict) and ("setups" in document or _is_sweep(document))


def _is_sweep(document: dict[str, Any]) -> bool:
    return "results" in document and "values" in document


def machine_of(path: str | os.PathLike[str], document: dict[str, Any]) -> MachineResult | MachineSweep:
    """The result in ``document``. Raises InputError for a damaged one, and for one of a newer zswapbench."""
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InputError(path, "is damaged: it does not say which version of a machine's results it is")
    if version > SCHEMA_VERSION:
        raise InputError(
            path,
            f"has schema version {version} of a machine, of a newer zswapbench; this one reads up to "
            f"{SCHEMA_VERSION}: update it",
        )
    sweep = _is_sweep(document)
    validator = Draft202012Validator(_SWEEP if sweep else _MACHINE)
    if fault := fault_in(document, validator, "the result of 'machine'"):
        raise InputError(path, f"is damaged: {fault}")
    several = document["results"] if sweep else [document]
    for one in several:
        for setup in one["setups"]:
            if len({len(values) for values in setup["series"].values()}) > 1:
                raise InputError(path, f"is damaged: {setup['label']}: its series are not of one length")
    results = tuple(machine_from(one) for one in several)
    if not sweep:
        return results[0]
    labels = [[setup.label for setup in one.setups] for one in results]
    if len(results) != len(document["values"]) or any(some != labels[0] for some in labels):
        raise InputError(path, "is damaged: it has not the same set-ups at each value")
    return MachineSweep(**{**document, "values": tuple(document["values"]), "results": results})


def machine_from(document: dict[str, Any]) -> MachineResult:
    """The result in ``document``, which was found to be as it should."""
    setups = tuple(
        SetupResult(**{**setup, "cgroups": tuple(CgroupResult(**one) for one in setup.get("cgroups", ()))})
        for setup in document["setups"]
    )
    gained = tuple(Gained(**one) for one in document["gained"])
    return MachineResult(**{**document, "setups": setups, "gained": gained})
