"""The story of 'machine': the same references on the same RAM, under each set-up, side by side.

The references are gone through once, a piece at a time. Each piece happens to all set-ups, each in a thread of its own,
before the next is read: so a pipe will do, and memory does not grow with their number.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zswapbench.common.errors import InternalError, TraceError, UsageError
from zswapbench.common.machine import environment
from zswapbench.common.progress import Progress, Told, silent
from zswapbench.corpus.codec_costs import NOISY
from zswapbench.corpus.reading import Corpus
from zswapbench.plugins.registry import CODECS
from zswapbench.results.machine import (
    DAY_NS,
    MachineResult,
    SetupResult,
    percentiles,
)
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.rules.watermarks import min_watermark
from zswapbench.runs.choices import cost_asked, refuse_idle_costs
from zswapbench.runs.from_refs import Machine, pages_in, program_for, refuse_foreign, remarks_on
from zswapbench.runs.options import Options
from zswapbench.runs.setups.base import Asked, Ground, Setup, Side
from zswapbench.runs.setups.spec import setup_of
from zswapbench.sim.reclaim.slots import ample
from zswapbench.sim.reclaim.ways import Program, make_memory
from zswapbench.traces.refs import References


@dataclass(frozen=True)
class Running:
    """One set-up at work. ``memory``: a zswapbench.sim.reclaim.memory.Memory over the side's model."""

    setup: Setup
    asked: Asked
    side: Side
    memory: Any


def run(
    references: References,
    corpus: Corpus,
    specs: Sequence[str],
    machine: Machine,
    common: Options,
    progress: Progress = silent,
) -> MachineResult:
    """Run ``references`` on ``machine`` under each of ``specs``; ``common``: what these leave open.

    Raises UsageError for a set-up or a machine that there cannot be, TraceError and CorpusError for inputs that are
    damaged or do not fit together.
    """
    program = program_for(references, corpus)
    reserve = min_watermark(machine.ram, corpus.page_size)
    frames = pages_in(machine.ram, corpus.page_size, "--ram")
    if frames <= reserve:
        raise UsageError(
            f"--ram {machine.ram} bytes: the kernel keeps {reserve} pages of {corpus.page_size} free, and {frames} "
            "are all that there are; give more"
        )
    slots = (
        pages_in(machine.swap, corpus.page_size, "--swap") if machine.swap else ample(len(program.numbers))
    )
    setups = [setup_of(spec, common) for spec in specs]
    _refuse_twins(specs)
    ground = Ground(corpus, machine.ram, frames, slots, progress)
    running = []
    for setup, asked in setups:
        side = setup.side(asked, ground)
        memory = _memory(setup, side, program, machine, frames, reserve)
        running.append(Running(setup, asked, side, memory))
    _refuse_idle_costs(common, running)
    start = time.perf_counter()
    with progress("machine", references.count * len(running), "references") as told:
        touched = _let_happen(references, running, told)
    refuse_foreign(running[0].memory, references)
    return MachineResult(
        setting=_setting(machine, ground, reserve),
        inputs=_inputs(references, touched, corpus, len(program.numbers)),
        remarks=[*references.told, remarks_on(_longest(running))[0]],
        setups=tuple(_result(one, corpus.page_size) for one in running),
        environment=environment(),
        timings={"run_s": time.perf_counter() - start},
    )


def _setting(machine: Machine, ground: Ground, reserve: int) -> dict[str, Any]:
    """What all set-ups have in common, as the result records it."""
    return {
        "ram": machine.ram,
        "ram_pages": ground.frames,
        "reserve_pages": reserve,
        "swap_slots": ground.slots,
        "reclaim": machine.way,
        "kernel": machine.kernel,
        "rules": reclaim_rules(machine.kernel).name,
        "page_cluster": machine.page_cluster,
        "page_size": ground.corpus.page_size,
    }


def _inputs(references: References, count: int, corpus: Corpus, pages: int) -> dict[str, Any]:
    """Of which references the result is, ``count`` of them, and of a program of how many ``pages``."""
    return {
        "references": Path(references.path).name,
        "provenance": references.provenance,
        "count": count,
        "corpus": corpus.path.name,
        "corpus_digest": corpus.digest,
        "pages": pages,
    }


def _refuse_twins(labels: Sequence[str]) -> None:
    for label in labels:
        if labels.count(label) > 1:
            raise UsageError(f"{label!r} is given twice; its result would be the same")


def _refuse_idle_costs(common: Options, running: Sequence[Running]) -> None:
    codecs = [
        CODECS.choose(value)
        for one in running
        for name, value in one.side.setting.items()
        if name in ("codec", "zram_codec")
    ]
    refuse_idle_costs([common], [cost_asked(common, codec) for codec in codecs], codecs)


