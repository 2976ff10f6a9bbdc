"""One table of all ratios: python -m tests.perf [NAME ...]. Nothing else should run on the machine meanwhile.

Each ratio is of two things that took turns in this run, on one core: the median of the rounds, and the least and the
most. Above 1 the first is better.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable

from tests.perf import replay, starting
from tests.perf.rows import HEADING, Row

QUICK = (200_000, 20_000)
USUAL = (10_000_000, 1_000_000)


def main() -> None:
    """Print the rows as they come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="replay, swap-types, start-up [all]")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few accesses, to see that it works")
    options = parser.parse_args()
    accesses, offsets = QUICK if options.quick else USUAL
    groups: dict[str, Callable[[], Iterable[Row]]] = {
        "replay": lambda: replay.rows(options.rounds, accesses, offsets),
        "swap-types": lambda: replay.alternating(options.rounds, accesses, offsets),
        "start-up": lambda: starting.rows(options.rounds),
    }
    for name in options.names:
        if name not in groups:
            parser.error(f"{name} is not among {', '.join(groups)}")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(HEADING, flush=True)
    for name in options.names or groups:
        for row in groups[name]():
            print(row, flush=True)


if __name__ == "__main__":
    main()
