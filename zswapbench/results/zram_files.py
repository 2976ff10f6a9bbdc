"""Results of 'zram', read back: JSON of any version of theirs, as zswapbench.results.files reads those of zswap."""

from __future__ import annotations

import os
from typing import Any

from jsonschema import Draft202012Validator

from zswapbench.common.errors import InputError
from zswapbench.results.schema_faults import fault_in
from zswapbench.results.zram import BD_STAT, IO_STAT, MM_STAT, SCHEMA_VERSION, Device, State, Step, ZramResult

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": (1 << 63) - 1}
_MAYBE_COUNT = {**_COUNT, "type": ["integer", "null"]}


def _object(of: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An object that must have all properties ``of``."""
    return {"type": "object", "properties": of, "required": [*of], **more}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _columns(figures: Any) -> dict[str, Any]:
    """An object with a count for each of ``figures``."""
    return _object({figure.name: _COUNT for figure in figures}, additionalProperties=False)


_COUNTS = {"type": "object", "additionalProperties": _COUNT}
_ALGORITHM = _object({"priority": _COUNT, "codec": _TEXT, "identity": _TEXT})
_STATE = _object(
    {
        "device": _TEXT,
        "mm_stat": _columns(MM_STAT),
        "io_stat": _columns(IO_STAT),
        "bd_stat": _columns(BD_STAT),
        "pages": _MAYBE_COUNT,
        "error": _TEXT,
    },
    additionalProperties=False,
)
_STEP = _object(
    {"after": _TEXT, "devices": {**_list(_STATE), "minItems": 1}},
    additionalProperties=False,
)
_SCHEMA = _object(
    {
        "setting": _object(
            {
                "kernel": _TEXT,
                "rules": _object({"huge_from": _COUNT}),
                "pool": _TEXT,
                "codec": _TEXT,
                "codec_identity": _TEXT,
                "recomp_algorithms": _list(_ALGORITHM),
                "mem_limit_pages": _COUNT,
                "backing_dev_pages": _MAYBE_COUNT,
                "writes": _list(_TEXT),
                "page_size": {"enum": [4096, 16384, 65536]},
            }
        ),
        "inputs": _object(
            {
                "trace": _TEXT,
                "trace_digest": _TEXT,
                "events": _COUNT,
                "footprint_pages": _COUNT,
                "corpus": _TEXT,
                "corpus_digest": _TEXT,
            }
        ),
        "steps": {**_list(_STEP), "minItems": 1},
        "devices": _list(
            _object(
                {"device": _TEXT, "events": _COUNTS, "classes": _list({"type": "object"})},
                additionalProperties=False,
            )
        ),
        "environment": {"type": "object", "additionalProperties": _TEXT},
        "timings": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
        "schema_version": {"const": SCHEMA_VERSION},
    },
    additionalProperties=False,
)


def is_zram(document: Any) -> bool:
    """Was ``document`` written by 'zram', whatever has become of it since?"""
    return isinstance(document, dict) and "steps" in document and "devices" in document


def zram_of(path: str | os.PathLike[str], document: dict[str, Any]) -> ZramResult:
    """The result in ``document``. Raises InputError for a damaged one, and for one of a newer zswapbench."""
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InputError(path, "is damaged: it does not say which version of zram's results it is")
    if version > SCHEMA_VERSION:
        raise InputError(
            path,
            f"has zram's schema version {version}, of a newer zswapbench; this one reads up to {SCHEMA_VERSION}: "
            "update it",
        )
    current = {**document, "schema_version": SCHEMA_VERSION}
    if version < 2 and isinstance(document.get("setting"), dict):
        current["setting"] = {"backing_dev_pages": None, **document["setting"]}
    if fault := fault_in(current, Draft202012Validator(_SCHEMA), "the result of 'zram'"):
        raise InputError(path, f"is damaged: {fault}")
    steps = tuple(
        Step(step["after"], tuple(State(**state) for state in step["devices"])) for step in current["steps"]
    )
    devices = tuple(Device(**device) for device in current["devices"])
    return ZramResult(**{**current, "steps": steps, "devices": devices})
