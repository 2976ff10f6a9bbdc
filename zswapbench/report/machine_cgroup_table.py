"""What became of each memory cgroup under each set-up -> a table."""

from __future__ import annotations

from typing import Any

from zswapbench.common.units import format_size
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.machine import MachineResult
from zswapbench.results.machine_cgroups import CGROUP_FIGURES
from zswapbench.rules.cgroup_files import MAX, ZSWAP_MAX, ZSWAP_WRITEBACK


def cgroup_table(result: MachineResult) -> Table:
    """A row for each set-up and cgroup, a column for each figure that is not 0 everywhere."""
    there = [(setup, one) for setup in result.setups for one in setup.cgroups]
    figures = [figure for figure in CGROUP_FIGURES if any(one.figures.get(figure.name) for _, one in there)]
    columns = [
        Column("set_up", "set-up", text=True),
        Column("cgroup", "cgroup", text=True),
        *(Column(figure.name, figure.title) for figure in figures),
    ]
    rows = [
        [
            Cell(setup.label),
            Cell(one.name),
            *(Cell(one.figures.get(figure.name), figure.unit) for figure in figures),
        ]
        for setup, one in there
    ]
    notes = [f"{figure.title}: {figure.meaning}" for figure in figures if figure.meaning]
    return Table("memory cgroups", columns, rows, notes)


def limits_in_words(said: dict[str, Any]) -> str:
    """Of a cgroup, as a result records them."""
    sizes = {name: said[name] for name in (MAX, ZSWAP_MAX) if said[name] is not None}
    words = [f"{name} {format_size(size)}" for name, size in sizes.items()]
    if not said[ZSWAP_WRITEBACK]:
        words.append(f"{ZSWAP_WRITEBACK} 0")
    return ", ".join(words) or "no limit"
