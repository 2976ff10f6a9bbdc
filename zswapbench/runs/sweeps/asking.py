"""What somebody asks for, in files, ``--vary`` and options, as one grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zswapbench.common.errors import UsageError
from zswapbench.runs.sweeps.axes import Block, Grid, axes_of
from zswapbench.runs.sweeps.grid_file import read_grid


def grid_of(
    grids: Sequence[str],
    traces: Sequence[str],
    vary: Sequence[str],
    corpora: Sequence[str],
    costs: Sequence[str],
) -> Grid:
    """The grid that the file of ``grids`` asks for, if there is one, over ``traces`` or references.

    ``vary``: as ``axes_of`` takes it; of a key that the file has, too, it takes the place. So do ``traces``,
    ``corpora`` and ``costs`` of what the file names. Raises UsageError for what makes no sense, and InputError for a
    file that is no grid.
    """
    if len(grids) > 1:
        raise UsageError(f"{grids[1]}: a sweep is of one grid; put its [[grid]] into {grids[0]}")
    grid = read_grid(grids[0]) if grids else Grid((), (), (), ())
    if not grid.blocks:
        grid = replace(grid, blocks=(Block((), grids[0] if grids else "--vary"),))
    return replace(
        grid.with_axes(axes_of(vary)),
        traces=tuple(traces) or grid.traces,
        corpora=tuple(corpora) or grid.corpora,
        costs=tuple(costs) or grid.costs,
    )
