"""The record of a run: how it was made, what it found, and its JSON form.

Same trace, corpus, codec library and settings: same result, byte for byte, the ``timings`` and those of ``draws``
apart. The JSON form carries SCHEMA_VERSION. Its history:

1  the first.
2  the rules and counters of all eras; classes with fullness and freeable; ram_pages.
3  series, what a run came through; bounds; the counter fewest_flushes; policy_foresees, policy_is_own.
4  asked, to replay the same again; the digest of the trace; barren_runs, stored_sizes, class_sizes; frames_freed
   in the series.
5  policy_is_own is called policy_is_era_default.
6  an era says its row; what_if in asked; the counters kept_in_memory, loads_of_kept, stored_incompressible_pages and
   pool_total_size, and those that metrics are worked out from (offered_bytes, held_sum, held_same_filled_sum,
   frames_sum, same_filled_share_sum, held_bytes); device writes, mean page frames and the ratio over all pages stored
   among the metrics. A pool that is asked for by name has the form of the era, and zsmalloc's 6.3 is called 6.4. draws,
   what other draws of the trace make of the metrics; origin of the trace in inputs.
   All of the time in place of stall_ns, and work, device_queue_ns, device_reads_held_up, device_bytes; cost in asked,
   codec_cost.
7  times of each draw: draws has timings, too, and times among its metrics where what a codec costs was given.
   made_unix_s in timings, the kernel in environment; frames_asked and frames_given in the series.
8  zram among the set-ups: setup in the setting, and a pool limit that may be none; setup, mem_limit, backing_dev and
   writes in asked.

``result.schema.json`` in this package is the JSON Schema of the newest; zswapbench.results.files reads all of them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError

SCHEMA_VERSION = 8

ZSWAP, ZRAM = "zswap", "zram"
SETUPS = (ZSWAP, ZRAM)
"""What a machine does with memory that it cannot hold: a cache before the swap device, or a device that compresses."""

SIZE_STEPS = 256
"""``stored_sizes`` has the pages that a trace stores and that are compressed, by the bytes that they compress to.

Place n is for sizes above n - 1 and up to n parts of SIZE_STEPS of a page: the distance of zsmalloc's classes. The
last place, SIZE_STEPS + 1, is for more than a page.
"""


@dataclass(frozen=True)
class Result:
    """One run.

    ``label``: what tells it from others in a comparison. ``asked``: the zswapbench.runs.options.Options, but for the
    label and verify. ``setting``: everything that was chosen, the era's whole row included; ``policy_is_era_default``
    says that the policy is the one that the era's kernel itself uses; ``setup`` is one of SETUPS. ``inputs``: trace and
    corpus. ``counters``: see zswapbench.results.counters; ``metrics``: see zswapbench.results.metrics. ``classes``: the
    pool's class table at the end, without empty classes; ``class_sizes``: bytes of all of them. ``barren_runs``: see
    Flushing.runs in sim/zswap/flushing.py. ``stored_sizes``: see SIZE_STEPS. ``series``: some counters on the way, at
    the same places of the trace, see zswapbench.sim.series. ``bounds``: by counter, what the policy that knows the
    future makes of the same setting; empty unless asked for. ``draws``: what other draws of the trace make of the
    metrics, see zswapbench.results.spread; empty unless asked for. ``environment``: versions and machine. ``timings``:
    measured here, nanoseconds and seconds, and when that was, ``made_unix_s``, seconds since 1970 in UTC; they and
    those of ``draws`` alone differ from run to run. ``work``: what codec and swap device did, see
    zswapbench.results.times; empty before version 6.
    """

    label: str
    asked: dict[str, Any]
    setting: dict[str, Any]
    inputs: dict[str, Any]
    counters: dict[str, int]
    metrics: dict[str, float | int | None]
    classes: list[dict[str, Any]]
    class_sizes: list[int]
    barren_runs: list[int]
    stored_sizes: list[int]
    series: dict[str, list[int]]
    environment: dict[str, str]
    timings: dict[str, float]
    bounds: dict[str, int] = field(default_factory=dict)
    draws: dict[str, Any] = field(default_factory=dict)
    work: dict[str, list[int]] = field(default_factory=dict)
    verified_pages: int | None = None
    schema_version: int = SCHEMA_VERSION

    @property
    def is_zram(self) -> bool:
        """Is this of zram? Its ``era`` is the kernel's row for zram then, and it has no policy."""
        return bool(self.setting.get("setup") == ZRAM)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)

    def array(self, name: str) -> NDArray[np.int64]:
        """One of the lists, for numpy: int64[n].

        ``name``: of one in ``series``, ``barren_runs``, ``stored_sizes``, ``class_sizes``, or ``classes.`` and a
        column of the class table, with a place for each class; ``classes.fullness`` is int64[classes, groups].
        Of a table without rows every column is empty. Raises UsageError for another name.
        """
        table = {f"classes.{column}" for row in self.classes for column in row}
        kept = {
            **self.series,
            "barren_runs": self.barren_runs,
            "stored_sizes": self.stored_sizes,
            "class_sizes": self.class_sizes,
        }
        if name in table or (not table and name.startswith("classes.")):
            return np.array([row[name.removeprefix("classes.")] for row in self.classes], np.int64)
        if name not in kept:
            raise UsageError(f"a result has no array {name!r}; it has: {', '.join([*kept, *sorted(table)])}")
        return np.array(kept[name], np.int64)


def value_of(result: Result, name: str) -> float | int | None:
    """The metric or timing ``name``, wherever ``result`` keeps it; None of one that it does not have."""
    return {**result.timings, **result.metrics}.get(name)


def corpus_named(inputs: dict[str, Any]) -> str:
    """The corpus of a result with these ``inputs``, and where it is an export, what that means."""
    # Results of earlier releases do not tell.
    if not inputs.get("corpus_is_export"):
        return str(inputs["corpus"])
    return f"{inputs['corpus']}, an export: its sizes are as the file says, and no page was there to confirm them"


def to_json(results: list[Result]) -> str:
    """One result as an object, several as a list."""
    forms = [result.as_dict() for result in results]
    return json.dumps(forms[0] if len(forms) == 1 else forms, indent=1) + "\n"
