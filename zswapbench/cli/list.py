"""``zswapbench list``: what there is, and what is missing here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from zswapbench.cli.outputs import Place, emit, output_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zswapbench.report.table import Table

KINDS = ("codecs", "pools", "policies", "eras", "locks", "devices", "work", "set-ups", "samples")


@click.command("list")
@click.argument("kind", type=click.Choice(KINDS), required=False)
@output_options
def command(kind: str | None, places: list[Place]) -> None:
    """List what there is: codecs, pools, policies, eras, lock designs, devices, work costs, set-ups, samples.

    A codec follows the kernel file and versions in the table, or is a library. If its library is not installed,
    a line below the table says how to get it. If an entry point cannot be loaded, a line says why. An era is the
    set of rules of one kernel. Parameters follow a name, by position or by name: libzstd:19,
    zsmalloc:6.4:chain=16.

    \b
    zswapbench list
    zswapbench list policies
    zswapbench list eras --format markdown
    """
    makers: dict[str, Callable[[], list[Table]]] = {
        "codecs": lambda: [_codecs()],
        "pools": lambda: [_leaves("pools", "POOLS")],
        "policies": lambda: [_leaves("policies", "POLICIES", "where")],
        "eras": _eras,
        "locks": lambda: [_lock_designs()],
        "devices": lambda: [_devices()],
        "work": lambda: [_work_costs()],
        "set-ups": lambda: [_setups()],
        "samples": lambda: [_samples()],
    }
    emit(places, lambda: [table for one in ([kind] if kind else KINDS) for table in makers[one]()])


def _table(title: str, names: list[str], rows: list[list[Any]], numbers: tuple[str, ...] = ()) -> Table:
    from zswapbench.report.table import Cell, Column, Table

    columns = [Column(name.replace(" ", "_"), name, text=name not in numbers) for name in names]
    return Table(title, columns, [[Cell(value) for value in row] for row in rows])


def _ranges(leaf: Any) -> str:
    """Parameters in brief: what they are says their name."""
    return ", ".join(f"{_default(one)} ({_range(one)})" for one in leaf.parameters)


def _range(parameter: Any) -> str:
    if parameter.choices:
        return "|".join(parameter.choices)
    return parameter.allowed() if parameter.low is None else f"{parameter.low}..{parameter.high}"


def _parameters(leaf: Any) -> str:
    return "; ".join(f"{_default(one)}: {one.help} ({one.allowed()})" for one in leaf.parameters)


def _default(parameter: Any) -> str:
    return f"{parameter.name}={'-' if parameter.default is None else parameter.default}"


def _codecs() -> Table:
    from zswapbench.common.errors import ZswapbenchError
    from zswapbench.plugins.registry import CODECS

    rows, missing = [], []
    for leaf in CODECS.leaves():
        try:
            here = CODECS.choose(leaf.name).make().library_version
        except ZswapbenchError as error:
            here = "missing"
            missing.append(f"{leaf.name}: {error}")
        rows.append([leaf.name, leaf.help, leaf.source, here, _ranges(leaf)])
    names = ["name", "what", "follows", "by", "parameters"]
    return replace(_table("Codecs", names, rows), notes=[*missing, *CODECS.broken()])


def _leaves(title: str, family: str, *more: str) -> Table:
    """``more``: attributes that are shown besides name, help and parameters."""
    from zswapbench.plugins import registry

    found = getattr(registry, family)
    rows = [
        [leaf.name, leaf.help, *(getattr(leaf, name) for name in more), _parameters(leaf)]
        for leaf in found.leaves()
    ]
    return replace(
        _table(title.capitalize(), ["name", "what", *more, "parameters"], rows), notes=found.broken()
    )


_ERA_TABLES = {
    "what they use": ("pool", "codec", "lru", "max_pool_percent", "accept_threshold_percent", "overflow"),
    "when the pool is full": (
        *(
            "full",
            "evictor",
            "evicts",
            "band_evicts",
            "rechecks",
            "flush_batch",
            "cached_total",
            "unshrinkable",
        ),
    ),
    "the worker": (
        *("retries", "walk", "rounds", "cgroups", "walks_without_cgroups", "cursor", "worker_delay_ns"),
        *("writeback", "guided"),
    ),
    "stores, loads, requests": (
        *("same_filled", "exclusive_loads", "replaces", "protects", "compacts", "pool_per_type"),
        *("max_compression_ratio", "mean_eighths"),
    ),
    "time": ("tmp_buffers", "flush_hold_ns", "outstanding_writes"),
}
"""The cells of an era, by what they are about: side by side they would fit no terminal."""


def _eras() -> list[Table]:
    from zswapbench.rules.eras import ERAS

    about = [[era.name, era.about, era.checked] for era in ERAS.values()]
    source = [[era.name, era.source] for era in ERAS.values()]
    return [
        replace(
            _table("Eras", ["era", "what", "checked against"], about),
            notes=[
                "each row is in force until the next: linux-6.16, or 6.16, has the rules of linux-6.12",
                "measurement: counters of a running kernel, row by row; source: its code was read",
                "dated by mails: read in another kernel; which one brought it follows from the date of the patch",
            ],
        ),
        *(_era_table(f"Eras: {title}", cells) for title, cells in _ERA_TABLES.items()),
        _table("Eras: sources", ["era", "source"], source),
    ]


def _era_table(title: str, cells: tuple[str, ...]) -> Table:
    from zswapbench.report.table import Cell, Column, Table
    from zswapbench.rules.eras import ERAS

    columns = [Column("era", "era", text=True), *(Column(cell, cell, text=True) for cell in cells)]
    rows = [
        [Cell(era.name), *(Cell(_shown(getattr(era, cell)), _unit(cell)) for cell in cells)]
        for era in ERAS.values()
    ]
    return Table(title, columns, rows)


def _shown(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, tuple) else value


def _lock_designs() -> Table:
    from zswapbench.rules.lock_designs import LOCK_DESIGNS
    from zswapbench.rules.lock_steps import locks_of

    rows = [
        [
            one.name,
            one.about,
            one.era,
            ", ".join({lock.name: None for steps in one.programs.values() for lock in locks_of(steps)}),
            one.checked,
            one.source,
        ]
        for one in LOCK_DESIGNS.values()
    ]
    return _table("Lock designs", ["locks", "what", "era", "which", "checked against", "source"], rows)


def _devices() -> Table:
    from zswapbench.report.table import Cell, Column
    from zswapbench.rules.devices import DEVICES, SOURCES

    table = _rows_of("Swap devices", DEVICES.values())
    rows = [[*row, Cell(SOURCES[str(row[0].value)])] for row in table.rows]
    return replace(table, columns=[*table.columns, Column("source", "source", text=True)], rows=rows)


def _work_costs() -> Table:
    from zswapbench.rules.work_costs import WORK_COSTS

    return _rows_of("What faults and lists cost beside codecs and devices, by the page", WORK_COSTS.values())


def _rows_of(title: str, rules: Iterable[Any]) -> Table:
    """A table of dataclasses, a column for each field."""
    from dataclasses import fields

    from zswapbench.report.table import Cell, Column, Table

    rows = [*rules]
    names = [field.name for field in fields(rows[0])]
    columns = [
        Column(name, name.removesuffix("_ns").replace("_", " "), text=name == "name") for name in names
    ]
    return Table(title, columns, [[Cell(getattr(row, name), _unit(name)) for name in names] for row in rows])


def _unit(name: str) -> str:
    return "ns" if name.endswith("_ns") else ""


def _setups() -> Table:
    from zswapbench.plugins.registry import SETUPS

    rows = [
        [leaf.name, ", ".join(key.name for key in leaf.keys if not key.second) or "nothing", leaf.help]
        for leaf in SETUPS.leaves()
    ]
    return _table("set-ups of 'machine'", ["set-up", "takes", "what it is"], rows)


def _samples() -> Table:
    from zswapbench.corpus.reading import SUFFIX, Corpus
    from zswapbench.corpus.shipped import REFERENCES_SUFFIX, TRACE_SUFFIX, folder

    rows = []
    for path in sorted(folder().glob(f"*{SUFFIX}")):
        with Corpus(path) as corpus:
            is_run = (folder() / f"{path.stem}{REFERENCES_SUFFIX}").exists()
            rows.append(
                [path.stem, len(corpus.index), len(corpus), REFERENCES_SUFFIX if is_run else TRACE_SUFFIX]
            )
    columns = ["name", "pages", "distinct", "beside it"]
    table = _table("Shipped samples", columns, rows, numbers=("pages", "distinct"))
    notes = [
        f"in {folder()}: NAME{SUFFIX}, and NAME{TRACE_SUFFIX} for 'compare', or NAME{REFERENCES_SUFFIX} for 'machine'"
    ]
    return replace(table, notes=notes)
