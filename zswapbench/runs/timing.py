"""Did it get slower? Two sides, run by turns in one session, and a test of whether chance would do the same.

A timing that was stored says little of one taken now: another clock rate, another neighbour on the machine. So both
sides are measured anew, in rounds: each runs either side once, in a process of its own, and which goes first changes
from round to round (ABBA), so that what drifts slowly hits both alike. The ratios of the rounds are held against 1 by
Wilcoxon's signed-rank test, exact and one-sided, of their logarithms: it asks nothing of how timings are distributed
but that chance favours neither side. Slower is worse if chance alone would do it less than once in a hundred times and
the median of the ratios exceeds the threshold.

What that does not tell: rounds are not independent of what the machine does for minutes on end, so p is a guide and no
proof; with several timings and labels a false alarm is that much likelier; and all of it is about this machine only.
With fewer than FEWEST_ROUNDS not even rounds that all agree are rare enough.

Source: Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1 (1945).
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from zswapbench.common.errors import MissingError, UsageError
from zswapbench.common.progress import Told
from zswapbench.corpus.codec_costs import ANEW
from zswapbench.results.counters import Metric
from zswapbench.results.gate import BETTER, SAME, WORSE, Verdict
from zswapbench.results.thresholds import TIMINGS, Thresholds

FEWEST_ROUNDS = 7
"""2 ** -7 is below SIGNIFICANT, 2 ** -6 is not."""

SIGNIFICANT = 0.01

_ARGUMENTS = {"limit": "--pool-limit"}
"""Where the option is not called like its field."""


_RUN_MAIN = "from zswapbench.__main__ import main; main()"


@dataclass(frozen=True)
class Side:
    """One of the two: a zswapbench, and what its trace is replayed with, as Result.asked has it.

    ``python``: the interpreter of another environment, which is run without this one's paths; "" for our own.
    """

    asked: dict[str, Any]
    python: str = ""

    def timings(self, trace: str, corpus: str | None) -> dict[str, float]:
        """Of one run. Raises UsageError if it ends in an error."""
        # -I: neither the folder that one stands in nor PYTHONPATH may put other modules in the place of theirs, nor of
        # ours, which are looked for where this process found them.
        ours = [sys.executable, "-I", "-c", f"import sys; sys.path[:] = {sys.path!r}; {_RUN_MAIN}"]
        python = [self.python, "-I", "-m", "zswapbench"] if self.python else ours
        inputs = [trace, *(["--corpus", corpus] if corpus else [])]
        command = [*python, "run", *inputs, *self._options(), "--format", "json"]
        try:
            done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, ANEW: "anew"})
        except OSError as error:
            raise UsageError(f"{python[0]}: cannot be run: {error.strerror}") from None
        try:
            timings: dict[str, float] = json.loads(done.stdout)["timings"]
        except (ValueError, KeyError, TypeError):
            said = done.stderr.decode(errors="backslashreplace").strip().splitlines() or ["no result"]
            run = f"{python[0]} -I -m zswapbench {' '.join(command[len(python) :])}"
            raise UsageError(f"{run}: ended with code {done.returncode}: {said[-1]}") from None
        return timings

    def _options(self) -> list[str]:
        """On the command line, without what is the default: another zswapbench may not know it."""
        return [
            _ARGUMENTS.get(name, "--" + name.replace("_", "-")) + ("" if value is True else f"={value}")
            for name, value in self.asked.items()
            if value not in ("", None, False)
        ]


def measure(
    label: str,
    sides: tuple[Side, Side],
    inputs: tuple[str, str | None],
    rounds: int,
    thresholds: Thresholds,
    told: Told,
) -> list[Verdict]:
    """Measure the baseline's side and the result's, and judge them. ``inputs``: trace and corpus.

    Timings that either side does not have, as an older zswapbench may not or over an export, are left out.
    Raises MissingError without scipy, and what Side.timings raises.
    """
    test = signed_rank_test()
    measured: list[list[dict[str, float]]] = [[], []]
    for number in range(rounds):
        for turn in (0, 1) if number % 2 == 0 else (1, 0):
            measured[turn].append(sides[turn].timings(*inputs))
            told(1)
    verdicts = []
    for timing in TIMINGS:
        base, found = ([one.get(timing.name, 0.0) for one in side] for side in measured)
        if all(base) and all(found):
            verdicts.append(judge_rounds(label, timing, base, found, thresholds, test))
    return verdicts


def judge_rounds(
    label: str,
    timing: Metric,
    base: Sequence[float],
    found: Sequence[float],
    thresholds: Thresholds,
    test: Callable[[Sequence[float]], float],
) -> Verdict:
    """The verdict on the rounds of one timing. ``test``: the p of logarithms that are above 0."""
    ratios = [new / old for old, new in zip(base, found, strict=True)]
    logs = [math.log(ratio) for ratio in ratios]
    slower, faster = test(logs), test([-log for log in logs])
    limits = tuple(thresholds.get(timing.name, ()))
    middle = statistics.median(ratios)
    word = WORSE if slower < SIGNIFICANT else BETTER if faster < SIGNIFICANT else SAME
    return Verdict(
        label,
        timing.name,
        timing.unit,
        statistics.median(base),
        statistics.median(found),
        word,
        fails=word == WORSE and any(limit.exceeded(1, middle, 1) for limit in limits),
        limits=limits,
        p=slower,
    )


def notes_on(sides: Sequence[tuple[Side, Side]], rounds: int) -> list[str]:
    """What the timings say and what they do not."""
    same = [
        "timings: both sides are the same code with the same options, so any difference is noise"
        for base, found in sides
        if base == found
    ]
    how = (
        f"timings: {rounds} rounds, in turns; worse: p < {SIGNIFICANT} (Wilcoxon's signed ranks, exact, one-sided), "
        "and the median ratio beyond the limit"
    )
    return [
        how,
        "timings are of this machine only; if it was slow for minutes, all rounds were, so p is no proof",
        *dict.fromkeys(same),
    ]


def signed_rank_test() -> Callable[[Sequence[float]], float]:
    """The test; it is handed on since scipy takes a while to be imported. Raises MissingError without it."""
    try:
        from scipy.stats import wilcoxon
    except ImportError:
        raise MissingError("--timings needs scipy: pip install 'scipy>=1.11'") from None

    def test(logs: Sequence[float]) -> float:
        """How often chance alone would put so many so far above 0. Rounds that are equal say nothing."""
        unequal = [log for log in logs if log]
        if not unequal:
            return 1.0
        return float(wilcoxon(unequal, alternative="greater", method="exact").pvalue)

    return test
