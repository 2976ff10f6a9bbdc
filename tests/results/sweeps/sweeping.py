"""A real sweep in a file: two made traces over one corpus, under each combination of what a test asks for."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.runs.sweeps.making import made_trace
from tests.runs.sweeps.test_story import Here
from zswapbench.codecs.base import Codec
from zswapbench.corpus.cost_groups import GROUPS
from zswapbench.plugins.registry import CODECS, Choice
from zswapbench.results.sweeps.store import Store
from zswapbench.runs.sweeps import story
from zswapbench.runs.sweeps.axes import Block, Grid, axes_of
from zswapbench.runs.sweeps.sources import digest_of

AXES = {
    "codec": ("lz4", "zstd"),
    "limit": ("9p", "12p"),
    "policy": ("lru", "class-lru", "clock"),
}
NAMES = ("a.trace.bin", "b.trace.bin")
COSTS = {"lz4": (2_000.0, 1_000.0), "zstd": (6_000.0, 2_500.0)}


def sweep(
    path: Path,
    axes: Mapping[str, Sequence[str]] = AXES,
    *,
    names: Sequence[str] = NAMES,
    spread: float | None = None,
) -> Path:
    """A sweep at ``path``, its traces beside it; ``spread``: of codec costs, which are given without one."""
    traces = {
        name: made_trace(path.parent, name.removesuffix(".trace.bin"), seed=5 + number)
        for number, name in enumerate(NAMES)
        if name in names
    }
    costs = [f"{codec}={one:g}ns/{two:g}ns" for codec, (one, two) in COSTS.items() if codec in axes["codec"]]
    if spread is not None:
        corpus = digest_of(path.parent / "pages.zpages")
        with Store.create(path, {"grid": "[]"}) as store:
            store.add_costs({(corpus, _name(codec)): _measured(codec, spread) for codec in COSTS})
        costs = []
    block = Block(tuple(axes_of([f"{key}={','.join(values)}" for key, values in axes.items()])), "--vary")
    story.sweep(Grid(tuple(map(str, traces.values())), (), tuple(costs), (block,)), path, Here())
    return path


def _name(codec: str) -> str:
    """What costs know it by."""
    choice: Choice[Codec] = CODECS.choose(codec)
    return str(choice)


def _measured(codec: str, spread: float) -> dict[str, Any]:
    compress, decompress = COSTS[codec]
    return {
        "compress": [compress] * GROUPS,
        "decompress": [decompress] * GROUPS,
        "means": [compress, decompress],
        "spreads": [spread, spread],
        "yardstick": 5.0,
        "speed_change": 0.0,
    }


def change(path: Path, condition: str, what: Callable[[dict[str, Any]], None], **columns: Any) -> int:
    """Have runs come to something else, as other code would; how many that were."""
    with closing(sqlite3.connect(path)) as database, database:
        rows = database.execute(f"SELECT key, result FROM runs WHERE {condition}").fetchall()
        for key, packed in rows:
            result = json.loads(zlib.decompress(packed))
            what(result)
            for name, value in {**columns, "result": zlib.compress(json.dumps(result).encode())}.items():
                database.execute(f"UPDATE runs SET {name} = ? WHERE key = ?", (value, key))
    return len(rows)


def copied(source: Path, target: Path) -> Path:
    target.write_bytes(source.read_bytes())
    return target


def more_refaults(result: dict[str, Any], by: int = 100) -> None:
    result["counters"]["refaults"] += by
    result["metrics"]["refaults"] += by


def problem(store: Store, key: str) -> None:
    """One more run, which could not be."""
    (row,) = [one for one in store.rows() if one.key == next(iter(store.rows())).key]
    nothing = dict.fromkeys(row.columns)
    cell = {**row.cell, "policy": "min"}
    store.put(replace(row, key=key, cell=cell, columns=nothing, problem="no such policy", exit_code=2))
