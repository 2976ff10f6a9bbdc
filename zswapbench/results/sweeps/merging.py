"""Several sweeps in one file: all their inputs, costs and runs, each run once.

Rows stand side by side only if they rest on the same: the version that made them, and what codecs cost. A run that two
files have must have come to the same in both, timings apart. A problem gives way to a result.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zswapbench.common.errors import InputError, UsageError, unwritable
from zswapbench.common.files import refuse_overwriting
from zswapbench.results.sweeps.gate import MEASURED, RUN_ANEW
from zswapbench.results.sweeps.store import Row, Store
from zswapbench.results.sweeps.wholes import document_of, told

_OWN = ("zswapbench", "rules")
"""What a new file says of itself."""


@dataclass(frozen=True)
class Merged:
    """What came of it. ``runs``: in all; ``twice``: of these in several files."""

    runs: int
    twice: int


def merge(paths: Sequence[str | os.PathLike[str]], output: str | os.PathLike[str]) -> Merged:
    """Put the sweeps at ``paths`` into the file ``output``, which is written beside its place and renamed.

    Raises InputError for what cannot stand in one file, and for files that are no sweeps; UsageError if ``output``
    cannot be written, or is one of them.
    """
    refuse_overwriting(output, paths)
    target = Path(os.path.realpath(output))
    if target.exists() and not target.is_file():
        raise UsageError(f"{os.fspath(output)}: is not a regular file; name another place")
    if not os.access(target.parent, os.W_OK):
        raise UsageError(
            f"{os.fspath(output)} cannot be written: its folder is not there, or not for you; name another"
        )
    part = target.parent / f".zswapbench-{secrets.token_hex(8)}.part"
    try:
        with ExitStack() as stack:
            stores = [stack.enter_context(Store.open(path)) for path in paths]
            _refuse_other_costs(stores)
            merged = _written(stores, part)
        part.replace(target)
    except OSError as error:
        raise unwritable(os.fspath(output), error) from None
    finally:
        for name in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                Path(f"{part}{name}").unlink()
    return merged


def _refuse_other_costs(stores: Sequence[Store]) -> None:
    known: dict[tuple[str, str], tuple[dict[str, Any], Store]] = {}
    for store in stores:
        store.refuse_other_rules(RUN_ANEW)
        names = {one.digest: one.name for one in store.inputs()}
        for which, costs in store.costs().items():
            other, where = known.setdefault(which, (costs, store))
            if other != costs:
                corpus, codec = which
                raise InputError(
                    store.path,
                    f"has other costs of {codec} over {names.get(corpus, corpus[:12])} than {where.path}: rows rest on "
                    "them, and times of the two cannot stand side by side; run both with the same --cost",
                )


def _written(stores: Sequence[Store], part: Path) -> Merged:
    twice = 0
    with Store.create(part, {}) as merged:
        for store in stores:
            merged.add_inputs(store.inputs())
            merged.add_costs(store.costs())
            known = {row.key: bool(row.problem) for row in merged.rows()}
            better = []
            for row in store.rows():
                if row.key in known:
                    twice += 1
                    if not row.problem and known[row.key]:
                        better.append(row.key)
                    elif not row.problem:
                        _refuse_another(stores, merged, store, row)
            merged.absorb(store.path)
            for key in better:
                merged.put(store.row(key))
        for name, value in _about(stores).items():
            merged.note(name, value)
        return Merged(merged.count(), twice)


def _refuse_another(stores: Sequence[Store], merged: Store, store: Store, row: Row) -> None:
    """Raises InputError if the run of ``row`` came to something else before."""
    before, after = merged.row(row.key), store.row(row.key)
    one, other = document_of(merged.path, before), document_of(store.path, after)
    if {**one, **dict.fromkeys(MEASURED)} == {**other, **dict.fromkeys(MEASURED)}:
        return
    first = next(one for one in stores if one.count("key = ? AND problem = ''", [row.key]))
    differing = _differing(before, after)
    raise InputError(
        store.path,
        f"{told(after)} came to something else than {told(before)} of {first.path}{differing}: one of the two was made "
        "by other code, or is damaged",
    )


def _differing(before: Row, after: Row) -> str:
    """The first figure that differs, in brackets."""
    for name, value in before.columns.items():
        if value != after.columns[name]:
            return f" ({name}: {after.columns[name]}, there {value})"
    return ""


def _about(stores: Sequence[Store]) -> dict[str, str]:
    """What is known of all: of lists all that is in one of them, else what the first says."""
    found: dict[str, str] = {}
    for store in stores:
        for name, value in store.about().items():
            if name not in _OWN:
                found[name] = _together(found.get(name, value), value)
    return found


def _together(one: str, other: str) -> str:
    with suppress(ValueError):
        lists = json.loads(one), json.loads(other)
        if all(isinstance(some, list) for some in lists):
            return json.dumps([*lists[0], *(part for part in lists[1] if part not in lists[0])])
    return one
