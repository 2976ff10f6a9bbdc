"""What callers get: the records of ``results``, which know neither HTML nor pandas, with what shows them.

Each has the fields of the record that it is made of, and is one wherever the package wants one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from zswapbench.api import frames
from zswapbench.api.given import kind_of, texts_of
from zswapbench.common.errors import UsageError
from zswapbench.report import notebook
from zswapbench.report.contention_tables import overview
from zswapbench.report.machine_sweep_tables import machine_sweep_tables
from zswapbench.report.machine_tables import machine_tables
from zswapbench.report.tables import headline_table
from zswapbench.report.verdict_tables import verdict_tables
from zswapbench.report.zram_tables import zram_tables
from zswapbench.results import contention, gate, machine, machine_sweep, records, zram
from zswapbench.results.by_trace import by_trace
from zswapbench.results.labels import told_apart

if TYPE_CHECKING:
    import pandas as pd


class Result(records.Result):
    """One run. In a notebook it shows what is paid; ``print(zswapbench.make_report(result))`` shows all of it."""

    def to_pandas(self) -> pd.Series[float]:
        """The metrics by name, those that say nothing as NaN. Raises MissingError if pandas is not installed.

        >>> import zswapbench
        >>> from zswapbench import shipped
        >>> int(zswapbench.replay(shipped.demo_trace()).to_pandas()["refaults"])
        116267
        """
        return frames.series_of(self)

    def __repr__(self) -> str:
        return f"<Result {self.label!r} of {self.inputs['trace']!r}>"

    def _repr_html_(self) -> str:
        return notebook.render([headline_table([self])])


class Results(list[Result]):
    """Results in their order: a list, of which a notebook shows what is paid, side by side.

    ``Results([...])`` makes one of results of your own.
    """

    def __init__(self, results: Iterable[records.Result] = ()) -> None:
        super().__init__(map(_shown, results))

    @overload
    def __getitem__(self, place: SupportsIndex) -> Result: ...

    @overload
    def __getitem__(self, place: slice) -> Results: ...

    def __getitem__(self, place: SupportsIndex | slice) -> Result | Results:
        """One of them, or some: ``results[:2]`` shows in a notebook what ``results`` does."""
        return Results(super().__getitem__(place)) if isinstance(place, slice) else super().__getitem__(place)

    def __add__(self, other: list[Any]) -> Results:  # type: ignore[override]  # a list of anything else is refused
        return Results([*self, *other]) if isinstance(other, list) else NotImplemented

    def to_pandas(self, by: str | Iterable[str] = "label") -> pd.DataFrame:
        """The metrics in columns, those that say nothing as NaN; a row for each result.

        ``by``: what tells the rows apart, their index: ``"label"``; an option such as ``"limit"`` or ``"codec"``; or
        several. Raises UsageError for what results do not say, and MissingError if pandas is not installed.

        >>> import zswapbench
        >>> from zswapbench import shipped
        >>> results = zswapbench.compare(shipped.demo_trace(), ["lru", "fifo"])
        >>> results.to_pandas()["refaults"].idxmin()
        'fifo'
        >>> results.to_pandas(["codec", "policy"]).index.tolist()
        [('lzo', 'lru'), ('lzo', 'fifo')]
        """
        names = [by] if isinstance(by, str) else texts_of(by, "by", "one of by", "['codec', 'limit']")
        return frames.frame_of(self, names)

    def _repr_html_(self) -> str:
        return notebook.render([headline_table(some) for some in by_trace(told_apart(self))]) or repr(self)


def _shown(result: records.Result) -> Result:
    """``result`` as callers get it."""
    if not isinstance(result, records.Result):
        raise UsageError(f"one of results is {kind_of(result)}, not a Result")
    return result if isinstance(result, Result) else Result(**vars(result))


class ZramResult(zram.ZramResult):
    """One run of zram. In a notebook it shows mm_stat, step by step."""

    def to_pandas(self) -> pd.DataFrame:
        """mm_stat, io_stat and bd_stat in columns, and ``pages``; a row for each step and device, the index.

        Raises MissingError if pandas is not installed.

        >>> import zswapbench
        >>> from zswapbench import shipped
        >>> frame = zswapbench.zram(shipped.demo_trace(), codec="lz4", writes=["compact=1"]).to_pandas()
        >>> frame.index.tolist()
        [('trace', 'zram0'), ('compact=1', 'zram0')]
        >>> bool(frame["mem_used_total"].is_monotonic_decreasing)
        True
        """
        return frames.frame_of_zram(self)

    def __repr__(self) -> str:
        return f"<ZramResult of {self.inputs['trace']!r}>"

    def _repr_html_(self) -> str:
        return notebook.render(zram_tables(self)[:1])


class MachineResult(machine.MachineResult):
    """One amount of RAM under several set-ups. In a notebook it shows them side by side."""

    def to_pandas(self) -> pd.DataFrame:
        """Metrics and counters in columns; a row for each set-up, by label. Figures of one without memory are NaN.

        Raises MissingError if pandas is not installed.
        """
        return frames.frame_of_machine([(None, self)], "")

    def __repr__(self) -> str:
        return f"<MachineResult of {self.inputs['references']!r}>"

    def _repr_html_(self) -> str:
        return notebook.render(machine_tables(self))


class MachineSweep(machine_sweep.MachineSweep):
    """A machine at several values. In a notebook it shows what each set-up makes of each value."""

    def to_pandas(self) -> pd.DataFrame:
        """The same as of a MachineResult; a row for each value and set-up."""
        return frames.frame_of_machine([*zip(self.values, self.results, strict=True)], self.key)

    def __repr__(self) -> str:
        return f"<MachineSweep of {self.results[0].inputs['references']!r} over {self.key}>"

    def _repr_html_(self) -> str:
        return notebook.render(machine_sweep_tables(self))


class Contended(contention.Contended):
    """CPUs under lock designs. In a notebook it shows speed-ups, and where each design ends."""

    def to_pandas(self) -> pd.DataFrame:
        """Figures of each point in columns; a row for each design, codec, whether ``around``, and number of CPUs.

        Raises MissingError if pandas is not installed.
        """
        return frames.frame_of_contention(self)

    def __repr__(self) -> str:
        return f"<Contended of {self.inputs['trace']!r}>"

    def _repr_html_(self) -> str:
        return notebook.render(overview(self))


class Judgement(gate.Judgement):
    """What ``check`` says of each figure, in ``verdicts``; in a notebook it shows what differs."""

    def _repr_html_(self) -> str:
        return notebook.render(verdict_tables(self))