def _memory(setup: Setup, side: Side, program: Program, machine: Machine, frames: int, reserve: int) -> Any:
    """RAM and reclaim of one set-up. ``none`` has a page frame for each page, whatever RAM there is."""
    enough = len(program.numbers) + reserve + 1
    return make_memory(
        program,
        machine.way,
        reclaim_rules(machine.kernel),
        frames=max(frames, enough) if setup.enough_ram else frames,
        areas=side.areas,
        page_cluster=machine.page_cluster,
        side=side.model,
        reserve=reserve,
    )


def _let_happen(references: References, running: Sequence[Running], told: Told) -> int:
    """All of ``references`` to all; how many there were."""
    total = 0
    with ThreadPoolExecutor(min(len(running), os.cpu_count() or 1)) as threads:
        for some in references.batches:
            list(threads.map(lambda one: one.memory.feed(some), running))  # noqa: B023  done before the next
            total += len(some)
            told(len(some) * len(running))
    if not total:
        raise TraceError(references.path, "has no reference")
    return total


def _longest(running: Sequence[Running]) -> Any:
    """The memory that came farthest before it was stuck."""
    return max((one.memory for one in running), key=lambda memory: memory.touches)


def _result(one: Running, page_size: int) -> SetupResult:
    """All that is to be said of one set-up. Raises InternalError if pages or page frames were lost or made."""
    _check(one)
    memory, model = one.memory, one.side.model
    counters = _counters(one)
    metrics = _metrics(one, counters, page_size)
    return SetupResult(
        label=one.asked.label,
        kind=one.setup.name,
        setting={
            **one.side.setting,
            "swap_slots": memory.slots.usable,
            "ram_pages": memory.frames,
        },
        out_of_memory_at=memory.touches if memory.stuck else None,
        counters=counters,
        metrics=metrics,
        fault_waits=_without_end(model.fault_waits()),
        spread_ns=_spread(one, metrics),
    )


def _counters(one: Running) -> dict[str, int]:
    memory, model = one.memory, one.side.model
    return {
        "touches": memory.touches,
        "absent": memory.absent,
        "first_touches": memory.first_touches,
        "cache_hits": memory.cache_hits,
        "faults_major": memory.faults,
        "read_ahead": memory.read_ahead,
        "swapped_out": model.stores - model.refusals,
        "refused": model.refusals,
        "compressed": 0,
        "written_back": 0,
        "device_reads": model.device.reads,
        "device_writes": model.device.writes,
        "resident_pages": memory.resident,
        "pool_pages": model.held,
        "pool_pages_peak": model.limiter.peak,
        "most_used": model.most_used,
        **one.setup.counters(model),
    }


def _metrics(one: Running, counters: dict[str, int], page_size: int) -> dict[str, float]:
    memory, model = one.memory, one.side.model
    samples = max(memory.samples, 1)
    trace_ns = model.now_ns() - model.waited
    written = counters["device_writes"] * page_size
    of_time = (
        {"slowdown": (trace_ns + model.waited) / trace_ns, "written_per_day": written * DAY_NS / trace_ns}
        if trace_ns
        else {}
    )
    return {
        "total_ns": model.waited,
        "cpu_compress_ns": model.cpu_compress,
        "cpu_decompress_ns": model.cpu_decompress,
        "cpu_writeback_ns": model.cpu_writeback,
        "worker_ns": model.worker_ns,
        "device_wait_ns": model.device_wait,
        "trace_ns": trace_ns,
        "faults": counters["first_touches"] + counters["cache_hits"] + counters["faults_major"],
        "resident_pages_mean": memory.resident_sum / samples,
        "pool_pages_mean": memory.held_sum / samples,
        "device_read_bytes": counters["device_reads"] * page_size,
        "device_write_bytes": written,
        **percentiles(model.fault_waits()),
        "fault_max_ns": model.longest_fault,
        **of_time,
    }


def _without_end(counts: list[int]) -> list[int]:
    """``counts`` up to the last that is not 0."""
    while counts and not counts[-1]:
        counts.pop()
    return counts


def _spread(one: Running, metrics: dict[str, float]) -> float | None:
    """How far the time paid may be off for what the codec was measured to take; None: too noisy to say."""
    measured = [costs for costs in one.side.costs if not costs.given]
    if any(max(costs.spreads) > NOISY for costs in measured):
        return None
    compressing = max((costs.spreads[0] for costs in measured), default=0.0)
    decompressing = max((costs.spreads[1] for costs in measured), default=0.0)
    decompressed = metrics["cpu_decompress_ns"] + metrics["cpu_writeback_ns"] - metrics["worker_ns"]
    return metrics["cpu_compress_ns"] * compressing + decompressed * decompressing


def _check(one: Running) -> None:
    """Nothing may be lost or made, and RAM is never exceeded. Raises InternalError."""
    memory, model = one.memory, one.side.model
    one.setup.check(model)
    if max(model.most_used, memory.resident + model.held) > memory.frames:
        raise InternalError(
            f"{one.asked.label}: {model.most_used} page frames were in use, and {memory.frames} are all there are"
        )
