"""Progress bars: on standard error, and only of a person's terminal. They appear late and leave nothing behind."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zswapbench.common.progress import Told, nobody

BAR_AFTER_S = 1.0
"""Work that is done sooner shows no progress bar."""


@contextmanager
def progress(what: str, total: int, unit: str) -> Iterator[Told]:
    """A zswapbench.common.progress.Progress: a bar with rate and remaining time, on standard error, after a second."""
    if not sys.stderr.isatty():
        yield nobody
        return
    bar = _Bar(what, total, unit)
    try:
        yield bar.advance
    finally:
        bar.close()


class _Bar:
    """A progress bar that appears late. May be told of progress from any thread."""

    def __init__(self, what: str, total: int, unit: str) -> None:
        self.what = what
        self.total = total
        self.unit = unit
        self.done = 0
        self.start = time.monotonic()
        self.lock = threading.Lock()
        self.shown: Any = None

    def advance(self, count: int) -> None:
        """``count`` more are done; it may be none."""
        with self.lock:
            self.done += count
            taken = time.monotonic() - self.start
            if taken < BAR_AFTER_S or not 0 < self.done < self.total:
                return
            if self.shown is None:
                self._show()
            left = f"{_in_words((self.total - self.done) * taken / self.done)} left"
            self.shown.update(self.task, completed=self.done, rate=self._rate(self.done / taken), left=left)

    def _rate(self, rate: float) -> str:
        from zswapbench.common.units import format_size

        return f"{format_size(rate)}/s" if self.unit == "B" else f"{rate:,.{int(rate < 10)}f} {self.unit}/s"

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self.shown = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[rate]}  {task.fields[left]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self.task = self.shown.add_task(self.what, total=self.total, rate="", left="")
        self.shown.start()

    def close(self) -> None:
        """Leave the screen as it was."""
        if self.shown is not None:
            self.shown.stop()


def _in_words(seconds: float) -> str:
    """How long that is, as one would say it.

    >>> _in_words(90), _in_words(1800), _in_words(9000)
    ('90 s', '30 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
