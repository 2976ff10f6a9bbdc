"""Start-up: a command as a whole process, against the interpreter that does nothing."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial

from tests.perf.rows import Row, in_turns, ratio


def children_cpu() -> float:
    """Seconds of CPU time that finished children took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(*command: str) -> None:
    """Run Python with ``command``, with nothing computed before in its cache folder."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, *command],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "XDG_CACHE_HOME": folder},
        )


def rows(rounds: int) -> Iterator[Row]:
    """CPU time of --help, and wall time of a comparison over the shipped demo with an empty cache."""
    nothing = partial(run, "-c", "pass")
    asked: list[tuple[str, tuple[str, ...], Callable[[], float], str]] = [
        ("zswapbench --help, CPU time", ("--help",), children_cpu, "60 ms"),
        (
            "compare lru class-lru, wall time, no cache",
            ("compare", "lru", "class-lru"),
            time.perf_counter,
            "0.5 s",
        ),
    ]
    for what, arguments, clock, target in asked:
        seconds = in_turns(
            {"ours": partial(run, "-m", "zswapbench", *arguments), "nothing": nothing}, rounds, clock
        )
        yield Row(
            what,
            "python -c pass",
            ratio(seconds["ours"], seconds["nothing"]),
            f"{statistics.median(seconds['ours']) * 1000:.0f} and "
            f"{statistics.median(seconds['nothing']) * 1000:.0f} ms",
            target,
        )
