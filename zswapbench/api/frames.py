"""Results as pandas has them. pandas is imported when it is asked for: who wants none needs none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zswapbench.common.errors import MissingError, UsageError
from zswapbench.common.names import offer
from zswapbench.results.contention import Contended
from zswapbench.results.labels import told_apart
from zswapbench.results.machine import MachineResult
from zswapbench.results.records import Result
from zswapbench.results.zram import ZramResult

if TYPE_CHECKING:
    import pandas as pd


def series_of(result: Result) -> pd.Series[float]:
    """The metrics of ``result`` by name. Raises MissingError without pandas."""
    series: pd.Series[float] = _pandas().Series(_figures(result), name=result.label, dtype=float)
    return series


def frame_of(results: Sequence[Result], by: Sequence[str]) -> pd.DataFrame:
    """A row of metrics for each of ``results``, indexed ``by`` what they say of themselves.

    Raises UsageError if one does not say that, and MissingError without pandas.
    """
    library = _pandas()
    told = [_said(result) for result in told_apart(results)]
    if not by:
        raise UsageError("by is empty; give what tells results apart, such as 'label' or 'limit'")
    for name in by:
        if missing := next((said for said in told if name not in said), None):
            raise UsageError(f"by {name!r}: {missing['label']} says no such thing; {offer(name, missing)}")
    columns = [[said[name] for said in told] for name in by]
    index = (
        library.Index(columns[0], name=by[0])
        if len(by) == 1
        else library.MultiIndex.from_arrays(columns, names=by)
    )
    frame: pd.DataFrame = library.DataFrame([_figures(result) for result in results], index=index)
    return frame


def frame_of_zram(result: ZramResult) -> pd.DataFrame:
    """A row of the kernel's columns for each step and device of ``result``. Raises MissingError without pandas."""
    library = _pandas()
    states = [(step.after, state) for step in result.steps for state in step.devices]
    index = library.MultiIndex.from_tuples(
        [(after, state.device) for after, state in states], names=["after", "device"]
    )
    rows = [
        {
            **state.mm_stat,
            **state.io_stat,
            **state.bd_stat,
            "pages": math.nan if state.pages is None else state.pages,
        }
        for _, state in states
    ]
    frame: pd.DataFrame = library.DataFrame(rows, index=index)
    return frame


def frame_of_machine(points: Sequence[tuple[int | None, MachineResult]], key: str) -> pd.DataFrame:
    """A row for each set-up of each of ``points``, by values of ``key``. Raises MissingError without pandas."""
    library = _pandas()
    rows = [(value, one) for value, result in points for one in result.setups]
    labels = [one.label for _, one in rows]
    index = (
        library.MultiIndex.from_arrays([[value for value, _ in rows], labels], names=[key, "label"])
        if key
        else library.Index(labels, name="label")
    )
    known = [one.out_of_memory_at is None for _, one in rows]
    figures = [
        {**one.metrics, **one.counters} if there else {} for there, (_, one) in zip(known, rows, strict=True)
    ]
    frame: pd.DataFrame = library.DataFrame(figures, index=index)
    return frame


def frame_of_contention(found: Contended) -> pd.DataFrame:
    """A row for each point of each curve of ``found``. Raises MissingError without pandas."""
    library = _pandas()
    points = [(curve, point) for curve in found.curves for point in curve.points]
    index = library.MultiIndex.from_tuples(
        [(curve.design, curve.codec, bool(curve.around), point.cpus) for curve, point in points],
        names=["design", "codec", "around", "cpus"],
    )
    names = ("each_s", "speedup", "running", "waiting", "moving", "idle", "took_ns")
    frame: pd.DataFrame = library.DataFrame(
        [{name: getattr(point, name) for name in names} for _, point in points], index=index
    )
    return frame


def _figures(result: Result) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in result.metrics.items()}


def _said(result: Result) -> dict[str, Any]:
    """What tells ``result`` from others: its label, what was asked for, and what that came to if it was left open."""
    setting = {name: value for name, value in result.setting.items() if not isinstance(value, dict)}
    asked = {
        name: value for name, value in result.asked.items() if name not in setting or value not in ("", None)
    }
    return {"label": result.label, "trace": result.inputs["trace"], **setting, **asked}


def _pandas() -> Any:
    try:
        import pandas as pd
    except ImportError:
        raise MissingError("to_pandas needs pandas: pip install 'pandas>=2.1'") from None
    return pd
