"""Results of 'machine' for the tests, without a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zswapbench.results.machine import MachineResult, SetupResult
from zswapbench.results.machine_series import SERIES
from zswapbench.results.machine_sweep import MachineSweep
from zswapbench.rules.watermarks import Watermarks
from zswapbench.runs.tuning import Tuning

DEVICE = {"name": "nvme", "read_latency_ns": 90_000, "read_interval_ns": 3_000}
COURSE: dict[str, list[Any]] = {
    "references": [500, 1000],
    "time_us": [500_000, 1_000_000],
    "lru_inversion": [None, 0.5],
}


def setup(
    label: str = "a",
    total_ns: float = 1e9,
    *,
    spread_ns: float | None = 0,
    kind: str = "zswap",
    died: int | None = None,
) -> SetupResult:
    """One that waited so long; 1 s of trace time."""
    metrics = {
        "total_ns": total_ns,
        "slowdown": 1 + total_ns / 1e9,
        "trace_ns": 1e9,
        "device_write_bytes": 7 * 4096,
        "resident_pages_mean": 200.5,
        "pool_pages_mean": 40.0,
        "device_wait_ns": 0.75 * total_ns,
        "cpu_compress_ns": 0.25 * total_ns,
        **{f"fault_{name}_ns": 90_000.0 for name in ("p50", "p90", "p99", "p99_9", "max")},
    }
    counters = {"touches": 1000, "faults_major": 30, "device_writes": 7}
    series: dict[str, list[Any]] = {figure.name: COURSE.get(figure.name, [3, 7]) for figure in SERIES}
    waits = [*[0] * 200, 20, 10]
    return SetupResult(
        label, kind, {"device": DEVICE, "ram_pages": 256}, died, counters, metrics, waits, spread_ns, series
    )


def machine(*setups: SetupResult, ram: int = 1 << 20) -> MachineResult:
    """A machine with ``setups``, or with one."""
    setting = {
        "ram": ram,
        "ram_pages": ram // 4096,
        "swap_slots": 900,
        "reclaim": "lists",
        "kernel": "6.12",
        "rules": "6.12",
        "page_cluster": 0,
        "page_size": 4096,
        **Tuning(min_free_kbytes=128).as_dict(Watermarks(32, 40, 48), 4096),
    }
    inputs = {
        "references": "a.refs",
        "provenance": {"clock": "observed"},
        "count": 1000,
        "corpus": "a.zpages",
        "corpus_digest": "0" * 64,
        "pages": 400,
    }
    return MachineResult(setting, inputs, [], setups or (setup(),), {"zswapbench": "0.1.0"}, {"run_s": 1.0})


def sweep(*lines: tuple[str, list[float | None]]) -> MachineSweep:
    """Set-ups by label, and what each waited in 1, 2 and so on MiB of RAM; None where memory did not suffice."""
    lines = lines or (("a", [3e9, 1e9]),)
    values = tuple((place + 1) << 20 for place in range(len(lines[0][1])))
    results = [
        machine(
            *(setup(label, times[place] or 0, died=None if times[place] else 9) for label, times in lines),
            ram=ram,
        )
        for place, ram in enumerate(values)
    ]
    return MachineSweep("ram", "B", values, tuple(results))


def changed(one: SetupResult, **counters: int) -> SetupResult:
    """``one`` with other counters."""
    return replace(one, counters={**one.counters, **counters})
