"""Many runs: a grid of settings over many traces, each run once, into one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from zswapbench.api.given import PathLike, cost_text, kind_of, output_of, path_of, taken
from zswapbench.common.errors import UsageError
from zswapbench.results.sweeps.store import Row, Store
from zswapbench.runs.sweeps import story
from zswapbench.runs.sweeps.asking import grid_of
from zswapbench.runs.sweeps.axes import Axis, Grid, axis_of
from zswapbench.runs.sweeps.cluster import opened
from zswapbench.runs.sweeps.cluster.asking import check
from zswapbench.runs.sweeps.contract import Scheduler
from zswapbench.runs.sweeps.local import Local

Values = str | int | Iterable[str | int]
"""Of an axis: one value or several; text such as ``"0..9"`` stands for whole numbers."""


class Sweep(story.Summary):
    """What came of a sweep; its runs are in the file ``path``."""

    def rows(self, *, results: bool = False) -> Iterator[Row]:
        """All runs in the file, those of earlier sweeps too; ``results``: each with its whole result as JSON."""
        with Store.open(self.path) as store:
            yield from store.rows(results=results)


def sweep(
    traces: PathLike | Iterable[PathLike],
    output: PathLike,
    vary: Mapping[str, Values] | None = None,
    *,
    grid: PathLike | None = None,
    corpus: PathLike | Iterable[PathLike] = (),
    cost: str | Iterable[str] = (),
    keep_going: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
) -> Sweep:
    """Run a grid over ``traces``, files of traces or of references, into the file ``output``, as ``zswapbench sweep``.

    ``vary``: values by key, such as ``{"codec": ["lz4", "zstd"], "limit": "10%"}``; or ``grid``, a file in TOML, of
    which ``vary`` takes the place where both have a key. ``corpus``: those that do not lie beside their traces.
    ``cost``: what a codec takes for a page, ``"lz4=2.1us/0.6us"``, or a list of these; by default that is measured.
    ``keep_going``: cells that there cannot be are left out, and listed. ``workers``: processes, by default one for each
    CPU. They import this package by themselves, and end when this process does. ``scheduler``:
    ``"tcp://host:8786"`` has the workers of that Dask scheduler do the runs, ``"local-cluster"`` starts one here, with
    ``workers``. Runs that are in ``output`` already are not done again.

    Raises UsageError for cells that there cannot be, before anything runs, what reading the files raises, and
    MissingError where there is no such scheduler, or it goes. What goes wrong in a run is the ``problem`` of its row.

    >>> import tempfile, pathlib, zswapbench
    >>> from zswapbench import shipped
    >>> file = pathlib.Path(tempfile.mkdtemp(), "s.sqlite")
    >>> costs = ["lz4=2us/1us", "zstd=9us/3us"]
    >>> vary = {"codec": ["lz4", "zstd"], "limit": "10%"}
    >>> told = zswapbench.sweep(shipped.demo_trace(), file, vary, cost=costs, workers=1)
    >>> told.done
    2
    >>> sorted((row.cell["codec"], row.columns["device_writes"]) for row in told.rows())
    [('lz4', 79293), ('zstd', 63816)]
    """
    files = [path_of(one, "trace") for one in _several(traces)]
    grids = [path_of(grid, "grid")] if grid is not None else []
    corpora = [path_of(one, "corpus") for one in _several(corpus)]
    costs = tuple(filter(None, cost_text(cost).split(",")))
    asked = grid_of(grids, files, [], corpora, costs)
    axes = [_axis(key, values) for key, values in (vary or {}).items()]
    whole, path = asked.with_axes(axes), output_of(output, read_back=True)
    count, address = taken("workers", workers, "int | None"), taken("scheduler", scheduler, "str | None")
    with _scheduler(address, count, whole) as doing:
        return Sweep(**vars(story.sweep(whole, path, doing, keep_going=keep_going)))


@contextmanager
def _scheduler(address: str | None, workers: int | None, grid: Grid) -> Iterator[Scheduler]:
    if address is None:
        yield Local(workers)
        return
    check(address, workers, grid)
    with opened(address, workers) as cluster:
        yield cluster


def _several(given: PathLike | Iterable[PathLike]) -> list[PathLike]:
    """One path, or all of several."""
    return [given] if isinstance(given, str) or hasattr(given, "__fspath__") else [*given]  # type: ignore[list-item]


def _axis(key: str, values: Values) -> Axis:
    where = f"vary {key!r}"
    several = [values] if isinstance(values, str | int) or not isinstance(values, Iterable) else [*values]
    wrong = [one for one in several if not isinstance(one, str | int | float)]
    if wrong:
        raise UsageError(f"{where} is {kind_of(wrong[0])}; give text or numbers, or a list of them")
    return axis_of(key, [str(int(one)) if isinstance(one, bool) else str(one) for one in several], where)
