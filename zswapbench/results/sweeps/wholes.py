"""Whole results of a sweep's runs: of a row what ``run``, ``zram`` over a trace or ``machine`` would have made.

There may be very many, so they are not held against the schema one by one, as files are: a row that is damaged is found
when it is used, and then the schema says what is wrong with it (``blame``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from zswapbench.common import strict_json
from zswapbench.common.errors import InputError
from zswapbench.results.files import result_of
from zswapbench.results.machine import NONE, MachineResult, SetupResult
from zswapbench.results.machine_files import machine_from, machine_of
from zswapbench.results.records import Result
from zswapbench.results.sweeps.columns import MACHINE
from zswapbench.results.sweeps.store import Row, Store

_WRONG = (KeyError, TypeError, ValueError, AttributeError, IndexError)
_NAMES = {field.name for field in fields(Result)}


def document_of(path: str | os.PathLike[str], row: Row) -> dict[str, Any]:
    """The whole result of ``row`` in values that JSON has. Raises InputError if it is none."""
    try:
        found = strict_json.loads(row.result)
    except (ValueError, RecursionError) as error:
        raise InputError(path, f"is damaged: {told(row)} has a result that is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InputError(path, f"is damaged: {told(row)} has a result that is no object")
    return found


def whole_of(path: str | os.PathLike[str], row: Row) -> Result | MachineResult:
    """The whole result of ``row``, which has one. Raises InputError for what cannot be one at all."""
    document = document_of(path, row)
    with blaming(path, row, document):
        if row.kind == MACHINE:
            return machine_from(document)
        if document.keys() != _NAMES:
            raise ValueError("other names")
        return Result(**document)


@contextmanager
def blaming(path: str | os.PathLike[str], row: Row, document: dict[str, Any]) -> Iterator[None]:
    """Raises InputError with what is wrong with the ``document`` of ``row`` if it cannot be used."""
    try:
        yield
    except _WRONG:
        if row.kind == MACHINE:
            machine_of(path, document)
        else:
            result_of(path, told(row), document)
        raise


def reader_of(store: Store) -> Callable[[str], Result | SetupResult]:
    """What reads the whole result of the unit with a key; of a machine, that of the set-up in question."""

    def read(key: str) -> Result | SetupResult:
        row = store.row(key)
        whole = whole_of(store.path, row)
        return whole if isinstance(whole, Result) else setup_in(whole)

    return read


def setup_in(whole: MachineResult) -> SetupResult:
    """The set-up that a unit of a machine is of; it may have one with enough RAM beside it."""
    return next((one for one in whole.setups if one.kind != NONE), whole.setups[0])


def told(row: Row) -> str:
    """The row, for a message."""
    return f"run {row.key[:12]} ({row.label})"
